"""What a published column name says: its words, and the date that it is, if it is one. Pure.

Words are whole: `renew_date` has no `new` in it, and `enclosing` no `closing`.
"""

import re
from collections.abc import Iterable

from refresh.publications.looking.period_words import period_in, period_of

# Notes stand behind a header in brackets, and a revised or provisional year has a letter.
_NOTE = re.compile(r"\s*\([^)]*\)|\s+(?:r|p|provisional|revised)$")
_CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")


def tokens(text: str) -> tuple[str, ...]:
    """The words of a name, in small letters: at blanks, signs and humps.

    >>> tokens("NewReferrals_in-Period"), tokens("renew_date")
    (('new', 'referrals', 'in', 'period'), ('renew', 'date'))
    """
    return tuple(re.findall(r"[a-z]+|\d+", _CAMEL.sub(" ", text).lower()))


def has_phrase(words: tuple[str, ...], phrase: Iterable[str]) -> bool:
    """Whether words stand side by side in a name.

    >>> has_phrase(("year", "to", "date"), ("to", "date")), has_phrase(("to", "a"), ("to", "date"))
    (True, False)
    """
    wanted = tuple(phrase)
    return any(words[i : i + len(wanted)] == wanted for i in range(len(words)))


def is_date(text: str) -> bool:
    """Whether a text is a date, a month, a quarter or a year and nothing else but a note on it.

    >>> dates = ("Oct-24", "2019/20", "2020-01", "Q1 2024-25", "2024-25 Q1", "2002/03 [note 1]")
    >>> [is_date(text) for text in dates]
    [True, True, True, True, True, True]
    >>> [is_date(text) for text in ("100 General Surgery", ">0-1", "Age 0-5yrs", "2000 or more")]
    [False, False, False, False]
    """
    plain = re.sub(r"^(?:col|y)_(?=\d)", "", _NOTE.sub("", text.strip().lower()))
    return period_of(plain) is not None


def says_date(text: str) -> bool:
    """Whether a value is a date, or has a month with its year in it: `MSitAE-AUGUST-2024`."""
    if is_date(text):
        return True
    found = period_in(text)
    return found is not None and found.kind == "month"


def date_of_header(header: str) -> str | None:
    """The part of a header, of several rows perhaps, that is a date; None where none is.

    >>> date_of_header("Prevalence | 2013-14 | List Size"), date_of_header("Total")
    ('2013-14', None)
    """
    parts = (part.strip() for part in header.split("|"))
    return next((part for part in parts if is_date(part)), None)
