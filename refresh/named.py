"""Which month a name says: of a file, a folder, or the page that a link stands on.

The one place that reads months from names, for sources that are published by the month. What a
file's own rows say counts more: see dating.py.
"""

import re
from urllib.parse import unquote

from engine.period import MONTHS, month_named
from refresh.source import Link

_WORDS = "|".join((*MONTHS, "Sept", *(month[:3] for month in MONTHS)))
_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_IN_FIGURES = re.compile(
    rf"(?<!\d)(20\d\d)[-_](0[1-9]|1[0-2])(?!\d)"
    # Without a dash only where nothing else is written to it: addresses are full of hashes.
    rf"|(?<![0-9A-Za-z])(20\d\d)(0[1-9]|1[0-2])(?:{_DAY})?(?![0-9A-Za-z])"
)
_IN_WORDS = re.compile(
    rf"(?<![A-Za-z])({_WORDS})[-_ ,.]*(?:(20\d\d)|(\d\d))(?!\d)", re.IGNORECASE | re.ASCII
)


def month_of(link: Link) -> str | None:
    """The month of a folder (`registrations/2026-07/`), else in words: of name, text or address.

    >>> month_of(Link("file:///a/backup-2026-01/2026-07/map.csv"))
    '2026-07'
    >>> month_of(Link("https://nhs.test/a.csv", text="CSV | July 2026")), month_of(Link("a.csv"))
    ('2026-07', None)
    """
    address = unquote(link.url)
    return _in_figures(address) or next(
        (month for words in (link.name, link.text, address) if (month := month_in(words))), None
    )


def month_in(text: str) -> str | None:
    """The first month that a text says in words: `22. General Practice - June 2021.csv`.

    >>> month_in("map-jul22.csv"), month_in("NSPL21_FEB_2024_UK"), month_in("decile 2019")
    ('2022-07', '2024-02', None)
    """
    found = _IN_WORDS.search(text)
    return month_named(found[1][:3], found[2] or found[3]) if found else None


def _in_figures(address: str) -> str | None:
    # The last: a mirror below `backup-2026-01/` names that folder first.
    found = [match for match in _IN_FIGURES.finditer(address)]
    return (
        month_named(found[-1][2] or found[-1][4], found[-1][1] or found[-1][3]) if found else None
    )
