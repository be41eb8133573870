"""What each column of a table holds: its type, its marks, how its dates are written.

A column is of numbers where all that is no number in it is a mark or a number with a note; a code
stays text, though it be of figures.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from engine.vocabulary import TypeName
from refresh.publications.looking.period_words import period_of
from refresh.publications.reading.marks import is_annotated, is_code, is_number, reason

DATES = (
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%d %B %Y",
    "%d %b %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d%b%Y",
    "%d/%b/%Y",
    "%d/%m/%y",
    "%m/%d/%Y",
    "%Y/%m/%d",
)
TIMES = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%d %H:%M:%S%.f",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
)
CODES = frozenset(
    "code codes id ids identifier ref reference postcode telephone phone fax uprn urn cd".split()
)
DATED = frozenset("date month period day week start end from to open close join left on".split())
NO_MARKS = frozenset("all total other england national yes no true false male female".split())
_HAS_POINT = re.compile(r"[.eE%]")
_NAMED_CODE = re.compile(r"[A-Za-z]\d\d(?:CD|cd)$")
_FIGURES = re.compile(r"(?:1[89]|20)\d{6}")
_MAY_BE_DATE = re.compile(r"\d{1,4}[-/.\s]?(?:\d{1,2}|[A-Za-z]{3,9})[-/.\s]?\d{2,4}")
FEW = 12  # different words among numbers that may all be marks


@dataclass
class Held:
    """What a column holds.

    marks    what stands for a number, each with its reason
    years    whether its whole numbers are years
    values   its different texts, at most a thousand, for whoever looks further
    """

    dtype: TypeName = "string"
    format: str = ""
    marks: dict[str, str] = field(default_factory=dict)
    annotated: int = 0
    is_years: bool = False
    is_blank: bool = False
    only_marks: bool = False


def tokens(name: str) -> list[str]:
    """The words of a name, in lower case.

    >>> tokens("ORG_CODE"), tokens("Count of discharges (No.)"), tokens("ATCode")
    (['org', 'code'], ['count', 'of', 'discharges', 'no'], ['at', 'code'])
    """
    spaced = re.sub(r"([a-z])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", name)
    return re.findall(r"[a-z]+|\d+", spaced.lower())


def held(column: pl.Series, name: str) -> Held:
    """What a column holds.

    Takes:  its cells as text, null where blank; its name.
    """
    counts = Counter(column.drop_nulls().to_list())
    if not counts:
        return Held(is_blank=True)
    numbers = [text for text in counts if is_number(text)]
    others = {text: count for text, count in counts.items() if not is_number(text)}
    if dated := _dated(list(counts), name):
        return dated
    words = _words(others, sum(counts[text] for text in numbers))
    if words is None or _is_coded(numbers, name):
        return Held()
    annotated = sum(count for text, count in others.items() if text not in words)
    if not numbers:
        return Held(marks=words, only_marks=bool(words) and not annotated)
    is_whole = not any(_HAS_POINT.search(text) for text in numbers)
    is_years = is_whole and "year" in tokens(name) and all(map(_is_year, numbers))
    dtype: TypeName = "int64" if is_whole else "float64"
    return Held(dtype, "", words, annotated, is_years)


def _words(others: dict[str, int], numbers: int) -> dict[str, str] | None:
    """The marks among what is no number; None where it is not all marks and annotated numbers."""
    if len(others) > 1000:
        return None
    noted = {text for text in others if is_annotated(text)}
    marks = {text: reason(text) for text in others if text not in noted}
    unknown = [text for text, why in marks.items() if not why]
    if sum(others[text] for text in noted) > numbers:
        return None
    if unknown:
        # Words nobody knows, few of them, among many numbers: `No service`, again and again.
        total = numbers + sum(others.values())
        are_marks = len(unknown) <= 3 and numbers >= 0.8 * total and numbers > 20
        if not are_marks or not all(map(_may_be_mark, unknown)):
            return None
        marks |= {text: "not a number" for text in unknown}
    return marks if len(marks) <= FEW else None


def _may_be_mark(text: str) -> bool:
    has_digit = any(c.isdigit() for c in text)
    return len(text) <= 40 and not has_digit and not NO_MARKS & set(tokens(text))


def _is_coded(numbers: Sequence[str], name: str) -> bool:
    """Whether figures are codes: by the column's name, or by zeros in front."""
    words = tokens(name)
    if words and (words[-1] in CODES or words[0] == "code") and "number" not in words[:1]:
        return True
    if _NAMED_CODE.search(name):
        return True
    return any(map(is_code, numbers))


def _is_year(number: str) -> bool:
    return len(number) == 4 and number.isdecimal() and 1900 <= int(number) <= 2100


def _dated(values: Sequence[str], name: str) -> Held | None:
    """The column as dates, where every value but marks is one, all written in one way."""
    sample = values[:300]
    if not any(map(_MAY_BE_DATE.match, sample[:3])):
        return None
    marks = {text: reason(text) for text in sample if reason(text)}
    plain = [text for text in sample if text not in marks]
    if not plain:
        return None
    if all(map(_FIGURES.fullmatch, plain)):
        is_named = bool(DATED & set(tokens(name))) or not name
        return Held("date", "%Y%m%d", marks) if is_named and _all_fit(plain, "%Y%m%d") else None
    for formats, dtype in ((DATES, "date"), (TIMES, "timestamp")):
        for form in formats:
            if _all_fit(plain, form):
                return Held("date" if dtype == "date" else "timestamp", form, marks)
    return None


def _all_fit(values: Sequence[str], form: str) -> bool:
    form = form.replace("%.f", ".%f")
    try:
        for text in values:
            datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def are_dates(names: Sequence[str]) -> list[str]:
    """The headers that are periods or dates.

    >>> are_dates(["Org code", "2013/14", "2014/15 [note 4]", "Apr-24"])
    ['2013/14', '2014/15 [note 4]', 'Apr-24']
    """
    return [name for name in names if period_of(name.rpartition(" | ")[2]) is not None]
