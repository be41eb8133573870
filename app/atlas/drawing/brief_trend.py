"""The years of a brief: the area's line beside its board's and England's, as SVG. Pure."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from app.atlas.row import Row, Rows
from app.draw.document import Paint
from app.draw.spell import percent
from engine.period import start_of

WIDE, HIGH = 480, 76
LEFT, RIGHT, TOP, BOTTOM = 6, 150, 8, 18
APART = 10  # of the drawing's units from one label to the next
FONTS = "system-ui, Libertinus Serif, sans-serif"  # the page's own; on paper typst's
COLUMNS = ("value", "parent_value", "england_value")
LOOKS = {
    "value": ("ink", "2", ""),
    "parent_value": ("soft", "1.2", ' stroke-dasharray="4 3"'),
    "england_value": ("soft", "1.2", ""),
}


def years(rows: Rows, names: Sequence[str], paint: Paint) -> str:
    """Each line through the years, broken where two may not be joined, named at its end.

    Takes:  rows of engine.atlas.trend, oldest first, with at least one value; the names of the
            organisation, of the one above it and of England (empty: no such line).
    """
    shown = [column for column, name in zip(COLUMNS, names, strict=True) if name]
    values: list[float] = [
        row[column] for row in rows for column in shown if row[column] is not None
    ]
    low, high = min(values), max(values)
    first, last = start_of(rows[0]["year"]), start_of(rows[-1]["year"])

    def x(row: Row) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * (start_of(row["year"]) - first) / max(last - first, 1)

    def y(value: float) -> float:
        return TOP + (HIGH - TOP - BOTTOM) * (high - value) / ((high - low) or 1)

    parts, ends = [], []
    for column in shown:
        colour, width, dashes = LOOKS[column]
        stroke = f'fill="none" stroke="{paint(colour)}" stroke-width="{width}"{dashes}'
        for run in _runs(rows, column):
            at = " ".join(f"{x(row):.1f},{y(row[column]):.1f}" for row in run)
            parts.append(f'<polyline class="{column}" points="{at}" {stroke}/>')
        known = [row for row in rows if row[column] is not None]
        if known:
            said = f"{names[COLUMNS.index(column)]} {percent(known[-1][column])}"
            ends.append((y(known[-1][column]), said, colour))
    dots = [
        f'<circle cx="{x(row):.1f}" cy="{y(row["value"]):.1f}" r="2.2" fill="{paint("ink")}"/>'
        for row in rows
        if row["value"] is not None
    ]
    text = f'font-size="9" font-family="{FONTS}"'
    labels = [
        f'<text x="{WIDE - RIGHT + 8}" y="{place + 3:.1f}" {text} fill="{paint(colour)}">'
        f"{escape(said)}</text>"
        for place, said, colour in _spread(ends)
    ]
    axis = [
        f'<text x="{x(row):.1f}" y="{HIGH - 4}" text-anchor="{anchor}" {text}'
        f' fill="{paint("soft")}">{row["year"]}</text>'
        for row, anchor in ((rows[0], "start"), (rows[-1], "end"))
    ]
    drawn = "".join((*parts, *dots, *labels, *axis))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">{drawn}</svg>'


def in_words(rows: Rows, names: Sequence[str]) -> str:
    """The first and the newest figure of each line."""
    said = []
    for column, name in zip(COLUMNS, names, strict=True):
        known = [row for row in rows if name and row[column] is not None]
        if known:
            first, last = known[0], known[-1]
            said.append(
                f"{name} {percent(first[column])} in {first['year']},"
                f" {percent(last[column])} in {last['year']}"
            )
    return "; ".join(said)


def _runs(rows: Rows, column: str) -> Iterator[list[Row]]:
    """The rows that one line joins: of one segment, with a value in each."""
    for (_, is_known), run in groupby(
        rows, key=lambda row: (row["segment"], row[column] is not None)
    ):
        if is_known:
            yield list(run)


def _spread(ends: list[tuple[float, str, str]]) -> list[tuple[float, str, str]]:
    """Labels from the top, none nearer to the one above than can be read."""
    placed: list[tuple[float, str, str]] = []
    for place, said, colour in sorted(ends):
        least = placed[-1][0] + APART if placed else 0.0
        placed.append((max(place, least), said, colour))
    # At the lower edge they would lie on the years: all move up by what is too much.
    over = max(placed[-1][0] - (HIGH - BOTTOM), 0) if placed else 0
    return [(place - over, said, colour) for place, said, colour in placed]
