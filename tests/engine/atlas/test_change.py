"""Change: percentage points between two years; none across a break, none where a year lacks."""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake, Question, answer
from engine.atlas.trend import trend
from engine.atlas.year_change import NOT_LOADED, WORDS, breaks_between, change
from tests.conftest import sealed
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
year    | indicator_code | kind      | practices | points_max | breaks_series | break_reason
2020-21 | COPD010        | indicator | 2         | 3          | true          | New
2021-22 | COPD010        | indicator | 4         | 3          | false         |
2022-23 | COPD010        | indicator | 1         | 3          | true          | Another age band
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


@pytest.fixture(scope="module")
def gappy(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The demonstration's registers, of which 2023-24 was never loaded."""
    names = ("organisation", "practice_geography", "prevalence", "indicator")
    kept = {n: lake.scan(n).filter(pl.col("year") != "2023-24").collect() for n in names}
    return sealed(tmp_path_factory.mktemp("gappy"), **kept)


def test_nothing_is_subtracted_across_a_year_that_is_not_loaded(lake: Lake, gappy: Lake):
    """The obesity register was defined anew for 2023-24: without it, nobody says so."""
    asked = Question("OB", "2024-25", "icb", "prevalence")
    for where in (lake, gappy):
        rows = change(where, asked, "2022-23").collect()
        assert rows["value_before"].count() and rows["value_after"].count()
        assert rows.select(pl.col("^change.*$").count()).row(0) == (0,) * 4
    ((_, declared),) = breaks_between(lake, "OB", "2022-23", "2024-25").collect().rows()
    assert "definition changed" in declared
    told = breaks_between(gappy, "OB", "2024-25", "2022-23").collect()
    assert told.rows() == [("2023-24", NOT_LOADED)]


def test_years_next_to_each_other_are_parted_by_nothing_that_is_not_loaded(gappy: Lake):
    asked = Question("OB", "2025-26", "icb", "prevalence")
    assert breaks_between(gappy, "OB", "2024-25", "2025-26").collect().is_empty()
    assert change(gappy, asked, "2024-25").collect()["change"].count()


@pytest.mark.parametrize("declared", ["", "Other drugs"])
def test_a_year_with_a_definition_but_without_figures_is_not_loaded(tmp_path: Path, declared: str):
    """As in Trend, whose line is cut there; a break that is declared of it is still told."""
    of_it = "2021-22 | COPD010        | indicator | {}         | 3          | {}         | {}"
    mapped = of_it.format(0, "true " if declared else "false", declared)
    text = INDICATOR.replace(of_it.format(4, "false", "").rstrip(), mapped)
    drawn = england(tmp_path, indicator=text)
    told = breaks_between(drawn, "COPD010", "2020-21", "2022-23").collect()
    want = [("2021-22", declared or NOT_LOADED), ("2022-23", "Another age band")]
    assert told.rows() == want


@pytest.mark.parametrize("code", ["AST", "CKD", "HYP", "OB"])
def test_two_years_are_parted_where_their_trend_is(gappy: Lake, code: str):
    asked = Question(code, "2022-23", "england", "prevalence")
    rows = trend(gappy, asked, "ENG").collect().select("year", "segment").rows()
    assert rows
    for one, segment in rows:
        for other, its in rows:
            if one != other:
                told = breaks_between(gappy, code, one, other).collect()
                assert told.is_empty() == (segment == its), (one, other)


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
