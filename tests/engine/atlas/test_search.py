"""Finding an organisation: by code, name, network, town and postcode, and spelt nearly right."""

import polars as pl
import pytest

from engine.atlas.search import find, near, places
from tests.engine.universe import england

ORGANISATION = """
year    | level    | organisation_code | organisation_name | parent_name | latitude | longitude
2021-22 | practice | A00001            | Ash Surgery       | Trees       | 51.5     | -0.1
2021-22 | practice | A00009            | Old Ash Surgery   | Trees       | 51.5     | -0.1
2022-23 | practice | A00001            | Ash Tree Surgery  | Trees       | 51.5     | -0.1
2022-23 | practice | B00001            | The Washery       | Bridges     | 51.6     | -0.2
2022-23 | practice | C00001            | Elm House         | Bridges     | 53.5     | -2.2
2022-23 | practice | C00002            | Nowhere House     | U           |          |
2022-23 | pcn      | U00001            | Trees             | A Place     | 51.5     | -0.1
2022-23 | pcn      | U                 | Unallocated       |             |          |
2022-23 | icb      | QAA               | NHS Ashford       | London      | 51.5     | -0.1
2022-23 | england  | ENG               | Ashes of England  |             | 52.5     | -1.5
"""
DIRECTORY = """
practice_code | practice_name | address           | postcode | status | valid_from | valid_to
A00001        | Ash Surgery | 1 Mill Lane, Hove | SW1A 1AA | Active | 2020-01-01 | 2022-01-01
A00001        | Ash Surgery | 2 Mill Lane, Hove | SW1A 2BB | Active | 2022-01-01 | 9999-12-31
B00001        | Washery     | 1 Quay, Lewes     | SW1P 3CC | Active | 2020-01-01 | 9999-12-31
C00001        | Elm House   | 1 Moor, Leeds     | M1 1AE   | Closed | 2020-01-01 | 9999-12-31
"""


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> pl.LazyFrame:
    lake = england(tmp_path_factory.mktemp("search"), organisation=ORGANISATION, practice=DIRECTORY)
    return places(lake)


def codes(found: pl.LazyFrame) -> list[str]:
    return found.collect()["organisation_code"].to_list()


def test_each_organisation_is_there_once_as_in_its_newest_year(known: pl.LazyFrame):
    rows = known.collect()
    assert "U" not in rows["organisation_code"] and rows["organisation_code"].is_unique().all()
    ash, old = (
        rows.filter(organisation_code=code).row(0, named=True) for code in ("A00001", "A00009")
    )
    assert (ash["organisation_name"], ash["postcode"]) == ("Ash Tree Surgery", "SW1A 2BB")
    assert (ash["is_current"], old["is_current"], old["postcode"]) == (True, False, None)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("a00001", ["A00001"]),
        ("  ASH ", ["QAA", "A00001", "A00009", "B00001"]),
        ("trees", ["U00001", "A00001", "A00009"]),
        ("lewes", ["B00001"]),
        ("surgery (", []),
        ("", []),
    ],
)
def test_the_likeliest_comes_first(known: pl.LazyFrame, typed: str, expected: list[str]):
    assert codes(find(known, typed)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("c00001,a00001", ["C00001", "A00001"]),
        ("A00001; U00001", ["A00001", "U00001"]),
        ("qaa B00001 Z99999", ["QAA", "B00001"]),
        ("A00001.", ["A00001"]),
        (" \u00a0a00001\u00a0", ["A00001"]),
    ],
)
def test_several_codes_are_all_found_in_their_order(
    known: pl.LazyFrame, typed: str, expected: list[str]
):
    assert codes(find(known, typed)) == expected


def test_no_more_are_given_than_are_asked_for(known: pl.LazyFrame):
    assert codes(find(known, "ash", most=2)) == ["QAA", "A00001"]


@pytest.mark.parametrize(
    ("typed", "nearest", "by"),
    [
        ("sw1a2bb", "A00001", "SW1A 2BB"),
        ("SW1A 9ZZ", "A00001", "SW1A"),
        ("SW1A 2ZZ", "A00001", "SW1A 2"),
        ("sw1a 2", "A00001", "SW1A 2"),
        ("SW1P 3C", "B00001", "SW1P 3"),
        ("sw1p3", "B00001", "SW1P 3"),
        ("sw1p", "B00001", "SW1P"),
        ("SW1E 1AA", "B00001", "SW1"),
        ("M9 1AA", "C00001", "M"),
    ],
)
def test_a_postcode_finds_the_nearest_by_the_narrowest_part_that_has_a_practice(
    known: pl.LazyFrame, typed: str, nearest: str, by: str
):
    rows = find(known, typed).collect()
    assert rows["organisation_code"][0] == nearest and set(rows["placed_by"]) == {by}
    assert rows["kilometres"].is_sorted() and "C00002" not in rows["organisation_code"]


def test_nobody_is_near_a_postcode_of_an_area_without_practices(known: pl.LazyFrame):
    assert codes(find(known, "ZE1 0AA")) == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("Washry", ["B00001"]), ("Elm Hose", ["C00001"]), ("Leads", ["C00001"]), ("of", [])],
)
def test_what_is_spelt_nearly_right_is_found(known: pl.LazyFrame, typed: str, expected: list[str]):
    assert codes(near(known, typed)) == expected
