"""Ask: who is in an answer, what is said where there is no number, and what cannot be asked."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, LakeError, Question, answer
from engine.atlas.ask import COLUMNS
from engine.atlas.rollup import LEVELS
from engine.errors import BadQuestion, UnknownName
from tests.engine.universe import GEOGRAPHY, england


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


def ask(lake: Lake, indicator: str = "COPD010", year: str = "2021-22", **asked: str):
    """The answer, collected, in the order of the code whatever order it came in."""
    return answer(lake, Question(indicator, year, **asked)).collect().sort("organisation_code")


def test_the_mean_of_percentages_is_not_the_answer(lake: Lake):
    network = ask(lake, level="pcn").row(0, named=True)
    practices = ask(lake, area="pcn:U00001")["value"]
    assert practices.to_list() == [80, 50]
    assert network["value"] == pytest.approx(85 / 110 * 100)


@pytest.mark.parametrize("engine", ["in-memory", "streaming", "auto"])
@pytest.mark.parametrize("level", LEVELS)
def test_rows_come_by_code_whatever_engine_collects(lake: Lake, level: str, engine: str):
    codes = answer(lake, Question("COPD010", "2021-22", level)).collect(engine=engine)
    assert codes["organisation_code"].to_list() == sorted(codes["organisation_code"])


@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points", "prevalence"])
@pytest.mark.parametrize("level", LEVELS)
def test_the_columns_are_always_the_same(lake: Lake, measure: str, level: str):
    lf = answer(lake, Question("COPD010", "2021-22", level, measure))
    assert isinstance(lf, pl.LazyFrame)
    schema = lf.collect_schema()
    assert tuple(schema.names()) == COLUMNS
    assert schema["numerator"].is_numeric() and schema["band"] == pl.UInt8
    assert {schema[c] for c in ("value", "value_low", "value_high")} == {pl.Float64}
    assert schema["practices"] == schema["pcas"] == pl.Int64


def test_an_answer_reads_nothing_until_it_is_collected(tmp_path: Path):
    lake = england(tmp_path)
    lf = answer(lake, Question("COPD010", "2021-22"))
    for file in (tmp_path / "lake" / "tables").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(FileNotFoundError):
        lf.collect()


def test_names_and_places_come_with_the_code(lake: Lake):
    ash, birch, *_ = ask(lake).rows(named=True)
    assert (ash["organisation_name"], ash["latitude"], ash["longitude"]) == (
        "Ash Surgery",
        51.5,
        -0.1,
    )
    assert (birch["organisation_name"], birch["latitude"]) == ("Birch Surgery", None)


def test_unallocated_practices_are_no_network_but_belong_to_their_areas(lake: Lake):
    assert "U" not in ask(lake, level="pcn")["organisation_code"]
    assert "U" not in ask(lake, level="practice")["organisation_code"]
    networks = ask(lake, level="pcn")["denominator"].sum()
    unallocated = 50
    for level in ("sub_icb", "icb", "region", "england"):
        assert ask(lake, level=level)["denominator"].sum() == networks + unallocated


def test_asking_for_the_area_of_the_unallocated_finds_nobody(lake: Lake):
    assert ask(lake, area="pcn:U").is_empty()


def test_a_network_across_two_areas_is_one_row(lake: Lake):
    bridges = ask(lake, level="pcn").filter(pl.col("organisation_code") == "U00002")
    assert bridges.select("numerator", "denominator", "practices").rows() == [(30, 60, 2)]


def test_a_network_of_one_practice_says_so(lake: Lake):
    only = ask(lake, level="pcn").filter(pl.col("organisation_code") == "U00003")
    assert only["practices"].to_list() == [1]


@pytest.mark.parametrize(
    ("area", "practices"),
    [
        ("sub_icb:01A", ["A00001", "A00002", "A00003"]),
        ("pcn:U00002", ["A00003", "B00001"]),
        ("icb:QAA", ["A00001", "A00002", "A00003"]),
        ("practice:B00003", ["B00003"]),
        ("icb:GONE", []),
    ],
)
def test_an_area_keeps_its_own_practices_only(lake: Lake, area: str, practices: list[str]):
    assert ask(lake, area=area)["organisation_code"].to_list() == practices


def test_an_area_also_cuts_what_is_summed(lake: Lake):
    part = ask(lake, level="pcn", area="sub_icb:02B").rows(named=True)
    assert [(p["organisation_code"], p["denominator"]) for p in part] == [
        ("U00002", 20),
        ("U00003", 9),
    ]


def test_england_as_an_area_is_everybody(lake: Lake):
    assert_frame_equal(ask(lake, area="england:ENG"), ask(lake))


def test_an_area_without_a_level_is_not_taken_for_everybody(lake: Lake):
    with pytest.raises(LakeError):
        answer(lake, Question("COPD010", "2021-22", area=":QAA"))


def test_an_indicator_worth_no_points_has_no_percentage_of_points(lake: Lake):
    one = ask(lake, "MH007", measure="points", area="practice:A00001").row(0, named=True)
    assert (one["numerator"], one["denominator"]) == (0, 0)
    assert one["value"] is one["band"] is None


def test_points_of_an_indicator_that_no_mapping_values_have_no_percentage(lake: Lake):
    one = ask(lake, "NEW001", measure="points", area="practice:A00001").row(0, named=True)
    assert (one["numerator"], one["denominator"], one["value"]) == (4, None, None)


def test_points_are_no_share_of_people_and_have_no_interval(lake: Lake):
    for level in LEVELS:
        result = ask(lake, measure="points", level=level)
        assert result["value_low"].null_count() == result["value_high"].null_count() == len(result)


def test_points_are_measured_against_the_maximum_of_their_own_year(lake: Lake):
    one = ask(lake, year="2022-23", measure="points", area="practice:A00001").row(0, named=True)
    assert (one["numerator"], one["denominator"], one["value"]) == (1, 1, 100)


def test_prevalence_divides_by_the_list_of_its_own_group(lake: Lake):
    ash = {"area": "practice:A00001", "measure": "prevalence"}
    assert ask(lake, "DM", **ash)["value"].to_list() == [7.5]
    assert ask(lake, "COPD", **ash)["value"].to_list() == [2.0]


def test_only_the_year_asked_for_is_in_the_answer(lake: Lake):
    result = ask(lake, year="2022-23", level="england").row(0, named=True)
    assert (result["numerator"], result["denominator"], result["practices"]) == (1, 3, 1)


def test_practices_without_published_parents_count_for_england_only(lake: Lake):
    assert ask(lake, year="2022-23", level="icb")["organisation_code"].to_list() == ["QAA"]
    assert ask(lake, year="2022-23")["organisation_code"].to_list() == ["A00001", "B00001"]


@pytest.mark.parametrize("indicator", ["HYP008", "NOSUCH", ""])
@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points", "prevalence"])
def test_an_indicator_absent_in_the_year_is_rows_without_numbers(
    lake: Lake, indicator: str, measure: str
):
    result = ask(lake, indicator, measure=measure)
    assert len(result) == GEOGRAPHY.count("2021-22")
    said = result.select("numerator", "denominator", "pcas", "value", "value_low", "band")
    assert said.null_count().row(0) == (len(result),) * 6
    assert result["practices"].to_list() == [0] * len(result)


@pytest.mark.parametrize("bands", ["brief", "five", "quintiles", "custom:50"])
def test_an_absent_indicator_is_in_no_band_whatever_the_bands(lake: Lake, bands: str):
    assert ask(lake, "NOSUCH", bands=bands)["band"].null_count() == GEOGRAPHY.count("2021-22")


def test_more_counted_than_eligible_is_shown_as_published_without_interval(lake: Lake):
    one = ask(lake, area="practice:C00004").row(0, named=True)
    assert one["value"] == 120
    assert one["value_low"] is one["value_high"] is None


def test_the_interval_is_that_of_the_value(lake: Lake):
    ash = ask(lake, area="practice:A00001").row(0, named=True)
    assert ash["value_low"] == pytest.approx(71.11, abs=0.01)
    assert ash["value_high"] == pytest.approx(86.66, abs=0.01)
    under_pri = ask(lake, measure="pri", area="practice:A00001").row(0, named=True)
    assert under_pri["value_low"] == pytest.approx(55.28, abs=0.01)


def test_a_year_not_loaded_is_a_bad_question_that_names_the_years(lake: Lake):
    with pytest.raises(BadQuestion) as caught:
        answer(lake, Question("COPD010", "2031-32"))
    assert caught.value.expected == "2021-22, 2022-23"
    assert caught.value.found == "2031-32"
    assert "2031-32" in str(caught.value) and caught.value.next


def test_a_lake_without_years_says_so(tmp_path: Path):
    lake = england(tmp_path, organisation="year | level | organisation_code")
    with pytest.raises(BadQuestion, match="no year has been loaded"):
        answer(lake, Question("COPD010", "2021-22"))


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ({"level": "ccg"}, "sub_icb"),
        ({"measure": "mean"}, "pca_rate"),
        ({"bands": "tenths"}, "quintiles"),
        ({"area": "ccg:01A"}, "sub_icb"),
    ],
)
def test_an_unknown_name_is_told_with_the_names_there_are(
    lake: Lake, asked: dict[str, str], known: str
):
    with pytest.raises(UnknownName) as caught:
        answer(lake, Question("COPD010", "2021-22", **asked))
    assert known in caught.value.expected
    assert caught.value.exit_code == 2


def test_equal_questions_are_equal_and_can_be_keys():
    assert Question("A", "2021-22") == Question("A", "2021-22")
    assert len({Question("A", "2021-22"), Question("A", "2021-22"), Question("B", "2021-22")}) == 2


def test_a_value_on_an_edge_is_in_the_band_that_starts_there(tmp_path: Path):
    """29 / 100 * 100 is 28.999999999999996; 18 practice-years of the demonstration fell for it."""
    achieved = """
    year    | practice_code | indicator_code | numerator | denominator
    2021-22 | A00001        | COPD010        | 29        | 100
    """
    lake = england(tmp_path, percent_achieved=achieved)
    asked = Question("COPD010", "2021-22", bands="custom:29,50")
    row = answer(lake, asked).filter(pl.col("organisation_code") == "A00001").collect()
    assert (row["value"][0], row["band"][0]) == (29, 1)
