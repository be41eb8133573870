"""The trend's drawing: whose rows, which years a line may join, and the lines. Pure.

No line joins two years of different segments, or passes over a year without a value.
"""

from dataclasses import dataclass
from html import escape
from itertools import groupby

from app.atlas.drawing.trend_scale import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Scale, scale_of
from app.atlas.row import Row, Rows
from app.draw.spell import count, percent, span
from engine.period import years_since

FANS = (("p10", "p90"), ("p20", "p80"), ("p30", "p70"), ("p40", "p60"))
LABEL_HIGH = 13
LONGEST_LABEL = 15


@dataclass(frozen=True)
class Shown:
    """What is drawn.

    rows     what engine.atlas.trend gives, as dicts, oldest first
    name     whose trend it is; `is_england` where that is England itself
    parent   the parent's name in the last year it has one; empty where England is the parent
    level    the level whose deciles make the fan
    links    the codes linked to this one: code, words
    members  how many practices a group lists; 0 where it is none
    """

    rows: Rows
    name: str
    parent: str
    level: str
    measure: str
    geography: str
    title: str
    is_england: bool
    links: list[tuple[str, str]]
    members: int = 0


def runs(rows: Rows, column: str) -> list[list[Row]]:
    """The stretches of years that a line may join: one segment, and a value in each year.

    >>> rows = [{"segment": s, "value": v} for s, v in ((1, 5.0), (1, 6.0), (1, None), (2, 7.0))]
    >>> [len(run) for run in runs(rows, "value")]
    [2, 1]
    """
    keyed = groupby(rows, lambda row: (row["segment"], row[column] is not None))
    return [list(run) for (_, has_value), run in keyed if has_value]


def breaks(rows: Rows) -> list[tuple[str, str, str]]:
    """Where one segment ends: the year before, the year after, and why, in words."""
    found = []
    for before, after in zip(rows, rows[1:], strict=False):
        if before["segment"] == after["segment"]:
            continue
        # A gap in what is loaded is our doing, not the publisher's, and is said as such.
        missing = len(years_since(before["year"], after["year"])) > 1
        why = "nothing in between is loaded" if missing else "the publisher gives no reason"
        if after["breaks_series"] and after["break_reason"]:
            why = after["break_reason"]
        found.append((before["year"], after["year"], why))
    return found


def svg(shown: Shown) -> str:
    scale = scale_of(shown.rows)
    inside = "".join(
        (
            _patterns(),
            _hatched(shown.rows, scale),
            _grid(scale),
            _fan(shown.rows, scale),
            _years(shown.rows, scale),
            _lines(shown, scale),
            _break_marks(shown.rows, scale),
            _labels(shown, scale),
        )
    )
    return (
        f'<svg class="trend" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(_heard(shown))}">{inside}</svg>'
    )


def _heard(shown: Shown) -> str:
    parts = f"{len(breaks(shown.rows))} breaks in series" if breaks(shown.rows) else "no break"
    return f"Trend of {shown.name}, {shown.title}: {parts}. The table below has every number."


def _patterns() -> str:
    return (
        '<defs><pattern id="trend-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><line class="trend-hatch" x1="0" y1="0" x2="0" y2="6"/>'
        "</pattern></defs>"
    )


def _hatched(rows: Rows, scale: Scale) -> str:
    """Years whose figures were protected."""
    half, high = scale.step / 2, HEIGHT - TOP - BOTTOM
    return "".join(
        f'<rect fill="url(#trend-hatch)" x="{scale.x(r["year"]) - half:.1f}" y="{TOP}" '
        f'width="{2 * half:.1f}" height="{high}">'
        f"<title>{escape(r['year_note'] or '')}</title></rect>"
        for r in rows
        if r["protected"]
    )


def _grid(scale: Scale) -> str:
    lines = "".join(
        f'<line class="trend-grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{scale.y(tick):.1f}" '
        f'y2="{scale.y(tick):.1f}"/><text class="trend-tick" x="{LEFT - 6}" '
        f'y="{scale.y(tick) + 4:.1f}" text-anchor="end">{tick:g} %</text>'
        for tick in scale.ticks
    )
    if scale.low == 0:
        return lines
    foot = HEIGHT - BOTTOM  # zero is not on the axis: it is cut, and looks it
    return lines + (
        f'<path class="trend-cut" d="M{LEFT} {foot - 16} l5 3 l-10 4 l5 3">'
        f"<title>The axis starts at {scale.low:g} %, not at zero</title></path>"
    )


def _fan(rows: Rows, scale: Scale) -> str:
    shapes = []
    for low, high in FANS:
        for run in runs(rows, low):
            edge = [(x, scale.y(r[high])) for r, x in _along(run, scale)]
            # Back along the lower edge, so that both make one shape.
            edge += [(x, scale.y(r[low])) for r, x in reversed(_along(run, scale))]
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge)
            shapes.append(f'<polygon class="trend-fan" points="{points}"/>')
    return "".join(shapes) + _line(rows, "p50", "median", scale)


def _along(run: list[Row], scale: Scale) -> list[tuple[Row, float]]:
    """A run's places; a year alone is given a width, or its fan could not be seen."""
    if len(run) > 1:
        return [(row, scale.x(row["year"])) for row in run]
    x = scale.x(run[0]["year"])
    return [(run[0], x - 7), (run[0], x + 7)]


def _years(rows: Rows, scale: Scale) -> str:
    every = 2 if scale.step < 44 else 1
    # From the newest back: that year is always named.
    shown = [row for place, row in enumerate(reversed(rows)) if place % every == 0]
    return "".join(
        f'<text class="trend-tick" x="{scale.x(row["year"]):.1f}" y="{HEIGHT - BOTTOM + 16}" '
        f'text-anchor="middle">{row["year"]}</text>'
        for row in shown
    )


def _lines(shown: Shown, scale: Scale) -> str:
    drawn = ""
    if shown.parent:
        drawn += _line(shown.rows, "parent_value", "parent", scale)
    if not shown.is_england:
        drawn += _line(shown.rows, "england_value", "england", scale)
    # Last, so that it lies over the lines it is held against.
    drawn += _line(shown.rows, "value", "own", scale)
    return drawn + "".join(_dot(row, scale) for run in runs(shown.rows, "value") for row in run)


def _line(rows: Rows, column: str, kind: str, scale: Scale) -> str:
    said = ""
    for run in runs(rows, column):
        points = [(x, scale.y(row[column])) for row, x in _along(run, scale)]
        if kind == "own" and len(run) == 1:
            continue  # its dot says it
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        said += f'<polyline class="trend-line trend-{kind}" points="{path}"/>'
    return said


def _dot(row: Row, scale: Scale) -> str:
    """The value as a dot with its interval as whiskers."""
    x, said = scale.x(row["year"]), _said(row)
    whisker = ""
    if row["value_low"] is not None:
        low, high = scale.y(row["value_low"]), scale.y(row["value_high"])
        whisker = (
            f'<path class="trend-whisker" d="M{x:.1f} {low:.1f} V{high:.1f} M{x - 3:.1f} {low:.1f}'
            f' h6 M{x - 3:.1f} {high:.1f} h6"/>'
        )
    return (
        f'<g>{whisker}<circle class="trend-dot" cx="{x:.1f}" cy="{scale.y(row["value"]):.1f}" '
        f'r="3.5"/><title>{escape(said)}</title></g>'
    )


def _said(row: Row) -> str:
    parts = f"{count(row['numerator'])} of {count(row['denominator'])}"
    interval = span(row["value_low"], row["value_high"])
    return f"{row['year']}: {percent(row['value'])} {f'({interval})' if interval else ''} {parts}"


def _break_marks(rows: Rows, scale: Scale) -> str:
    """A break is a gap with a mark in it; its reason stands below."""
    foot, marks = HEIGHT - BOTTOM, ""
    for before, after, why in breaks(rows):
        x = (scale.x(before) + scale.x(after)) / 2
        marks += (
            f'<g class="trend-break"><line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{foot}"/>'
            f'<text x="{x:.1f}" y="{TOP - 4}" text-anchor="middle">break</text>'
            f"<title>{escape(f'Between {before} and {after}: {why}')}</title></g>"
        )
    return marks


def _labels(shown: Shown, scale: Scale) -> str:
    """The names of the lines, at their ends, apart from one another."""
    wanted = [("value", shown.name, "own"), ("p50", "Median", "median")]
    wanted += [("parent_value", shown.parent, "parent")] if shown.parent else []
    wanted += [] if shown.is_england else [("england_value", "England", "england")]
    ends = []
    for column, words, kind in wanted:
        row = next((r for r in reversed(shown.rows) if r[column] is not None), None)
        if row is not None:
            ends.append((scale.y(row[column]), words, kind))
    said, free = "", TOP + 4.0
    ends.sort()
    for place, (y, words, kind) in enumerate(ends):
        lowest = HEIGHT - BOTTOM - LABEL_HIGH * (len(ends) - 1 - place)
        at = min(max(y, free), max(lowest, free))
        free = at + LABEL_HIGH
        short = words if len(words) <= LONGEST_LABEL else f"{words[: LONGEST_LABEL - 1].rstrip()}…"
        said += (
            f'<text class="trend-label trend-{kind}" x="{WIDTH - RIGHT + 10}" y="{at + 4:.1f}">'
            f"{escape(short)}<title>{escape(words)}</title></text>"
        )
    return said
