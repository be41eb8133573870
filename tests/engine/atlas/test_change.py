"""Change: percentage points between two years; none across a break, none where a year lacks."""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake, Question, answer
from engine.atlas.change import WORDS, breaks_between, change
from tests.engine.universe import england

GEOGRAPHY = """
year    | practice_code | pcn_code | sub_icb_code | icb_code | region_code
2020-21 | A00001        | U00001   | 01A          | QAA      | Y01
2020-21 | A00002        | U00001   | 01A          | QAA      | Y01
2021-22 | A00001        | U00001   | 01A          | QAA      | Y01
2021-22 | A00002        | U00001   | 02B          | QBB      | Y02
2021-22 | A00003        | U00002   | 01A          | QAA      | Y01
2021-22 | A00004        | U00002   | 01A          | QAA      | Y01
2022-23 | A00001        | U00001   | 01A          | QAA      | Y01
"""
ACHIEVED = """
year    | practice_code | indicator_code | numerator | denominator | pcas | points
2020-21 | A00001        | COPD010        | 48        | 80          |      | 1
2020-21 | A00002        | COPD010        | 10        | 20          |      | 1
2021-22 | A00001        | COPD010        | 56        | 70          |      | 1
2021-22 | A00002        | COPD010        | 9         | 20          |      | 1
2021-22 | A00003        | COPD010        | 0         | 9           |      | 1
2021-22 | A00004        | COPD010        | 0         | 0           |      |
2022-23 | A00001        | COPD010        | 1         | 2           |      | 1
"""
INDICATOR = """
year    | indicator_code | kind      | group_code | points_max | breaks_series | break_reason
2020-21 | COPD010        | indicator | COPD       | 3          | true          | New
2021-22 | COPD010        | indicator | COPD       | 3          | false         |
2022-23 | COPD010        | indicator | COPD       | 3          | true          | Another age band
"""
ORGANISATION = """
year    | level    | organisation_code
2020-21 | practice | A00001
2021-22 | practice | A00001
2022-23 | practice | A00001
"""
ASKED = Question("COPD010", "2021-22")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(
        tmp_path_factory.mktemp("lake"),
        practice_geography=GEOGRAPHY,
        percent_achieved=ACHIEVED,
        indicator=INDICATOR,
        organisation=ORGANISATION,
    )


def test_a_change_is_in_percentage_points_with_newcombes_interval(drawn: Lake):
    """48 of 80 and 56 of 70: Newcombe's own worked example, method 10."""
    row = change(drawn, ASKED, "2020-21").collect().row(0, named=True)
    assert row["change"] == 20
    assert (row["change_low"], row["change_high"]) == pytest.approx((5.24, 33.39), abs=0.01)
    assert WORDS[row["change_band"]] == "rose by 5 points or more"


def test_a_change_of_exactly_five_is_five_or_more(drawn: Lake):
    row = change(drawn, ASKED, "2020-21").collect().row(1, named=True)
    assert (row["change"], WORDS[row["change_band"]]) == (-5, "fell by 5 points or more")


def test_absent_is_not_zero(drawn: Lake):
    """DOMAIN traps: zero for absent, den=0."""
    rows = change(drawn, ASKED, "2020-21").collect()[2:]
    assert rows["organisation_code"].to_list() == ["A00003", "A00004"]
    assert rows.select(pl.col("^change.*$", "value_before").null_count()).row(0) == (2,) * 5
    assert rows["numerator_after"].to_list() == [0, 0]


def test_it_runs_from_the_earlier_year_whichever_is_asked(drawn: Lake):
    back = change(drawn, Question("COPD010", "2020-21"), "2021-22").collect()
    assert back["organisation_code"].to_list() == ["A00001", "A00002"]
    assert back["change"].to_list() == [20, -5]


def test_nothing_is_subtracted_across_a_break(drawn: Lake):
    """DOMAIN 1.4: never across a break in series; both years' values are still there."""
    rows = change(drawn, Question("COPD010", "2022-23"), "2020-21").collect()
    assert rows.select("value_before", "value_after").row(0) == (60, 50)
    assert rows.select(pl.col("^change.*$").null_count()).row(0) == (1,) * 4
    told = breaks_between(drawn, "COPD010", "2022-23", "2020-21").collect()
    assert told.rows() == [("2022-23", "Another age band")]


def test_a_practice_that_moved_area_keeps_its_other_year(drawn: Lake):
    """PEERS want 14: history survives reorganisations."""
    here = change(drawn, Question("COPD010", "2021-22", area="icb:QBB"), "2020-21").collect()
    assert here.select("organisation_code", "change").rows() == [("A00002", -5)]


def test_points_are_not_people_so_their_change_has_no_interval(drawn: Lake):
    rows = change(drawn, Question("COPD010", "2021-22", measure="points"), "2020-21").collect()
    assert rows["change"][0] == 0 and rows["change_low"].null_count() == rows.height


@pytest.mark.parametrize("level", ["pcn", "icb", "region"])
def test_both_values_are_what_an_answer_says_of_their_year(lake: Lake, level: str):
    """DOMAIN trap: mean-of-percent roll-up; sums over sums in both years."""
    first, last = "2021-22", "2022-23"
    rows = change(lake, Question("DM020", last, level), first).collect()
    for when, year in (("before", first), ("after", last)):
        said = answer(lake, Question("DM020", year, level)).collect()
        both = rows.join(said, on="organisation_code")
        assert both.height and both[f"value_{when}"].to_list() == both["value"].to_list()
    moved = rows["value_after"] - rows["value_before"]
    assert rows["change"].to_list() == pytest.approx(moved.to_list())


def test_nothing_is_read_until_it_is_collected(tmp_path: Path):
    lake = england(tmp_path)
    lf = change(lake, ASKED, "2022-23")
    for file in (tmp_path / "lake" / "tables").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(FileNotFoundError):
        lf.collect()
