"""A profile's movement is what the change of each indicator says, and nothing across a break."""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake, Question, answer
from engine.atlas.ask import SMALL
from engine.atlas.compare_years import changes_since
from engine.atlas.year_change import breaks_between, change
from engine.atlas.years import qof_years
from tests.conftest import sealed
from tests.engine.universe import england


def one_of(lake: Lake, year: str, level: str) -> str:
    """The organisation of a level, there the year before too, with most patients counted."""
    before = answer(
        lake, Question("AF", qof_years(lake)[qof_years(lake).index(year) - 1], level, "prevalence")
    )
    rows = answer(lake, Question("AF", year, level, "prevalence"))
    rows = rows.join(before, on="organisation_code", how="semi").collect()
    return rows.sort("denominator", descending=True, nulls_last=True)["organisation_code"][0]


@pytest.mark.parametrize("level", ["practice", "pcn", "icb"])
def test_it_says_of_each_indicator_what_its_change_says(lake: Lake, level: str):
    year, before = qof_years(lake)[-1], qof_years(lake)[-2]
    code = one_of(lake, year, level)
    rows = changes_since(lake, year, before, level, code).collect()
    assert set(rows["measure"]) == {"net", "prevalence"}
    for row in rows.sort("change").gather_every(max(rows.height // 8, 1)).to_dicts():
        asked = Question(row["indicator_code"], year, level, row["measure"])
        (want,) = (
            change(lake, asked, before)
            .filter(organisation_code=code)
            .collect()
            .iter_rows(named=True)
        )
        for name in ("value_before", "change", "change_low", "change_high"):
            assert row[name] == pytest.approx(want[name]), (row["indicator_code"], name)


def test_nothing_is_said_across_a_break(lake: Lake):
    """DOMAIN 1.4: the obesity register was defined anew for 2023-24."""
    assert breaks_between(lake, "OB", "2022-23", "2023-24").collect().height
    code = one_of(lake, "2023-24", "icb")
    rows = changes_since(lake, "2023-24", "2022-23", "icb", code).collect()
    assert rows.height and "OB" not in rows["indicator_code"].to_list()


def test_nothing_is_said_across_a_year_that_is_not_loaded(lake: Lake, tmp_path: Path):
    """What broke in between stands in no table; years next to each other are held as ever."""
    names = ("organisation", "practice_geography", "percent_achieved", "prevalence", "indicator")
    kept = {n: lake.scan(n).filter(pl.col("year") != "2023-24").collect() for n in names}
    gappy = sealed(tmp_path, **kept)
    code = one_of(gappy, "2025-26", "icb")
    assert changes_since(lake, "2024-25", "2022-23", "icb", code).collect().height
    assert changes_since(gappy, "2024-25", "2022-23", "icb", code).collect().is_empty()
    assert changes_since(gappy, "2025-26", "2024-25", "icb", code).collect().height


def test_rose_and_fell_are_said_by_the_interval_and_never_of_few(lake: Lake):
    year, before = qof_years(lake)[-1], qof_years(lake)[-2]
    rows = pl.concat(
        changes_since(lake, year, before, "practice", code)
        for code in answer(lake, Question("AF008", year)).collect()["organisation_code"][:12]
    ).collect()
    rose, fell = rows.filter(moved="rose"), rows.filter(moved="fell")
    assert rose.height and (rose["change_low"] > 0).all()
    assert fell.height and (fell["change_high"] < 0).all()
    similar = rows.filter(moved="similar")
    assert ((similar["change_low"] <= 0) & (similar["change_high"] >= 0)).all()
    few = answer(lake, Question("AF008", year)).filter(pl.col("denominator") < SMALL).collect()
    for code in few["organisation_code"]:
        one = (
            changes_since(lake, year, before, "practice", code)
            .filter(indicator_code="AF008")
            .collect()
        )
        assert one["moved"].to_list() in ([], [None])


def test_an_organisation_that_only_one_year_has_moved_nowhere(lake: Lake):
    assert (
        changes_since(lake, qof_years(lake)[-1], qof_years(lake)[-2], "practice", "NOBODY")
        .collect()
        .is_empty()
    )


def test_more_counted_than_could_be_is_not_called_similar(tmp_path: Path):
    """Such a year has no interval; nothing can be said of the difference."""
    achieved = """
    year    | practice_code | indicator_code | numerator | denominator
    2021-22 | A00001        | COPD010        | 12        | 10
    2022-23 | A00001        | COPD010        | 30        | 40
    """
    drawn = england(tmp_path, percent_achieved=achieved)
    rows = (
        changes_since(drawn, "2022-23", "2021-22", "practice", "A00001")
        .filter(measure="net")
        .collect()
    )
    assert rows["change"].to_list() == [pytest.approx(-45)]
    assert rows["change_low"].to_list() == [None] and rows["moved"].to_list() == [None]
