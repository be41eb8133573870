"""Rows of the ledger as the nouns they stand for, and back. Pure."""

from datetime import date, datetime
from typing import Any

from refresh.finding import Finding
from refresh.source import Release, StoredFile


def release_of(row: dict[str, Any]) -> Release:
    """The release that a row of `releases` keeps."""
    return Release(
        source=row["source_code"],
        period=row["period"],
        revision=row["revision"],
        sha256=row["sha256"],
        files=tuple(StoredFile(**file) for file in row["files"]),
        published_on=date.fromisoformat(row["published_on"]) if row["published_on"] else None,
        demonstration=row["demonstration"],
    )


def parts_to_keep(parts: dict[str, Any], rejects: dict[str, Any]) -> dict[str, Any]:
    """What `releases` keeps of each part: of one that cannot be used, only what was rejected.

    >>> parts_to_keep({"a": {"rows": 5}}, {"a": {"rows": 1}, "b": {"rows": 2}})
    {'a': {'rows': 5, 'rejects': {'rows': 1}}, 'b': {'rejects': {'rows': 2}}}
    """
    names = dict.fromkeys([*parts, *rejects])
    left_out = {name: {"rejects": rejects[name]} if name in rejects else {} for name in names}
    return {name: parts.get(name, {}) | left_out[name] for name in names}


def parts_of(kept: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts of a release that can be used, and what was rejected of any: as they were given.

    >>> parts_of({"a": {"rows": 5, "rejects": {"rows": 1}}, "b": {"rejects": {"rows": 2}}})
    ({'a': {'rows': 5}}, {'a': {'rows': 1}, 'b': {'rows': 2}})
    """
    rejects = {name: part["rejects"] for name, part in kept.items() if "rejects" in part}
    parts = {name: _without_rejects(part) for name, part in kept.items()}
    return {name: part for name, part in parts.items() if part}, rejects


def _without_rejects(part: dict[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in part.items() if name != "rejects"}


def finding_of(row: dict[str, Any]) -> Finding:
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
