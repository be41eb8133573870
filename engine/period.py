"""Periods and publication calendars: what a text says of time, and what should be out by now.

In manifests, partitions and addresses a period is text: `2021-22` (financial year), `2026-Q1`
(calendar quarter), `2026-02` (month). Here alone it is read and written; texts of one kind sort as
their periods do. Nothing here reads a clock: `today` is always given.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import total_ordering
from typing import Literal

import polars as pl

from engine.errors import UnknownName
from engine.manifest import SourceEntry
from engine.vocabulary import Every

Kind = Literal["year", "calendar year", "quarter", "month", "day"]
UNDATED = "undated"
"""What stands for the period of a release that says none."""
MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
_LENGTHS: dict[Kind, int] = {"year": 12, "calendar year": 12, "quarter": 3, "month": 1}
_TEXT = re.compile(
    r"(?P<year>\d{4})(?:-Q(?P<quarter>[1-4])|-(?P<two>\d\d)(?:-(?P<day>\d\d)|\sQ(?P<of>[1-4]))?)?",
    re.ASCII,
)


@total_ordering
@dataclass(frozen=True)
class Period:
    """A stretch of whole days. Periods sort by their first day, then by their last.

    kind       year: April to March, as publications of the NHS count; the others by the calendar
    first_day  the day it begins

    >>> year = Period.parse("2021-22")
    >>> year.kind, str(year.next), year.first_day, year.last_day
    ('year', '2022-23', datetime.date(2021, 4, 1), datetime.date(2022, 3, 31))
    >>> Period.parse("2011-12", "month") < Period.parse("2012-13")
    True
    """

    kind: Kind
    first_day: date

    @classmethod
    def parse(cls, text: str, kind: Kind | None = None) -> "Period":
        """The period that a text names.

        Takes:  the text; what it is where it could be two things: `2011-12` is a financial year and
                a month, and the calendar of its source says which.
        Raises: UnknownName for what is no period, or could be two and nobody says which.

        >>> [Period.parse(t).kind for t in ("2012-11", "2019", "2026-Q4", "2026-02-28")]
        ['month', 'calendar year', 'quarter', 'day']
        >>> [str(Period.parse(t)) for t in ("2025-26 Q1", "2025-26 Q4")]  # of a financial year
        ['2025-Q2', '2026-Q1']
        """
        found = list(_readings(text))
        best = [period for period in found if period.kind == kind] or found
        if len(best) == 1:
            return best[0]
        what = " or ".join(period.kind for period in best)
        raise UnknownName(
            f"`{text}` can be a {what}" if best else f"`{text}` is no period",
            expected="2021-22, 2026-Q1, 2025-26 Q4, 2026-02, 2026 or 2026-02-28",
            found=text,
            next="say of which kind it is" if best else "",
        )

    @classmethod
    def holding(cls, day: date, kind: Kind) -> "Period":
        """The period of a kind that a day lies in.

        >>> [str(Period.holding(date(2026, 3, 31), kind)) for kind in ("year", "quarter", "month")]
        ['2025-26', '2026-Q1', '2026-03']
        """
        if kind == "day":
            return cls(kind, day)
        if kind == "year":
            # January to March still belong to the financial year that began the April before.
            return cls(kind, date(day.year - (day.month < 4), 4, 1))
        length = _LENGTHS[kind]
        return cls(kind, date(day.year, (day.month - 1) // length * length + 1, 1))

    def __str__(self) -> str:
        year, month = self.first_day.year, self.first_day.month
        match self.kind:
            case "year":
                return financial_year(year)
            case "calendar year":
                return f"{year}"
            case "quarter":
                return f"{year}-Q{month // 3 + 1}"
            case "month":
                return f"{year}-{month:02d}"
        return self.first_day.isoformat()

    def __lt__(self, other: "Period") -> bool:
        return (self.first_day, self.last_day) < (other.first_day, other.last_day)

    @property
    def last_day(self) -> date:
        """The day it ends."""
        return self.next.first_day - timedelta(days=1)

    @property
    def next(self) -> "Period":
        """The one after it, of the same kind."""
        if self.kind == "day":
            return Period("day", self.first_day + timedelta(days=1))
        months = self.first_day.month - 1 + _LENGTHS[self.kind]
        return Period(self.kind, date(self.first_day.year + months // 12, months % 12 + 1, 1))

    @property
    def previous(self) -> "Period":
        """The one before it, of the same kind."""
        return Period.holding(self.first_day - timedelta(days=1), self.kind)


def financial_year(start: int) -> str:
    """The financial year that begins in April of `start`.

    >>> financial_year(2021), financial_year(1999)
    ('2021-22', '1999-00')
    """
    return f"{start}-{(start + 1) % 100:02d}"


def year_named(first: str, second: str) -> str | None:
    """The financial year that a file names by its two years; None where they do not follow.

    Takes:  years of this century, with or without it.

    >>> year_named("21", "2022"), year_named("21", "23")
    ('2021-22', None)
    """
    start, end = year_of_century(first), year_of_century(second)
    return financial_year(start) if end % 100 == (start + 1) % 100 else None


def month_named(month: str, year: str) -> str | None:
    """The month that a file names: in figures, in full or by its first letters; None for no month.

    Takes:  a month, and a year of this century, with or without it.

    >>> month_named("Jun", "2026"), month_named("SEPTEMBER", "18"), month_named("04", "26")
    ('2026-06', '2018-09', '2026-04')
    >>> month_named("Nobody", "26"), month_named("13", "26"), month_named("J", "26")
    (None, None, None)
    """
    wanted = month.title()
    named = [i for i, name in enumerate(MONTHS, 1) if name.startswith(wanted) and len(month) > 2]
    number = int(month) if month.isdecimal() else sum(named)
    is_month = 1 <= number <= 12
    return str(Period("month", date(year_of_century(year), number, 1))) if is_month else None


def year_of_century(year: str) -> int:
    """A year of this century in full.

    >>> year_of_century("26"), year_of_century("2026")
    (2026, 2026)
    """
    return int(f"20{year[-2:]}")


def start_of(year: str) -> int:
    """The calendar year in which a financial year begins.

    >>> start_of("2021-22")
    2021
    """
    return Period.parse(year, "year").first_day.year


def starts(column: str) -> pl.Expr:
    """The same of each financial year in a column, as a whole number."""
    return pl.col(column).str.slice(0, 4).cast(pl.Int32)


def financial_year_of(column: str) -> pl.Expr:
    """The financial year that each period in a column lies in; null for what is no period.

    Takes:  a column of periods as text: `2025-11`, `2025-26`, `2025-26 Q3`, `2025-Q4`, `2025`.

    >>> told = ["2025-03", "2025-04", "2025-26", "2024-25 Q4", "2025-Q1", "2025-11-30", "undated"]
    >>> pl.DataFrame({"told": told}).select(financial_year_of("told")).to_series().to_list()
    ['2024-25', '2025-26', '2025-26', '2024-25', '2024-25', '2025-26', None]
    """
    year, two, quarter = (
        pl.col(column).str.extract(pattern).cast(pl.Int32, strict=False)
        for pattern in (r"^(\d{4})(?:\D|$)", r"^\d{4}-(\d\d)(?:\D|$)", r"^\d{4}-Q(\d)$")
    )
    # `2011-12` is read as a year, as everything here is that could be two things.
    is_year = two == (year + 1) % 100
    month = pl.when(quarter.is_not_null()).then(3 * quarter - 2).otherwise(two)
    start = year - pl.when(is_year | month.is_null()).then(0).otherwise((month < 4).cast(pl.Int32))
    return pl.format("{}-{}", start, ((start + 1) % 100).cast(pl.String).str.zfill(2)).alias(column)


def years_since(one: str, other: str) -> list[str]:
    """The financial years after the earlier and up to the later of two, oldest first.

    >>> years_since("2024-25", "2022-23"), years_since("2022-23", "2022-23")
    (['2023-24', '2024-25'], [])
    """
    first, last = sorted(map(start_of, (one, other)))
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

    every: Every
    after_days: int
    grace_days: int

    def expected(self, today: date) -> str:
        """The newest period that should be out by `today`, grace included."""
        by = today - timedelta(days=self.after_days + self.grace_days)
        return str(self._ending_after(by).previous)

    def next_due(self, today: date) -> date:
        """The usual day of publication of the first period not usually out yet on `today`."""
        usual = timedelta(days=self.after_days)
        return self._ending_after(today - usual).last_day + usual

    def late_from(self, newest: str) -> date | None:
        """The day from which on `newest` is late; None for what has no date, which never is.

        >>> Calendar("month", after_days=14, grace_days=7).late_from("2026-01")
        datetime.date(2026, 3, 21)
        """
        if newest == UNDATED:
            return None
        period = Period.holding(Period.parse(newest, self.every).first_day, self.every)
        return period.next.last_day + timedelta(days=self.after_days + self.grace_days)

    def is_late(self, newest: str | None, today: date) -> bool:
        """Whether `newest` (None: nothing yet) is older than what should be out by `today`."""
        if newest is None:
            return True
        expected = Period.parse(self.expected(today), self.every)
        # What has no date cannot be older than anything.
        return newest != UNDATED and Period.parse(newest, self.every) < expected

    def _ending_after(self, day: date) -> Period:
        """The first period whose end is strictly after `day`."""
        return Period.holding(day + timedelta(days=1), self.every)


def late(sources: Mapping[str, SourceEntry], today: date) -> list[str]:
    """The codes of the sources of which a newer period should be out by `today`.

    Takes:  by code, as a manifest says it: `newest`, a period, and `calendar`, the fields of a
            Calendar. One of which nothing was ever loaded (None) is not late: nobody offers it
            here. A period without a date, `undated`, never is; nor is a demonstration.

    >>> monthly = {"every": "month", "after_days": 14, "grace_days": 7}
    >>> late({"lists": {"newest": "2026-01", "calendar": monthly}}, date(2026, 3, 21))
    ['lists']
    """
    return [
        code
        for code, said in sources.items()
        if said["newest"]
        and not said.get("demonstration")
        and Calendar(**said["calendar"]).is_late(said["newest"], today)
    ]


def _readings(text: str) -> Iterator[Period]:
    """Every period that a text can name."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return
    year, two = int(found["year"]), int(found["two"] or 0)
    try:
        if found["quarter"]:
            yield Period("quarter", date(year, 3 * int(found["quarter"]) - 2, 1))
        elif found["of"]:
            if two == (year + 1) % 100:
                begins = date(year, 4, 1) if found["of"] != "4" else date(year + 1, 1, 1)
                yield Period("quarter", begins.replace(month=(3 * int(found["of"])) % 12 + 1))
        elif found["day"]:
            yield Period("day", date(year, two, int(found["day"])))
        elif not found["two"]:
            yield Period("calendar year", date(year, 1, 1))
        else:
            if two == (year + 1) % 100:
                yield Period("year", date(year, 4, 1))
            if 1 <= two <= 12:
                yield Period("month", date(year, two, 1))
    except ValueError:  # such as 2026-02-30: of the right form, and no day
        return
