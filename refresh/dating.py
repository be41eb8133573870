"""Of which period a file is: what its own rows say, else what its name or folder says.

Part of the walk, after fetch: a folder called for another month files nothing under it any more,
and a file without a month in its path is read all the same. A contradiction is a finding.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from engine.errors import LakeError
from engine.period import Period
from refresh.extract.read import Member, find_members, members, read_table, start_of
from refresh.finding import Finding
from refresh.part_files import fits
from refresh.source import Part, Source
from refresh.validate.cells import days

_SMALL = 20 << 20  # bytes: of a larger file, only what its name does not say is looked for


def days_in(rows: pl.DataFrame, dated: tuple[tuple[str, ...], ...]) -> list[date]:
    """The days that rows say they are of, each once and in order.

    Takes:  text columns; the names of those that say it: one with a day, or a year's and a month's.
    Gives:  nothing where no such column is there; of a month its first day.
    """
    for names in dated:
        if not set(names) <= set(rows.columns):
            continue
        # Few that differ: a file has one day, on each of a million rows.
        said = rows.select(names).unique().drop_nulls()
        text = pl.format("{}-{}-01", *names) if len(names) == 2 else pl.col(names[0])
        return sorted(days(said.select(text.alias("day"))["day"]).drop_nulls().unique())
    return []


def own_period(source: Source, path: Path) -> str | None:
    """The period of the day that a file's rows say; None where they say none."""
    for member, part in _taken(source, path):
        first = start_of(member, header=part.header, knows=partial(fits, part))
        if first is not None and (found := days_in(first, source.dated)):
            return str(Period.holding(found[0], source.calendar.every))
    return None


def filed(source: Source, path: Path, named: str) -> tuple[str, list[Finding]]:
    """The period under which a file is filed, and what is to be said of that.

    Takes:  a fetched file; the period by its name or folder, empty where they say none.
    Gives:  the period, empty where nobody can tell; a warning where the rows say another than the
            name, a failure where neither says any.
    """
    if own := own_period(source, path):
        said = [_contradiction(path, named, own)] if named not in ("", own) else []
        return own, said
    newest = _newest(source, path, named)
    if newest is not None and not named:
        return str(Period.holding(newest, source.calendar.every)), []
    if newest is not None and Period.parse(named, source.calendar.every).last_day < newest:
        own = str(Period.holding(newest, source.calendar.every))
        if newest - Period.parse(named, source.calendar.every).last_day > timedelta(source.ahead):
            return own, [_contradiction(path, named, own)]
    return named, [] if named else [_undated(source, path)]


def _newest(source: Source, path: Path, named: str) -> date | None:
    """The newest day of those that cannot lie after the file's own."""
    if not source.since or (named and path.stat().st_size > _SMALL):
        return None
    found = [day for member, part in _taken(source, path) for day in _ends(source, member, part)]
    return max(found, default=None)


def _ends(source: Source, member: Member, part: Part) -> list[date]:
    knows = partial(fits, part)
    first = start_of(member, header=part.header, knows=knows)
    if first is None:
        return []
    there = tuple(name for name in source.since if name in first.columns)
    try:
        # These columns only: a directory of postcodes is a gigabyte.
        rows = read_table(member, header=part.header, columns=there, knows=knows)
    except LakeError:
        return []  # staging says why
    # `202402` is a month of a directory of postcodes.
    text = (rows[name].str.replace(r"^(\d{6})$", "${1}01") for name in there)
    return [day for column in text for day in days(column).drop_nulls().sort().tail(1)]


def _taken(source: Source, path: Path) -> Iterator[tuple[Member, Part]]:
    """The members of a file that carry a part of the source."""
    try:
        everything = members(path)
    except LakeError:
        return  # staging says why
    for part in source.parts:
        # Known by its columns, a file has a name of its own, and is the only one there.
        named = find_members(everything, part.members) or (everything if part.known_by else [])
        yield from ((member, part) for member in named)


def _contradiction(path: Path, named: str, own: str) -> Finding:
    return Finding(
        "warn",
        "metadata",
        "the period is the rows' own",
        path.name,
        f"its name or folder says {named}, its rows say {own}: it is filed as {own}",
        column="(file name)",
        expected=named,
        observed=own,
        next_step="rename the folder, so that nobody else is misled; nothing needs to be loaded"
        " again",
    )


def _undated(source: Source, path: Path) -> Finding:
    columns = ", ".join(" and ".join(names) for names in (*source.dated, source.since) if names)
    return Finding(
        "fail",
        "metadata",
        "the period is known",
        path.name,
        f"nobody can tell of which {source.calendar.every} it is; it is not used",
        column="(file name)",
        expected=f"a column {columns}, or a folder such as {source.code}/2026-07/",
        observed="neither",
        next_step="put it into a folder that is called for its month, and run again",
    )
