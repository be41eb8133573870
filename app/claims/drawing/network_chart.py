"""The network's reach as a field of colours and a table. Pure."""

from typing import Any

import polars as pl
from htmltools import Tag

from app.claims.drawing.wide import wide_grid
from app.claims.network import Network
from app.draw.grid import NUMBER, GridColumn, draw
from app.draw.plot import layout, plot
from engine.unit import Money

DOLLARS = Money("USD")
ROW = 22  # pixels of a specialty in the chart
HOW = (
    "A provider is active with a claim in the last twelve months. Near is in the member’s own"
    " state: a file says no more of where either lives. Concentration adds up the squares of the"
    " providers’ shares of what is allowed, in percent: 10,000 is one provider alone. The network"
    " is shown whole, whatever filters are set."
)
Row = dict[str, Any]


def in_short(of: Network) -> str:
    """The specialty that fewest members have near them, in a sentence."""
    if of.rows.is_empty():
        return "Nobody is covered now, or no provider is known."
    worst = of.rows.row(0, named=True)
    if worst["share"] == 1:
        return "Every member has an active provider of every specialty in the own state."
    return (
        f"{worst['specialty']} is furthest: {_percent(worst['share'])} of members have an active"
        f" provider of it in their own state, {worst['members'] - worst['with_one']:,} have none."
    )


def heat(of: Network) -> Tag:
    """Active providers for 1,000 members, a specialty a row and a state a column."""
    states = of.near["state"].unique().sort().to_list()
    specialties = of.rows["specialty"].to_list()
    known = {(s, w): v for s, w, v in of.near.select("specialty", "state", "per_1000").iter_rows()}
    figure = {
        "data": [
            {
                "type": "heatmap",
                "x": states,
                "y": specialties,
                "z": [[known.get((s, w)) for w in states] for s in specialties],
                # As light as the ground where there is nobody.
                "colorscale": [[0, "--surface"], [1, "--accent"]],
                "zmin": 0,
                "xgap": 1,
                "ygap": 1,
                "colorbar": {"title": {"text": "per 1,000"}, "thickness": 10, "outlinewidth": 0},
                "hovertemplate": "%{y}, %{x}: %{z:.2f} for 1,000 members<extra></extra>",
            }
        ],
        "layout": layout(
            height=60 + ROW * len(specialties),
            yaxis={"autorange": "reversed", "showgrid": False, "dtick": 1},
            xaxis={"showgrid": False, "type": "category"},
        ),
    }
    words = "Colours: active providers for 1,000 members, by specialty and state"
    return plot("network", figure, words=words, table=_by_state(of.near))


def table(of: Network, months: str) -> Tag:
    """A specialty a row: how many have one near, and what leaves the network.

    Takes:  the months of which the money is, in words.
    """
    columns: list[GridColumn[Row]] = [
        GridColumn("Specialty", lambda row: row["specialty"], names_row=True),
        _number("Members with one near", lambda row: _percent(row["share"])),
        _number("Without", lambda row: f"{row['members'] - row['with_one']:,}"),
        _number("Active providers", lambda row: f"{row['active']:,}"),
        _number("For 1,000 members", lambda row: f"{row['per_1000']:.2f}"),
        _number("Out of network", lambda row: _percent(row["oon_share"])),
        _number("Leaves the network", lambda row: _money(row["oon_allowed_cents"])),
        _number("Concentration", lambda row: "–" if row["hhi"] is None else f"{row['hhi']:,.0f}"),
    ]
    grid = wide_grid(
        columns,
        caption=f"The network by specialty, the furthest first; money of {months}",
        nothing="No specialty is known.",
    )
    return draw(grid, of.rows.to_dicts())


def _by_state(near: pl.DataFrame) -> Tag:
    columns: list[GridColumn[Row]] = [
        GridColumn("Specialty", lambda row: row["specialty"], names_row=True),
        GridColumn("State", lambda row: row["state"]),
        _number("Members", lambda row: f"{row['members']:,}"),
        _number("Active providers", lambda row: f"{row['active']:,}"),
        _number("For 1,000 members", lambda row: f"{row['per_1000']:.2f}"),
    ]
    return draw(wide_grid(columns), near.to_dicts())


def _number(head: str, cell: Any) -> GridColumn[Row]:
    return GridColumn(head, cell, cells=NUMBER, head=NUMBER)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _money(cents: int | None) -> str:
    return "–" if cents is None else DOLLARS.written(cents)
