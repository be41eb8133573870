"""Territory: land goes to the nearest practice, ends at sea and at the board, without slivers."""

from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path

import polars as pl
import pytest

from engine import Lake
from engine.atlas.rollup import LEVELS
from engine.atlas.territory import beside, territories
from engine.atlas.years import qof_years
from tests.engine.universe import england

YEAR = "2021-22"
# Two networks about Lincoln and Newark, one at the sea, one on the Isle of Wight.
COORDINATES = """
practice_code | longitude | latitude
A00001        | -0.54     | 53.23
A00002        | -0.54     | 53.23
A00003        | -0.81     | 53.08
B00001        | -0.90     | 53.00
B00002        | 0.34      | 53.14
B00003        | -1.50     | 53.50
C00001        | -1.60     | 54.00
C00002        | -1.30     | 50.69
C00003        |           |
C00004        | -0.54     | 53.23
"""
# The boards' land: two squares side by side that meet at longitude -1.
BOUNDARY = """
year | boundary | boundary_name | ring | corner | longitude | latitude
2022 | 1        | A Board       | 0    | 0      | -1.0      | 52.5
2022 | 1        | A Board       | 0    | 1      | 0.0       | 52.5
2022 | 1        | A Board       | 0    | 2      | 0.0       | 53.5
2022 | 1        | A Board       | 0    | 3      | -1.0      | 53.5
2022 | 1        | A Board       | 0    | 4      | -1.0      | 52.5
2022 | 2        | B Board       | 0    | 0      | -2.0      | 52.5
2022 | 2        | B Board       | 0    | 1      | -1.0      | 52.5
2022 | 2        | B Board       | 0    | 2      | -1.0      | 53.5
2022 | 2        | B Board       | 0    | 3      | -2.0      | 53.5
2022 | 2        | B Board       | 0    | 4      | -2.0      | 52.5
"""
BOARDS = """
year | boundary | boundary_name | icb_code | mapped_by | share_of_icb | share_inside | is_used
2022 | 1        | A Board       | QAA      | 2021-22   | 1.0          | 1.0          | true
2022 | 2        | B Board       | QBB      | 2021-22   | 1.0          | 1.0          | true
"""
Ring = list[list[float]]


def drawn(lake: Lake, level: str, year: str = YEAR) -> dict[str, list[Ring]]:
    rows = territories(lake, level, year).collect()
    return {code: of["ring"].to_list() for (code,), of in rows.group_by("organisation_code")}


def holds(rings: list[Ring], x: float, y: float) -> bool:
    """Whether a line to the east leaves the rings an odd number of times."""
    sides = [side for ring in rings for side in pairwise(ring)]
    over = [(a, b) for a, b in sides if (a[1] > y) != (b[1] > y)]
    return sum(x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) for a, b in over) % 2 == 1


def area(ring: Ring) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)) / 2


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("land"), practice_coordinates=COORDINATES)


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("boards")
    tables = {"practice_coordinates": COORDINATES, "area_boundary": BOUNDARY}
    return england(folder, **tables, icb_boundary=BOARDS)


def test_a_place_belongs_to_whose_practice_is_nearest(small: Lake):
    """By the distance of each point of a grid to each practice, worked out one by one."""
    shapes = drawn(small, "pcn")
    places = {
        "U00001": [(-0.54, 53.23)],
        "U00002": [(-0.81, 53.08), (-0.90, 53.00)],
        "U00003": [(0.34, 53.14)],
        "U00004": [(-1.30, 50.69)],
    }
    assert set(shapes) == set(places)
    squeezed = cos(radians(52.6))

    def away(code: str, x: float, y: float) -> float:
        return min(hypot((x - a) * squeezed, y - b) for a, b in places[code])

    inland = [(-1.5 + i * 0.1, 52.4 + j * 0.1) for i in range(14) for j in range(9)]
    for x, y in inland:
        nearest, second = sorted(places, key=lambda code: away(code, x, y))[:2]
        # A line between two is a degree's hundredth wide: the two measures of length differ.
        if away(second, x, y) - away(nearest, x, y) > 0.02:
            owners = [code for code, rings in shapes.items() if holds(rings, x, y)]
            assert owners == [nearest], (x, y)


def test_the_land_ends_at_the_coast_and_an_island_is_one(small: Lake):
    shapes = drawn(small, "pcn")
    for x, y in ((-3.5, 53.8), (1.5, 53.5), (0.5, 50.4), (-3.5, 52.4)):  # three seas and Wales
        assert not any(holds(rings, x, y) for rings in shapes.values())
    assert holds(shapes["U00004"], -1.3, 50.69) and holds(shapes["U00004"], -1.4, 50.9)


def test_one_address_goes_to_who_has_most_practices_there(small: Lake):
    # Two practices of U00001 and one of U00005 are in one house: the latter has no land.
    assert "U00005" not in drawn(small, "pcn")


def test_nobody_has_no_land_and_a_year_without_places_has_none(small: Lake, tmp_path: Path):
    assert not {"U", None, ""} & set(drawn(small, "pcn"))
    assert drawn(england(tmp_path), "icb") == {}


def test_networks_end_at_their_boards_published_line_and_boards_do_not(bounded: Lake):
    shapes = drawn(bounded, "sub_icb")
    east, west = shapes["01A"], [*shapes["02B"], *shapes.get("03C", [])]
    assert {round(x, 3) for ring in east for x, _ in ring} >= {-1.0, 0.0}
    for y in (52.6, 53.0, 53.4):
        assert holds(east, -0.98, y) and not holds(east, -1.02, y)
        assert holds(west, -1.02, y) and not holds(west, -0.98, y)
    assert any(x < -2.1 for ring in drawn(bounded, "icb")["QBB"] for x, _ in ring)


def test_rings_are_closed_and_turn_left(small: Lake):
    for rings in drawn(small, "pcn").values():
        assert all(ring[0] == ring[-1] and len(ring) > 3 for ring in rings)
        assert area(max(rings, key=lambda ring: abs(area(ring)))) > 0


def test_a_network_stands_among_those_that_touch_it(small: Lake):
    rows = beside(territories(small, "pcn", YEAR), "U00003").collect()
    near = dict(rows.select("organisation_code", "is_own").unique().rows())
    # From Skegness the land of Lincoln is next; that of Newark lies behind it or meets it.
    assert near["U00003"] and near["U00001"] is False
    assert beside(territories(small, "pcn", YEAR), "U99999").collect().is_empty()


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_drawn_without_slivers(lake: Lake, level: str):
    year = qof_years(lake)[0]
    lazy = territories(lake, level, year)
    rows = lazy.collect()
    codes = rows["organisation_code"].to_list()
    assert codes == sorted(codes) and None not in codes and "U" not in codes
    assert rows.schema == lazy.collect_schema()
    km = [area([[x * 67.6, y * 111.2] for x, y in ring]) for ring in rows["ring"].to_list()]
    places = lake.scan("practice_coordinates").select("longitude", "latitude").collect().rows()
    for size, ring in zip(km, rows["ring"].to_list(), strict=True):
        assert abs(size) >= 1 or any(holds([ring], x, y) for x, y in places)
    assert isinstance(rows, pl.DataFrame) and rows.height
