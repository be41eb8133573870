"""Published boundaries of integrated care boards against the published mappings of practices."""

import re

import polars as pl
import pytest

from engine import Lake
from engine.atlas.boundary import boundaries

pytestmark = pytest.mark.golden


def plain(name: str) -> str:
    """A board's name without the words that some files leave out."""
    words = re.findall(r"[a-z]+", name.lower())
    return " ".join(w for w in words if w not in "nhs integrated care board icb and the".split())


@pytest.mark.parametrize(("year", "boards", "least"), [("2022", 42, 0.8), ("2026", 36, 0.89)])
def test_every_boundary_is_one_board_by_its_practices(
    real: Lake, year: str, boards: int, least: float
):
    """The 2022 file is drawn with 661 corners, which leaves practices on either side of a line."""
    rows = real.scan("icb_boundary", year).collect()
    assert rows["icb_code"].n_unique() == rows.height == boards and rows["is_used"].all()
    assert rows["share_of_icb"].min() >= least
    assert rows["share_of_icb"].median() > 0.95 and rows["share_inside"].median() > 0.95


def test_the_boards_found_by_practices_bear_the_names_in_the_file(real: Lake):
    """An independent check: the match never looked at a name."""
    rows = real.scan("icb_boundary", "2026").collect()
    mapping = real.scan("practice_mapping", rows["mapped_by"][0])
    names = dict(mapping.select("icb_code", "icb_name").unique().collect().rows())
    differing = {
        name: names[code]
        for name, code in rows.select("boundary_name", "icb_code").rows()
        if plain(name) != plain(names[code])
    }
    assert differing == {}


def test_each_structure_gets_its_own_boundaries_and_no_other(real: Lake):
    """DOMAIN 1.6: 42 boards as published for 2022-23, 36 as of today."""
    for geography, year, boards in (("published", "2022", 42), ("today", "2026", 36)):
        drawn = boundaries(real, "icb", "2022-23", geography=geography).collect()
        assert drawn["boundary_year"].unique().to_list() == [year]
        assert drawn["organisation_code"].n_unique() == boards
        assert drawn.select(pl.col("ring").list.len().sum()).item() < 12_000
    assert boundaries(real, "icb", "2017-18").collect().is_empty()
