"""Comparability: which series break, which codes are linked, which years are marked."""

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake
from engine.atlas.comparability import (
    PAID_AS_BEFORE_CODES,
    SUCCESSIONS,
    breaks,
    linked,
    protected,
    year_note,
)
from engine.atlas.tables.qof_contracts import INDICATOR
from tests.conftest import rows
from tests.engine.universe import england

PUBLISHED = """
year    | indicator_code | kind      | description | breaks_series | break_reason
2021-22 | AF007          | indicator | On a drug   | false         |
2022-23 | AF007          | indicator | On a drug   | true          | Another age band
2023-24 | AF008          | indicator | On a drug   | true          | New
2024-25 | AF008          | indicator | On a drug   |               |
2021-22 | DM020          | indicator | Controlled  | false         |
2023-24 | DM020          | indicator | Controlled  | true          | Nothing the year before
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"), indicator=PUBLISHED)


@pytest.mark.parametrize("indicator", ["AF007", "AF008"])
def test_linked_codes_are_told_together_with_the_break_between_them(lake: Lake, indicator: str):
    follows = (
        "Follows AF007, linked with a break:"
        " a new code means that the definition or its exclusions changed"
    )
    expected = rows(
        f"""
        year    | indicator_code | description | breaks_series | break_reason
        2021-22 | AF007          | On a drug   | false         |
        2022-23 | AF007          | On a drug   | true          | Another age band
        2023-24 | AF008          | On a drug   | true          | {follows}
        2024-25 | AF008          | On a drug   | false         |
        """,
        INDICATOR,
    )
    assert_frame_equal(breaks(lake, indicator).collect(), expected)


def test_a_break_that_the_lake_declares_is_told_in_its_own_words(lake: Lake):
    told = breaks(lake, "DM020").collect()
    assert told["break_reason"].to_list() == [None, "Nothing the year before"]


def test_an_indicator_that_nobody_published_has_no_rows(lake: Lake):
    assert breaks(lake, "NOSUCH").collect().is_empty()


def test_a_succession_breaks_the_series_even_where_the_lake_does_not_say_so(tmp_path: Path):
    silent = PUBLISHED.replace("true          | New", "false         |")
    told = breaks(england(tmp_path, indicator=silent), "AF008").collect()
    assert told.filter(year="2023-24")["breaks_series"].to_list() == [True]


@pytest.mark.parametrize(
    ("indicator", "chain"),
    [
        ("HYP003", ("HYP003", "HYP008")),
        ("CHOL003", ("CHOL001", "CHOL003")),
        ("RA002", ("RA002",)),  # dropped, and nothing took its place
        ("NOSUCH", ("NOSUCH",)),
    ],
)
def test_linked_codes_come_oldest_first(indicator: str, chain: tuple[str, ...]):
    assert linked(indicator) == chain


def test_every_code_follows_one_and_is_followed_by_one_at_most():
    befores, afters = [s.before for s in SUCCESSIONS], [s.after for s in SUCCESSIONS]
    assert len(set(befores)) == len(befores) == len(set(afters)) == 17
    assert all(linked(s.before)[-1] == linked(s.after)[-1] for s in SUCCESSIONS)


def test_a_code_and_its_successor_are_of_one_condition():
    assert [s for s in SUCCESSIONS if s.before[:-3] != s.after[:-3]] == []


def marks(measure: str, indicator: str = "DM017") -> dict[str, tuple[bool, bool]]:
    years = ["2018-19", "2019-20", "2020-21", "2021-22", "2022-23", "2024-25"]
    frame = pl.DataFrame({"year": years, "indicator_code": indicator})
    seen = frame.select(
        "year", mark=protected(measure), note=year_note(measure).is_not_null()
    ).rows()
    return {year: (mark, note) for year, mark, note in seen if mark or note}


def test_the_years_of_the_pandemic_are_marked_and_the_year_before_it_has_a_note():
    expected = {"2019-20": (False, True), "2020-21": (True, True), "2021-22": (True, True)}
    assert marks("net") == marks("prevalence") == expected


def test_points_paid_as_the_year_before_are_marked_for_points_only():
    assert len(PAID_AS_BEFORE_CODES) == 32
    assert marks("points")["2024-25"] == (True, True)
    assert "2024-25" not in marks("points", "DM020")
    assert "2024-25" not in marks("net")
