"""Months as addresses say them, `2025-03`, and stretches of them. Pure."""

from dataclasses import dataclass
from datetime import date

from engine.errors import BadQuestion


def month_of(text: str) -> date:
    """The first day of a month.

    Raises: BadQuestion for what is no month.

    >>> month_of("2025-03")
    datetime.date(2025, 3, 1)
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise BadQuestion(
            "that is no month", found=text[:20], expected="such as 2025-03"
        ) from error


def moved(month: date, by: int) -> date:
    """So many months later; earlier where it is below 0.

    >>> moved(date(2025, 1, 1), -1)
    datetime.date(2024, 12, 1)
    """
    months = month.year * 12 + month.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


@dataclass(frozen=True)
class Stretch:
    """Months in a row, both ends in it."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    @property
    def months(self) -> list[date]:
        """Each of them, in order.

        >>> len(Stretch(date(2024, 12, 1), date(2025, 2, 1)).months)
        3
        """
        return [moved(self.first, by) for by in range(self.length)]

    def earlier(self, by: int) -> "Stretch":
        """The same length, so many months before."""
        return Stretch(moved(self.first, -by), moved(self.last, -by))

    @property
    def words(self) -> str:
        """As it stands in a title.

        >>> Stretch(date(2025, 1, 1), date(2025, 12, 1)).words
        'January to December 2025'
        >>> Stretch(date(2024, 12, 1), date(2025, 1, 1)).words
        'December 2024 to January 2025'
        """
        if self.first == self.last:
            return f"{self.first:%B %Y}"
        opening = f"{self.first:%B}" if self.first.year == self.last.year else f"{self.first:%B %Y}"
        return f"{opening} to {self.last:%B %Y}"


def short(month: date) -> str:
    """A month as an address has it.

    >>> short(date(2025, 3, 1))
    '2025-03'
    """
    return f"{month:%Y-%m}"
