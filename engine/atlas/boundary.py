"""Boundary: the published shapes of integrated care boards, where the lake has them.

Beside territory, which shares out the land where there is none. Never a mixture: either every board
of the year is one boundary of one published set, or nothing is given.
"""

import polars as pl

from engine.atlas.geography import practices as practices_of
from engine.atlas.rollup import UNALLOCATED
from engine.lake import Lake

FINEST = 4_000  # corners that a browser is sent as they are
FAITHFUL = 0.95  # of a board's practices: near by, a line that leaves out more would be believed
STEP = 0.01  # degrees; of a finer set, corners nearer than about that become one


def boundaries(
    lake: Lake, level: str, year: str, *, geography: str = "published", code: str = ""
) -> pl.LazyFrame:
    """The published boundaries of the boards of a year, if all of them are known.

    Takes:  the level (boards alone have any); which mapping (see engine.atlas.geography); the code
            of one board, if only that is wanted: it is drawn larger, so none is given where the
            line is so much simplified that it leaves out many of the board's own practices.
    Gives:  one row a ring, by code: `organisation_code`, `boundary_year` and `ring`: longitude and
            latitude of each corner, in degrees, the first again at the end; outer rings
            anticlockwise, holes clockwise. Of several sets that fit, the newest.
    """
    corners = lake.scan("area_boundary")
    if level != "icb":
        corners = corners.filter(False)
    known = pl.col("icb_code").is_not_null() & (pl.col("icb_code") != UNALLOCATED)
    boards = practices_of(lake, geography, year).filter(known).select("icb_code").unique()
    found = lake.scan("icb_boundary")
    fitting = (
        found.join(boards.with_columns(is_there=True), on="icb_code", how="left")
        .join(boards.select(boards=pl.len()), how="cross")
        .group_by("year")
        .agg(
            # Every boundary a board and every board a boundary: one wrong one, and none of them is
            # trusted.
            is_whole=(pl.col("is_used") & pl.col("is_there").fill_null(False)).all()
            & (pl.len() == pl.col("boards").first())
        )
        .filter("is_whole")
        .select(pl.col("year").max())
    )
    wanted = found.join(fitting, on="year").select("year", "boundary", "icb_code", "share_of_icb")
    if code:
        is_rough = (pl.col("share_of_icb") < FAITHFUL).fill_null(False)
        wanted = wanted.filter(pl.col("icb_code") == code, ~is_rough)
    drawn = _thinned(corners.join(wanted.drop("share_of_icb"), on=["year", "boundary"]))
    return (
        drawn.sort("icb_code", "boundary", "ring", "corner")
        .group_by("icb_code", "year", "boundary", "ring", maintain_order=True)
        .agg(ring_=pl.concat_list("longitude", "latitude"))
        .filter(pl.col("ring_").list.len() > 2)  # what is left of an islet
        .select(
            organisation_code="icb_code",
            boundary_year="year",
            ring=pl.col("ring_").list.concat(pl.col("ring_").list.head(1)),
        )
    )


def _thinned(corners: pl.LazyFrame) -> pl.LazyFrame:
    """The corners without each ring's last (its first again); of a fine set, fewer of them.

    Of those that follow one another within a cell of a grid, the one nearest to its middle: two
    neighbours keep the same corners of the line between them, so that no gap opens.
    """
    places = [pl.col(name) / STEP for name in ("longitude", "latitude")]
    ring = ["boundary", "ring"]
    # The corner that closes a ring would be thinned apart from its twin, and leave it open.
    open_ = pl.col("corner") < pl.col("corner").max().over(ring)
    away = pl.sum_horizontal((place - place.floor() - 0.5) ** 2 for place in places)
    cell = pl.struct(*ring, *(place.floor().alias(f"cell_{i}") for i, place in enumerate(places)))
    return (
        corners.filter(open_)
        .sort(*ring, "corner")
        # By run and not by cell: a coast may come back into a cell, and both visits must stay.
        .with_columns(_away=away, _run=cell.rle_id())
        .filter((pl.len() <= FINEST) | (pl.col("_away") == pl.col("_away").min().over("_run")))
    )
