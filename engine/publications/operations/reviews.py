"""What a change that waits for somebody would do: columns, and the releases that follow it. Pure.

Shown before it is decided. Worked out from what the ledger keeps of each release: which columns its
bytes have, and how many rows were staged of it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from engine.lake import Lake


@dataclass(frozen=True)
class Touched:
    """A release that a decision would touch: its period, revision, and rows; of one that was
    refused nobody counted them (None)."""

    period: str
    revision: int
    rows: int | None


@dataclass(frozen=True)
class Effect:
    """What a yes would do.

    columns   each with its name, type, published name and meaning, as a release says them
    releases  what is read again: those that have the columns, or all that are folded otherwise
    words     the rest in a sentence
    otherwise what a no does
    """

    columns: tuple[Mapping[str, str], ...]
    releases: tuple[Touched, ...]
    words: str
    otherwise: str = "the table stays as it is, and nobody is asked again."

    @property
    def rows(self) -> int | None:
        """The rows of all releases that are read again; None where one is not counted."""
        rows = [release.rows for release in self.releases]
        return None if None in rows else sum(row or 0 for row in rows)


def requests(lake: Lake) -> pl.LazyFrame:
    """Every request for a change, those that wait first, then the one decided last.

    Gives:  the ledger's columns, `details` as JSON; and `source_name`, `domain`.
    """
    named = lake.scan("sources").select(
        pl.col("code").alias("source_code"), pl.col("name").alias("source_name"), "domain"
    )
    found = lake.scan("schema_change_requests").join(named, on="source_code", how="left")
    waits = (pl.col("status") == "pending").alias("_waits")
    order = (waits, pl.col("decided_at"), pl.col("request_id"))
    return found.sort(*order, descending=[True, True, False])


def releases_of(lake: Lake, source: str) -> pl.LazyFrame:
    """What the ledger keeps of a source's releases, the oldest first, demonstrations left out."""
    mine = (pl.col("source_code") == source) & ~pl.col("demonstration")
    wanted = ("period", "revision", "status", "parts", "read_by")
    return lake.scan("releases").filter(mine).sort("period", "revision").select(wanted)


def effect(request: Mapping[str, Any], releases: Sequence[Mapping[str, Any]]) -> Effect:
    """What a yes to a request would do.

    Takes:  a row of `requests`; the rows of `releases_of` its source.
    """
    details: dict[str, Any] = json.loads(request["details"] or "{}")
    names: list[str] = details.get("columns", [])
    match request["change"]:
        case "added":
            return _added(names, releases)
        case "removed":
            return _removed(names, releases)
        case "load_mode":
            return _folded(details, releases)
    return Effect(_plain(names), (), "Nothing is read again.")


def _added(names: list[str], releases: Sequence[Mapping[str, Any]]) -> Effect:
    have = [r for r in releases if _columns(r).keys() >= {*names}]
    if not have:
        words = "No kept release has these columns any more: load a file that has them."
        return Effect(_plain(names), (), words)
    words = "The columns are filled from the bytes of these releases, and empty in older ones."
    return Effect(_told(names, _columns(have[-1])), tuple(map(_touched, have)), words)


def _removed(names: list[str], releases: Sequence[Mapping[str, Any]]) -> Effect:
    newest = {r["period"]: r for r in releases}
    stopped = [r for r in newest.values() if r["status"] == "refused"]
    had = next((r for r in reversed(releases) if _columns(r).keys() >= {*names}), None)
    return Effect(
        _told(names, _columns(had)) if had else _plain(names),
        tuple(map(_touched, stopped)),
        "Releases without these columns are loaded from now on; the columns stay, empty.",
        "the release stays refused, the table stays as it is, and nobody is asked again.",
    )


def _folded(details: Mapping[str, Any], releases: Sequence[Mapping[str, Any]]) -> Effect:
    newest = {r["period"]: r for r in releases if r["status"] == "staged"}
    used = tuple(_touched(newest[period]) for period in sorted(newest))
    were, are = details.get("from", ""), details.get("to", "")
    now, then = (_rows_by(word, used) for word in (were, are))
    words = (
        f"The table is folded by “{are}” instead of “{were}”: about {then:,} rows instead of"
        f" {now:,}. No release is changed, so the way back is the same."
    )
    return Effect((), used, words)


def _rows_by(mode: str, used: Sequence[Touched]) -> int:
    return sum(one.rows or 0 for one in (used[-1:] if mode == "replace" else used))


def _touched(release: Mapping[str, Any]) -> Touched:
    parts: dict[str, Any] = json.loads(release["parts"] or "{}")
    is_counted = release["status"] != "refused"
    rows = sum(part.get("rows", 0) for part in parts.values()) if is_counted else None
    return Touched(release["period"], release["revision"], rows)


def _columns(release: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The columns that a release's bytes have, by name; none of one that no manifest brought."""
    told: dict[str, Any] = json.loads(release["read_by"] or "{}")
    return {column["name"]: column for column in told.get("of", {}).get("columns", [])}


def _told(
    names: Sequence[str], known: Mapping[str, Mapping[str, Any]]
) -> tuple[Mapping[str, str], ...]:
    """What a release says of its columns of these names."""
    return tuple(
        {
            "name": name,
            "type": str(known[name].get("dtype", "")),
            "published": str(known[name].get("original_name") or ""),
            "meaning": str(known[name].get("description") or ""),
        }
        for name in names
    )


def _plain(names: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    return tuple({"name": name, "type": "", "published": "", "meaning": ""} for name in names)
