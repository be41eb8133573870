"""Why it changed, as a waterfall and in words; each bar opens its claims. Pure."""

from functools import partial
from itertools import accumulate
from textwrap import wrap
from typing import Any

from htmltools import Tag, TagChild, tags

from app.claims import labels
from app.claims.asked import Answered
from app.claims.drawing import words
from app.claims.drawing.charts import in_reading_units, symbol
from app.claims.drawing.wide import wide_grid
from app.claims.view import address
from app.claims.why import Why
from app.draw.grid import NUMBER, GridColumn, draw
from app.draw.plot import AXIS, Figure, layout, plot

BARS = 6
BESIDE = 0.3  # of the bars' reach: room for the amount at the outermost
LINE = 22  # letters of a line of a bar's name
Row = dict[str, Any]


def waterfall(of: Answered, why: Why, dimension: str) -> Tag:
    """The chart of one dimension's parts, with its table in sight: its links open the claims."""
    rows = why.parts[dimension].head(BARS).to_dicts()
    name = labels.of_dimension(dimension)
    said = f"What each {name} adds to the change. {words.sentence(of)}"
    figure = _figure(of, dimension, rows)
    return plot("why", figure, words=said, table=_table(of, why, dimension), is_open=True)


def in_short(of: Answered, why: Why) -> Tag:
    """The largest part of each dimension, in words; they overlap, for a claim has one of each."""
    items = []
    for dimension, parts in why.parts.items():
        if not parts.height:
            continue
        row = parts.row(0, named=True)
        text = labels.of_value(of.lake, dimension, row[dimension])
        items.append(
            tags.li(
                f"{labels.of_dimension(dimension).capitalize()} ",
                tags.a(text, href=opens(of, dimension, row[dimension])),
                f": {_added(of, row)}",
            )
        )
    return tags.ul(*items, class_="claims-reasons")


def opens(of: Answered, dimension: str, value: Any) -> str:
    """Where a bar leads: to the claims of the group."""
    own = of.view.narrowed(dimension, None if value is None else labels.as_said(value))
    return address(own, page="claims-list")


def switch(of: Answered, why: Why, chosen: str) -> Tag:
    """By which dimension the change is told apart."""
    links: list[TagChild] = [
        tags.a(
            labels.of_dimension(name),
            href=address(of.view, page="claims-why", apart=name),
            aria_current="true" if name == chosen else None,
        )
        for name in why.parts
    ]
    return tags.nav(
        *links, class_="claims-apart", data_into="why", aria_label="Tell the change apart by"
    )


def _figure(of: Answered, dimension: str, rows: list[Row]) -> Figure:
    """Bars from nothing to the whole change: beside the values themselves they would be slivers."""
    metric, change, of_money = of.metric, of.change or 0, symbol(of.metric)
    bars = [
        (
            labels.of_value(of.lake, dimension, row[dimension]),
            row["contribution"],
            opens(of, dimension, row[dimension]),
        )
        for row in rows
    ]
    if of_others := _others(change, rows):
        bars.append(("everything else", of_others, ""))
    values = [*(value for _, value, _ in bars), change]
    steps = [in_reading_units(value, metric) or 0.0 for value in values]
    trace = {
        "type": "waterfall",
        "orientation": "h",
        "measure": [*("relative" for _ in bars), "total"],
        "y": [*(_in_lines(name) for name, _, _ in bars), "the change"],
        "x": steps,
        "text": [words.moved(value, None, metric) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "y+text",
        "customdata": [*(href for _, _, href in bars), ""],
        "connector": {"line": {"color": "--line"}},
        "increasing": {"marker": {"color": "--band-1"}},
        "decreasing": {"marker": {"color": "--band-4"}},
        "totals": {"marker": {"color": "--soft"}},
    }
    # The sign before the currency's: $−2,000 is read as a name.
    axis = {"zeroline": True} | ({"tickformat": f"{of_money},~f"} if of_money else {})
    reach, bare = _reach(steps, BESIDE), _reach(steps, 0)
    return {
        "data": [trace],
        "layout": layout(
            height=72 + 36 * len(values),
            margin={"l": 16, "r": 16, "t": 8, "b": 40},
            xaxis=axis | {"range": reach, "nticks": 6},
            yaxis={"autorange": "reversed", "showgrid": False, "ticksuffix": "  "},
        ),
        # The amounts are in the table below, which is open.
        "narrow": {
            "trace": {"textposition": "none"},
            "layout": {"xaxis": AXIS | axis | {"range": bare, "nticks": 3, "tickangle": 0}},
        },
    }


def _reach(steps: list[float], beside: float) -> list[float]:
    """From where to where the axis goes: to both sides this share of it is left for words."""
    at = [0.0, *accumulate(steps[:-1]), steps[-1]]
    low, high = min(at), max(at)
    room = beside * ((high - low) or 1)
    return [low - room if low < 0 else low, high + room if high > 0 else high]


def _in_lines(name: str) -> str:
    """A bar's name in two lines at most, so that it leaves a phone room for the bars."""
    return "<br>".join(wrap(name, LINE, max_lines=2, placeholder="…"))


def _others(change: float, rows: list[Row]) -> float:
    """What the groups without a bar add; 0 where nothing worth a bar is left."""
    rest = change - sum(row["contribution"] for row in rows)
    return rest if abs(rest) > 0.005 * abs(change) else 0


def _table(of: Answered, why: Why, dimension: str) -> Tag:
    def name(row: Row) -> TagChild:
        text = labels.of_value(of.lake, dimension, row[dimension])
        return tags.a(text, href=opens(of, dimension, row[dimension]))

    def value(column: str, row: Row) -> str:
        return of.metric.written(row[column])

    columns: list[GridColumn[Row]] = [
        GridColumn(labels.of_dimension(dimension).capitalize(), name, names_row=True),
        GridColumn("Before", partial(value, "part_before"), cells=NUMBER, head=NUMBER),
        GridColumn("Now", partial(value, "part"), cells=NUMBER, head=NUMBER),
        GridColumn("Adds", partial(_added, of), cells=NUMBER, head=NUMBER),
    ]
    grid = wide_grid(columns, nothing="Nothing changed.")
    return draw(grid, why.parts[dimension].head(3 * BARS).to_dicts())


def _added(of: Answered, row: Row) -> str:
    if row["share"] is None:
        return words.moved(row["contribution"], None, of.metric)
    share = f" ({words.sign(min(row['share'], 0))}{abs(100 * row['share']):.0f} % of the change)"
    return words.moved(row["contribution"], None, of.metric) + share
