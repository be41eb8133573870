"""The table as an Excel workbook: what is shown, and what it is. Pure: frames in, bytes out."""

import io
from collections.abc import Sequence

import polars as pl
from xlsxwriter import Workbook

from app.atlas.drawing.context_words import extra_columns
from app.atlas.drawing.words import NUMERATOR_WORDS

HEADINGS = {
    "organisation_name": "Organisation",
    "organisation_code": "Code",
    "parent_name": "Part of",
    "icb_name": "Board",
    "icb_code": "Code of the board",
    "value": "Value (%)",
    "value_low": "95 % interval from (%)",
    "value_high": "95 % interval to (%)",
    "numerator": "",
    "denominator": "",
    "pcas": "PCAs",
    "band": "Band",
    "practices": "Practices",
    "list_size": "Registered patients",
    "data": "Data",
    "value_before": "Value before (%)",
    "value_after": "Value after (%)",
    "change": "Change (percentage points)",
    "change_low": "Change, 95 % interval from",
    "change_high": "Change, 95 % interval to",
}


def workbook(rows: pl.DataFrame, *, measure: str, about: Sequence[tuple[str, str]]) -> bytes:
    """A workbook of two sheets: `Rows` and `About`.

    Takes:  the rows as people take them away, in the order shown; the measure they are of; what
            the second sheet says, as (name, words).
    Gives:  the file. Numbers are numbers: a percent has one decimal on screen and all of them in
            the cell. What is not known is an empty cell.
    """
    buffer = io.BytesIO()
    # Names come from publishers: one that begins with = is a name and no formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(buffer, options) as book:
        shown = _named(rows, measure)
        shown.write_excel(
            book,
            "Rows",
            autofilter=True,
            freeze_panes=(1, 1),
            header_format={"bold": True, "text_wrap": True, "valign": "top"},
            column_formats={
                name: _format(dtype) for name, dtype in shown.schema.items() if dtype.is_numeric()
            },
            column_widths={"Organisation": 300, "Part of": 260, "Band": 120},
            table_style="Table Style Light 1",
        )
        _say(book, about)
    return buffer.getvalue()


def _named(rows: pl.DataFrame, measure: str) -> pl.DataFrame:
    """The columns that a reader wants, with headings in words."""
    parts = zip(("numerator", "denominator"), NUMERATOR_WORDS[measure], strict=True)
    words = HEADINGS | {part: said[0].upper() + said[1:] for part, said in parts} | _of_years(rows)
    extra = {name: label for name, label in extra_columns().items() if name not in words}
    days = {
        f"{name}_{end}": f"{label}, {said}"
        for name, label in extra_columns().items()
        for end, said in (("as_of", "as of"), ("rated_on", "rated on"))
    }
    there = {n: words_of for n, words_of in (words | extra | days).items() if n in rows.columns}
    return rows.select(pl.col(name).alias(said) for name, said in there.items())


def _of_years(rows: pl.DataFrame) -> dict[str, str]:
    """The headings of the parts of a change, each with its year, where the rows say which."""
    ends = [end for end in ("before", "after") if f"year_{end}" in rows.columns and rows.height]
    return {f"value_{end}": f"Value {rows[f'year_{end}'][0]} (%)" for end in ends}


def _format(dtype: pl.DataType) -> str:
    """One decimal for percentages and other fractions, thousands with commas for counts."""
    return "0.0" if dtype.is_float() else "#,##0"


def _say(book: Workbook, about: Sequence[tuple[str, str]]) -> None:
    sheet = book.add_worksheet("About")
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    # In characters: a name is a word or two, what it says a sentence.
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 110)
    for row, (name, words) in enumerate(about):
        sheet.write_string(row, 0, name, bold)
        sheet.write_string(row, 1, words, wrapped)
