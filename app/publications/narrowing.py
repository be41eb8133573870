"""What lists and forms take from words that somebody typed: a row's number, a day, a page."""

from collections.abc import Callable
from datetime import date

from htmltools import Tag, tags

LONGEST_NUMBER, LAST_PAGE = 15, 1_000_000


def number_of(text: str) -> int | None:
    """The number of a row of the ledger; None for what is none, or longer than any.

    >>> number_of("12"), number_of("x"), number_of("9" * 40)
    (12, None, None)
    """
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else None


def page_of(text: str) -> int:
    """Which page of a list is asked for; the first, where none is.

    >>> page_of("3"), page_of("0"), page_of("-1")
    (3, 1, 1)
    """
    return min(number_of(text) or 1, LAST_PAGE)


def day_of(text: str) -> date | None:
    """A day as ISO 8601 writes it; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def pages(page: int, last: int, address: Callable[[int], str], *, of: str) -> Tag | None:
    """The way to the pages before and after one; None where there is one alone.

    Takes:  the page, and how many there are; the address of each; what the pages are of.
    """
    if last <= 1:
        return None
    steps = [("Newer", page - 1), ("Older", page + 1)]
    return tags.nav(
        *(tags.a(words, href=address(to)) for words, to in steps if 1 <= to <= last),
        tags.span(f"page {min(page, last)} of {last}"),
        class_="publications-pages",
        aria_label=f"Pages of {of}",
    )
