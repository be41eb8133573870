"""The figures of the claims page: lines by month, bars by two dimensions. Pure: JSON comes out.

A figure holds the numbers that the table has, in the unit that people read: money in dollars.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from htmltools import Tag

from app.claims import labels
from app.claims.asked import Answered
from app.claims.drawing import rows, words
from app.claims.months import Stretch, moved
from app.claims.view import address
from app.draw.plot import Figure, layout, plot
from engine.metric import AnyMetric

HEIGHT = 360  # of a chart, in pixels; above and below its ground; a line of words
TOP, BOTTOM = 12, 40
LINE = 15
HALF_A_BAR = timedelta(days=6)
COLOURS = ("--accent", "--band-1", "--ink", "--band-0", "--band-3", "--bad", "--soft")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")
"""Lines differ in more than their colour."""
Points = Mapping[date, float | None]
Drawn = tuple[str, Points, dict[str, Any]]
"""A line: its words, its values by month, how it is drawn."""


def chart(of: Answered) -> Tag:
    """The chart of a view with its table behind it."""
    name = f"{words.title(of.view, of.metric)}. {words.sentence(of)}"
    if of.view.then:
        return plot("main", bars(of), words=f"Bars: {name}", table=rows.table(of))
    return plot("main", lines(of), words=f"Lines by month: {name}", table=rows.by_month(of))


def lines(of: Answered) -> Figure:
    """A line a group, labelled where it ends; the year before as a thin one where there is one.

    Months that are not all in stand on a ground of their own; of one line what is still to come is
    hatched above it.
    """
    drawn: list[Drawn] = [
        (label, points, {"color": COLOURS[at], "dash": DASHES[at], "width": 2.5})
        for at, (label, points) in enumerate(rows.lines_of(of))
    ]
    [before, *others] = rows.lines_of(of, "before") or [("", {})]
    if not others and any(value is not None for value in before[1].values()):
        drawn.append(("a year before", before[1], {"color": "--soft", "width": 1}))
    [ultimate, *_] = rows.lines_of(of, "ultimate") or [("", {})]
    to_come = {} if others else {month: ultimate[1].get(month) for month in of.immature}
    every = [*(points for _, points, _ in drawn), to_come]
    values = [value for points in every for value in points.values() if value is not None]
    low, high = min([0, *values]), max([0, *values]) or 1
    ends = [in_reading_units(1.06 * end, of.metric) for end in (low, high)]
    return {
        "data": [
            *(_line(of, label, points, style) for label, points, style in drawn),
            *_hatched(of, to_come, drawn),
        ],
        "layout": layout(
            height=HEIGHT,
            margin={"l": 64, "r": 148, "t": TOP, "b": BOTTOM},
            annotations=_labels(of, drawn, high - low),
            shapes=_not_all_in(of),
            xaxis={"type": "date", "tickformat": "%b\n%Y", "hoverformat": "%b %Y"} | _span(of),
            yaxis={"range": ends, "tickprefix": symbol(of.metric)},
        ),
    }


def bars(of: Answered) -> Figure:
    """Bars in groups: a group of the first dimension, a bar of the second."""
    by, then = of.view.by, of.view.then
    shown = (
        [row for row in of.rows.to_dicts() if row[by] in of.largest] if by else of.rows.to_dicts()
    )
    seconds = list(dict.fromkeys(row[then] for row in shown))[: len(COLOURS)]
    traces = []
    for at, second in enumerate(seconds):
        own = [row for row in shown if row[then] == second]
        traces.append(
            {
                "type": "bar",
                "name": labels.of_value(of.lake, then, second),
                "x": [labels.of_value(of.lake, by, row[by]) if by else "" for row in own],
                "y": [in_reading_units(row[of.metric.name], of.metric) for row in own],
                "customdata": [rows.leads_to(of, then, second) for _ in own],
                "marker": {"color": COLOURS[at]},
            }
        )
    return {
        "data": traces,
        "layout": layout(
            height=HEIGHT,
            showlegend=True,
            legend={"orientation": "h", "y": 1.12},
            yaxis={"rangemode": "tozero", "tickprefix": symbol(of.metric)},
        ),
    }


def in_reading_units(value: float | None, metric: AnyMetric) -> float | None:
    """A value in the unit that people read: dollars, not cents."""
    if value is None or metric.money is None:
        return value
    return value / metric.money.minor


def _hatched(of: Answered, to_come: Points, drawn: list[Drawn]) -> list[dict[str, Any]]:
    """What is still to come of the newest months of one line: a hatched bar on top of each."""
    if not to_come or not drawn:
        return []
    _, points, style = drawn[0]
    months = [month for month in to_come if points.get(month) is not None]
    base = [in_reading_units(points[month], of.metric) or 0 for month in months]
    tops = [in_reading_units(to_come[month], of.metric) or 0 for month in months]
    said = [
        f"{month:%b %Y}: {of.metric.written(points[month])} so far,"
        f" {of.metric.written(to_come[month])} once all is in"
        for month in months
    ]
    return [
        {
            "type": "bar",
            "x": [month.isoformat() for month in months],
            "y": [top - low for top, low in zip(tops, base, strict=True)],
            "base": base,
            "width": 2_000 * HALF_A_BAR.total_seconds(),
            "text": said,
            "textposition": "none",
            "hovertemplate": "%{text}<extra></extra>",
            "marker": {
                "color": "rgba(0,0,0,0)",
                "line": {"color": style["color"], "width": 1},
                "pattern": {"shape": "/", "fgcolor": style["color"], "size": 6},
            },
        }
    ]


def _not_all_in(of: Answered) -> list[dict[str, Any]]:
    """The ground of the months that are not all in."""
    if not of.immature:
        return []
    first = min(of.immature) - timedelta(days=15)
    return [
        {
            "type": "rect",
            "x0": first.isoformat(),
            "x1": (of.view.period.last + HALF_A_BAR).isoformat(),
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "fillcolor": "--surface",
            "line": {"width": 0},
            "layer": "below",
        }
    ]


def _line(of: Answered, label: str, points: Points, line: dict[str, Any]) -> dict[str, Any]:
    months = sorted(points)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": label,
        "x": [month.isoformat() for month in months],
        "y": [in_reading_units(points[month], of.metric) for month in months],
        "line": line,
        "marker": {"size": 5},
        "text": [of.metric.written(points[month]) for month in months],
        "hovertemplate": f"{label}<br>%{{x|%b %Y}}: %{{text}}<extra></extra>",
        "customdata": [_month(of, month) for month in months],
    }


def _month(of: Answered, month: date) -> str:
    """Where a click on a month leads: the same view of it alone."""
    return address(replace(of.view, period=Stretch(month, month)))


def _span(of: Answered) -> dict[str, Any]:
    """The axis of time: the months asked for, and no others."""
    first, last = of.view.period.first, of.view.period.last
    every = f"M{next(step for step in (1, 2, 3, 6, 12, 120) if of.view.period.length <= 8 * step)}"
    if first == last:  # one month is a point, with a month of room on both sides
        first, last = moved(first, -1), moved(last, 1)
    # Room for half a bar behind the last month.
    return {"range": [first.isoformat(), (last + HALF_A_BAR).isoformat()], "dtick": every}


def _labels(of: Answered, drawn: list[Drawn], span: float) -> list[dict[str, Any]]:
    """The names of the lines where they end, pushed apart so that none lies over another."""
    ends = []
    for label, points, style in drawn:
        known = [month for month in sorted(points) if points[month] is not None]
        if known:
            ends.append((points[known[-1]] or 0, known[-1], label, str(style["color"])))
    # How far each has to go up from where its line ends, in pixels, from the lowest upwards.
    pixels = (HEIGHT - TOP - BOTTOM) / (1.06 * span or 1)
    taken, labels_ = -math.inf, []
    for value, month, label, colour in sorted(ends, key=lambda end: end[0]):
        place = max(value * pixels, taken + LINE)
        labels_.append(
            {
                "x": month.isoformat(),
                "y": in_reading_units(value, of.metric),
                "text": label if len(label) <= 20 else f"{label[:19]}…",
                "xanchor": "left",
                "xshift": 8,
                "yshift": place - value * pixels,
                "showarrow": False,
                "font": {"color": colour, "size": 12},
            }
        )
        taken = place
    return labels_


def symbol(metric: AnyMetric) -> str:
    """What stands before a number of the axis: a currency's sign."""
    return metric.money.written(0)[0] if metric.money else ""
