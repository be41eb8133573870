"""Two years beside each other in words: titles, the key of the change, the table's column. Pure."""

from collections.abc import Iterable
from html import escape
from itertools import groupby

import polars as pl
from htmltools import Tag, TagList, tags

from app.atlas.drawing.context_words import AddedColumn
from app.atlas.row import Row
from app.draw.spell import count, percent
from engine.atlas.year_change import NOT_LOADED, WORDS
from engine.period import start_of

NO_VALUE = "no value in one of the years"
COLUMN = "change"


def points_moved(value: float | None) -> str:
    """A change in percentage points, with its sign; a dash where there is none.

    >>> points_moved(3.25), points_moved(-0.04), points_moved(None)
    ('+3.2', '0.0', '–')
    """
    if value is None:
        return "–"
    said = f"{value:+.1f}"
    # Rounded to nothing, a sign would tell of a direction that is not there.
    return "0.0" if said in ("+0.0", "-0.0") else said.replace("-", "\u2212")


def year_words(year: str, england: float | None) -> str:
    """What stands over one of two maps.

    >>> year_words("2021-22", 70.04), year_words("2021-22", None)
    ('2021-22 England 70.0 %', '2021-22')
    """
    return year if england is None else f"{year} England {percent(england)}"


def change_words(first: str, last: str) -> str:
    """What stands over the map of change: its years and its unit."""
    return f"Change from {first} to {last}, in percentage points"


def year_title(words: str) -> TagList:
    """`year_words` with the year in front of the rest."""
    year, _, rest = words.partition(" ")
    return TagList(year, tags.small(f" {rest}") if rest else "")


def change_title(words: str, marks: Iterable[tuple[str, str, int]]) -> TagList:
    """What stands over the map of change, with its key.

    Takes: `change_words`; for each mark its band or `none`, its words, how many have it.
    """
    return TagList(
        words,
        tags.ul(
            *(
                tags.li(tags.i(class_=f"dot b{key}"), said, tags.span(f"{number:,}"))
                for key, said, number in marks
            ),
            class_="change-key",
            data_bands=str(len(WORDS)),
            data_ramp="change",
        ),
    )


def break_words(broken: list[tuple[str, str]], first: str, last: str) -> str:
    """That a break in series lies between two years, why, and what follows; empty if none does."""
    if not broken:
        return ""
    # Of a year that is not loaded nobody here knows whether it breaks the series.
    verb = "may lie" if all(why == NOT_LOADED for _, why in broken) else "lies"
    return (
        f"A break in series {verb} between {first} and {last} ({reasons(broken)}). The two years"
        " stand side by side, and no change is shown."
    )


def reasons(broken: list[tuple[str, str]]) -> str:
    """Why two years cannot be compared; what holds of several years running is said once.

    >>> reasons([("2020-21", "Another list."), ("2021-22", "New"), ("2022-23", "New")])
    '2020-21: Another list; 2021-22 to 2022-23: New'
    """
    said = []
    # Years in a row keep their distance from their place in the list.
    running = groupby(enumerate(broken), key=lambda one: (one[1][1], start_of(one[1][0]) - one[0]))
    for (why, _), among in running:
        years = [year for _, (year, _) in among]
        when = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
        said.append(f"{when}: {why.rstrip('.')}")
    return "; ".join(said)


def column(first: str, last: str, rows: pl.DataFrame, broken: str) -> AddedColumn:
    """The table's column of the change: its interval, and the counts of the earlier year."""
    known = rows[COLUMN].count()
    title = broken or (
        f"Change from {first} to {last} in percentage points, with its 95 % interval; known for"
        f" {known:,} of {rows.height:,}"
    )

    def cell(row: Row) -> str:
        low, high = points_moved(row["change_low"]), points_moved(row["change_high"])
        interval = f"<small>{low} to {high}</small>" if row["change_low"] is not None else ""
        before = f"{first}: {percent(row['value_before'])}"
        parts = f"{count(row['numerator_before'])} of {count(row['denominator_before'])}"
        after = f"{last}: {percent(row['value_after'])}"
        hint = f"{before} ({parts}), {after}"
        said = points_moved(row[COLUMN])
        return f'<span title="{escape(hint)}">{said}</span>{interval}<small>{before}</small>'

    # A year in the head is never cut in two.
    label = f"Change {first} to {last}".replace("-", "\u2011")
    return AddedColumn(COLUMN, label, title, cell)


def words(text: str) -> Tag | str:
    """A sentence below the control, if there is one."""
    return tags.p(text, class_="atlas-years-words", role="status") if text else ""
