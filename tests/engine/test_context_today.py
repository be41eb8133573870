"""Context within today's boundaries: who is added up changes, what is known of each does not."""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake
from engine.atlas.context import context
from engine.atlas.geography import organisations, practices
from engine.atlas.years import qof_years
from tests.engine.test_context import LISTS, STAFF
from tests.engine.universe import england

# A00002 has left network U00001 for U00002; B00001 has gone, and so has its area.
MAPPING = """
period  | practice_code | pcn_code | sub_icb_code | sub_icb_name | icb_code | icb_name | region_code
2023-04 | A00001        | U00001   | 01A          | A Place      | QZZ      | Merged   | Y01
2023-04 | A00002        | U00002   | 01A          | A Place      | QZZ      | Merged   | Y01
2023-04 | A00003        | U00002   | 01A          | A Place      | QZZ      | Merged   | Y01
"""
HEADER = "measure | period | as_of | practice_code | numerator | denominator | value | text"
NAME = "network_staff_per_10_000"


@pytest.fixture
def small(tmp_path: Path) -> Lake:
    drawn = f"{HEADER}\n{LISTS.strip()}\n{STAFF.replace('U00001', 'U00002').strip()}"
    lines = [f"{line} | x" for line in drawn.splitlines()]
    lines[0] = f"{HEADER} | source"
    return england(tmp_path, practice_mapping=MAPPING, practice_context="\n".join(lines))


def staff(lake: Lake, level: str, geography: str) -> dict[str, float | None]:
    """Whole-time staff of each organisation, by code: its rate times the patients it is over."""
    rows = context(lake, "2021-22", level, geography=geography)
    patients = pl.col("list_size") * pl.col(f"{NAME}_coverage")
    return dict(
        rows.select("organisation_code", pl.col(NAME) * patients / 10_000).collect().iter_rows()
    )


def test_staff_are_of_the_network_of_the_year_and_not_of_todays(small: Lake):
    """U00002 was A00003 (500 patients) and B00001 (3,000): a seventh of its 2.8 stay in it."""
    assert staff(small, "pcn", "published")["U00002"] == pytest.approx(2.8)
    assert staff(small, "pcn", "today")["U00002"] == pytest.approx(2.8 * 500 / 3500)


def test_a_practice_without_a_place_leaves_no_staff_behind(small: Lake):
    assert staff(small, "icb", "today") == {"QZZ": pytest.approx(2.8 * 500 / 3500)}


def test_england_is_the_same_within_both(lake: Lake):
    then, now = (
        context(lake, qof_years(lake)[0], "england", geography=geography)
        .collect()
        .row(0, named=True)
        for geography in ("published", "today")
    )
    assert then.keys() == now.keys() and then[NAME] is not None
    for name, value in then.items():
        assert now[name] == (pytest.approx(value) if isinstance(value, float) else value), name


def test_todays_boards_and_the_unplaced_add_up_to_england(lake: Lake):
    year = qof_years(lake)[0]
    boards = context(lake, year, "icb", geography="today").collect()
    there = organisations(lake, "today", year).filter(pl.col("level") == "icb").collect()
    assert set(boards["organisation_code"]) == set(there["organisation_code"])
    codes = practices(lake, "today", year).filter(pl.col("icb_code").is_null()).collect()
    alone = context(lake, year, "practice").collect()
    nowhere = alone.filter(pl.col("organisation_code").is_in(codes["practice_code"].to_list()))
    england_list = context(lake, year, "england").collect()["list_size"][0]
    assert boards["list_size"].sum() + nowhere["list_size"].sum() == england_list
