"""The table of the claims page: a group a row, with the metric, its change and what stands beside.

Pure. A group's name narrows the page to it; of the only one left it opens the claims.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from html import escape
from typing import Any

import polars as pl
from htmltools import HTML, Tag, tags

from app.claims import labels
from app.claims.asked import CHANGE, Answered
from app.claims.drawing import words
from app.claims.drawing.wide import wide_grid
from app.claims.view import MONTH, address
from app.draw.grid import NUMBER, GridColumn, draw, draw_html
from engine.metric import AnyMetric

Row = dict[str, Any]
MOST = 100


def table(of: Answered) -> Tag:
    """The table, its columns to be sorted by."""
    shown = of.rows.head(MOST)
    grid = wide_grid(
        _columns(of),
        caption=words.title(of.view, of.metric),
        is_caption_heard=True,
        nothing=words.nothing(of.view),
    )
    more = of.rows.height - shown.height
    return tags.div(
        HTML(draw_html(grid, shown.to_dicts())),
        tags.p(
            f"The first {MOST} of {of.rows.height:,}; the download has all.", class_="claims-more"
        )
        if more
        else None,
    )


def leads_to(of: Answered, dimension: str, value: Any) -> str:
    """Where a click on a group leads: narrows, and the second time opens its claims."""
    is_narrowed = of.view.values_of(dimension) == (labels.as_said(value),)
    if is_narrowed:
        return address(of.view, page="claims-list")
    return address(of.view.narrowed(dimension, None if value is None else labels.as_said(value)))


def _columns(of: Answered) -> list[GridColumn[Row]]:
    by = [name for name in (of.view.by, of.view.then) if name]
    against = words.held_against(of.view)
    columns: list[GridColumn[Row]] = [
        GridColumn(labels.of_dimension(name).capitalize(), partial(_name, of, name), not at)
        for at, name in enumerate(by)
    ]
    columns.append(_number(of, of.metric, of.metric.name))
    if against:
        columns.append(
            GridColumn(_head(of, CHANGE, "Change"), _change(of), cells=NUMBER, head=NUMBER)
        )
    return columns + [_number(of, one, one.name) for one in of.companions]


def _number(of: Answered, metric: AnyMetric, name: str) -> GridColumn[Row]:
    def cell(row: Row) -> str:
        return escape(words.briefly(row[name], metric))

    return GridColumn(_head(of, name, metric.label), cell, cells=NUMBER, head=NUMBER)


def _change(of: Answered) -> Callable[[Row], str]:
    change, percent = (f"{of.metric.name}_{what}" for what in ("difference", "percent"))
    return lambda row: escape(words.moved(row[change], row[percent], of.metric))


def _head(of: Answered, name: str, label: str) -> Tag:
    is_sorted = (of.view.sort or of.view.metric) == name
    return tags.a(
        label,
        tags.span(" ▾", aria_hidden="true") if is_sorted else None,
        href=address(replace(of.view, sort=name)),
        title=f"Sort by {label.lower()}",
    )


def _name(of: Answered, dimension: str, row: Row) -> str:
    value = row[dimension]
    text = escape(labels.of_value(of.lake, dimension, value))
    return f'<a href="{escape(leads_to(of, dimension, value))}">{text}</a>'


def by_month(of: Answered) -> Tag:
    """The chart's numbers: a month a row, a group a column."""
    lines = lines_of(of)
    months = sorted({month for _, points in lines for month in points})

    def value(points: dict[date, float | None], month: date) -> str:
        return of.metric.written(points.get(month))

    columns: list[GridColumn[date]] = [
        GridColumn("Month", lambda month: f"{month:%b %Y}", names_row=True),
        *(
            GridColumn(label, partial(value, points), cells=NUMBER, head=NUMBER)
            for label, points in lines
        ),
    ]
    return draw(wide_grid(columns), months)


def lines_of(of: Answered, column: str = "value") -> list[tuple[str, dict[date, float | None]]]:
    """The lines of the chart: the words of a group, and its values by month; the largest first."""
    by = of.grouped_by
    if not by:
        return [(of.metric.label, _points(of.series, column))]
    shown = of.series.filter(pl.col(by).is_in(of.largest, nulls_equal=True))
    parts = shown.partition_by(by, as_dict=True)
    return [
        (labels.of_value(of.lake, by, value), _points(parts[(value,)], column))
        for value in of.largest
        if (value,) in parts
    ]


def _points(series: pl.DataFrame, column: str) -> dict[date, float | None]:
    return dict(series.select(MONTH, column).iter_rows())
