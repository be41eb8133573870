"""The chain of the audit log: each row's hash is of all that it says and of the hash before it.

Pure. A row that was changed, taken out, put in or moved breaks the chain where it happened. That
the last rows are missing no chain can tell: the head in the database, and the anchors that lie
beside the lake, say how many there were.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HASHED = (
    *("audit_id", "at", "who", "role", "action", "object", "source_code", "before", "after"),
    *("outcome", "why", "request_id", "previous"),
)


@dataclass(frozen=True)
class Broken:
    """One place where the log is not what it was: the row's number, and what happened to it."""

    row: int
    what: str


def hash_of(row: Mapping[str, Any]) -> str:
    """The hash of a row: SHA-256 of its canonical JSON, which has the hash of the row before it.

    >>> row = dict.fromkeys(HASHED, "") | {"audit_id": 1, "before": None}
    >>> hash_of(row)[:12], hash_of(row | {"who": "ada"})[:12] == hash_of(row)[:12]
    ('89216f46d9fc', False)
    """
    said = {name: row[name] for name in HASHED}
    said["at"] = row["at"].isoformat() if hasattr(row["at"], "isoformat") else row["at"]
    return hashlib.sha256(canonical(said).encode()).hexdigest()


def canonical(value: Any) -> str:
    """A value as the one text that JSON has for it: keys sorted, no spaces.

    >>> canonical({"b": 1, "a": None})
    '{"a":null,"b":1}'
    """
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def broken(
    rows: Sequence[Mapping[str, Any]],
    head: tuple[int, str],
    anchors: Iterable[tuple[int, str]] = (),
) -> list[Broken]:
    """Every place where the log was tampered with; none where it is whole.

    Takes:  the rows by number; how many there should be and the last one's hash, as the database
            says; the same as it was noted outside the database whenever a row was added.
    Gives:  rows that are missing, were changed, were moved, or were put in; the lowest first.
    """
    found: dict[int, str] = {}
    previous, number = "", 0
    for row in rows:
        for gone in range(number + 1, row["audit_id"]):
            found.setdefault(gone, "it is missing")
        follows = row["audit_id"] == number + 1
        if hash_of(row) != row["hash"]:
            found[row["audit_id"]] = _moved_or_changed(row, rows)
        elif follows and row["previous"] != previous:
            found[row["audit_id"]] = (
                "it does not follow the row before it: one of both is not what was written"
            )
        previous, number = row["hash"], row["audit_id"]
    there = {row["audit_id"]: row["hash"] for row in rows}
    for count, last in (head, *anchors):
        for gone in range(number + 1, count + 1):
            found.setdefault(gone, "it is missing, at the end")
        if count in there and there[count] != last:
            found.setdefault(count, "another row was noted under its number when it was written")
    for more in (n for n in there if n > head[0]):
        found.setdefault(more, "it was put in: the head counts fewer rows")
    return [Broken(row, what) for row, what in sorted(found.items())]


def _moved_or_changed(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """Whether a row says what another number's row said: then somebody put it there."""
    for other in rows:
        if hash_of({**row, "audit_id": other["audit_id"]}) == row["hash"]:
            return f"it was moved here: it was written as row {other['audit_id']}"
    return "it was changed after it was written"
