"""Which board a published boundary is: the one whose practices lie in it, never one of its name.

From the corners, the practices' places and the mappings to the `icb_boundary` contract. Practices
are looked for in polygons once a build, all at a time.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from engine.atlas.rollup import UNALLOCATED
from engine.period import Period
from refresh.finding import Finding

ENOUGH = 0.8  # of a board's practices
MOST = 0.5  # of the practices inside; coarse boundaries take in some of a neighbour's
_AT_ONCE = 4_000_000  # pairs of a point and a side held in memory


def area_boundary(corners: pl.LazyFrame, *, year: str) -> pl.LazyFrame:
    """The `area_boundary` contract of one year."""
    return corners.with_columns(year=pl.lit(year)).sort("boundary", "ring", "corner")


def icb_boundary(
    corners: pl.LazyFrame,
    *,
    coordinates: pl.LazyFrame,
    by_year: Mapping[str, pl.LazyFrame],
    by_month: Mapping[str, pl.LazyFrame],
    year: str,
) -> pl.LazyFrame:
    """The board of each boundary of a year, by the mapping that fits these boundaries best.

    Takes:  corners as `area_boundary` has them; where practices are; `practice_code` and
            `icb_code` by QOF year, and by month.
    Gives:  the `icb_boundary` contract. The mapping is the one under which most boundaries are a
            board each, the newest of equals; without any, no boundary is used.
    """
    drawn = corners.collect()
    mappings = _not_older(year, by_year, by_month)
    places = coordinates.select("practice_code", "longitude", "latitude").drop_nulls().collect()
    inside = _inside(drawn, places)
    pairings = [
        _paired(inside, places, mapping.collect(), name) for name, mapping in mappings.items()
    ]
    # Reversed, for `max` keeps the first of equals, and the newest is wanted.
    best = max(reversed(pairings), key=lambda p: p["is_used"].sum(), default=_paired_with_none())
    boundaries = drawn.select("boundary", "boundary_name", "ons_code").unique()
    counted = inside.group_by("boundary").agg(practices_inside=pl.len().cast(pl.Int64))
    return (
        boundaries.lazy()
        .join(counted.lazy(), on="boundary", how="left")
        .join(best.lazy(), on="boundary", how="left")
        .with_columns(
            pl.lit(year).alias("year"),
            pl.col("practices_inside").fill_null(0),
            pl.col("is_used").fill_null(False),
        )
        .sort("boundary")
    )


def unused(made: Mapping[str, pl.LazyFrame | None], where: str) -> list[Finding]:
    """A warning where boundaries are no board's for certain: then none of that year is drawn."""
    frame = made["icb_boundary"]
    if frame is None:
        return []
    return _unused(frame.collect(), where)


def _not_older(
    year: str, by_year: Mapping[str, pl.LazyFrame], by_month: Mapping[str, pl.LazyFrame]
) -> dict[str, pl.LazyFrame]:
    """The mappings that are not older than the boundaries of `year` (a month), oldest first.

    QOF maps practices as they stood when its year ended.
    """
    ends = {
        f"{Period.parse(name, 'year').last_day:%Y-%m}": (name, rows)
        for name, rows in by_year.items()
    }
    mapped = ends | {month: (month, rows) for month, rows in by_month.items()}
    return dict(mapped[month] for month in sorted(mapped) if month >= year)


def _unused(rows: pl.DataFrame, where: str) -> list[Finding]:
    left = rows.filter(~pl.col("is_used"))
    told = [
        f"{name} ({code or 'no board'}: {of_icb or 0:.0%} of its practices lie in it,"
        f" {inside or 0:.0%} of those in it are its own)"
        for name, code, of_icb, inside in left.select(
            "boundary_name", "icb_code", "share_of_icb", "share_inside"
        ).rows()
    ]
    return [
        Finding(
            "warn" if told else "pass",
            "reconciliation",
            "a board for each boundary",
            f"icb_boundary (of {where})",
            f"{len(told)} of {rows.height} boundaries are no single board's"
            + (f": {'; '.join(told[:3])}" if told else ""),
            column="icb_code",
            expected=f"{ENOUGH:.0%} of a board's practices in it, and most in it that board's",
            observed=f"{rows.height - len(told)} of {rows.height}",
            rows_failed=len(told),
            rows_total=rows.height,
            next_step="put the mapping of those boards (gp-reg-pat-prac-map, or QOF of that year)"
            " in the mirror; until then outlines are drawn from practices"
            if told
            else "",
        )
    ]


def within(points: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """Which points lie in a closed ring: those from which a line to the east leaves it.

    >>> square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    >>> within(np.array([[0.5, 0.5], [1.5, 0.5], [-0.5, 0.5]]), square).tolist()
    [True, False, False]
    """
    found = np.zeros(len(points), dtype=bool)
    # Most practices are far from most rings: a box is cheap, and leaves few to count crossings for.
    near = np.flatnonzero(((points >= ring.min(axis=0)) & (points <= ring.max(axis=0))).all(axis=1))
    (x1, y1), (x2, y2) = ring[:-1].T, ring[1:].T
    # A level side is never crossed; one stands for the nought that it would be divided by.
    slope = (x2 - x1) / np.where(y1 == y2, 1, y2 - y1)
    # In parts: points times corners would be gigabytes at once.
    for some in np.array_split(near, len(near) * len(slope) // _AT_ONCE + 1):
        x, y = points[some].T[..., None]
        crossed = ((y1 > y) != (y2 > y)) & (x < x1 + (y - y1) * slope)
        found[some] = crossed.sum(axis=1) % 2 == 1
    return found


def _inside(drawn: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Every practice with the boundary it lies in; a hole takes away what its ring gave."""
    points = places.select("longitude", "latitude").to_numpy()
    found = [pl.DataFrame(schema={"boundary": pl.Int64, "practice_code": pl.String})]
    for (boundary,), shape in drawn.partition_by("boundary", as_dict=True).items():
        odd = np.zeros(len(points), dtype=bool)
        for ring in shape.partition_by("ring"):
            # Exclusive or: a hole within an island, and an island within a hole, come out right.
            odd ^= within(points, ring.select("longitude", "latitude").to_numpy())
        codes = places.filter(pl.Series(odd)).select(
            pl.lit(boundary, pl.Int64).alias("boundary"), "practice_code"
        )
        found.append(codes)
    return pl.concat(found)


def _paired(
    inside: pl.DataFrame, places: pl.DataFrame, mapping: pl.DataFrame, name: str
) -> pl.DataFrame:
    """The board that has most practices in each boundary, and whether the two are the same."""
    mapped = mapping.filter(pl.col("icb_code").is_not_null(), pl.col("icb_code") != UNALLOCATED)
    whose = mapped.join(places, on="practice_code").select("practice_code", "icb_code")
    board = whose.group_by("icb_code").agg(of_board=pl.len())
    shared = (
        inside.join(whose, on="practice_code").group_by("boundary", "icb_code").agg(both=pl.len())
    )
    # By code where equal, so that the same files give the same pairing.
    most = shared.sort("both", "icb_code", descending=[True, False]).group_by("boundary").first()
    all_inside = shared.group_by("boundary").agg(of_boundary=pl.sum("both"))
    is_enough = (pl.col("share_of_icb") >= ENOUGH) & (pl.col("share_inside") > MOST)
    return (
        most.join(all_inside, on="boundary")
        .join(board, on="icb_code")
        .with_columns(
            mapped_by=pl.lit(name),
            share_of_icb=pl.col("both") / pl.col("of_board"),
            share_inside=pl.col("both") / pl.col("of_boundary"),
        )
        .with_columns(is_used=is_enough & (is_enough.sum().over("icb_code") == 1))
        .select("boundary", "icb_code", "mapped_by", "share_of_icb", "share_inside", "is_used")
    )


def _paired_with_none() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "boundary": pl.Int64,
            "icb_code": pl.String,
            "mapped_by": pl.String,
            "share_of_icb": pl.Float64,
            "share_inside": pl.Float64,
            "is_used": pl.Boolean,
        }
    )
