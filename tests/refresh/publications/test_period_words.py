"""Periods as publishers write them: the cases of the design, each with the days it means."""

from datetime import date

import pytest

from refresh.publications.looking.period_words import period_in, period_of, periods_in

CASES = {
    "december-2025": ("2025-12", date(2025, 12, 1)),
    "nov 2024": ("2024-11", date(2024, 11, 1)),
    "2024_11": ("2024-11", date(2024, 11, 1)),
    "2024/11": ("2024-11", date(2024, 11, 1)),
    "31-december-2025": ("2025-12", date(2025, 12, 1)),
    "202411": ("2024-11", date(2024, 11, 1)),
    "122025": ("2025-12", date(2025, 12, 1)),
    "nov25": ("2025-11", date(2025, 11, 1)),
    "q2-2526": ("2025-26 Q2", date(2025, 7, 1)),
    "q1-25": ("2025-26 Q1", date(2025, 4, 1)),
    "q4-2526": ("2025-26 Q4", date(2026, 1, 1)),
    "October 2019 - September 2025": ("2025-09", date(2025, 9, 1)),
    "Jan-Sep 2025": ("2025-09", date(2025, 9, 1)),
    "2020": ("2020", date(2020, 1, 1)),
    "Q1 2024-25": ("2024-25 Q1", date(2024, 4, 1)),
    "2024-25": ("2024-25", date(2024, 4, 1)),
    "April to June 2025": ("2025-26 Q1", date(2025, 4, 1)),
    "01/07/2013 - 30/09/2013": ("2013-14 Q2", date(2013, 7, 1)),
    "/mental-health-q2-2025-26/": ("2025-26 Q2", date(2025, 7, 1)),
    "COVER_2019_2020_Q3.ods": ("2019-20 Q3", date(2019, 10, 1)),
    "waiting-lists-2024-25-August.xlsx": ("2024-08", date(2024, 8, 1)),
    "Performance_Provisional_May_26_2026-06-05_130554.xlsx": ("2026-05", date(2026, 5, 1)),
    "qof-1415-ccg-all.xlsx": ("2014-15", date(2014, 4, 1)),
    "gpearnextime_202223 (3).xlsx": ("2022-23", date(2022, 4, 1)),
    "CWT-CRS-Apr-2025-to-Jul-2025-Data-Extract": ("2025-07", date(2025, 7, 1)),
    "PCNWFIndividualCSV.062026.zip": ("2026-06", date(2026, 6, 1)),
    "Winter December 2024 to February 2025": ("2025-02", date(2025, 2, 1)),
    "1 April 2023 to 31 March 2024": ("2023-24", date(2023, 4, 1)),
}


@pytest.mark.parametrize("text", CASES)
def test_a_text_says_its_period_and_of_which_kind_it_is(text: str):
    said = period_in(text)
    assert said is not None
    assert (said.text, said.start) == CASES[text]


@pytest.mark.parametrize("text", ["", "Trust Data", "Ages 0-19", "HI02043", "W11", "Table 4b"])
def test_what_names_no_time_says_none(text: str):
    assert period_in(text) is None


@pytest.mark.parametrize(
    "text,expected",
    [
        ("2002/03 [note 1] [note 3]", "2002-03"),
        ("Apr-24", "2024-04"),
        ("2016-05-31", "2016-05-31"),
        ("31/08/2024", "2024-08-31"),
        ("MAR2019", "2019-03"),
        ("01Jul2026", "2026-07-01"),
        ("FY2019_20_Q3", "2019-20 Q3"),
        ("MSitAE-AUGUST-2024", "2024-08"),
        ("2013/ 14", "2013-14"),
        ("Leeds 2024", None),
        ("march_2020_count", None),
        ("0-4", None),
    ],
)
def test_a_cell_is_a_period_only_where_it_is_nothing_else(text: str, expected: str | None):
    said = period_of(text)
    assert (said and said.text) == expected


def test_a_range_of_days_that_is_no_quarter_gives_the_month_it_ends_in():
    assert [said.text for said in periods_in("from 01/06/2024 to 31/08/2024")] == ["2024-08"]
