"""Periods: which one should be out by now, and when the next is due."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UnknownName
from engine.period import (
    MONTHS,
    Calendar,
    Period,
    financial_year,
    late,
    month_named,
    year_named,
    years_since,
)

KINDS = st.sampled_from(["year", "calendar year", "quarter", "month", "day"])
QOF = Calendar("year", after_days=150, grace_days=60)
ODS = Calendar("quarter", after_days=30, grace_days=60)
LISTS = Calendar("month", after_days=14, grace_days=7)
DAYS = st.dates(date(2010, 1, 1), date(2060, 12, 31))
CALENDARS = st.builds(
    Calendar,
    st.sampled_from(["year", "quarter", "month"]),
    after_days=st.integers(0, 300),
    grace_days=st.integers(0, 120),
)


@given(calendar=CALENDARS, newest=DAYS, today=DAYS)
def test_what_is_late_is_late_from_its_day_on(calendar: Calendar, newest: date, today: date):
    period = str(Period.holding(newest, calendar.every))
    late_from = calendar.late_from(period)
    assert calendar.is_late(period, today) is (late_from is not None and today >= late_from)


@pytest.mark.parametrize(
    ("start", "name"), [(2019, "2019-20"), (2008, "2008-09"), (1999, "1999-00"), (2099, "2099-00")]
)
def test_a_financial_year_is_named_by_both_its_years(start: int, name: str):
    assert financial_year(start) == name


@pytest.mark.parametrize(
    ("text", "kind", "first", "last"),
    [
        ("2021-22", "year", date(2021, 4, 1), date(2022, 3, 31)),
        ("1999-00", "year", date(1999, 4, 1), date(2000, 3, 31)),
        ("2024", "calendar year", date(2024, 1, 1), date(2024, 12, 31)),
        ("2026-Q4", "quarter", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29)),
        ("2012-11", "month", date(2012, 11, 1), date(2012, 11, 30)),
        ("2012-13", "year", date(2012, 4, 1), date(2013, 3, 31)),
        ("2026-02-28", "day", date(2026, 2, 28), date(2026, 2, 28)),
    ],
)
def test_a_text_names_a_period(text: str, kind: str, first: date, last: date):
    period = Period.parse(text)
    assert (period.kind, str(period)) == (kind, text)
    assert (period.first_day, period.last_day) == (first, last)


def test_2011_12_is_what_its_calendar_says_and_nothing_where_nobody_says():
    """It could become December 2011, whatever it was."""
    assert Period.parse("2011-12", "year").first_day == date(2011, 4, 1)
    assert Period.parse("2011-12", "month").first_day == date(2011, 12, 1)
    with pytest.raises(UnknownName, match="`2011-12` can be a year or month"):
        Period.parse("2011-12")
    with pytest.raises(UnknownName, match="can be a year or month"):
        Period.parse("2000-01", "quarter")


def test_a_text_that_can_be_one_thing_only_is_that_whatever_the_calendar_says():
    assert Period.parse("2025-10", "year").kind == "month"
    assert Period.parse("2021-22", "month").kind == "year"


@pytest.mark.parametrize(
    "text",
    ["", "undated", "2021-23", "2026-Q5", "2026-02-30", "2026-00", "26-02", "2026-02 ", "٢٠٢٦"],
)
def test_what_is_no_period_is_refused(text: str):
    with pytest.raises(UnknownName, match="is no period"):
        Period.parse(text, "year")


@given(DAYS, KINDS)
def test_every_day_lies_in_one_period_of_a_kind_and_its_text_reads_back(day: date, kind):
    period = Period.holding(day, kind)
    assert period.first_day <= day <= period.last_day
    assert Period.parse(str(period), kind) == period
    assert period.next.previous == period == period.previous.next
    assert period.previous < period < period.next
    assert period.next.first_day == period.last_day + timedelta(days=1)


@given(DAYS, DAYS, KINDS)
def test_texts_of_one_kind_sort_as_their_periods_do(one: date, other: date, kind):
    first, second = Period.holding(one, kind), Period.holding(other, kind)
    assert (first < second) == (str(first) < str(second))


@pytest.mark.parametrize("number", range(1, 13))
def test_a_month_is_known_in_figures_in_full_and_by_its_first_letters(number: int):
    name, said = MONTHS[number - 1], f"2026-{number:02d}"
    for word in (name, name.upper(), name[:3].lower(), f"{number:02d}", f"{number}"):
        assert month_named(word, "26") == month_named(word, "2026") == said


@pytest.mark.parametrize("word", ["", "m", "Ma", "Maybe", "00", "13", "January2"])
def test_what_is_no_month_is_none(word: str):
    assert month_named(word, "2026") is None


def test_two_years_name_a_financial_year_where_they_follow_each_other():
    assert year_named("2021", "22") == year_named("21", "2022") == "2021-22"
    assert year_named("21", "21") is None and year_named("22", "21") is None


def test_the_years_since_are_told_though_they_read_as_months():
    assert years_since("2010-11", "2012-13") == ["2011-12", "2012-13"]


@pytest.mark.parametrize(
    ("calendar", "today", "expected"),
    [
        # 31 March 2026 and 210 days: the last day on which 2025-26 may still be missing.
        (QOF, date(2026, 10, 26), "2024-25"),
        (QOF, date(2026, 10, 27), "2025-26"),
        (ODS, date(2026, 3, 31), "2025-Q4"),
        (ODS, date(2026, 3, 30), "2025-Q3"),
        (LISTS, date(2026, 3, 21), "2026-02"),
        (LISTS, date(2026, 3, 20), "2026-01"),
        (LISTS, date(2024, 3, 21), "2024-02"),
        (LISTS, date(2026, 1, 22), "2025-12"),
    ],
)
def test_a_period_is_expected_once_its_grace_is_over(
    calendar: Calendar, today: date, expected: str
):
    assert calendar.expected(today) == expected


@pytest.mark.parametrize(
    ("calendar", "today", "due"),
    [
        (QOF, date(2026, 8, 27), date(2026, 8, 28)),
        (QOF, date(2026, 8, 28), date(2027, 8, 28)),
        (ODS, date(2026, 11, 20), date(2027, 1, 30)),
        (LISTS, date(2026, 3, 1), date(2026, 3, 14)),
        (LISTS, date(2026, 12, 31), date(2027, 1, 14)),
    ],
)
def test_the_next_is_due_on_its_usual_day(calendar: Calendar, today: date, due: date):
    assert calendar.next_due(today) == due


def test_late_is_older_than_what_should_be_out():
    today = date(2026, 11, 20)
    assert QOF.is_late(None, today)
    assert QOF.is_late("2024-25", today)
    assert not QOF.is_late("2025-26", today)
    assert not QOF.is_late("2026-27", today)


def last_day(period: str) -> date:
    """The last day of a period, worked from its name."""
    year, rest = int(period[:4]), period[5:]
    if rest.startswith("Q"):
        month = 3 * int(rest[1:])
    else:
        month = int(rest)
    first_after = date(year + month // 12, month % 12 + 1, 1)
    return first_after - timedelta(days=1)


@given(CALENDARS, DAYS)
def test_what_is_expected_has_ended_long_enough_ago_and_is_the_newest_such(
    calendar: Calendar, today: date
):
    name = calendar.expected(today)
    end = date(int(name[:4]) + 1, 3, 31) if calendar.every == "year" else last_day(name)
    allowed = timedelta(days=calendar.after_days + calendar.grace_days)
    longest = {"year": 366, "quarter": 92, "month": 31}[calendar.every]
    assert end + allowed <= today
    assert end + allowed + timedelta(days=longest) > today - timedelta(days=3)
    tomorrow = calendar.expected(today + timedelta(days=1))
    assert tomorrow >= name


@given(CALENDARS, DAYS)
def test_the_next_due_day_is_ahead_and_within_one_period(calendar: Calendar, today: date):
    ahead = calendar.next_due(today) - today
    assert 0 < ahead.days <= {"year": 366, "quarter": 92, "month": 31}[calendar.every]


@given(CALENDARS, DAYS)
def test_what_is_expected_is_never_late(calendar: Calendar, today: date):
    assert not calendar.is_late(calendar.expected(today), today)


@given(CALENDARS, DAYS)
def test_a_source_is_late_exactly_while_its_newest_is_older_than_expected(
    calendar: Calendar, today: date
):
    before = calendar.expected(today - timedelta(days=400))
    newest = {"old": before, "new": calendar.expected(today), "never": None, "none": "undated"}
    sources = {code: {"newest": p, "calendar": asdict(calendar)} for code, p in newest.items()}
    assert late(sources, today) == ["old"]
