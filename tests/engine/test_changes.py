"""What changed: practices that went, came, moved; indicators; figures that were issued again."""

from pathlib import Path

import pytest

from engine import Lake
from engine.atlas import snapshot_diff
from engine.wings import table
from tests.conftest import rows, sealed

GEOGRAPHY = """
year    | practice_code | pcn_code | sub_icb_code | icb_code
2022-23 | A00001        | U00001   | 01A          | QAA
2022-23 | A00002        | U00001   | 01A          | QAA
2022-23 | A00003        | U00002   | 01A          | QAA
2023-24 | A00001        | U00002   | 01A          | QAA
2023-24 | A00003        | U00002   | 02B          | QBB
2023-24 | A00004        | U        | 02B          | QBB
"""
NAMES = """
year    | level    | organisation_code | organisation_name
2022-23 | practice | A00001            | Ash
2022-23 | practice | A00002            | Birch
2022-23 | practice | A00003            | Cedar
2022-23 | pcn      | U00001            | Trees
2022-23 | pcn      | U00002            | Bridges
2022-23 | sub_icb  | 01A               | North
2022-23 | icb      | QAA               | One Board
2023-24 | practice | A00001            | Ash
2023-24 | practice | A00003            | Cedar House
2023-24 | practice | A00004            | Dogwood
2023-24 | pcn      | U00002            | Bridges
2023-24 | sub_icb  | 01A               | North
2023-24 | sub_icb  | 02B               | South
2023-24 | icb      | QAA               | One Board
2023-24 | icb      | QBB               | Other Board
"""
INDICATORS = """
year    | indicator_code | description | kind     | practices
2022-23 | COPD010        | Review      | fraction | 3
2022-23 | OLD001         | Left        | fraction | 3
2022-23 | HYP            | Register    | register | 3
2023-24 | COPD010        | Review      | fraction | 3
2023-24 | NEW001         | Came        | fraction | 3
"""
FIRST = """
year    | practice_code | indicator_code | numerator | denominator
2022-23 | A00001        | COPD010        | 5         | 10
2022-23 | A00002        | COPD010        | 7         | 10
2022-23 | A00003        | OLD001         | 1         | 2
"""
AGAIN = """
year    | practice_code | indicator_code | numerator | denominator
2022-23 | A00001        | COPD010        | 6         | 10
2022-23 | A00002        | COPD010        | 7         | 10
2022-23 | A00003        | COPD010        | 1         | 1
2022-23 | A00003        | OLD001         | 1         | 2
"""


def lake_of(folder: Path, achieved: str) -> Lake:
    drawn = {
        "practice_geography": GEOGRAPHY,
        "organisation": NAMES,
        "indicator": INDICATORS,
        "percent_achieved": achieved,
    }
    return sealed(folder, **{name: rows(text, table(name)) for name, text in drawn.items()})


@pytest.fixture
def small(tmp_path: Path) -> Lake:
    return lake_of(tmp_path, FIRST)


def test_practices_that_went_came_moved_or_changed_their_name(small: Lake):
    found = snapshot_diff.practices(small, "2022-23", small, "2023-24").collect()
    assert found.rows() == [
        ("A00002", "Birch", "gone", "Birch", None),
        ("A00003", "Cedar House", "icb", "One Board", "Other Board"),
        ("A00004", "Dogwood", "new", None, "Dogwood"),
        ("A00001", "Ash", "pcn", "Trees", "Bridges"),
        ("A00003", "Cedar House", "renamed", "Cedar", "Cedar House"),
        ("A00003", "Cedar House", "sub_icb", "North", "South"),
    ]


def test_an_indicator_is_not_gone_where_the_year_has_no_figures_of_its_kind(small: Lake):
    found = snapshot_diff.indicators(small, "2022-23", small, "2023-24").collect()
    assert found.rows() == [("OLD001", "Left", "gone"), ("NEW001", "Came", "new")]


def test_figures_that_were_issued_again_are_counted_by_practice(small: Lake, tmp_path: Path):
    again = lake_of(tmp_path / "again", AGAIN)
    assert snapshot_diff.rewritten(small, again, "percent_achieved") == ["2022-23"]
    found = snapshot_diff.figures(small, again, "2022-23").collect()
    assert found.rows() == [("COPD010", 2, 12, 20, 14, 21)]


def test_england_is_summed_as_everywhere_who_gave_one_part_only_adds_nothing(
    small: Lake, tmp_path: Path
):
    halves = AGAIN.replace("6         | 10", "          | 10").replace(
        "1         | 2", "          | 2"
    )
    found = snapshot_diff.figures(small, lake_of(tmp_path / "again", halves), "2022-23").collect()
    assert found.rows() == [
        ("COPD010", 2, 12, 20, 8, 11),
        ("OLD001", 1, 1, 2, None, None),
    ]


def test_a_snapshot_from_before_the_first_figures_has_none_that_were_issued_again(
    small: Lake, tmp_path: Path
):
    """Such as one that was sealed with organisations alone."""
    tables = {
        name: said for name, said in small.manifest["tables"].items() if "percent" not in name
    }
    before = Lake(small.layout, small.manifest | {"tables": tables})
    assert snapshot_diff.rewritten(before, small, "percent_achieved") == []


def test_nothing_changed_between_a_snapshot_and_itself(small: Lake):
    assert snapshot_diff.practices(small, "2022-23", small, "2022-23").collect().is_empty()
    assert snapshot_diff.figures(small, small, "2022-23").collect().is_empty()
    assert snapshot_diff.releases(small, small) == []
    assert snapshot_diff.coverage_lost(small, small) == {}


def test_a_release_is_new_or_issued_again_and_lost_places_are_said(small: Lake):
    def with_manifest(**said: object) -> Lake:
        return Lake(small.layout, small.manifest | said)

    release = {"source": "qof", "period": "2022-23", "sha256": "a"}
    before = with_manifest(releases=[release], coverage={"2022-23": {"practices": 9, "placed": 9}})
    after = with_manifest(
        releases=[release | {"sha256": "b"}, release | {"period": "2023-24"}],
        coverage={"2022-23": {"practices": 9, "placed": 7}},
    )
    found = {r["period"]: r["what"] for r in snapshot_diff.releases(before, after)}
    assert found == {"2022-23": "issued again", "2023-24": "new"}
    assert snapshot_diff.coverage_lost(before, after) == {"2022-23": (9, 7)}
