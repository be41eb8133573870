"""A metric's seasons as bars: how each month of the year stands to the mean of its year. Pure."""

from calendar import month_abbr, month_name
from typing import Any

import polars as pl
from htmltools import Tag

from app.claims.drawing.wide import wide_grid
from app.draw.grid import NUMBER, GridColumn, draw
from app.draw.plot import layout, plot

Row = dict[str, Any]


def in_short(about: str, rows: pl.DataFrame) -> str:
    """The dearest and the cheapest month in a sentence.

    Takes: what the rows are of; `month_of_year`, `index` (1: like the mean) and `years`.
    """
    ordered = rows.sort("index", "month_of_year")
    low, high = ordered.row(0, named=True), ordered.row(-1, named=True)
    years = rows["years"].to_list()
    return (
        f"{about}: {month_name[high['month_of_year']]} is highest, {_percent(high['index'])} the"
        f" mean month; {month_name[low['month_of_year']]} lowest, {_percent(low['index'])}. Of"
        f" {min(years)} whole years; each month is held against the mean of its own year."
    )


def bars(about: str, rows: pl.DataFrame) -> Tag:
    """A bar a month, from the mean up or down."""
    months = rows.sort("month_of_year").to_dicts()
    away = [100 * (row["index"] - 1) for row in months]
    figure = {
        "data": [
            {
                "type": "bar",
                "x": [month_abbr[row["month_of_year"]] for row in months],
                "y": away,
                "marker": {"color": "--accent"},
                "text": [_percent(row["index"]) for row in months],
                "textposition": "none",
                "hovertemplate": "%{x}: %{text} the mean month<extra></extra>",
            }
        ],
        "layout": layout(height=240, yaxis={"ticksuffix": " %", "zerolinewidth": 2}),
    }
    return plot("seasons", figure, words=f"Bars: seasons of {about}", table=_table(months))


def _table(months: list[Row]) -> Tag:
    columns: list[GridColumn[Row]] = [
        GridColumn("Month", lambda row: month_name[row["month_of_year"]], names_row=True),
        GridColumn(
            "Against the mean month", lambda row: _percent(row["index"]), cells=NUMBER, head=NUMBER
        ),
        GridColumn("Whole years", lambda row: f"{row['years']}", cells=NUMBER, head=NUMBER),
    ]
    return draw(wide_grid(columns), months)


def _percent(index: float) -> str:
    """An index in words.

    >>> _percent(1.052), _percent(0.9), _percent(1.0004)
    ('5.2 % above', '10.0 % below', 'like')
    """
    away = round(100 * (index - 1), 1)
    if not away:
        return "like"
    return f"{abs(away):.1f} % {'above' if away > 0 else 'below'}"
