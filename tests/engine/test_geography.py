"""Two clocks of geography (PEERS want 7): as published, and today's boundaries for every year."""

import itertools
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.geography import drawn_up, newest, organisations, practices, unplaced
from engine.atlas.rollup import LEVELS
from engine.atlas.trend import trend
from engine.atlas.years import qof_years
from tests.engine.universe import england

YEARS = """
year    | practice_code | practice_name | pcn_code | pcn_name | sub_icb_code | icb_code | region_code | list_size
2021-22 | A00001        | Ash           | U00001   | Trees    | 01A          | QAA      | Y01         | 100
2021-22 | A00002        | Birch, gone   | U00001   | Trees    | 01A          | QAA      | Y01         | 200
2021-22 | B00001        | Cedar, gone   | U00009   | Stones   | 09Z          | QAA      | Y01         | 400
2021-22 | B00002        | Elm, gone     | U00009   | Stones   | 09Z          | QAA      | Y01         | 800
2022-23 | A00001        | Ash           | U00001   | Trees    | 01A          | QAA      | Y01         | 100
"""  # noqa: E501  (a table)
TODAY = """
period  | practice_code | practice_name | pcn_code | pcn_name | sub_icb_code | sub_icb_name | icb_code | icb_name | region_code | region_name
2023-04 | A00001        | Ash Tree      | U00002   | Woods    | 01A          | Merged - 01A | QZZ      | Merged   | Y01         | London
2023-04 | C00001        | Fir           | U00001   | Trees    | 02B          | Merged - 02B | QZZ      | Merged   | Y01         | London
"""  # noqa: E501
COMMISSIONERS = """
practice_code | practice_name | commissioner_code | valid_from
B00001        | Cedar         | 02B               | 2023-04-01
B00002        | Elm           | 09Z               | 2023-04-01
"""
# What adds up, in every measure; prevalence is asked of registers.
MEASURES = ("net", "pri", "pca_rate", "points", "prevalence")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("small")
    return england(folder, practice_geography=YEARS, practice_mapping=TODAY, practice=COMMISSIONERS)


def where(lake: Lake, year: str = "2021-22") -> dict[str, tuple]:
    """Practice -> its network, sub-ICB and ICB today."""
    rows = practices(lake, "today", year).collect()
    places = rows.select("practice_code", "pcn_code", "sub_icb_code", "icb_code").rows()
    return {code: tuple(of) for code, *of in places}


def test_a_practice_that_is_there_takes_its_row_of_the_newest_mapping(small: Lake):
    assert newest(small) == "2023-04"
    assert where(small)["A00001"] == ("U00002", "01A", "QZZ")


def test_one_that_has_gone_keeps_its_last_sub_icb_in_the_icb_which_that_is_in_now(small: Lake):
    assert where(small)["A00002"] == ("U00001", "01A", "QZZ")


def test_an_area_that_is_gone_is_followed_by_what_a_file_says_and_never_guessed(small: Lake):
    places = where(small)
    assert places["B00001"] == (None, "02B", "QZZ")  # ODS names its commissioner
    assert places["B00002"] == (None, None, None)  # nobody says who took 09Z over
    assert unplaced(small, "2021-22").collect().rows() == [(1, 800)]


def test_names_are_todays_and_the_unplaced_count_for_england(small: Lake):
    rows = organisations(small, "today", "2021-22").collect()
    named = dict(rows.select("organisation_code", "organisation_name").rows())
    assert (named["QZZ"], named["A00001"], named["A00002"]) == ("Merged", "Ash Tree", "Birch, gone")
    held = dict(rows.filter(pl.col("level") != "practice").select("level", "practices").rows())
    assert (held["icb"], held["england"]) == (3, 4)


def test_without_a_mapping_of_its_own_today_is_the_newest_year(tmp_path: Path):
    lake = england(tmp_path, practice_geography=YEARS)
    assert newest(lake) == "2022-23"
    assert where(lake)["A00002"] == ("U00001", "01A", "QAA")


def test_the_organisations_of_a_year_are_drawn_up_as_the_refresh_does(lake: Lake):
    year = qof_years(lake)[0]
    made = drawn_up(
        lake.scan("practice_geography", year), lake.scan("practice_coordinates"), year=year
    )
    assert_frame_equal(made.collect(), lake.scan("organisation", year).collect())


def test_the_april_2026_mergers_are_in_the_demonstration(lake: Lake):
    def codes(geography: str, level: str) -> set[str]:
        rows = organisations(lake, geography, qof_years(lake)[-1]).filter(pl.col("level") == level)
        return set(rows.collect()["organisation_code"])

    assert newest(lake) == "2026-04"
    assert codes("published", "icb") - codes("today", "icb")
    assert codes("published", "region") == codes("today", "region")


@pytest.mark.parametrize("measure", MEASURES)
def test_todays_areas_and_the_unplaced_add_up_to_england_to_the_patient(lake: Lake, measure: str):
    """For every year, indicator and level; and to what the published areas add up to."""
    for year in qof_years(lake):
        for indicator in indicators(lake, year, measure):
            asked = Question(indicator, year, "england", measure)
            whole = sums(lake, asked)
            nowhere = left_out(lake, asked)
            for geography, level in itertools.product(("published", "today"), ("icb", "region")):
                got = sums(lake, asked, level=level, geography=geography)
                more = nowhere if geography == "today" else (0, 0)
                assert (got[0] + more[0], got[1] + more[1]) == pytest.approx(whole, abs=1e-6)


def test_every_level_of_today_has_a_name_for_each_of_its_rows(lake: Lake):
    for level in LEVELS:
        asked = Question("HYP008", "2023-24", level, geography="today")
        assert answer(lake, asked).collect()["organisation_name"].null_count() == 0


def indicators(lake: Lake, year: str, measure: str) -> list[str]:
    """A few of each year: the whole lake is asked in tests/golden."""
    kind = "register" if measure == "prevalence" else "indicator"
    rows = lake.scan("indicator").filter(pl.col("year") == year, pl.col("kind") == kind)
    return rows.filter(pl.col("practices") > 0).collect()["indicator_code"].to_list()[::9]


def sums(lake: Lake, asked: Question, **other: str) -> tuple[float, float]:
    question = Question(
        asked.indicator, asked.year, **({"level": "england", "measure": asked.measure} | other)
    )
    rows = answer(lake, question).collect()
    return tuple(float(rows[part].sum() or 0) for part in ("numerator", "denominator"))


def left_out(lake: Lake, asked: Question) -> tuple[float, float]:
    """What practices without a place today add to England."""
    gone = practices(lake, "today", asked.year).filter(pl.col("sub_icb_code").is_null())
    rows = answer(lake, Question(asked.indicator, asked.year, measure=asked.measure)).join(
        gone, left_on="organisation_code", right_on="practice_code", how="semi"
    )
    found = rows.collect()
    return tuple(float(found[part].sum() or 0) for part in ("numerator", "denominator"))


def test_the_trend_of_a_merged_board_reaches_back_before_its_merger(lake: Lake):
    today = (
        organisations(lake, "today", qof_years(lake)[-1]).filter(pl.col("level") == "icb").collect()
    )
    then = organisations(lake, "published", qof_years(lake)[-1]).collect()["organisation_code"]
    merged = today.filter(~pl.col("organisation_code").is_in(then.to_list()))
    code = merged["organisation_code"][0]
    asked = Question("COPD010", "2023-24", "icb", geography="today")
    line = trend(lake, asked, code).collect()
    assert line["value"].count() > 1 and line["parent_code"].null_count() == 0
    for row in line.iter_rows(named=True):
        question = Question("COPD010", row["year"], "icb", geography="today")
        found = answer(lake, question).filter(pl.col("organisation_code") == code).collect()
        assert row["numerator"] == found["numerator"][0]


def test_no_practice_is_lost_or_counted_twice_in_any_year(lake: Lake):
    for year in qof_years(lake):
        own = lake.scan("practice_geography", year).select("practice_code").collect()
        assert_frame_equal(practices(lake, "today", year).select("practice_code").collect(), own)


def test_an_unknown_list_is_not_said_to_be_of_nobody(tmp_path: Path):
    """DOMAIN 3: absent is not zero."""
    lake = england(
        tmp_path, practice_geography=YEARS.replace("| 800", "|    "), practice_mapping=TODAY
    )
    assert unplaced(lake, "2021-22").collect()["list_size"][0] == 400  # Cedar's, also unplaced
    assert unplaced(lake, "2022-23").collect().rows() == [(0, None)]
