"""Units: how a metric's sums are scaled into a value, and how a value is written. Pure.

Money is held in whole minor units (cents, pence), so that sums are exact to the last of them; only
what people read has a point in it.
"""

from dataclasses import dataclass
from typing import Literal

Format = Literal[
    "percent", "count", "number", "money", "days", "per 100", "per 1,000", "per 10,000"
]
SCALES: dict[Format, int] = {
    "percent": 100,
    "count": 1,
    "number": 1,
    "money": 1,
    "days": 1,
    "per 100": 100,
    "per 1,000": 1_000,
    "per 10,000": 10_000,
}
"""What a numerator is multiplied by before it is divided."""
SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€"}
UNKNOWN = "–"


@dataclass(frozen=True)
class Money:
    """A currency, and how many of the units that are counted make one of it.

    >>> Money("USD").written(439712), Money("JPY", minor=1).written(-1500)
    ('$4,397.12', '-JPY 1,500')
    """

    currency: str
    minor: int = 100

    def written(self, units: float) -> str:
        """An amount in whole minor units as people write it; a part of one is rounded."""
        symbol = SYMBOLS.get(self.currency, f"{self.currency} ")
        decimals = len(str(self.minor)) - 1
        return f"{'-' if units < 0 else ''}{symbol}{abs(units) / self.minor:,.{decimals}f}"


def formatted(value: float | None, how: Format, money: Money | None = None) -> str:
    """A value as people read it; a dash where there is none.

    Takes:  a value in its metric's unit; money is in minor units and names its currency.

    >>> formatted(65.512, "percent"), formatted(1234, "count"), formatted(None, "days")
    ('65.5 %', '1,234', '–')
    >>> formatted(7.25, "count"), formatted(5.61, "per 10,000"), formatted(12, "days")
    ('7.25', '5.6', '12 days')
    >>> formatted(15150, "money", Money("GBP"))
    '£151.50'
    """
    if value is None:
        return UNKNOWN
    if how == "percent":
        return f"{value:.1f} %"
    if how == "money" and money:
        return money.written(value)
    if how in ("count", "days"):
        whole = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
        return f"{whole} days" if how == "days" else whole
    return f"{value:,.1f}"
