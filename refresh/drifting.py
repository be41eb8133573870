"""Drifting: how the columns of a declared source moved from one release to the next.

Of a registered source a review says it, against its manifest (publications/review.py). A wing's
contract knows the names that publishers used, and does without what is optional: so what moves is
told, and only what its part failed by breaks those who read it.
"""

from collections.abc import Iterator, Mapping, Sequence

from engine.table import Table
from engine.vocabulary import DriftSeverity, TypeName
from refresh.kept_parts import StagedPart
from refresh.source import Release, Source
from refresh.staging import Judged
from refresh.store.registry import Drift
from refresh.validate.seen import is_breaking
from refresh.walk import Walk

Types = Mapping[str, tuple[TypeName, int]]


def note_drift(
    walk: Walk,
    source: Source,
    release: Release,
    before: Mapping[str, StagedPart],
    parts: Mapping[str, StagedPart],
    judged: Judged,
) -> None:
    """Keep how columns moved since the release before, in the ledger, once.

    Takes:  by part, what was kept of the release before and of this; what was judged of it.
    """
    if source.ways:  # whoever brought it has said it, of its manifest
        return
    # Contracts make releases be read again, and what was published did not change by that.
    known = walk.ledger.drifts(source.code)
    said = [(row["period"], row["drift_type"], row["details"]) for row in known]
    found = (
        drift
        for name, headers in judged.headers.items()
        for drift in drifts_of(
            source.contract(name).staged,
            name,
            before.get(name),
            headers,
            parts[name].get("columns") if name in parts else None,
            judged.retyped.get(name, {}),
        )
    )
    new = [one for one in found if (release.period, one.kind, dict(one.details)) not in said]
    walk.ledger.note_drift(source.code, release.period, new)


def drifts_of(
    table: Table,
    part: str,
    before: StagedPart | None,
    headers: Sequence[str],
    now: Types | None,
    retyped: Mapping[str, TypeName],
) -> list[Drift]:
    """What moved between the last release that had this part and this one.

    Takes:  the contract of the part and its name; what was kept of it before (None: this is the
            first); the headers as published now; the types of its columns, None where the part
            was refused; columns of which most cells are of another type than the contract's.
    Gives:  none where nothing is known of the release before. A column that came under another name
            of the contract's was renamed, once; of those that came no more, an error where the part
            was refused.
    """
    had = list(before.get("headers", ())) if before else []
    if not had or not headers:
        return []
    new = [name for name in headers if name not in had]
    gone = [name for name in had if name not in headers]
    renamed = {one: other for one in gone for other in new if _is_same(table, one, other)}
    added = [name for name in new if name not in renamed.values()]
    removed = [name for name in gone if name not in renamed]
    was = before.get("columns", {}) if before else {}
    types = {name: of for name, (of, _) in (now or {}).items()} | dict(retyped)
    return [*_moved(part, added, removed, renamed, now is not None), *_retyped(part, was, types)]


def _moved(
    part: str, added: list[str], removed: list[str], renamed: dict[str, str], is_good: bool
) -> Iterator[Drift]:
    if added:
        yield Drift("new_columns", "info", {"part": part, "columns": added}, "not read")
    if removed:
        action = "the contract does without" if is_good else ""
        severity: DriftSeverity = "warning" if is_good else "error"
        yield Drift("missing_columns", severity, {"part": part, "columns": removed}, action)
    if renamed:
        told = {"part": part, "columns": [*renamed], "renamed": renamed}
        yield Drift("renamed_columns", "info", told, "the contract knows both names")


def _retyped(part: str, was: Types, now: Mapping[str, TypeName]) -> Iterator[Drift]:
    """Columns that hold another type: the publisher's is another now, or the contract's is."""
    for name in sorted(was.keys() & now.keys()):
        old, new = was[name][0], now[name]
        if old != new:
            severity: DriftSeverity = "error" if is_breaking(old, new) else "warning"
            told = {"part": part, "column": name, "was": old, "is": new}
            yield Drift("type_change", severity, told)


def _is_same(table: Table, old: str, new: str) -> bool:
    """Whether both are names that one column of the contract has been published under."""
    return any({old, new} <= {*column.published_as} for column in table.columns)
