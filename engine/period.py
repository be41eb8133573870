"""Periods and publication calendars: which period should be out by now, and when the next is due.

A period is text that sorts in time: `2021-22` (financial year), `2026-Q1` (calendar quarter) or
`2026-02` (month). Nothing here reads a clock: `today` is always given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal


def financial_year(start: int) -> str:
    """The financial year that begins in April of `start`.

    >>> financial_year(2021), financial_year(1999)
    ('2021-22', '1999-00')
    """
    return f"{start}-{(start + 1) % 100:02d}"


def years_since(one: str, other: str) -> list[str]:
    """The financial years after the earlier and up to the later of two, oldest first.

    >>> years_since("2024-25", "2022-23"), years_since("2022-23", "2022-23")
    (['2023-24', '2024-25'], [])
    """
    first, last = sorted(int(year[:4]) for year in (one, other))
    return [financial_year(start) for start in range(first + 1, last + 1)]


@dataclass(frozen=True)
class Calendar:
    """How often a publication comes, how long after its period ends, and how late is still fine.

    every       year (April to March), quarter or month
    after_days  from the end of the period to the usual day of publication
    grace_days  how much later than that is not yet a worry

    >>> qof = Calendar("year", after_days=150, grace_days=45)
    >>> qof.expected(date(2026, 11, 20)), qof.expected(date(2026, 7, 1))
    ('2025-26', '2024-25')
    >>> qof.next_due(date(2026, 11, 20))
    datetime.date(2027, 8, 28)
    """

    every: Literal["year", "quarter", "month"]
    after_days: int
    grace_days: int

    def expected(self, today: date) -> str:
        """The newest period that should be out by `today`, grace included."""
        return self._newest(today - timedelta(days=self.after_days + self.grace_days))

    def next_due(self, today: date) -> date:
        """The usual day of publication of the first period not usually out yet on `today`."""
        start = today - timedelta(days=self.after_days)
        end = self._end_after(start)
        return end + timedelta(days=self.after_days)

    def is_late(self, newest: str | None, today: date) -> bool:
        """Whether `newest` (None: nothing yet) is older than what should be out by `today`."""
        return newest is None or newest < self.expected(today)

    def _newest(self, by: date) -> str:
        """The last period whose end is on or before `by`."""
        end = self._end_after(by)
        return self._name(self._previous_end(end))

    def _end_after(self, day: date) -> date:
        """The first end of a period strictly after `day`."""
        ends = (end for year in (day.year, day.year + 1) for end in self._ends(year))
        return next(end for end in ends if end > day)

    def _previous_end(self, end: date) -> date:
        ends = [e for year in (end.year - 1, end.year) for e in self._ends(year)]
        return max(e for e in ends if e < end)

    def _ends(self, year: int) -> list[date]:
        months = {"year": (3,), "quarter": (3, 6, 9, 12), "month": tuple(range(1, 13))}[self.every]
        firsts = [date(year + (month == 12), month % 12 + 1, 1) for month in months]
        return [first - timedelta(days=1) for first in firsts]

    def _name(self, end: date) -> str:
        if self.every == "year":
            return financial_year(end.year - 1)
        if self.every == "quarter":
            return f"{end.year}-Q{end.month // 3}"
        return f"{end.year}-{end.month:02d}"


def late(sources: Mapping[str, Mapping[str, Any]], today: date) -> list[str]:
    """The codes of the sources of which a newer period should be out by `today`.

    Takes:  by code, as a manifest says it: `newest`, a period, and `calendar`, the fields of a
            Calendar. One of which nothing was ever loaded (None) is not late: nobody offers it
            here. A period without a date, `undated`, never is.

    >>> monthly = {"every": "month", "after_days": 14, "grace_days": 7}
    >>> late({"lists": {"newest": "2026-01", "calendar": monthly}}, date(2026, 3, 21))
    ['lists']
    """
    return [
        code
        for code, said in sources.items()
        if said["newest"] and Calendar(**said["calendar"]).is_late(said["newest"], today)
    ]
