"""The QOF tables: what each trap of the published files must become."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.atlas.tables.organisation_contracts import PRACTICE, PRACTICE_COORDINATES
from engine.atlas.tables.qof_contracts import (
    ACHIEVEMENT,
    PERCENT_ACHIEVED,
    PRACTICE_GEOGRAPHY,
    PREVALENCE,
)
from engine.wings import table
from refresh.atlas import qof_tables
from refresh.atlas.qof_tables import readable
from refresh.validate.check import check
from tests.conftest import rows, whole


def only(frame: pl.DataFrame) -> dict:
    (row,) = frame.rows(named=True)
    return row


# Achievement


def achieved(*lines: str, year: str = "2023-24") -> pl.DataFrame:
    """percent_achieved of lines `indicator measure value` of one practice."""
    drawn = "practice_code|indicator_code|measure|value\n"
    drawn += "\n".join("A00001|" + "|".join(line.split(" ")) for line in lines)
    staged = rows(drawn, ACHIEVEMENT).lazy()
    return qof_tables.percent_achieved(staged, year=year).collect()


def test_one_row_a_measure_becomes_one_row_an_indicator():
    result = achieved(
        "COPD010 NUMERATOR 60",
        "COPD010 DENOMINATOR 80",
        "COPD010 PCAS 20",
        "COPD010 ACHIEVED_POINTS 5.25",
        "AF001 REGISTER 7",
    )
    drawn = """
    year    | practice_code | indicator_code | register | numerator | denominator | pcas | points
    2023-24 | A00001        | AF001          | 7        |           |             |      |
    2023-24 | A00001        | COPD010        |          | 60        | 80          | 20   | 5.25
    """
    expected = rows(drawn, PERCENT_ACHIEVED)
    assert_frame_equal(result.select(expected.columns), expected)


def test_the_published_denominator_is_left_alone_and_adjustments_are_added_for_pri_only():
    row = only(achieved("HYP008 NUMERATOR 60", "HYP008 DENOMINATOR 80", "HYP008 PCAS 20"))
    assert (row["denominator"], row["pcas"]) == (80, 20)
    assert (row["percent_net"], row["percent_pri"]) == (75, 60)


def test_no_adjustments_recorded_stays_null_and_counts_as_none():
    row = only(achieved("CKD001 NUMERATOR 60", "CKD001 DENOMINATOR 80"))
    assert row["pcas"] is None
    assert row["percent_net"] == row["percent_pri"] == 75


def test_a_measure_that_was_not_published_is_null_and_not_zero():
    row = only(achieved("AF001 REGISTER 7", "AF001 ACHIEVED_POINTS 5"))
    absent = ("numerator", "denominator", "pcas", "newly_diagnosed", "percent_net", "percent_pri")
    assert [row[name] for name in absent] == [None] * len(absent)


def test_a_published_zero_stays_zero():
    row = only(achieved("AF001 REGISTER 0", "AF001 ACHIEVED_POINTS 0", "AF001 PCAS 0"))
    assert (row["register"], row["points"], row["pcas"]) == (0, 0, 0)


def test_a_blank_value_is_null():
    assert only(achieved("AF001 REGISTER ", "AF001 ACHIEVED_POINTS 5"))["register"] is None


def test_exceptions_of_the_years_before_2019_are_adjustments():
    row = only(achieved("AST003 NUMERATOR 6", "AST003 DENOMINATOR 8", "AST003 EXCEPTIONS 2"))
    assert (row["pcas"], row["percent_pri"]) == (2, 60)


def test_newly_diagnosed_is_no_register():
    row = only(achieved("DEP004 NEWLY_DIAGNOSED 40", "DEP004 NUMERATOR 3", "DEP004 DENOMINATOR 4"))
    assert (row["newly_diagnosed"], row["register"]) == (40, None)
    both = only(achieved("DEP004 NEWLY_DIAGNOSED 40", "DEP004 REGISTER 500"))
    assert (both["newly_diagnosed"], both["register"]) == (40, 500)


@pytest.mark.parametrize("points", [2.75, 0.01, 17.999])
def test_points_stay_fractional(points: float):
    assert only(achieved(f"AF006 ACHIEVED_POINTS {points}"))["points"] == points


@pytest.mark.parametrize(
    ("lines", "net", "pri"),
    [
        (["NUMERATOR 0", "DENOMINATOR 0"], None, None),
        (["NUMERATOR 0", "DENOMINATOR 0", "PCAS 4"], None, 0),
        (["NUMERATOR 3"], None, None),
        (["DENOMINATOR 3"], None, None),
        (["NUMERATOR 5", "DENOMINATOR 4"], 125, 125),
        (["NUMERATOR 4", "DENOMINATOR 4"], 100, 100),
    ],
)
def test_percentages_are_null_where_there_is_nothing_to_divide_and_as_published_elsewhere(
    lines: list[str], net: float | None, pri: float | None
):
    row = only(achieved(*(f"AF006 {line}" for line in lines)))
    assert (row["percent_net"], row["percent_pri"]) == (net, pri)


def test_rows_come_by_indicator_and_practice_for_the_row_groups():
    drawn = "practice_code|indicator_code|measure|value\n" + "\n".join(
        f"{p}|{i}|REGISTER|1" for p in ("B2", "A1", "C3") for i in ("HYP001", "AF001")
    )
    result = qof_tables.percent_achieved(rows(drawn, ACHIEVEMENT).lazy(), year="2019-20").collect()
    assert result.select(PERCENT_ACHIEVED.sort).equals(
        result.select(PERCENT_ACHIEVED.sort).sort(PERCENT_ACHIEVED.sort)
    )


VALUES = st.dictionaries(
    st.sampled_from(["REGISTER", "NUMERATOR", "DENOMINATOR", "PCAS"]), st.integers(0, 10**6)
)


@given(st.dictionaries(st.sampled_from(["AF001", "HYP008", "DM020"]), VALUES))
def test_every_published_number_is_found_again(said: dict[str, dict[str, int]]):
    lines = [f"{i} {m} {value}" for i, numbers in said.items() for m, value in numbers.items()]
    found = {row["indicator_code"]: row for row in achieved(*lines).rows(named=True)}
    for indicator, numbers in said.items():
        for measure in ("REGISTER", "NUMERATOR", "DENOMINATOR", "PCAS") if numbers else ():
            assert found[indicator][measure.lower()] == numbers.get(measure)
    assert set(found) == {indicator for indicator, numbers in said.items() if numbers}


# Where practices belonged

MAPPING = """
practice_code | practice_name  | pcn_code | pcn_name    | sub_icb_code | icb_code | region_code
A00001        | ASH SURGERY    | U00001   | TREES PCN   | 91A          | QAA      | Y01
A00002        | Birch Surgery  | U00001   | TREES PCN   | 91A          | QAA      | Y01
B00001        | Bramble Clinic | U00001   | TREES PCN   | 02B          | QAA      | Y01
B00002        | Box Practice   | U        | Unallocated | 02B          | QAA      | Y01
C00001        |                | U00003   | Alone       | 03C          | QBB      | Y02
"""
LISTS = """
practice_code | group_code | register | list_type | list_size
A00001        | DM         | 1        | 17OV      | 800
A00001        | HYP        | 1        | TOTAL     | 1000
A00002        | HYP        | 1        | TOTAL     | 3000
B00001        | HYP        | 1        | TOTAL     | 2000
C00001        | DM         | 1        | 17OV      | 700
D00001        | HYP        | 1        | TOTAL     | 500
"""
KNOWN = """
practice_code | practice_name | valid_from | valid_to
D00001        | Old Name      | 2020-01-01 | 2021-01-01
D00001        | DOG ROSE      | 2021-01-01 | 9999-12-31
A00001        | Another Name  | 2021-01-01 | 9999-12-31
"""


def geography(mapping: str | None = MAPPING, achieved_by: str = "E00001") -> pl.DataFrame:
    staged = (
        whole(rows(mapping, PRACTICE_GEOGRAPHY), PRACTICE_GEOGRAPHY.staged) if mapping else None
    )
    return qof_tables.practice_geography(
        staged.lazy() if mapping else None,
        prevalence=rows(LISTS, PREVALENCE).lazy(),
        percent_achieved=pl.LazyFrame({"practice_code": [achieved_by]}),
        practice=rows(KNOWN, PRACTICE).lazy(),
        year="2021-22",
    ).collect()


def practice(code: str, frame: pl.DataFrame | None = None) -> dict:
    return only((geography() if frame is None else frame).filter(practice_code=code))


def test_practices_that_the_mapping_leaves_out_are_still_there():
    codes = geography()["practice_code"].to_list()
    assert codes == ["A00001", "A00002", "B00001", "B00002", "C00001", "D00001", "E00001"]
    assert practice("E00001")["icb_code"] is None
    assert practice("D00001")["sub_icb_code"] is None


def test_practices_of_the_mapping_without_numbers_are_still_there():
    assert practice("B00002")["list_size"] is None
    assert practice("B00002")["pcn_code"] == "U"


def test_a_release_without_a_mapping_has_its_practices_without_parents():
    frame = geography(None)
    assert frame["practice_code"].to_list() == ["A00001", "A00002", "B00001"] + [
        "C00001",
        "D00001",
        "E00001",
    ]
    assert frame["icb_code"].null_count() == frame.height


def test_a_practice_is_named_by_its_year_else_by_its_last_known_name_else_by_its_code():
    assert practice("A00001")["practice_name"] == "Ash Surgery"
    assert practice("D00001")["practice_name"] == "Dog Rose"
    assert practice("C00001")["practice_name"] == "C00001"


def test_the_list_is_that_of_all_patients_and_not_of_an_age_band():
    assert practice("A00001")["list_size"] == 1000
    assert practice("C00001")["list_size"] is None, "only the over-17s were published"


@pytest.mark.parametrize(
    ("published", "shown"),
    [
        ("NHS TEES VALLEY CCG", "NHS Tees Valley CCG"),
        (
            "NHS North East and North Cumbria ICB - 16C",
            "NHS North East and North Cumbria ICB - 16C",
        ),
        ("NHS NORTH EAST LONDON ICB - A3A8R", "NHS North East London ICB - A3A8R"),
        ("ST JOHN'S SURGERY", "St John's Surgery"),
        ("O'BRIEN PRACTICE", "O'Brien Practice"),
        (" Stockton PCN ", "Stockton PCN"),
        ("NORTH GP PCN", "North GP PCN"),
        (None, None),
    ],
)
def test_names_in_capitals_become_readable_and_others_stay(
    published: str | None, shown: str | None
):
    frame = pl.DataFrame({"name": [published]}, schema={"name": pl.String})
    assert frame.select(readable("name")).item() == shown


# Organisations

PLACES = """
practice_code | longitude | latitude
A00001        | 0.0       | 50.0
A00002        | 1.0       | 52.0
B00001        | -2.0      | 54.0
D00001        | 9.0       | 55.0
"""


def organisations(level: str, places: str = PLACES) -> dict[str, dict]:
    coordinates = rows(places, PRACTICE_COORDINATES).lazy()
    frame = qof_tables.organisation(geography().lazy(), coordinates=coordinates, year="2021-22")
    found = frame.collect().filter(level=level)
    return {row["organisation_code"]: row for row in found.rows(named=True)}


@pytest.mark.parametrize(
    ("level", "codes"),
    [
        ("practice", ["A00001", "A00002", "B00001", "B00002", "C00001", "D00001", "E00001"]),
        ("pcn", ["U00001", "U00003"]),
        ("sub_icb", ["02B", "03C", "91A"]),
        ("icb", ["QAA", "QBB"]),
        ("region", ["Y01", "Y02"]),
        ("england", ["ENG"]),
    ],
)
def test_every_level_has_its_organisations_once_and_no_unallocated_network(
    level: str, codes: list[str]
):
    assert list(organisations(level)) == codes


def test_a_network_across_two_areas_is_one_with_the_parent_of_most_of_its_practices():
    trees = organisations("pcn")["U00001"]
    assert (trees["practices"], trees["list_size"]) == (3, 6000)
    assert trees["parent_code"] == "91A"


@pytest.mark.parametrize(
    ("level", "code", "parent"),
    [
        ("practice", "A00001", "U00001"),
        ("practice", "B00002", "02B"),
        ("practice", "D00001", None),
        ("sub_icb", "02B", "QAA"),
        ("icb", "QBB", "Y02"),
        ("region", "Y01", "ENG"),
        ("england", "ENG", None),
    ],
)
def test_the_parent_is_the_next_level_up_and_for_the_unallocated_their_area(
    level: str, code: str, parent: str | None
):
    assert organisations(level)[code]["parent_code"] == parent


def test_unallocated_practices_count_for_their_area_and_england():
    assert organisations("sub_icb")["02B"]["practices"] == 2
    assert organisations("england")["ENG"]["practices"] == 7


def test_a_singleton_network_says_that_it_has_one_practice():
    assert organisations("pcn")["U00003"]["practices"] == 1


def test_the_middle_is_weighted_by_list_size():
    middle = organisations("sub_icb")["91A"]
    assert middle["longitude"] == pytest.approx(0.75, abs=1e-3)
    assert middle["latitude"] == pytest.approx(51.5, abs=1e-3)
    trees = organisations("pcn")["U00001"]
    assert trees["longitude"] == pytest.approx((3000 * 1 + 2000 * -2) / 6000, abs=1e-3)


def test_practices_without_a_place_do_not_pull_the_middle():
    only_ash = organisations("sub_icb", PLACES.split("A00002")[0])["91A"]
    assert (only_ash["longitude"], only_ash["latitude"]) == (0, 50)


def test_nobody_placed_is_no_place_and_not_the_sea_off_africa():
    assert organisations("icb")["QBB"]["longitude"] is None
    assert organisations("practice")["C00001"]["latitude"] is None


def test_the_folded_tables_keep_their_contracts():
    frame = qof_tables.organisation(
        geography().lazy(), coordinates=rows(PLACES, PRACTICE_COORDINATES).lazy(), year="2021-22"
    ).collect()
    for name, made in (("practice_geography", geography()), ("organisation", frame)):
        contract = table(name)
        assert set(made.columns) >= set(contract.schema)
        verdicts = check(made, contract, where=name)
        assert [str(f) for f in verdicts if f.status == "fail"] == []
        assert made.select(contract.sort).equals(made.select(contract.sort).sort(contract.sort))
