"""Outline: the shape that an area's practices cover, drawn from where the practices are.

No boundary: a concave hull, which every page that shows it must say. It starts as the convex hull;
then each long side is pulled in to the practice nearest to it, as long as the shape stays simple.
All practices stay inside or on it.
"""

import heapq

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.atlas.geography import practices as practices_of
from engine.atlas.rollup import organisation_code
from engine.lake import Lake

# One degree in the middle of England, in kilometres: near enough to compare lengths.
KM_PER_DEGREE = np.array([67.6, 111.2])
SQUARE_METRE = 1e-6  # less than that is a line, not a turn
SHORTEST_KM = 8.0
CONCAVITY = 2.0  # a side must be so many times the shorter of the two that take its place

Points = NDArray[np.float64]
"""Places, or ways between them, as pairs in the last dimension."""

_SCHEMA = pl.Schema(
    {
        "organisation_code": pl.String(),
        "places": pl.Int64(),
        "ring": pl.List(pl.List(pl.Float64)),
    }
)


def outlines(
    lake: Lake, level: str, year: str, *, geography: str = "published", code: str = ""
) -> pl.LazyFrame:
    """The outline of every organisation of a level, from the places of its practices.

    Takes:  which boundaries (see engine.atlas.geography); the code of one organisation, if only
            that is wanted.
    Gives:  one row an organisation, by code: `organisation_code`, `places` (distinct points of its
            practices) and `ring`: longitude and latitude of each corner, in degrees, anticlockwise,
            the first again at the end. Null where fewer than three places, or all in one line.
    """
    practices = practices_of(lake, geography, year).select(
        "practice_code", organisation_code=organisation_code(level)
    )
    if code:
        practices = practices.filter(pl.col("organisation_code") == code)
    places = practices.join(lake.scan("practice_coordinates"), on="practice_code").select(
        "organisation_code", "longitude", "latitude"
    )
    drawn = places.drop_nulls().group_by("organisation_code").map_groups(_outline, _SCHEMA)
    return drawn.sort("organisation_code")


def ring(points: Points, *, shortest: float = SHORTEST_KM) -> list[list[float]] | None:
    """The concave hull of points: a closed ring, or None where they enclose nothing.

    Takes:  an n x 2 array of longitudes and latitudes; sides up to `shortest` kilometres are left
            as they are.

    >>> square = np.array([[0, 0], [0, 1], [1, 1], [1, 0], [0.5, 0.5]])
    >>> ring(square, shortest=1000)
    [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]
    """
    distinct = np.unique(points, axis=0).astype(float)
    flat = (distinct - distinct.mean(axis=0)) * KM_PER_DEGREE
    corners = _convex(flat)
    if len(corners) < 3:
        return None
    following = _pulled_in(flat, corners, shortest)
    order = [corners[0]]
    while following[order[-1]] != corners[0]:
        order.append(int(following[order[-1]]))
    closed: list[list[float]] = distinct[[*order, corners[0]]].tolist()
    return closed


def _outline(places: pl.DataFrame) -> pl.DataFrame:
    points = places.select("longitude", "latitude").unique().to_numpy()
    row = (places["organisation_code"][0], len(points), ring(points))
    return pl.DataFrame([row], schema=_SCHEMA, orient="row")


def _convex(points: Points) -> list[int]:
    """The corners of the convex hull, anticlockwise, of points that are sorted (monotone chain)."""

    def half(order: range) -> list[int]:
        chain: list[int] = []
        for i in order:
            while len(chain) > 1 and not _turns_left(points[[*chain[-2:], i]]):
                chain.pop()
            chain.append(i)
        return chain[:-1]

    return half(range(len(points))) + half(range(len(points) - 1, -1, -1))


def _pulled_in(points: Points, corners: list[int], shortest: float) -> NDArray[np.int64]:
    """The corner that follows each corner once long sides are pulled in, longest first; else -1."""
    following = np.full(len(points), -1)
    following[corners] = np.roll(corners, -1)
    sides = [(-_length(points, a, following[a]), a, int(following[a])) for a in corners]
    # Longest first: a long side pulled in early gives its halves the chance to follow.
    heapq.heapify(sides)
    while sides and (following < 0).any():
        length, a, b = heapq.heappop(sides)
        if -length <= shortest:
            break
        nearest = _nearest(points, following < 0, a, b)
        ends = [_length(points, a, nearest), _length(points, nearest, b)]
        # A bend must be worth it: else every coast of practices becomes a comb.
        if -length < CONCAVITY * min(ends) or _crosses(points, following, (a, nearest, b)):
            continue
        following[a], following[nearest] = nearest, b
        for away, side in zip(ends, ((a, nearest), (nearest, b)), strict=True):
            heapq.heappush(sides, (-away, *side))
    return following


def _nearest(points: Points, free: NDArray[np.bool_], a: int, b: int) -> int:
    """The free point nearest to a side: then none lies in the triangle that is cut away."""
    indices = np.flatnonzero(free)
    start, along = points[a], points[b] - points[a]
    share = np.clip((points[indices] - start) @ along / (along @ along), 0, 1)
    away = points[indices] - (start + share[:, None] * along)
    return int(indices[np.einsum("ij,ij->i", away, away).argmin()])


def _crosses(points: Points, following: NDArray[np.int64], bend: tuple[int, int, int]) -> bool:
    """Whether either new side of a bend would touch a side of the ring that it does not join."""
    starts = np.flatnonzero(following >= 0)
    ends = following[starts]
    p, q = points[starts], points[ends]
    for a, b in (bend[:2], bend[1:]):
        apart = (starts != a) & (starts != b) & (ends != a) & (ends != b)
        one, two = points[a], points[b]
        across = _turn(one, two, p) * _turn(one, two, q) <= 0
        along = _turn(p, q, one) * _turn(p, q, two) <= 0
        if (across & along & apart).any():
            return True
    return False


def _turn(a: Points, b: Points, c: Points) -> Points | np.float64:
    """Over 0 where a, b, c turn left; 0 where they lie in a line."""
    ab, ac = b - a, c - a
    return ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]


def _turns_left(three: Points) -> bool:
    return bool(_turn(*three) > SQUARE_METRE)


def _length(points: Points, a: int, b: int) -> float:
    return float(np.hypot(*(points[b] - points[a])))
