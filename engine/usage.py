"""How often tables, metrics and addresses were asked for, by day, and never by whom.

Every process of the app adds lines to a file a day (refresh/operate/usage.py); here they are added
up.
"""

import json
from collections import Counter
from datetime import date, timedelta

from engine.layout import Layout

DAYS = 30
Asked = tuple[str, str]
"""What was asked for: `table`, `metric`, `indicator` (of a metric: `net COPD010`), `api` or `page`,
and its name."""


def asked_in(layout: Layout, until: date, *, days: int = DAYS) -> Counter[Asked]:
    """How often each was asked for in so many days, the last of which is `until`.

    Gives: counts of requests that were answered; what nobody asked for is not in it. A line that
           was cut off when a process died counts for nothing.
    """
    told: Counter[Asked] = Counter()
    for back in range(days):
        path = layout.asked_on(until - timedelta(days=back))
        if not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            told.update(_read(line))
    return told


def _read(line: str) -> Counter[Asked]:
    try:
        return Counter({(kind, name): times for kind, name, times in json.loads(line)})
    except ValueError:
        return Counter()
