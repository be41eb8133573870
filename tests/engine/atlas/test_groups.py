"""Groups: codes out of anything that is pasted, and a group that sums like any area."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.groups import (
    area_of,
    column_of_codes,
    parse_codes,
    pasted_cells,
    sort_out,
    without_codes,
)
from engine.atlas.years import qof_years
from tests.conftest import rows
from tests.engine.universe import england

PRACTICE = """
practice_code | practice_name | status  | closed_on  | valid_from | valid_to
A00001        | ASH OLD       | active  |            | 2020-05-01 | 2022-05-01
A00001        | ASH           | closed  | 2023-03-31 | 2022-05-01 | 9999-12-31
A00002        | BIRCH         | active  |            | 2020-05-01 | 9999-12-31
Z00001        | ZINNIA        | closed  | 2015-03-31 | 2020-05-01 | 9999-12-31
Z00002        | ZEBRA GRASS   | dormant |            | 2020-05-01 | 9999-12-31
"""
SORTED = """
practice_code | practice_name | times | verdict | closed_on
B00002        |               | 1     | absent  |
A00001        | ASH           | 2     | member  | 2023-03-31
Z00001        | ZINNIA        | 1     | closed  | 2015-03-31
A99999        |               | 1     | unknown |
Z00002        | ZEBRA GRASS   | 1     | absent  |
A00002        | BIRCH         | 1     | absent  |
"""
VERDICTS = {
    "practice_code": pl.String,
    "practice_name": pl.String,
    "times": pl.Int64,
    "verdict": pl.String,
    "closed_on": pl.Date,
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"), practice=PRACTICE)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("A81001\nA81002\r\nA81003", ("A81001", "A81002", "A81003")),
        ("a81001,A81002;A81003\tA81004", ("A81001", "A81002", "A81003", "A81004")),
        ('"A81001","The Densham Surgery","TS18 1HU"', ("A81001",)),
        ("['A81001', 'Y02345']", ("A81001", "Y02345")),
        ("our practices: A81001 (Densham) and A81002.", ("A81001", "A81002")),
        ("A81001 A81001", ("A81001", "A81001")),
        ("A8100 A810012", ("A8100", "A810012")),  # a slip, to be told as unknown
        ("Street Centre Health Park TS18 1HU 12345 2021", ()),
        ("\u00a0A81001\u2003A81002\ufeff", ("A81001", "A81002")),
        ("G8D1X", ()),
        ("G8D1XY", ("G8D1XY",)),
        ("", ()),
    ],
)
def test_codes_are_found_in_any_layout(text: str, codes: tuple[str, ...]):
    assert parse_codes(text) == codes


@given(
    st.lists(st.from_regex(r"\A[A-Z][0-9]{5}\Z")),
    st.sampled_from([" ", "\n", ",", ";\t", " | ", "\r\n"]),
)
def test_whatever_parts_them_codes_come_in_their_order(codes: list[str], between: str):
    assert parse_codes(between.join(codes)) == tuple(codes)


def test_unknown_closed_absent_and_repeated_codes_are_told_apart(drawn: Lake):
    listed = ["B00002", "A00001", "Z00001", "A99999", "Z00002", "A00002", "A00001"]
    assert_frame_equal(sort_out(drawn, listed, "2022-23").collect(), rows(SORTED, VERDICTS))


def test_a_practice_that_closed_since_is_still_of_its_year(drawn: Lake):
    told = sort_out(drawn, ["A00001"], "2021-22").collect().row(0, named=True)
    assert told["verdict"] == "member" and told["closed_on"] is not None


def test_nothing_listed_is_nothing_told(drawn: Lake):
    assert sort_out(drawn, [], "2021-22").collect().is_empty()


def test_a_group_is_the_sum_of_those_that_the_year_has(drawn: Lake):
    """Repeats and unknown codes add nothing; one that gave nothing is a member."""
    area = area_of(["B00003", "A00001", "B00003", "A99999", "C00003"])
    parts = ("organisation_code", "numerator", "denominator", "pcas", "value", "band", "practices")
    one = answer(drawn, Question("COPD010", "2021-22", "england", area=area)).select(parts)
    assert one.collect().rows() == [("ENG", 90, 150, 75, 60, 3, 2)]
    members = answer(drawn, Question("COPD010", "2021-22", area=area)).select(parts)
    assert members.collect().rows() == [
        ("A00001", 80, 100, 25, 80, 4, 1),
        ("B00003", 10, 50, 50, 20, 1, 1),
        ("C00003", None, None, None, None, None, 0),
    ]


@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points", "prevalence"])
@pytest.mark.parametrize("bands", ["five", "custom:29,57"])
def test_the_practices_of_a_board_listed_are_that_board(lake: Lake, measure: str, bands: str):
    asked = {
        "indicator": "HYP" if measure == "prevalence" else "DM020",
        "year": qof_years(lake)[0],
        "measure": measure,
        "bands": bands,
    }
    board = answer(lake, Question(**asked, level="icb")).collect().head(1)
    area = f"icb:{board['organisation_code'].item()}"
    members = answer(lake, Question(**asked, area=area)).collect()
    listed = area_of(members["organisation_code"].to_list())
    one = answer(lake, Question(**asked, level="england", area=listed)).collect()
    no_place = ["organisation_code", "organisation_name", "latitude", "longitude"]
    assert_frame_equal(one.drop(no_place), board.drop(no_place))
    assert_frame_equal(answer(lake, Question(**asked, area=listed)).collect(), members)


@pytest.mark.parametrize("listed", [[], ["A99999"]])
def test_a_group_of_nobody_has_no_row(drawn: Lake, listed: list[str]):
    for level in ("england", "practice"):
        asked = Question("COPD010", "2021-22", level, area=area_of(listed))
        assert answer(drawn, asked).collect().is_empty()


def test_nothing_is_read_until_it_is_collected(tmp_path: Path):
    lake = england(tmp_path, practice=PRACTICE)
    lf = sort_out(lake, ["A00001"], "2021-22")
    for file in (tmp_path / "lake" / "tables").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(FileNotFoundError):
        lf.collect()


# Lists as people keep them


@pytest.mark.parametrize(
    ("rows", "cells"),
    [
        ([["No", "Code"], ["1", "A81001"], ["2", "A81002"]], ["Code", "A81001", "A81002"]),
        ([["Our network", ""], ["", ""], ["A81001", "x"]], ["A81001", "x"]),
        ([["PCN", "Practice"], ["U89141", "A81001"]], ["U89141", "A81001"]),
        ([["U89141", "A81001"], ["U89141", "A81002"]], ["A81001", "A81002"]),
        ([["A81001", "A81002", "A81003"]], ["A81001", "A81002", "A81003"]),
        ([["Name"], ["The Densham Surgery"]], []),
        ([], []),
    ],
)
def test_the_column_that_holds_codes_is_found(rows: list[list[str]], cells: list[str]):
    assert column_of_codes(rows) == cells


def test_what_has_no_code_in_it_is_named_and_the_header_is_not():
    cells = ["Our list", "Code", "A81001", "the Hub", "a81002", "the  Hub"]
    assert without_codes(cells) == ("the Hub",)


def test_what_is_pasted_without_a_code_is_named():
    """By hand: a code with a space in it and a name fell out of a list without a word."""
    pasted = "Our list\nA81001 The Densham Surgery, Stockton\nA81 002\nDr Malhotra\nA81004\n"
    assert without_codes(pasted_cells(pasted)) == ("A81 002", "Dr Malhotra")
    assert without_codes(pasted_cells("A81001, A81 002; A81004")) == ("A81 002",)
    assert without_codes(pasted_cells("A81001 A81002")) == without_codes(pasted_cells("")) == ()


def test_letters_of_another_width_and_what_cannot_be_seen_are_plain():
    wide = "\uff21\uff18\uff11\uff10\uff10\uff11, A81\u200b002\u00a0"
    assert parse_codes(wide) == ("A81001", "A81002")
