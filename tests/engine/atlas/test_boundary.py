"""Boundaries: all boards of a year as published, or none; fine ones are thinned without gaps."""

import numpy as np
import polars as pl
import pytest

from engine import Lake
from engine.atlas import boundary
from engine.atlas.boundary import boundaries
from engine.atlas.rollup import LEVELS
from engine.atlas.years import qof_years
from tests.engine.universe import england

YEAR = "2021-22"
WEST = [[-2, 52], [-1, 52], [-1, 53], [-2, 53], [-2, 52]]
EAST = [[-1, 52], [0, 52], [0, 53], [-1, 53], [-1, 52]]
ISLE = [[-3, 52], [-2.9, 52], [-2.9, 52.1], [-3, 52]]
BOARDS = """
year | boundary | boundary_name | icb_code | is_used
2022 | 1        | West          | QAA      | true
2022 | 2        | East          | QBB      | true
"""


def corners(*rings: tuple[int, int, list], year: str = "2022") -> str:
    """`area_boundary` drawn as text, from (boundary, ring, its corners)."""
    lines = ["year | boundary | boundary_name | ring | is_hole | corner | longitude | latitude"]
    for number, ring, places in rings:
        for i, (x, y) in enumerate(places, start=1):
            lines.append(f"{year} | {number} | B{number} | {ring} | false | {i} | {x} | {y}")
    return "\n".join(lines)


DRAWN = corners((1, 1, WEST), (1, 2, ISLE), (2, 1, EAST))


def test_a_board_is_drawn_with_all_its_rings(tmp_path):
    lake = england(tmp_path, area_boundary=DRAWN, icb_boundary=BOARDS)
    drawn = boundaries(lake, "icb", YEAR).collect()
    assert drawn.rows() == [("QAA", "2022", WEST), ("QAA", "2022", ISLE), ("QBB", "2022", EAST)]
    assert drawn.schema == boundaries(lake, "icb", YEAR).collect_schema()
    assert boundaries(lake, "icb", YEAR, code="QBB").collect().rows() == [("QBB", "2022", EAST)]


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "icb"])
def test_no_other_level_has_boundaries(tmp_path, level: str):
    lake = england(tmp_path, area_boundary=DRAWN, icb_boundary=BOARDS)
    assert boundaries(lake, level, YEAR).collect().is_empty()


@pytest.mark.parametrize(
    "boards",
    [
        BOARDS.replace("QBB      | true", "QBB      | false"),
        BOARDS.replace("QBB", "QCC"),
        BOARDS + "2022 | 3 | North | QCC | true",
        "\n".join(BOARDS.splitlines()[:-1]),
        BOARDS.replace("QBB      | true", "         | false"),
    ],
    ids=["unsure", "another", "one more", "one less", "of nobody"],
)
def test_unless_every_board_is_known_none_is_drawn(tmp_path, boards: str):
    """DOMAIN 1.6: never a mixture of two structures on one map."""
    lake = england(tmp_path, area_boundary=DRAWN, icb_boundary=boards)
    assert boundaries(lake, "icb", YEAR).collect().is_empty()


def test_of_two_sets_that_fit_the_newest_is_drawn(tmp_path):
    later = corners((1, 1, EAST), (2, 1, WEST), year="2024").partition("\n")[2]
    boards = BOARDS + BOARDS.partition("is_used\n")[2].replace("2022", "2024")
    lake = england(tmp_path, area_boundary=f"{DRAWN}\n{later}", icb_boundary=boards)
    drawn = boundaries(lake, "icb", YEAR).collect()
    assert drawn.rows() == [("QAA", "2024", EAST), ("QBB", "2024", WEST)]


def test_fine_boundaries_are_thinned_and_neighbours_still_meet(tmp_path, monkeypatch):
    """The line between two boards keeps the same corners on both sides."""
    monkeypatch.setattr(boundary, "FINEST", 0)
    line = [[-1 + 0.003 * np.sin(i), 52 + i / 1000] for i in range(1001)]
    west = [*line, [-2, 53], [-2, 52], line[0]]
    east = [*line[::-1], [0, 52], [0, 53], line[-1]]
    islet = [[-3.005, 50.005], [-3.004, 50.005], [-3.005, 50.006], [-3.005, 50.005]]
    drawn = corners((1, 1, west), (1, 2, islet), (2, 1, east))
    lake = england(tmp_path, area_boundary=drawn, icb_boundary=BOARDS)
    rings = boundaries(lake, "icb", YEAR).collect()
    assert rings["organisation_code"].to_list() == ["QAA", "QBB"]  # the islet is too small to see
    one, other = (
        {tuple(c) for c in ring if -1.5 < c[0] < -0.5} for ring in rings["ring"].to_list()
    )
    assert 80 < len(one) < 500 and len(one ^ other) <= 4
    assert all(ring[0] == ring[-1] for ring in rings["ring"].to_list())


def test_a_lake_without_boundaries_has_none(lake: Lake):
    assert boundaries(lake, "icb", qof_years(lake)[0]).collect().is_empty()
    assert pl.Schema(boundaries(lake, "icb", qof_years(lake)[0]).collect_schema()).names() == [
        "organisation_code",
        "boundary_year",
        "ring",
    ]


def test_near_by_no_line_is_drawn_that_leaves_out_many_of_the_boards_own(tmp_path):
    """All boards in one view may be rough; one of them large must not look wrong."""
    head = BOARDS.replace("is_used", "is_used | share_of_icb")
    rough = head.replace("QAA      | true", "QAA | true | 0.82").replace(
        "QBB      | true", "QBB | true | 0.97"
    )
    lake = england(tmp_path, area_boundary=DRAWN, icb_boundary=rough)
    assert boundaries(lake, "icb", YEAR).collect()["organisation_code"].n_unique() == 2
    assert boundaries(lake, "icb", YEAR, code="QAA").collect().is_empty()
    assert boundaries(lake, "icb", YEAR, code="QBB").collect().height == 1
