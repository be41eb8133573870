"""Providers on a map: a tile a state, each where it lies beside its neighbours. Pure.

A payer's file says in which state a provider is, and no more: a tile claims no more either.
"""

from collections.abc import Mapping
from html import escape

import polars as pl
from htmltools import HTML, Tag, tags

from app.claims.people_view import PeopleView

LAND = (
    "AK .. .. .. .. .. .. .. .. .. ME",
    ".. .. .. .. .. .. .. .. .. VT NH",
    "WA ID MT ND MN IL WI MI NY RI MA",
    "OR NV WY SD IA IN OH PA NJ CT ..",
    "CA UT CO NE MO KY WV VA MD DE ..",
    ".. AZ NM KS AR TN NC SC DC .. ..",
    ".. .. .. OK LA MS AL GA .. .. ..",
    "HI .. .. TX .. .. .. .. FL .. ..",
)
"""Fifty states and the District of Columbia, roughly where they lie."""
SIDE, GAP = 36, 4  # of a tile, in units of the picture
STRONGEST = 0.35  # of the accent's ink: words on it are still read


def places() -> dict[str, tuple[int, int]]:
    """Column and row of each state's tile.

    >>> places()["WA"], len(places())
    ((0, 2), 51)
    """
    return {
        state: (column, row)
        for row, line in enumerate(LAND)
        for column, state in enumerate(line.split())
        if state != ".."
    }


def tiles(rows: pl.DataFrame, view: PeopleView) -> Tag:
    """The map: how many providers that suit a need are in each state; a tile asks for its state.

    Takes:  what `recommended` gives. Providers whose state has no tile are counted below it.
    """
    counts = dict(rows["state"].value_counts().iter_rows())
    there = places()
    width, height = (SIDE + GAP) * 11, (SIDE + GAP) * len(LAND)
    most = max((counts.get(state, 0) for state in there), default=0) or 1
    drawn = "".join(_tile(state, at, counts, most, view) for state, at in there.items())
    away = sum(n for state, n in counts.items() if state not in there)
    said = f"{away:,} more in no state of the map." if away else ""
    return tags.figure(
        HTML(
            f'<svg viewBox="0 0 {width} {height}" class="claims-tiles" role="group"'
            f' aria-label="Providers for {escape(view.need)} by state">{drawn}</svg>'
        ),
        tags.figcaption(f"Providers that suit, by state; a tile asks for its state. {said}"),
    )


def _tile(
    state: str,
    at: tuple[int, int],
    counts: Mapping[str | None, int],
    most: int,
    view: PeopleView,
) -> str:
    x, y = (place * (SIDE + GAP) for place in at)
    count = counts.get(state, 0)
    box = f'x="{x + GAP / 2}" y="{y + GAP / 2}" width="{SIDE}" height="{SIDE}" rx="4"'
    ink = f' style="fill-opacity:{STRONGEST * count / most:.2f}"' if count else ""
    drawn = (
        f'<rect {box} class="ground"/><rect {box} class="{"has" if count else "none"}"{ink}/>'
        f'<text x="{x + GAP / 2 + SIDE / 2}" y="{y + 16}">{state}</text>'
        f'<text x="{x + GAP / 2 + SIDE / 2}" y="{y + 31}" class="n">{count or ""}</text>'
    )
    if not count and view.state != state:
        return drawn
    is_on = ' aria-current="true"' if view.state == state else ""
    words = f"{state}: {count:,} provider{'' if count == 1 else 's'}"
    href = escape(view.turned("state", state).address)
    return f'<a href="{href}" aria-label="{words}"{is_on}><title>{words}</title>{drawn}</a>'
