"""The period of a file: what it says itself, then its name, then where it lies.

In order: a line above a table that says `Period:`, a column of periods, dates across the top,
words of a title, the file's name, a sheet's. Of one kind of saying the finest goes first, then
the latest.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from refresh.publications.looking.columns import tokens
from refresh.publications.looking.period_words import FINEST, Said, period_in, period_of

_LABEL = re.compile(
    r"^(?:reporting |time |data |publication )?(?:period|month|quarter|year|fiscal year"
    r"|financial year|evaluation dates?|coverage|date|week ending)s?(?: covered)?\s*:?$",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"^(?:reporting |time |data )?(?:period|month|quarter|financial year|fiscal year|coverage)"
    r"s?(?: covered)?\s*:\s*(.+)$",
    re.IGNORECASE,
)
# What speaks of when it was issued, not of what it tells.
_NOT_ABOUT = re.compile(
    r"copyright|©|published|publication date|revised|revision|updated|next |last |extracted|census"
    r"|contact|isbn|estimates|version|previous|since|base year|compared|from \d{4} onwards"
    r"|on or after|on or before|before |after |http",
    re.IGNORECASE,
)
_NAMED = frozenset("period month quarter year date week yr mth qtr".split())
_NOT_NAMED = frozenset(
    "open opened close closed join joined left birth published publication issue issued updated"
    " created record registered registration inspection check rating start end until"
    " from to imd census".split()
)


LONGEST = 200  # characters of a title; what is longer is a note


@dataclass(frozen=True)
class Evidence:
    """A period, and what says so."""

    said: Said
    where: str


def labelled(cells: Sequence[str]) -> list[Evidence]:
    """What the lines above a table say outright: `Period:` and, in the cell beside it, `May 26`."""
    found: list[Evidence] = []
    lines: list[str] = []
    for cell, beside in zip(cells, [*cells[1:], ""], strict=False):
        if _LABEL.match(cell.strip()) and beside:
            lines.append(f"{cell.strip(' :')}: {beside}")
        elif match := _LABELLED.match(cell.strip()):
            lines.append(f"{match[1]}")
    for line in lines:
        words = line.partition(":")[2] or line
        if said := period_in(words):
            found.append(Evidence(said, f"`{line[:60]}` above the table"))
    # `Fiscal Year: 2013/14` and `Fiscal Quarter: Q2` are one saying.
    if len(lines) > 1 and (said := period_in(" ".join(line.partition(":")[2] for line in lines))):
        found.append(Evidence(said, "the lines above the table"))
    return found


def in_titles(cells: Iterable[str]) -> list[Evidence]:
    """What titles say in passing; a line of when it was published does not count."""
    found = []
    for cell in cells:
        if _NOT_ABOUT.search(cell) or len(cell) > LONGEST:
            continue
        if said := period_in(cell):
            found.append(Evidence(said, f"the title `{cell[:60]}`"))
    return found


def in_columns(rows: pl.DataFrame, published: Sequence[str]) -> list[Evidence]:
    """The latest period of the columns that hold nothing else."""
    found = []
    for name, header in zip(rows.columns, published, strict=True):
        words = set(tokens(header))
        is_reporting = bool({"reporting", "period"} & words)
        if not _NAMED & words or (_NOT_NAMED & words and not is_reporting):
            continue
        values = rows[name].drop_nulls().unique()
        if not 0 < values.len() <= 800:
            continue
        said = [period_of(str(value)) for value in values]
        periods = [one for one in said if one is not None]
        if len(periods) >= 0.9 * values.len() - 1 and periods:
            latest = max(periods, key=lambda one: one.end)
            found.append(Evidence(latest, f"the column `{header}`"))
    return found


def across(headers: Sequence[str], filled: Sequence[bool]) -> list[Evidence]:
    """The latest date across the top that has something below it."""
    said = [period_of(h) for h, has in zip(headers, filled, strict=True) if has]
    periods = [one for one in said if one is not None]
    if len(periods) < 3:
        return []
    latest = max(periods, key=lambda one: one.end)
    return [Evidence(latest, f"the last of {len(periods)} dates across the top")]


def in_name(name: str) -> list[Evidence]:
    """What a file's or a sheet's name says."""
    # A running number or a mark of time behind the name is none of its words.
    bare = re.sub(r"\s*\(\d+\)", "", name)
    said = period_in(bare)
    return [Evidence(said, f"the name `{name}`")] if said else []


def best(ranked: Sequence[Sequence[Evidence]]) -> Evidence | None:
    """The first kind of saying that says anything: the finest of it, then the latest."""
    for evidence in ranked:
        if evidence:
            return min(evidence, key=lambda e: (FINEST.index(e.said.kind), -e.said.end.toordinal()))
    return None


def most_said(evidence: Sequence[Evidence]) -> list[Evidence]:
    """What is said most often; titles say other things in passing."""
    counts = Counter(one.said.text for one in evidence)
    most = max(counts.values(), default=0)
    return [one for one in evidence if counts[one.said.text] == most]


__all__ = [
    "Evidence",
    "across",
    "best",
    "in_columns",
    "in_name",
    "in_titles",
    "labelled",
    "most_said",
]
