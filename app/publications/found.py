"""What of publications a text may mean: sources, tables, metrics, columns, alerts that are not
resolved, runbooks and pages. Who looks finds what is theirs to see, and no more.
"""

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlencode

import polars as pl

from app.found import Found, likeliest
from app.publications.areas import ALERTS, OPERATIONS, pages
from app.publications.catalogue.ledger_page import ledger_entries
from app.publications.catalogue.listed import KINDS, Entry, entries
from app.publications.catalogue.registry import rows_of, sources
from app.publications.runbooks.books import RUNBOOKS
from engine import Lake
from engine.alert_rules import BY_NAME

LONGEST_NOTE = 90


def finds(lake: Lake, text: str, most: int) -> list[Found]:
    """What a text may mean, at most so many of a group."""
    kinds = (
        _sources(lake),
        *(_entries(lake).get(words, ()) for words in _GROUPS.values()),
        _alerts(lake),
        _RUNBOOKS,
        (Found("Pages", words, "Operations", address) for words, address in pages()),
    )
    return [one for kind in kinds for one in likeliest(kind, text, most)]


_GROUPS = {kind: f"{words}s" for kind, words in KINDS.items()}
_RUNBOOKS = tuple(
    Found("Runbooks", book.title, "", f"runbooks/{book.name}", said=f"{book.name} {book.detect}")
    for book in RUNBOOKS
)


def _sources(lake: Lake) -> Iterator[Found]:
    for code, row in sources(lake).items():
        said = " ".join(row[name] or "" for name in ("code", "name", "publisher", "table_name"))
        address = f"{OPERATIONS}/source?{urlencode({'code': code})}"
        yield Found("Publications", row["publication"] or row["name"], code, address, said)


@lru_cache(maxsize=8)
def _entries(lake: Lake) -> dict[str, list[Found]]:
    """By group: a snapshot never changes, and a reader's view of it is a lake of its own."""
    told: dict[str, list[Found]] = {words: [] for words in _GROUPS.values()}
    for one in (*entries(lake), *ledger_entries(lake)):
        # A table of forty columns is found once by its publication, not forty times.
        of = "" if one.kind == "column" else f"{one.name} {' '.join(one.publications)}"
        group, said = _GROUPS[one.kind], f"{one.meaning} {of}"
        told[group].append(Found(group, _called(one), _note(one), one.address, said))
    return told


def _called(one: Entry) -> str:
    return one.meaning if one.kind == "metric" else one.name


def _note(one: Entry) -> str:
    if one.kind == "metric":
        return one.name
    words = one.meaning if one.kind != "column" else f"in {one.table}: {one.meaning}"
    return words if len(words) <= LONGEST_NOTE else f"{words[: LONGEST_NOTE - 1].rstrip()}…"


def _alerts(lake: Lake) -> Iterator[Found]:
    """Those that are not resolved, the newest first."""
    rows = rows_of(lake, "alerts") if lake.has("alerts") else None
    if rows is None:
        return
    for row in (
        rows.filter(pl.col("status") != "resolved").sort("alert_id", descending=True).to_dicts()
    ):
        rule = BY_NAME.get(row["rule"])
        of = row["source_code"] or "the whole lake"
        note = f"{row['severity']}, {row['status']}: {of}"
        name = rule.title if rule else row["rule"]
        said = f"{note} {row['subject']} {row['message']}"
        yield Found("Alerts", name, note, f"{ALERTS}/{row['alert_id']}", said)
