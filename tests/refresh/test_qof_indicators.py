"""The `indicator` table: what could be measured in each year, and where its series breaks."""

from collections.abc import Mapping

import pytest

from engine.atlas.tables.qof_contracts import INDICATOR, PERCENT_ACHIEVED, PREVALENCE
from refresh.atlas.indicator_table import indicator
from refresh.store.fold import Edition
from tests.conftest import rows, whole


def indicators(
    mapping: Mapping[str, str], seen: str = "", registers: str = ""
) -> dict[tuple[str, str], dict]:
    """The `indicator` table, by code and year.

    Takes: by year, lines `code group points list_type` (`-` for none); lines `year code`, and
           lines `year group list_type`, of what has numbers.
    """
    mapped = {}
    for year, lines in mapping.items():
        cells = [line.replace("-", "").split(" ") for line in lines.split("\n") if line]
        drawn = "indicator_code|group_code|points_max|list_type\n"
        frame = rows(drawn + "\n".join("|".join(c) for c in cells), INDICATOR)
        mapped[year] = whole(frame, INDICATOR.staged).lazy()
    achieved_by = "year|practice_code|indicator_code|denominator|pcas|points\n" + "\n".join(
        f"{'|A1|'.join(line.split())}|5|1|2" for line in seen.split("\n") if line
    )
    lists = "year|practice_code|group_code|list_type|register\n" + "\n".join(
        "{}|A1|{}|{}|7".format(*line.split()) for line in registers.split("\n") if line
    )
    frame = indicator(
        [Edition(year, 1, lf) for year, lf in mapped.items()],
        achieved={"all": rows(achieved_by, PERCENT_ACHIEVED).lazy()},
        prevalence={"all": rows(lists, PREVALENCE).lazy()},
    ).collect()
    assert set(frame.columns) >= set(INDICATOR.schema)
    return {(row["indicator_code"], row["year"]): row for row in frame.rows(named=True)}


def breaks(found: dict, code: str) -> dict[str, str | None]:
    reasons = {year: row["break_reason"] for (c, year), row in found.items() if c == code}
    assert all(row["breaks_series"] == (row["break_reason"] is not None) for row in found.values())
    return reasons


def test_what_was_mapped_and_seen_is_one_row_with_what_is_published():
    row = indicators({"2021-22": "COPD010 COPD 9 TOTAL"}, "2021-22 COPD010")["COPD010", "2021-22"]
    assert (row["kind"], row["points_max"], row["practices"]) == ("indicator", 9, 1)
    assert row["has_fraction"] and row["has_pcas"] and row["has_points"]
    assert row["group_name"] == "Chronic obstructive pulmonary disease"


def test_what_was_mapped_but_never_seen_has_no_practices():
    row = indicators({"2021-22": "COPD010 COPD 9 TOTAL"})["COPD010", "2021-22"]
    assert (row["practices"], row["has_fraction"], row["has_points"]) == (0, False, False)


def test_an_unknown_code_degrades_to_a_row_without_history():
    mapped = dict.fromkeys(["2024-25", "2025-26"], "AF006 AF 12 TOTAL")
    found = indicators(mapped, "2024-25 AF006\n2025-26 AF006\n2025-26 ZZZ001")
    row = found["ZZZ001", "2025-26"]
    assert (row["kind"], row["group_code"], row["practices"]) == ("indicator", "ZZZ", 1)
    assert (row["description"], row["group_name"]) == ("ZZZ001", "ZZZ")
    assert row["points_max"] is None
    assert row["breaks_series"] and "New" in row["break_reason"]


def test_a_register_group_is_a_row_of_its_own():
    found = indicators({"2021-22": "HYP001 HYP 6 TOTAL"}, "", "2021-22 HYP TOTAL")
    row = found["HYP", "2021-22"]
    assert (row["kind"], row["list_type"], row["practices"]) == ("register", "TOTAL", 1)
    assert "patients on the register" in row["description"].lower()
    assert not row["has_fraction"] and not row["has_points"]


def test_the_same_code_year_after_year_is_one_series():
    years = ("2021-22", "2022-23", "2023-24")
    found = indicators(
        dict.fromkeys(years, "AF006 AF 12 TOTAL"), "\n".join(f"{y} AF006" for y in years)
    )
    assert breaks(found, "AF006") == dict.fromkeys(years)


def test_a_new_code_breaks_the_series_of_what_it_follows():
    found = indicators({"2022-23": "COPD009 COPD 8 TOTAL", "2023-24": "COPD015 COPD 8 TOTAL"})
    assert breaks(found, "COPD009") == {"2022-23": None}
    assert "New" in breaks(found, "COPD015")["2023-24"]


def test_a_code_that_was_away_for_a_year_breaks_where_it_returns():
    other = "AF006 AF 12 TOTAL"
    mapped = {"2019-20": f"{other}\nX001 X 1 TOTAL", "2020-21": other}
    found = indicators(mapped | {"2021-22": f"{other}\nX001 X 1 TOTAL"})
    assert breaks(found, "X001")["2019-20"] is None
    assert breaks(found, "X001")["2021-22"]


def test_a_register_of_another_age_band_breaks_the_series():
    found = indicators({}, "", "2019-20 AST TOTAL\n2020-21 AST 06OV\n2022-23 X TOTAL")
    assert breaks(found, "AST")["2020-21"]
    plain = indicators({}, "", "2022-23 ZZ TOTAL\n2023-24 ZZ 18OV\n2024-25 ZZ 18OV")
    assert "another age band" in breaks(plain, "ZZ")["2023-24"]
    assert breaks(plain, "ZZ")["2024-25"] is None


def test_an_indicator_whose_age_band_is_told_more_closely_is_the_same_indicator():
    """HYP003 was always for those under 80; the mapping said TOTAL until 2021-22, then 79UN."""
    mapped = {"2021-22": "HYP003 HYP 14 TOTAL", "2022-23": "HYP003 HYP 14 79UN"}
    found = indicators(mapped, "2021-22 HYP003\n2022-23 HYP003")
    assert breaks(found, "HYP003")["2022-23"] is None


def test_an_age_band_that_one_year_does_not_give_is_not_another_age_band():
    years = ("2020-21", "2021-22", "2022-23")
    found = indicators(
        {"2020-21": "AF006 AF 12 TOTAL", "2021-22": "AF006 AF 12 -", "2022-23": "AF006 AF 12 TOTAL"}
    )
    assert breaks(found, "AF006") == dict.fromkeys(years)


@pytest.mark.parametrize("before", ["", "2017-18 AF TOTAL"], ids=["no release", "registers only"])
def test_a_year_that_was_not_loaded_is_not_told_as_one_without_publication(before: str):
    mapped = dict.fromkeys(["2016-17", "2018-19"], "AF006 AF 12 TOTAL")
    found = indicators(mapped, "", before)
    assert "nothing was published" not in (breaks(found, "AF006")["2018-19"] or "")


def test_quality_improvement_changes_every_year():
    years = ("2021-22", "2022-23")
    found = indicators(dict.fromkeys(years, "QIECD005 QI 10 -"))
    assert all("Quality improvement" in reason for reason in breaks(found, "QIECD005").values())


def test_obesity_of_2023_24_is_not_comparable_with_the_years_before():
    found = indicators({}, "", "2022-23 OB 18OV\n2023-24 OB 18OV\n2024-25 OB 18OV")
    reasons = breaks(found, "OB")
    assert "definition" in reasons["2023-24"]
    assert reasons["2022-23"] is reasons["2024-25"] is None


def test_the_first_year_of_the_lake_has_nothing_to_break_with():
    found = indicators({}, "2016-17 AF006", "2016-17 AF TOTAL")
    assert {row["break_reason"] for row in found.values()} == {None}


def test_the_publishers_words_of_another_year_are_used_where_a_year_has_none():
    drawn = {"2023-24": "ZZ006|ZZ|", "2024-25": "ZZ006|ZZ|Risk was asked"}
    header = "indicator_code|group_code|definition\n"
    found = indicator(
        [
            Edition(year, 1, whole(rows(header + text, INDICATOR), INDICATOR.staged).lazy())
            for year, text in drawn.items()
        ],
        achieved={},
        prevalence={},
    ).collect()
    assert found["definition"].to_list() == ["Risk was asked"] * 2
    assert found["description"].to_list() == ["Risk was asked"] * 2
