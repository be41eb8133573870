"""Values as JSON can say them. Pure."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# What JSON's readers keep of a whole number.
MOST_EXACT = 2**53


def plain(value: Any) -> Any:
    """The same as JSON can say it: what is no number is null, days are text.

    >>> plain({"a": float("nan"), "b": (date(2026, 4, 1), 2**60)})
    {'a': None, 'b': ['2026-04-01', '1152921504606846976']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= MOST_EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)
