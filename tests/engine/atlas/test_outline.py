"""Outline: every practice is inside or on it, it never crosses itself, bays are left out."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Lake
from engine.atlas.outline import outlines, ring
from engine.atlas.rollup import LEVELS
from engine.atlas.years import qof_years
from tests.engine.universe import england

COORDINATES = """
practice_code | longitude | latitude
A00001        | -1.0      | 52.0
A00002        | -1.0      | 52.0
A00003        | -1.5      | 52.5
B00001        | -1.9      | 52.0
B00002        | -2.5      | 53.0
B00003        | -3.0      | 52.0
C00001        |           |
C00002        | -2.4      | 52.5
"""
Point = tuple[float, float]


def turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def area(corners: list[Point]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(corners)) / 2


def holds(corners: list[Point], point: Point) -> bool:
    """Whether a point is a corner, or a line from it to the east leaves the shape an odd time."""
    if list(point) in corners:
        return True
    x, y = point
    over = [(a, b) for a, b in pairwise(corners) if (a[1] > y) != (b[1] > y)]
    on_it = any(
        abs(turn(a, b, point)) < 1e-9 and min(a[0], b[0]) <= x <= max(a[0], b[0])
        for a, b in pairwise(corners)
    )
    return on_it or sum(x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) for a, b in over) % 2


def crosses(one: tuple[Point, Point], two: tuple[Point, Point]) -> bool:
    (a, b), (c, d) = one, two
    return turn(a, b, c) * turn(a, b, d) < 0 and turn(c, d, a) * turn(c, d, b) < 0


# A prime number of steps each way, so that hardly three of them are in a line.
CLOUDS = st.lists(
    st.tuples(st.integers(0, 997), st.integers(0, 1009)), min_size=3, max_size=60, unique=True
).map(lambda grid: np.array([(x / 997 - 2, y / 1009 + 52) for x, y in grid]))


@given(CLOUDS)
def test_every_point_is_inside_and_no_side_crosses_another(points: np.ndarray):
    corners = ring(points, shortest=5)
    if corners is None:
        return
    assert corners[0] == corners[-1] and len({tuple(c) for c in corners}) == len(corners) - 1
    assert area(corners) > 0  # anticlockwise
    sides = list(pairwise(corners))
    assert not any(crosses(one, two) for one, two in combinations(sides, 2))
    assert all(holds(corners, tuple(point)) for point in points)
    assert all(corner in points.tolist() for corner in corners)


def test_a_bay_is_left_out_and_not_filled():
    angles = np.radians(np.arange(45, 316, 9))
    arms = [(r * np.cos(angles), 52 + r * np.sin(angles)) for r in (1, 0.8)]
    horseshoe = np.hstack(arms).T
    assert area(ring(horseshoe, shortest=1000)) > 2.5
    assert area(ring(horseshoe, shortest=5)) < 1.5


def test_the_order_of_the_points_changes_nothing():
    points = np.random.default_rng(1).random((50, 2)) + [-2, 52]
    assert ring(points) == ring(points[::-1]) == ring(np.vstack([points, points]))


@pytest.mark.parametrize(
    "points",
    [[(0, 52)], [(0, 52), (1, 53)], [(0, 52)] * 4, [(0, 52), (0.5, 52.5), (1, 53)]],
    ids=["one", "two", "one place four times", "a line"],
)
def test_what_encloses_nothing_has_no_outline(points: list[Point]):
    assert ring(np.array(points, dtype=float)) is None


def test_an_area_is_drawn_from_the_places_of_its_practices(tmp_path):
    lake = england(tmp_path, practice_coordinates=COORDINATES)
    drawn = outlines(lake, "icb", "2021-22").collect()
    corners = [[-3, 52], [-1.9, 52], [-2.4, 52.5], [-2.5, 53]]
    assert drawn.select("organisation_code", "places").rows() == [("QAA", 2), ("QBB", 4)]
    assert drawn["ring"].to_list() == [None, [*corners, corners[0]]]
    assert drawn.schema == outlines(lake, "icb", "2021-22").collect_schema()


def test_a_year_without_places_has_no_outlines(tmp_path):
    assert outlines(england(tmp_path), "icb", "2021-22").collect().is_empty()


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_can_be_drawn(lake: Lake, level: str):
    drawn = outlines(lake, level, qof_years(lake)[0]).collect()
    codes = drawn["organisation_code"].to_list()
    assert codes == sorted(codes) and None not in codes and "U" not in codes
