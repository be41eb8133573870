"""Context: each measure rolls up by its own rule, at every level, and what is unknown stays so."""

from datetime import date
from pathlib import Path

import pytest

from engine.atlas.context import context
from engine.atlas.metrics.context_measures import CONTEXT
from engine.atlas.rollup import LEVELS
from engine.errors import BadQuestion, UnknownName
from tests.engine.universe import england

YEAR = "2021-22"  # its list day is 1 April 2022
HEADER = "measure | period | as_of | practice_code | numerator | denominator | value | text\n"
LISTS = """
list_size | 2021-22 | 2022-04-01 | A00001 | 1000 | | |
list_size | 2021-22 | 2022-04-01 | A00002 | 400  | | |
list_size | 2021-22 | 2022-04-01 | A00003 | 500  | | |
list_size | 2021-22 | 2022-04-01 | B00001 | 3000 | | |
list_size | 2021-22 | 2022-04-01 | B00003 | 100  | | |
"""
AGES = """
aged_65_and_over | 2022-04 | 2022-04-01 | A00001 | 100 | 1000 | |
aged_65_and_over | 2022-04 | 2022-04-01 | A00002 | 200 | 400  | |
"""
SCORES = """
deprivation | 2019 | 2019-09-26 | A00001 | | | 10 |
deprivation | 2019 | 2019-09-26 | A00002 | | | 40 |
deprivation | 2019 | 2019-09-26 | A00003 | | | 30 |
deprivation | 2019 | 2019-09-26 | C00005 | | | 99 |
"""
DOCTORS = """
gps_per_10_000 | 2022-03 | 2022-03-31 | A00001 | 0.5 | 1000 | |
gps_per_10_000 | 2022-03 | 2022-03-31 | A00003 | 0   | 500  | |
"""
STAFF = """
network_staff_per_10_000 | 2022-03 | 2022-03-31 | U00001 | 2.8 | | |
"""
SURVEY = """
survey_good_overall | 2021-22 | 2022-03-31 | A00001 | 30 | 50 | |
survey_good_overall | 2021-22 | 2022-03-31 | A00002 | 45 | 50 | |
survey_good_overall | 2021-22 | 2022-03-31 | A00003 | | | 99 |
"""
RATINGS = """
cqc_rating | 2022-03 | 2022-03-01 | A00001 | | | | Good
cqc_rating | 2022-03 | 2022-03-01 | A00002 | | | | Inadequate
cqc_good_or_outstanding | 2022-03 | 2022-03-01 | A00001 | 1 | 1 | |
cqc_good_or_outstanding | 2022-03 | 2022-03-01 | A00002 | 0 | 1 | |
"""


def asked(folder: Path, *drawn: str, level: str, year: str = YEAR) -> dict[str, dict]:
    """The context of each organisation, by code; `drawn` are lines of practice_context."""
    lines = [f"{line} | x" for text in drawn for line in text.strip().splitlines()]
    table = "\n".join([HEADER.strip() + " | source", *lines])
    frame = context(england(folder, practice_context=table), year, level).collect()
    return {row["organisation_code"]: row for row in frame.rows(named=True)}


def test_every_organisation_has_a_row_and_every_measure_its_columns(tmp_path: Path):
    for level, count in {"practice": 11, "pcn": 5, "sub_icb": 3, "icb": 2, "region": 2}.items():
        found = asked(tmp_path / level, LISTS, level=level)
        assert len(found) == count
        assert "U" not in found, "practices without a network are not one"
    columns = found["Y01"].keys()
    for name in CONTEXT:
        assert {name, f"{name}_coverage", f"{name}_as_of"} <= columns


@pytest.mark.parametrize(
    ("level", "code", "patients"),
    [
        ("practice", "A00002", 400),
        ("pcn", "U00001", 1400),
        ("pcn", "U00002", 3500),
        ("icb", "QAA", 1900),
        ("england", "ENG", 5000),
    ],
)
def test_patients_are_added(tmp_path: Path, level: str, code: str, patients: int):
    row = asked(tmp_path, LISTS, level=level)[code]
    assert row["list_size"] == patients


def test_a_practice_whose_list_is_unknown_adds_nothing_and_has_no_zero(tmp_path: Path):
    row = asked(tmp_path, LISTS, level="practice")["C00001"]
    assert (row["list_size"], row["list_size_coverage"]) == (None, 0)
    assert asked(tmp_path / "s", LISTS, level="sub_icb")["03C"]["list_size"] is None
    england_row = asked(tmp_path / "e", LISTS, level="england")["ENG"]
    assert england_row["list_size_coverage"] == pytest.approx(5 / 11)


def test_a_share_is_a_sum_over_a_sum_and_no_mean_of_percentages(tmp_path: Path):
    row = asked(tmp_path, LISTS, AGES, level="pcn")["U00001"]
    assert row["aged_65_and_over"] == pytest.approx(100 * 300 / 1400)
    assert row["aged_65_and_over"] != pytest.approx((10 + 50) / 2)


def test_a_score_is_weighted_by_patients_and_no_mean_of_practices(tmp_path: Path):
    row = asked(tmp_path, LISTS, SCORES, level="sub_icb")["01A"]
    assert row["deprivation"] == pytest.approx((10 * 1000 + 40 * 400 + 30 * 500) / 1900)
    assert row["deprivation_coverage"] == 1


def test_a_practice_keeps_its_own_score_where_its_list_is_unknown(tmp_path: Path):
    assert asked(tmp_path, LISTS, SCORES, level="practice")["C00005"]["deprivation"] == 99
    no_weight = asked(tmp_path / "s", LISTS, SCORES, level="sub_icb")["03C"]
    assert no_weight["deprivation"] is None
    no_lists = asked(tmp_path / "n", SCORES, level="england")["ENG"]
    assert (no_lists["deprivation"], no_lists["deprivation_coverage"]) == (None, 4 / 11)


def test_patients_of_a_practice_whose_doctors_are_unknown_are_in_neither_sum(tmp_path: Path):
    """A00002 has 400 patients and no row: counting them would be counting no doctors."""
    row = asked(tmp_path, LISTS, DOCTORS, level="pcn")["U00001"]
    assert row["gps_per_10_000"] == pytest.approx(0.5 / 1000 * 10_000)
    assert row["gps_per_10_000_coverage"] == pytest.approx(1000 / 1400)


def test_no_doctors_is_a_number_and_unknown_is_none(tmp_path: Path):
    found = asked(tmp_path, LISTS, DOCTORS, level="practice")
    assert (found["A00003"]["gps_per_10_000"], found["A00002"]["gps_per_10_000"]) == (0, None)


def test_staff_of_a_network_are_its_own_and_no_practices(tmp_path: Path):
    row = asked(tmp_path, LISTS, STAFF, level="pcn")
    assert row["U00001"]["network_staff_per_10_000"] == pytest.approx(2.8 / 1400 * 10_000)
    assert row["U00001"]["network_staff_per_10_000_coverage"] == 1
    assert row["U00002"]["network_staff_per_10_000"] is None, "not reported is not none"
    found = asked(tmp_path / "p", LISTS, STAFF, level="practice")
    assert {practice["network_staff_per_10_000"] for practice in found.values()} == {None}


def test_staff_of_networks_are_over_the_patients_of_networks_that_reported(tmp_path: Path):
    """England has 5,000 patients, 1,400 of them in the network whose staff are known."""
    row = asked(tmp_path, LISTS, STAFF, DOCTORS, level="england")["ENG"]
    assert row["network_staff_per_10_000"] == pytest.approx(20)
    assert row["network_staff_per_10_000_coverage"] == pytest.approx(1400 / 5000)
    assert row["gps_per_10_000"] == pytest.approx(0.5 / 1500 * 10_000), "never added to doctors"


def test_a_network_in_two_areas_counts_in_each_by_its_patients(tmp_path: Path):
    """DOMAIN's trap, a PCN spanning two sub-ICBs: the areas add up to the network once."""
    staff = STAFF.replace("U00001", "U00002").replace("2.8", "3.5")
    areas = asked(tmp_path, LISTS, staff, level="sub_icb")
    lists = asked(tmp_path / "l", LISTS, level="sub_icb")
    where = {code for code, row in areas.items() if row["network_staff_per_10_000"] is not None}
    fte = sum(
        areas[code]["network_staff_per_10_000"]
        / 10_000
        * areas[code]["network_staff_per_10_000_coverage"]
        * lists[code]["list_size"]
        for code in where
    )
    assert len(where) == 2 and fte == pytest.approx(3.5)


def test_answers_add_up_over_an_area_and_a_share_alone_stays_with_its_practice(tmp_path: Path):
    found = asked(tmp_path, LISTS, SURVEY, level="practice")
    given = [found[code]["survey_good_overall"] for code in ("A00001", "A00002", "A00003")]
    assert given == [60, 90, 99]
    area = asked(tmp_path / "a", LISTS, SURVEY, level="sub_icb")["01A"]
    assert area["survey_good_overall"] == 75


def test_a_rating_is_a_word_and_not_rated_a_kind_of_its_own(tmp_path: Path):
    found = asked(tmp_path, RATINGS, level="practice")
    words = {code: row["cqc_rating"] for code, row in found.items()}
    assert (words["A00001"], words["A00002"], words["B00001"]) == (
        "Good",
        "Inadequate",
        "Not rated",
    )
    assert found["B00001"]["cqc_rating_coverage"] == 0


@pytest.mark.parametrize("level", [level for level in LEVELS if level != "practice"])
def test_ratings_are_never_averaged(tmp_path: Path, level: str):
    found = asked(tmp_path, LISTS, RATINGS, level=level)
    assert {row["cqc_rating"] for row in found.values()} == {None}


def test_an_areas_ratings_are_told_as_a_share_of_the_rated(tmp_path: Path):
    row = asked(tmp_path, LISTS, RATINGS, level="sub_icb")["01A"]
    assert row["cqc_good_or_outstanding"] == 50
    assert row["cqc_good_or_outstanding_coverage"] == pytest.approx(1400 / 1900)


def test_without_ratings_nobody_is_called_not_rated(tmp_path: Path):
    found = asked(tmp_path, LISTS, level="practice")
    assert {row["cqc_rating"] for row in found.values()} == {None}


def test_ratings_of_a_file_say_nothing_of_years_long_before(tmp_path: Path):
    """It holds only what was in force when issued: whoever did badly then was rated again."""
    late = RATINGS.replace("2022-03", "2026-03")
    found = asked(tmp_path, late, level="practice")
    assert {row["cqc_rating"] for row in found.values()} == {None}


def score(period: str, on: str, value: int) -> str:
    return f"deprivation | {period} | {on} | A00001 | | | {value} |"


@pytest.mark.parametrize(
    ("drawn", "value"),
    [
        ([score("2015", "2015-09-30", 1), score("2019", "2019-09-26", 2)], 2),
        ([score("2019", "2019-09-26", 2), score("2025", "2025-10-30", 3)], 2),
        ([score("2025", "2025-10-30", 3)], 3),
        ([score("2025", "2025-10-30", 3), score("2030", "2030-10-30", 4)], 3),
    ],
)
def test_the_newest_vintage_by_the_list_day_holds_and_else_the_first_after(
    tmp_path: Path, drawn: list[str], value: int
):
    row = asked(tmp_path, *drawn, level="practice")["A00001"]
    assert row["deprivation"] == value


def doctors(period: str, on: str, fte: float) -> str:
    return f"gps_per_10_000 | {period} | {on} | A00001 | {fte} | 10000 | |"


@pytest.mark.parametrize(
    ("drawn", "value", "as_of"),
    [
        ([doctors("2021-12", "2021-12-31", 5), doctors("2022-03", "2022-03-31", 6)], 6, "2022-03"),
        ([doctors("2022-03", "2022-03-31", 6), doctors("2022-06", "2022-06-30", 7)], 6, "2022-03"),
        ([doctors("2022-06", "2022-06-30", 7)], None, None),
        ([doctors("2019-12", "2019-12-31", 4)], None, None),
    ],
)
def test_doctors_are_those_of_the_year_or_unknown(
    tmp_path: Path, drawn: list[str], value: float | None, as_of: str | None
):
    row = asked(tmp_path, *drawn, level="practice")["A00001"]
    assert row["gps_per_10_000"] == value
    day = row["gps_per_10_000_as_of"]
    assert (day and day.strftime("%Y-%m")) == as_of


def test_the_list_of_the_day_itself_stands_before_qofs_own(tmp_path: Path):
    """Both are of 1 April; they are one list, and no patient is counted in two."""
    month = "list_size | 2022-04 | 2022-04-01 | A00001 | 1001 | | |"
    lines = "\n".join(
        f"list_size | 2022-04 | 2022-04-01 | {code} | 1 | | |"
        for code in ("A00002", "A00003", "B00001", "B00003")
    )
    row = asked(tmp_path, LISTS, month, lines, level="england")["ENG"]
    assert row["list_size"] == 1005
    assert row["list_size_as_of"] == date(2022, 4, 1)


def test_an_excerpt_does_not_stand_for_england(tmp_path: Path):
    excerpt = "list_size | 2022-04 | 2022-04-01 | A00001 | 77 | | |"
    row = asked(tmp_path, LISTS, excerpt, level="england")["ENG"]
    assert row["list_size"] == 5000


def test_one_period_holds_for_all_practices(tmp_path: Path):
    """B00001 closed into A00001 between the two: its patients must not be counted twice."""
    lines = """
    aged_65_and_over | 2021-04 | 2021-04-01 | A00001 | 10 | 100 | |
    aged_65_and_over | 2021-04 | 2021-04-01 | B00001 | 90 | 100 | |
    aged_65_and_over | 2022-04 | 2022-04-01 | A00001 | 100 | 200 | |
    """
    row = asked(tmp_path, lines, level="england")["ENG"]
    assert row["aged_65_and_over"] == 50


def test_what_is_asked_for_only_is_given(tmp_path: Path):
    lake = england(tmp_path)
    columns = context(lake, YEAR, measures=["deprivation"]).collect_schema().names()
    expected = ["organisation_code", "deprivation", "deprivation_coverage", "deprivation_as_of"]
    assert columns == expected


def test_a_lake_without_context_gives_nulls_and_no_error(tmp_path: Path):
    frame = context(england(tmp_path), YEAR, "icb").collect()
    values = frame.select(*CONTEXT)
    assert (frame.height, values.null_count().row(0)) == (2, (2,) * len(CONTEXT))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"level": "county"}, UnknownName),
        ({"measures": ["height"]}, UnknownName),
        ({"year": "1999-00"}, BadQuestion),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, given: dict, error: type[Exception]):
    with pytest.raises(error):
        context(england(tmp_path), **({"year": YEAR} | given))


@pytest.mark.parametrize("measure", CONTEXT.values(), ids=CONTEXT)
def test_every_measure_says_what_it_is(measure):
    assert CONTEXT[measure.name] is measure
    for words in (measure.label, measure.unit, measure.source, measure.owner):
        assert words
    assert measure.why.endswith(".") and measure.caveats.endswith(".")
    assert measure.is_word == (measure.unit == "rating")
