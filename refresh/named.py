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
_YEAR, _NUMBER = r"20\d\d", r"0[1-9]|1[0-2]"
_IN_FIGURES = tuple(
    re.compile(form)
    for form in (
        rf"(?<!\d)(?P<year>{_YEAR})[-_](?P<month>{_NUMBER})(?!\d)",
        rf"(?<![0-9A-Za-z])(?P<month>{_NUMBER})[-_](?P<year>{_YEAR})(?!\d)",
        # Without a dash only where nothing else is written to it: addresses are full of hashes.
        rf"(?<![0-9A-Za-z])(?P<year>{_YEAR})(?P<month>{_NUMBER})(?:{_DAY})?(?![0-9A-Za-z])",
    )
)
_IN_WORDS = re.compile(
    rf"(?<![A-Za-z])({_WORDS})[-_ ,.]*(?:(20\d\d)|(\d\d))(?!\d)", re.IGNORECASE | re.ASCII
)


def month_of(link: Link) -> str | None:
    """The month of a folder (`registrations/2026-07/`), else in words: of name, text or address.

    >>> month_of(Link("file:///a/backup-2026-01/2026-07/map.csv"))
    '2026-07'
    >>> month_of(Link("map-03-2026.csv")), month_of(Link("epraccur/20230825/epraccur.csv"))
    ('2026-03', '2023-08')
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
    found = [match for form in _IN_FIGURES for match in form.finditer(address)]
    # The last: a mirror below `backup-2026-01/` names that folder first.
    last = max(found, key=lambda match: match.start(), default=None)
    return month_named(last["month"], last["year"]) if last else None
