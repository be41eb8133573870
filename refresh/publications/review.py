"""Review: which columns of a new manifest are taken, held or missed, beside those agreed on. Pure.

Fewer than five new columns are taken and noted; more wait for somebody, and the load goes on with
the columns that are known. One that is gone stops the load until somebody says that it may go.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from engine.vocabulary import Change, RequestStatus, TypeName
from refresh.publications.agreed import columns_in
from refresh.publications.manifest import ManifestColumn, TableOf
from refresh.store.registry import Drift
from refresh.validate.gates import TO_REVIEW
from refresh.validate.seen import is_breaking

_NUMBERS = ("int8", "int16", "int32", "int64", "float32", "float64")


@dataclass(frozen=True)
class Proposal:
    """A change that is asked for, or was made because it needs nobody."""

    change: Change
    columns: tuple[str, ...]
    status: RequestStatus = "pending"
    reason: str = ""


@dataclass(frozen=True)
class Review:
    """What becomes of a table's columns: those agreed on from now on, and what is said of it."""

    columns: tuple[ManifestColumn, ...]
    drifts: tuple[Drift, ...] = ()
    proposals: tuple[Proposal, ...] = ()


def review(
    agreed: TableOf | None,
    incoming: TableOf,
    *,
    had: Collection[str] = (),
    absent: Collection[str] = (),
    refused: Collection[str] = (),
    heal: str = "strict",
) -> Review:
    """What becomes of a table's columns when a manifest with these comes.

    Takes:  what was agreed on (None: this is the first); the new manifest; `had`, the columns that
            had values in the release before; `absent`, those of the manifest that its files lack;
            `refused`, new ones that somebody said no to; how far
            types may be widened.
    """
    if agreed is None:
        return Review(tuple(incoming.columns))
    known = {column.name: column for column in agreed.columns}
    coming = {column.name: column for column in incoming.columns}
    new = [
        name for name in coming if name not in {*known, *refused} and not _is_wide(incoming, name)
    ]
    gone = [
        column.name
        for column in columns_in(agreed)
        if column.required
        and column.name in had
        and column.name not in _names(incoming) - {*absent}
    ]
    taken = new if len(new) < TO_REVIEW else []
    changed = {
        name: (known[name].dtype, coming[name].dtype)
        for name in known.keys() & coming.keys()
        if known[name].dtype != coming[name].dtype
    }
    widened = {n: wider for n, two in sorted(changed.items()) if (wider := _wider(*two, heal=heal))}
    columns = [_merged(column, coming.get(column.name), widened) for column in agreed.columns]
    return Review(
        (*columns, *(coming[name] for name in taken)),
        tuple(_drifts(new, taken, gone, changed, widened)),
        tuple(_proposals(new, taken, gone)),
    )


def _is_wide(of: TableOf, name: str) -> bool:
    return of.wide is not None and name in of.wide.columns


def _names(of: TableOf) -> set[str]:
    return {column.name for column in columns_in(of)}


def _merged(
    column: ManifestColumn, coming: ManifestColumn | None, widened: dict[str, TypeName]
) -> ManifestColumn:
    """A column as agreed on, with what the new manifest says better."""
    dtype = widened.get(column.name, column.dtype)
    if coming is None:
        return msgspec.structs.replace(column, dtype=dtype)
    return msgspec.structs.replace(
        coming, dtype=dtype, required=column.required and coming.required
    )


def _wider(was: TypeName, now: TypeName, *, heal: str) -> TypeName | None:
    """The type that takes both, as far as healing goes; None where nothing is to be widened."""
    if heal == "strict" or was == "string":
        return None
    if was in _NUMBERS and now in _NUMBERS:
        return None if was == "float64" else "float64"
    return "string" if heal == "aggressive" else None


def _drifts(
    new: Sequence[str],
    taken: Sequence[str],
    gone: Sequence[str],
    changed: dict[str, tuple[TypeName, TypeName]],
    widened: dict[str, TypeName],
) -> list[Drift]:
    found = []
    if new:
        action = "taken: fewer than five" if taken else ""
        severity = "info" if taken else "warning"
        found.append(Drift("new_columns", severity, {"columns": list(new)}, action))  # type: ignore[arg-type]
    if gone:
        found.append(Drift("missing_columns", "error", {"columns": list(gone)}))
    for name, (was, now) in sorted(changed.items()):
        severity = "error" if is_breaking(was, now) and name not in widened else "warning"
        details = {"column": name, "was": was, "is": now}
        action = f"widened to {widened[name]}" if name in widened else ""
        found.append(Drift("type_change", severity, details, action))  # type: ignore[arg-type]
    return found


def _proposals(new: Sequence[str], taken: Sequence[str], gone: Sequence[str]) -> list[Proposal]:
    found = []
    if taken:
        reason = f"fewer than {TO_REVIEW} new columns need nobody"
        found.append(Proposal("added", tuple(taken), "approved", reason))
    elif new:
        found.append(Proposal("added", tuple(new)))
    if gone:
        found.append(Proposal("removed", tuple(gone)))
    return found
