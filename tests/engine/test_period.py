"""Periods: which one should be out by now, and when the next is due."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.period import Calendar, financial_year, late

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


@pytest.mark.parametrize(
    ("start", "name"), [(2019, "2019-20"), (2008, "2008-09"), (1999, "1999-00"), (2099, "2099-00")]
)
def test_a_financial_year_is_named_by_both_its_years(start: int, name: str):
    assert financial_year(start) == name


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
