"""Rows of the ledger as the nouns they stand for, and back. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict

from engine.vocabulary import (
    Change,
    Gate,
    LoadMode,
    LoadStatus,
    ReleaseStatus,
    RequestStatus,
    SourceStatus,
    Verdict,
)
from refresh.finding import Finding
from refresh.kept_parts import RejectedPart, StagedPart
from refresh.source import Release, StoredFile


class SourceRow(TypedDict):
    """A row of `sources`."""

    code: str
    name: str
    publisher: str
    owner: str
    purpose: str
    load_mode: LoadMode
    status: SourceStatus
    last_validated_at: datetime | None
    last_load_at: datetime | None
    last_checked_at: datetime | None
    created_at: datetime
    validation_required: bool
    retention_days: int
    table_name: str | None
    publication: str | None
    domain: str | None
    description: str | None
    deprecation_reason: str | None
    archive_date: date | None
    archived_at: datetime | None
    created_by: str | None
    contract: str | None
    metadata: dict[str, Any] | None
    manifest_name: str | None
    manifest_text: str | None


class RequestRow(TypedDict):
    """A row of `schema_change_requests`: what changed, and what was said to it."""

    request_id: int
    source_code: str
    period: str
    change: Change
    details: dict[str, Any]
    status: RequestStatus
    requested_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


class ReleaseState(TypedDict):
    """What became of a release: its row of `releases`, what is staged and what was rejected."""

    status: ReleaseStatus
    judged_by: str
    stored_at: datetime
    parts: dict[str, StagedPart]
    rejects: dict[str, RejectedPart]


Stored = Mapping[str, Sequence[tuple[Release, ReleaseState]]]
"""By source: its releases, oldest first, with what became of each."""


class LoadRow(TypedDict):
    """A row of `load_events`."""

    load_id: int
    source_code: str
    period: str
    file_url: str
    file_sha256: str
    file_size_bytes: int
    load_mode: LoadMode
    status: LoadStatus
    started_at: datetime
    completed_at: datetime | None
    source_row_count: int | None
    rows_loaded: int | None
    rows_rejected: int | None
    error_type: str | None
    error_message: str | None
    triggered_by: str
    columns_added: int
    columns_added_names: list[str] | None
    manifest_name: str | None
    error_details: dict[str, Any] | None
    profile: list[dict[str, Any]] | None
    reconciliation: str | None


class VerdictRow(TypedDict):
    """A row of `validation_results`, but for its number."""

    load_id: int | None
    source_code: str
    period: str
    validation_type: Gate
    check_name: str
    status: Verdict
    where: str
    column: str
    message: str
    expected: str
    observed: str
    n_failed: int
    n_total: int
    sample: str
    next_step: str
    validated_at: datetime


def release_of(row: Mapping[str, Any]) -> Release:
    """The release that a row of `releases` keeps."""
    return Release(
        source=row["source_code"],
        period=row["period"],
        revision=row["revision"],
        sha256=row["sha256"],
        files=tuple(StoredFile(**file) for file in row["files"]),
        published_on=date.fromisoformat(row["published_on"]) if row["published_on"] else None,
        demonstration=row["demonstration"],
        read_by=row["read_by"] or "",
    )


def parts_to_keep(
    parts: Mapping[str, StagedPart], rejects: Mapping[str, RejectedPart]
) -> dict[str, dict[str, object]]:
    """What `releases` keeps of each part: of one that cannot be used, only what was rejected.

    >>> parts_to_keep({"a": {"rows": 5}}, {"a": {"rows": 1}, "b": {"rows": 2}})
    {'a': {'rows': 5, 'rejects': {'rows': 1}}, 'b': {'rejects': {'rows': 2}}}
    """
    kept: dict[str, dict[str, object]] = {name: {**part} for name, part in parts.items()}
    for name, left_out in rejects.items():
        kept.setdefault(name, {})["rejects"] = left_out
    return kept


def parts_of(
    kept: Mapping[str, Any],
) -> tuple[dict[str, StagedPart], dict[str, RejectedPart]]:
    """The parts of a release that can be used, and what was rejected of any: as they were given.

    >>> parts_of({"a": {"rows": 5, "rejects": {"rows": 1}}, "b": {"rejects": {"rows": 2}}})
    ({'a': {'rows': 5}}, {'a': {'rows': 1}, 'b': {'rows': 2}})
    """
    rejects = {name: part["rejects"] for name, part in kept.items() if "rejects" in part}
    parts: dict[str, Any] = {name: _without_rejects(part) for name, part in kept.items()}
    return {name: part for name, part in parts.items() if part}, rejects


def _without_rejects(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in part.items() if name != "rejects"}


def finding_of(row: VerdictRow) -> Finding:
    """The verdict that a row of `validation_results` keeps."""
    return Finding(
        row["status"],
        row["validation_type"],
        row["check_name"],
        row["where"],
        row["message"],
        column=row["column"],
        expected=row["expected"],
        observed=row["observed"],
        rows_failed=row["n_failed"],
        rows_total=row["n_total"],
        sample=row["sample"],
        next_step=row["next_step"],
        source=row["source_code"],
        period=row["period"],
    )


def row_of(finding: Finding, load: int | None, at: datetime) -> dict[str, Any]:
    """A verdict as a row of `validation_results`: of which load, and when."""
    row = {
        "load_id": load,
        "source_code": finding.source,
        "period": finding.period,
        "validation_type": finding.gate,
        "check_name": finding.check,
        "status": finding.status,
        "where": finding.where,
        "column": finding.column,
        "message": finding.message,
        "expected": finding.expected,
        "observed": finding.observed,
        "n_failed": finding.rows_failed,
        "n_total": finding.rows_total,
        "sample": finding.sample,
        "next_step": finding.next_step,
        "validated_at": at,
    }
    # Verdicts quote what strangers sent, and PostgreSQL takes no text with a zero in it.
    return {k: v.replace("\0", "\ufffd") if isinstance(v, str) else v for k, v in row.items()}
