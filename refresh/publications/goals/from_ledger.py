"""Goals 2 to 5 by what the ledger holds: drift, loads, verdicts, descriptions. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.load_success import WELL, success
from engine.vocabulary import ENDED
from refresh.publications.goals.figures import Figures, all_of, figure, share
from refresh.store.rows import LoadRow, RequestRow, SourceRow, VerdictRow

_CHANGES = {"new_columns": "added", "missing_columns": "removed", "type_change": "retyped"}
_NULLS, _TYPES, _MARKS = "columns have values", "cells fit their type", "marks are understood"
_KEY = "one row a "


def schema_stability(
    drifts: Sequence[Mapping[str, Any]], requests: Sequence[RequestRow], columns: int
) -> Figures:
    """Goal 2.

    Takes:  the drift of the last thirty days; every request; how many columns are known.
    """
    changes = [drift for drift in drifts if drift["drift_type"] in _CHANGES]
    answered = [drift for drift in changes if _is_answered(drift, requests)]
    open_ = [drift for drift in changes if drift not in answered and drift["severity"] != "info"]
    breaking = [
        drift for drift in changes if drift["severity"] == "error" and drift not in answered
    ]
    added = sum(len(_columns(d)) for d in changes if d["drift_type"] == "new_columns")
    note = f"{len(changes)} changes in thirty days"
    return (
        figure("unintended_changes", len(open_), f"{note}; open: {_named(open_)}")
        | figure("changes_documented", all_of(len(answered), len(changes)), note)
        | figure("breaking_changes", len(breaking), f"{note}; breaking: {_named(breaking)}")
        | figure(
            "columns_added",
            share(added, columns),
            f"{added} columns, of {columns} known",
            "no column of a registered source is known",
        )
    )


def load_success(loads: Sequence[LoadRow]) -> Figures:
    """Goal 3.

    Takes:  the loads of the last seven days, the oldest first.
    """
    ended = [load for load in loads if load["status"] in ENDED]
    failed = [load for load in ended if load["status"] != WELL]
    first: dict[tuple[str, str], LoadRow] = {}
    for load in ended:
        first.setdefault((load["source_code"], load["period"]), load)
    missed = sum(load["status"] != WELL for load in first.values())
    caused = sum(bool(load["error_type"] and load["error_message"]) for load in failed)
    nothing = "no load ended in the last seven days"
    return (
        figure(
            "load_success",
            success([load["status"] for load in loads]),
            f"{len(ended) - len(failed)} of {len(ended)} loads",
            nothing,
        )
        | figure(
            "first_attempt_failures",
            share(missed, len(first)),
            f"{missed} of {len(first)} periods",
            nothing,
        )
        | figure(
            "failures_with_cause",
            all_of(caused, len(failed)),
            f"{caused} of {len(failed)} failures",
        )
    )


def data_quality(verdicts: Sequence[VerdictRow]) -> Figures:
    """Goal 4.

    Takes:  what the last completed load of each source was found to be, passes too.
    """
    if not verdicts:
        names = ("quality_issues", "columns_all_null", "duplicate_keys", "type_mismatches")
        return Figures(missing=dict.fromkeys(names, "no load was judged yet"))
    bad = [verdict for verdict in verdicts if verdict["status"] != "pass"]
    null = sum(verdict["check_name"] == _NULLS for verdict in bad)
    keys = sum(max(1, v["n_failed"]) for v in bad if v["check_name"].startswith(_KEY))
    types = sum(max(1, v["n_failed"]) for v in bad if v["check_name"] == _TYPES)
    marks = [verdict for verdict in verdicts if verdict["check_name"] == _MARKS]
    misread, cells = (sum(v[name] for v in marks) for name in ("n_failed", "n_total"))
    note = f"{len({v['source_code'] for v in verdicts})} sources' last loads"
    return (
        figure("quality_issues", null + keys + types, note)
        | figure("columns_all_null", null, note)
        | figure("duplicate_keys", keys, note)
        | figure("type_mismatches", types, note)
        | figure(
            "marks_misread",
            share(misread, cells),
            f"{misread:,} of {cells:,} cells",
            "no load says how its marks were read",
        )
    )


def metadata_coverage(
    sources: Iterable[SourceRow], columns: Iterable[Mapping[str, Any]]
) -> Figures:
    """Goal 5.

    Takes:  the registry; what is known of the columns of all sources.
    """
    there = {s["code"]: s for s in sources if s["contract"] and s["status"] != "archived"}
    mine = [column for column in columns if column["source_code"] in there]
    described = sum(bool(column["description"]) for column in mine)
    searchable = sum(bool(column["query_keywords"]) for column in mine)
    nothing = "no source is registered"
    facts = {
        "sources_with_domain": sum(bool(s["domain"]) for s in there.values()),
        "sources_with_purpose": sum(bool(s["purpose"]) for s in there.values()),
    }
    found = Figures()
    for name, count in (("columns_described", described), ("columns_searchable", searchable)):
        found |= figure(name, share(count, len(mine)), f"{count} of {len(mine)} columns", nothing)
    for name, count in facts.items():
        note = f"{count} of {len(there)} sources"
        found |= figure(name, share(count, len(there)), note, nothing)
    return found


def _is_answered(drift: Mapping[str, Any], requests: Sequence[RequestRow]) -> bool:
    """Whether a rule healed it, or somebody said yes or no to all of its columns."""
    if drift["auto_resolved"]:
        return True
    said = {
        name
        for request in requests
        if request["source_code"] == drift["canonical_code"]
        and request["change"] == _CHANGES[drift["drift_type"]]
        and request["status"] != "pending"
        for name in request["details"]["columns"]
    }
    return {*_columns(drift)} <= said


def _columns(drift: Mapping[str, Any]) -> list[str]:
    details = drift["details"]
    return list(details.get("columns") or [details.get("column", "")])


def _named(drifts: Sequence[Mapping[str, Any]]) -> str:
    said = (f"{d['canonical_code']} {d['period']} {d['drift_type']}" for d in drifts[:5])
    return ", ".join(said) or "none"
