"""What stands in a cell: nothing, a mark for what is not told, a day, a number. The one place that
says so, for every reader, source and format.

Most cells are plain, and are read many at a time; only what is left is looked at word by word.
Pure: columns of text in, columns of values out.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta

import polars as pl

MISSING = ("", "NA", "N/A", "NULL", "-", "Insufficient indicator data", "#VALUE!", "#N/A", "nan")
"""Words for nothing in any column. Letters alone may be a name, so others are marks only."""

# In columns that are otherwise numbers or days. `NS` is no code there, and `EST` no place.
_MARK_WORDS = frozenset(
    "na n/a n.a. n/k nd ns nr est null none nan insufficient unknown missing suppressed withheld"
    " redacted confidential unavailable #value! #n/a #div/0! #ref! #name? #num! #null!".split()
    + ["not available", "not applicable", "not known", "not stated", "no data", "low numbers"]
    + ["insufficient indicator data", "not submitted"]
)
# `*`, `**`; `-` and its longer kin; `.`, `..`, `...`; `:`; `[c]`, `[low]`, `(x)`; `<5`, `≤ 7`;
# `1-4`, `1 to 9`.
MARK = (
    r"\*+|[-\u2010-\u2015\u2212]{1,3}|\.{1,3}|:|~|\[[a-z]{1,4}\]|\([a-z]\)|[<\u2264]=?\s?\d{1,3}"
    r"|\d{1,2}\s?(?:[-\u2013]|to)\s?\d{1,2}"
)
"""The form of such a mark, for a source that withholds by rule and need not say so each time."""
_IS_MARK = re.compile(MARK)
NOTHING = frozenset("nd na n/a n.a. nr null none nan".split()) | {"no data", "not submitted"}
"""Of the marks, words for nothing: as good as a blank, and not told one by one."""
_FIRST_YEAR = 1800  # a form for four digits reads `26` as the year 26
# By these, in this order: days come before months here. `%B` reads `Jun` as well as `June`.
_DAYS = (
    *("%Y%m%d", "%Y-%m-%d", "%d/%m/%Y", "%d%B%Y", "%d %B %Y", "%d-%B-%Y", "%Y/%m/%d", "%d.%m.%Y"),
    # With a month in words two digits can only be a year; `01/02/26` could be three things.
    *("%d/%B/%Y", "%d-%m-%Y", "%d-%B-%y", "%d %B %y", "%d%B%y", "%d/%B/%y"),
)
_TIME = r"(?:\s*[T\s-]\s*|\s+-\s+)\d{1,2}:\d\d.*$"
_SERIAL = re.compile(r"([2-7]\d{4})(?:\.\d+)?")  # 1954 to 2119, as spreadsheets count days
_NOUGHT = date(1899, 12, 30)
_GROUPS = re.compile(r"[+-]?\d{1,3}(?:[ ']\d{3})+(?:\.\d*)?")
# Revised or provisional, and a number all the same.
_NOTED = re.compile(r"(.*\d)\s*(?:\[[a-z]{1,2}\]|\([a-z]\))")


def is_mark(word: str) -> bool:
    """Whether a word stands where a number is not told: suppressed, not applicable, estimated.

    >>> [is_mark(word) for word in ("*", "[c]", "EST", "..", "<5", "112", "x", "many")]
    [True, True, True, True, True, False, False, False]
    """
    plain = word.strip().lower()
    return plain in _MARK_WORDS or _IS_MARK.fullmatch(plain) is not None


def marks_among(words: Iterable[str | None]) -> tuple[str, ...]:
    """Those of the words that are marks, sorted."""
    return tuple(sorted(word for word in set(words) if word is not None and is_mark(word)))


def days(column: pl.Series) -> pl.Series:
    """The day that each cell says; null where it says none.

    Takes:  text: `20260601`, `2026-06-01`, `01/06/2026`, `01Jun2026`, `1 June 2026`, `01-Jun-26`,
            with a time of day or without, or the number that a spreadsheet keeps for a day.

    >>> days(pl.Series(["01-Jun-26", "2026-06-01 00:00:00", "46174", "soon"])).to_list()
    [datetime.date(2026, 6, 1), datetime.date(2026, 6, 1), datetime.date(2026, 6, 1), None]
    """
    # A column of days has few that differ, often one.
    frame = column.drop_nulls().unique(maintain_order=True).to_frame("text")
    bare = pl.col("text").str.replace(_TIME, "").str.replace(r"\.0+$", "").str.strip_chars()
    read = frame.with_columns(bare=bare).with_columns(day=_day("bare"))
    left = read.filter(pl.col("day").is_null())
    by_hand = {text: _counted(bare) for text, bare in left.select("text", "bare").rows()}
    known = dict(read.filter(pl.col("day").is_not_null()).select("text", "day").rows()) | by_hand
    said = pl.DataFrame(
        {"text": list(known), "day": list(known.values())},
        schema={"text": pl.String, "day": pl.Date},
    )
    found = column.to_frame("text").join(said, on="text", how="left", maintain_order="left")
    return found["day"].alias(column.name)


def number(text: pl.Expr, dtype: pl.DataType | type[pl.DataType]) -> pl.Expr:
    """A number from text; `7,294` is one, `12,5` is none; `112.0` is whole, `112.5` is not."""
    has_thousands = text.str.contains(r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$")
    plain = pl.when(has_thousands).then(text.str.replace_all(",", "")).otherwise(text)
    value = plain.cast(pl.Float64, strict=False)
    # `inf` and `nan` are numbers to a parser, and no count of patients.
    value = pl.when(value.is_finite()).then(value)
    if dtype.is_integer():
        return pl.when(value == value.round()).then(value).cast(dtype, strict=False)
    return value.cast(dtype)


def plain_number(word: str) -> str | None:
    """A number as machines write it, from one that was written for people; None for no number.

    >>> [plain_number(w) for w in ("'1234", "1 234", "(1,234.50)", "£7,294", "112 [r]", "1 2")]
    ['1234', '1234', '-1,234.50', '7,294', '112', None]
    """
    # Full-width digits, hard spaces and the like are what people type, and no other numbers.
    said = unicodedata.normalize("NFKC", word).strip().removeprefix("'")
    said = said.replace("\u2212", "-")
    if noted := _NOTED.fullmatch(said):
        said = noted[1]
    if said.startswith("(") and said.endswith(")"):
        said = f"-{said[1:-1]}"
    said = re.sub(r"^([+-]?)\s*£\s*", r"\1", said)
    if _GROUPS.fullmatch(said):
        said = re.sub("[ ']", "", said)
    return said if said != word and re.fullmatch(r"[+-]?[\d.,]+(?:[Ee][+-]?\d+)?", said) else None


def _day(name: str) -> pl.Expr:
    """By the first form that fits: publishers change theirs within a file."""
    read = (pl.col(name).str.to_date(form, strict=False) for form in _DAYS)
    return pl.coalesce(pl.when(day.dt.year() >= _FIRST_YEAR).then(day) for day in read)


def _counted(bare: str) -> date | None:
    serial = _SERIAL.fullmatch(bare)
    return _NOUGHT + timedelta(days=int(serial[1])) if serial else None
