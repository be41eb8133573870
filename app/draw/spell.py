"""How numbers and days are written, whatever they count. Pure: values in, text out."""

import re
from datetime import datetime


def percent(value: float | None) -> str:
    """One decimal; a dash where there is no value.

    >>> percent(65.512), percent(None)
    ('65.5 %', '–')
    """
    return "–" if value is None else f"{value:.1f} %"


def count(value: float | None) -> str:
    """Thousands with commas; points keep two decimals.

    >>> count(63436508), count(7.25), count(None)
    ('63,436,508', '7.25', '–')
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def span(low: float | None, high: float | None) -> str:
    """An interval, or nothing where there is none.

    >>> span(61.04, 69.7)
    '61.0 to 69.7 %'
    """
    return "" if low is None or high is None else f"{low:.1f} to {high:.1f} %"


def titled(text: str) -> str:
    """An address in capitals as people write it.

    >>> titled("DURSTON'S FARM, ST MARY-LE-BOW")
    "Durston's Farm, St Mary-Le-Bow"
    """
    # Not str.title, to which an apostrophe ends a word.
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", lambda word: word[0].capitalize(), text)


def day(text: str | None) -> str:
    """An ISO day or instant as people write it; nothing where it is not known.

    >>> day("2026-11-20T19:05:01+00:00"), day(None)
    ('20 November 2026', '')
    """
    if not text:
        return ""
    when = datetime.fromisoformat(text)
    return f"{when.day} {when:%B %Y}"


def size(octets: float | None) -> str:
    """So many bytes in the unit in which they are a number of three figures.

    >>> size(512), size(2_807_771), size(3.2e12), size(None)
    ('512 bytes', '2.8 MB', '3.2 TB', '–')
    """
    if octets is None:
        return "–"
    units = ("bytes", "kB", "MB", "GB", "TB")
    step = 0
    while abs(octets) >= 1_000 and step < len(units) - 1:
        octets, step = octets / 1_000, step + 1
    return f"{octets:,.1f} {units[step]}" if step else f"{octets:,.0f} bytes"


def duration(seconds: float | None) -> str:
    """How long something took; of what took long, no parts of a second.

    >>> duration(7.02), duration(151.2), duration(18_000), duration(None)
    ('7.0 s', '2 min 31 s', '5 h 0 min', '–')
    """
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes} min {left} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def instant(when: datetime | None) -> str:
    """A day and a time of it, as a table has room for; a dash where there is none.

    >>> instant(datetime(2026, 11, 3, 7, 5)), instant(None)
    ('3 Nov 2026, 07:05', '–')
    """
    return "–" if when is None else f"{when.day} {when:%b %Y, %H:%M}"
