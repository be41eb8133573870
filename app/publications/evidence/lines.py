"""Four lines below the gauges: success by week, duration, metadata, answers for agents. Pure but
for the questions that it asks."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from htmltools import Tag, tags

from app.draw import spell
from app.draw.grid import NUMBER, Grid, GridColumn, draw
from app.draw.plot import Figure, layout, plot
from engine import Lake
from engine.goals import MEASURES
from engine.measure import measure
from engine.publications.operations.health import within
from engine.publications.operations.metrics import DURATION, SUCCESS

WEEKS = 12
HEIGHT = 220
Point = tuple[str, float | None]


def lines(lake: Lake, moved: pl.DataFrame, now: datetime) -> Tag:
    """The charts, each with its table behind it."""
    weeks = _by_week(lake, now)
    told = (
        ("success", "Load success by week", "%", _points(weeks, SUCCESS.name), SUCCESS.target),
        ("duration", "Mean seconds of a load, by week", "s", _points(weeks, DURATION.name), None),
        *(
            (name, words, "%", _evidence(moved, measured), MEASURES[measured][1].target)
            for name, words, measured in (
                ("metadata", "Columns described", "columns_described"),
                ("agents", "Questions that agents get right", "agentic_pass"),
            )
        ),
    )
    return tags.div(*(_chart(*one) for one in told), class_="publications-two")


def _by_week(lake: Lake, now: datetime) -> pl.DataFrame:
    asked = measure(lake, [SUCCESS, DURATION], ["started_on__week"], within(now, 7 * WEEKS))
    return asked.collect().sort("started_on__week")


def _points(weeks: pl.DataFrame, name: str) -> list[Point]:
    return [(str(day), value) for day, value in weeks.select("started_on__week", name).rows()]


def _evidence(moved: pl.DataFrame, name: str) -> list[Point]:
    mine = moved.filter(pl.col("metric_name") == name)
    return [(str(day), value) for day, value in mine.select("evidence_date", "actual_value").rows()]


def _chart(name: str, words: str, unit: str, points: list[Point], target: float | None) -> Tag:
    heading = tags.h2(words, id=f"heading_{name}")
    if not points:
        nothing = tags.p("Nothing was measured yet.", class_="publications-nothing")
        return tags.section(heading, nothing, aria_labelledby=f"heading_{name}")
    table = draw(
        Grid(
            (
                GridColumn("Day", lambda row: spell.day(row[0]), names_row=True),
                GridColumn(
                    f"{words}, {unit}", lambda row: _written(row[1]), cells=NUMBER, head=NUMBER
                ),
            )
        ),
        points,
    )
    aimed = f"; {target:g} {unit} is aimed at" if target is not None else ""
    return tags.section(
        heading,
        plot(name, _figure(points, unit, target), words=f"Line: {words}{aimed}", table=table),
        aria_labelledby=f"heading_{name}",
    )


def _figure(points: Sequence[Point], unit: str, target: float | None) -> Figure:
    aim: dict[str, Any] = {"type": "line", "xref": "paper", "x0": 0, "x1": 1}
    aim |= {"y0": target, "y1": target, "line": {"color": "--soft", "dash": "dash", "width": 1}}
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": [day for day, _ in points],
                "y": [value for _, value in points],
                "line": {"color": "--accent", "width": 2.5},
                "hovertemplate": f"%{{x}}: %{{y:.1f}} {unit}<extra></extra>",
            }
        ],
        "layout": layout(
            height=HEIGHT,
            # One point alone has no stretch of time of its own.
            xaxis={"type": "date", "tickformat": "%-d %b\n%Y", "range": _around(points)},
            yaxis={"rangemode": "tozero", "ticksuffix": f" {unit}"},
            shapes=[aim] if target is not None else [],
        ),
    }


def _around(points: Sequence[Point]) -> list[str]:
    """The days from a bit before the first point to a bit after the last."""
    first, last = (date.fromisoformat(day) for day in (points[0][0], points[-1][0]))
    room = timedelta(days=max(3, (last - first).days // 20))
    return [str(first - room), str(last + room)]


def _written(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"
