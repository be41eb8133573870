"""What each column of a table holds: its type, its marks, how its dates are written.

A column is of numbers where all that is no number in it is a mark or a number with a note; a code
stays text, though it be of figures.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from engine.vocabulary import TypeName
from refresh.publications.looking.period_words import period_of
from refresh.publications.reading.marks import is_annotated, is_code, reason
from refresh.publications.reading.typed import NUMBER

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
    values = column.drop_nulls()
    if not values.len():
        return Held(is_blank=True)
    is_plain = values.str.contains(NUMBER)
    numbers = values.filter(is_plain)
    others = Counter(dict(values.filter(~is_plain).value_counts().rows()))
    if dated := _dated(values, name):
        return dated
    words = _words(others, numbers.len())
    if words is None or _is_coded(numbers, name):
        return Held()
    annotated = sum(count for text, count in others.items() if text not in words)
    if not numbers.len():
        return Held(marks=words, only_marks=bool(words) and not annotated)
    is_whole = not numbers.str.contains(r"[.eE%]").any()
    bare = numbers.str.replace_all(r"[,£$€\s]", "")
    is_years = is_whole and _is_years(bare, name)
    dtype: TypeName = "int64" if is_whole else "float64"
    return Held(dtype, "", words, annotated, is_years)


def _words(others: Counter[str], numbers: int) -> dict[str, str] | None:
    """The marks among what is no number; None where it is not all marks and annotated numbers."""
    annotated = sum(count for text, count in others.items() if is_annotated(text))
    marks = {text: reason(text) for text in others if not is_annotated(text)}
    unknown = [text for text, why in marks.items() if not why]
    if annotated > numbers:
        return None
    if unknown:
        # Words nobody knows, few of them, among many numbers: `No service`, again and again.
        total = numbers + others.total()
        are_marks = len(unknown) <= 3 and numbers >= 0.8 * total and numbers > 20
        if not are_marks or not all(map(_may_be_mark, unknown)):
            return None
        marks |= {text: "not a number" for text in unknown}
    return marks if len(marks) <= FEW else None


def _may_be_mark(text: str) -> bool:
    has_digit = any(c.isdigit() for c in text)
    return len(text) <= 40 and not has_digit and not NO_MARKS & set(tokens(text))


def _is_coded(numbers: pl.Series, name: str) -> bool:
    """Whether figures are codes: by the column's name, or by zeros in front."""
    words = tokens(name)
    if words and (words[-1] in CODES or words[0] == "code") and "number" not in words[:1]:
        return True
    if re.search(r"(?<![A-Z])[A-Za-z0-9]*\d\d(?:CD|cd)$", name):
        return True
    codes = numbers.filter(numbers.str.contains(r"^(?:0\d+|[\d ]{16,})$"))
    return codes.len() > 0 and any(map(is_code, codes.head(50)))


def _is_years(numbers: pl.Series, name: str) -> bool:
    values = numbers.cast(pl.Int64, strict=False)
    low, high = values.min(), values.max()
    in_range = isinstance(low, int) and isinstance(high, int) and 1900 <= low <= high <= 2100
    return in_range and "year" in tokens(name)


def _dated(values: pl.Series, name: str) -> Held | None:
    """The column as dates, where every value but marks is one, all written in one way."""
    sample = values.unique().head(200)
    marks = {text: reason(text) for text in sample if reason(text)}
    plain = sample.filter(~sample.is_in(list(marks)))
    if not plain.len() or not plain.str.contains(r"\d").all():
        return None
    if _are_figures(plain):
        is_named = bool(DATED & set(tokens(name))) or not name
        fits = plain.str.to_date("%Y%m%d", strict=False)
        years = fits.dt.year().drop_nulls()
        in_range = years.len() == plain.len() and bool(((years > 1850) & (years < 2100)).all())
        return Held("date", "%Y%m%d", marks) if is_named and in_range else None
    first = str(plain[0])
    for formats, dtype in ((DATES, "date"), (TIMES, "timestamp")):
        for form in formats:
            if _fits(first, form) and _all_fit(plain, form, dtype):
                return Held(dtype, form, marks)  # type: ignore[arg-type]
    return None


def _are_figures(values: pl.Series) -> bool:
    return bool(values.str.contains(r"^(?:1[89]|20)\d{6}$").all())


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form.replace("%.f", ".%f"))
    except ValueError:
        return False
    return True


def _all_fit(values: pl.Series, form: str, dtype: str) -> bool:
    if dtype == "date":
        return not values.str.to_date(form, strict=False).has_nulls()
    return not values.str.to_datetime(form, strict=False, time_unit="us").has_nulls()


def are_dates(names: Sequence[str]) -> list[str]:
    """The headers that are periods or dates.

    >>> are_dates(["Org code", "2013/14", "2014/15 [note 4]", "Apr-24"])
    ['2013/14', '2014/15 [note 4]', 'Apr-24']
    """
    return [name for name in names if period_of(name.rpartition(" | ")[2]) is not None]


__all__ = ["Held", "are_dates", "date", "held", "tokens"]
