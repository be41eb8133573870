"""Parents: which area an organisation belongs to, when it spans two and when it moves."""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake
from engine.atlas.parents import ABOVE, is_below, parents
from engine.atlas.rollup import LEVELS
from tests.engine.universe import england


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


def of(lake: Lake, level: str, above: str, year: str | None = "2021-22") -> dict[str, str | None]:
    frame = parents(lake, level, above, year=year).filter(pl.col("year") == "2021-22").collect()
    return dict(frame.select("organisation_code", "parent_code").sort("organisation_code").rows())


def test_a_practice_has_the_parent_published_for_it(lake: Lake):
    assert of(lake, "practice", "icb")["B00003"] == "QBB"
    assert of(lake, "practice", "pcn")["B00003"] is None  # unallocated


def test_a_network_across_two_areas_with_as_many_practices_has_the_first(lake: Lake):
    assert of(lake, "pcn", "sub_icb") == {
        "U00001": "01A",
        "U00002": "01A",
        "U00003": "02B",
        "U00004": "03C",
        "U00005": "03C",
    }


def test_a_network_belongs_where_most_of_its_practices_are(tmp_path: Path):
    geography = """
    year    | practice_code | pcn_code | icb_code
    2021-22 | A00001        | U00001   | QAA
    2021-22 | A00002        | U00001   | QBB
    2021-22 | A00003        | U00001   | QBB
    """
    assert of(england(tmp_path, practice_geography=geography), "pcn", "icb") == {"U00001": "QBB"}


def test_the_unallocated_are_no_network(lake: Lake):
    assert None not in of(lake, "pcn", "icb") and "U" not in of(lake, "pcn", "icb")


def test_one_year_is_the_same_as_that_year_of_all(lake: Lake):
    for level, above in ABOVE.items():
        assert of(lake, level, above, None) == of(lake, level, above)


def test_a_parent_may_change_with_the_year_or_not_be_known(lake: Lake):
    all_years = parents(lake, "practice", "icb").filter(pl.col("organisation_code") == "B00001")
    assert dict(all_years.select("year", "parent_code").collect().rows()) == {
        "2021-22": "QBB",
        "2022-23": None,
    }


def test_every_level_is_shown_beside_one_above_it():
    assert set(ABOVE) == set(LEVELS)
    assert all(is_below(level, above) for level, above in ABOVE.items() if level != "england")
