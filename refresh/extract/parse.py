"""From the bytes of one file to a frame: CSV, workbook or Parquet, in whatever encoding.

Read opens the files; this makes sense of what is in them. Pure: bytes in, a frame of text out,
with the file's own columns and words. What they mean is for stage and check.
"""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

import fastexcel
import polars as pl
import pyarrow
from pyarrow import parquet

from engine.errors import ContractBroken, NotTheFile
from refresh.extract.decode import CONTROLS, Strays, broken, in_utf8
from refresh.extract.vet import WORKBOOKS

HEADER_WITHIN = 20
DELIMITERS = ",\t;|"


def parse(
    data: bytes,
    where: str,
    *,
    header: tuple[str, ...] | None = None,
    sheet: str | None = None,
    columns: tuple[str, ...] | None = None,
) -> pl.DataFrame:
    """The rows of a file, every column text.

    Takes:  its bytes; its name, which says what kind of file it is and stands in every message;
            `header`, `sheet` and `columns` as for `read_table`.
    Gives:  as `read_table`.
    Raises: ContractBroken where the rows are not sound, NotTheFile where the bytes are not.

    >>> parse(b"Practice code,Value\\nA81001, 7\\n", "a.csv").rows(named=True)
    [{'PRACTICE_CODE': 'A81001', 'VALUE': '7'}]
    """
    return parse_told(data, where, header=header, sheet=sheet, columns=columns)[0]


def parse_told(
    data: bytes,
    where: str,
    *,
    header: tuple[str, ...] | None = None,
    sheet: str | None = None,
    columns: tuple[str, ...] | None = None,
) -> tuple[pl.DataFrame, Strays | None]:
    """The same, and the bytes that are not in the file's own encoding; None where all are."""
    if not data or data.isspace():
        raise _empty(where)
    strays: Strays | None = None
    suffix = PurePosixPath(where.lower()).suffix
    if suffix in (*WORKBOOKS, ".xls"):
        frame = _parse_workbook(where, data, sheet=sheet)
    elif suffix == ".parquet":
        frame = _parse_parquet(where, data)
    else:
        text, strays = in_utf8(data, where)
        frame = _parse_csv(where, text, header=header, columns=columns)
    cells = frame.lazy().select(pl.all().str.strip_chars().replace("", None))
    return cells.filter(~pl.all_horizontal(pl.all().is_null())).collect(), strays


def tidy(name: str) -> str:
    """A column name as all files would have it, had they agreed.

    Takes:  the words of a header cell.
    Gives:  upper case; blanks, line breaks and hyphens, any number of them, as one underscore.
    Raises: nothing.

    >>> tidy(" Partner\\nOrganisation - Code "), tidy("\\ufeffPRACTICE_CODE")
    ('PARTNER_ORGANISATION_CODE', 'PRACTICE_CODE')
    """
    words = name.replace("\ufeff", "").replace("\u200b", "").strip()
    return re.sub("[\\s\u2010-\u2015-]+", "_", words).upper()


def _parse_csv(
    where: str,
    data: bytes,
    *,
    header: tuple[str, ...] | None,
    columns: tuple[str, ...] | None,
) -> pl.DataFrame:
    layout = _layout(where, data, header=header)
    if columns is not None:
        if missing := ", ".join(sorted(set(columns) - set(layout.names))):
            found = ", ".join(layout.names)
            raise broken(where, "a column is missing", expected=missing, found=found)
        return _read_fast(data, layout, columns=columns)
    try:
        frame = _read_fast(data, layout)
    except pl.exceptions.PolarsError:
        return _read_slowly(where, data, layout)
    return frame if _is_even(frame, data, layout) else _read_slowly(where, data, layout)


@dataclass(frozen=True)
class _Layout:
    """How a CSV is laid out: its columns, its delimiter, and where its records begin."""

    names: list[str]
    separator: str
    lines: int
    offset: int


def _layout(where: str, data: bytes, *, header: tuple[str, ...] | None) -> _Layout:
    stream = io.BytesIO(data)
    sample = next((line for line in stream if line.strip(b" \t\r\n,;|")), b"")
    unquoted = re.sub(r'"[^"]*"?', "", sample.decode())
    separator = max(DELIMITERS, key=unquoted.count)
    stream.seek(0)
    reader = csv.reader((line.decode() for line in stream), delimiter=separator, strict=True)
    try:
        first = next(filter(_is_filled, reader))
    except StopIteration as error:
        raise _empty(where) from error
    except csv.Error as error:
        raise _uneven(where, f"{error}, in the first record") from error
    if not header or _is_header(first[0]):
        return _Layout(_names(first), separator, reader.line_num, stream.tell())
    if len(first) != len(header):
        expected, found = f"{len(header)} columns, no header", f"{len(first)} columns"
        raise broken(where, "its layout changed", expected=expected, found=found)
    return _Layout(list(header), separator, 0, 0)


def _read_fast(
    data: bytes, layout: _Layout, *, columns: tuple[str, ...] | None = None
) -> pl.DataFrame:
    return pl.read_csv(
        data,
        has_header=False,
        columns=columns and [layout.names.index(name) for name in columns],
        schema=dict.fromkeys(layout.names, pl.String),
        skip_lines=layout.lines,
        separator=layout.separator,
        empty_string_is_null=False,
    )


def _is_even(frame: pl.DataFrame, data: bytes, layout: _Layout) -> bool:
    """Whether every record had as many cells as there are columns.

    Polars fills short rows up without a word; but then the file holds fewer delimiters than the
    cells account for. A quote left within a cell means that quoting may have been misread.
    """
    separators = data.count(layout.separator.encode(), layout.offset)
    if b'"' not in data:
        return separators == frame.height * (frame.width - 1)
    quote = pl.any_horizontal(pl.all().str.contains('"', literal=True).any())
    within = pl.sum_horizontal(pl.all().str.count_matches(layout.separator, literal=True).sum())
    has_quote, inside = frame.select(quote=quote, within=within).row(0)
    return not has_quote and separators == frame.height * (frame.width - 1) + inside


def _read_slowly(where: str, data: bytes, layout: _Layout) -> pl.DataFrame:
    """The strict reading, record by record, that says in which line a file goes wrong."""
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    for _ in range(layout.lines):
        next(lines)
    reader = csv.reader(lines, delimiter=layout.separator, strict=True)
    rows, line = [], layout.lines + 1
    try:
        for row in reader:
            if _is_filled(row):
                rows.append(row)
                if len(row) != len(layout.names):
                    found = f"{len(row)} in the record of line {line:,}"
                    raise _uneven(where, found, cells=len(layout.names))
            line = layout.lines + reader.line_num + 1
    except csv.Error as error:
        raise _uneven(where, f"{error}, in the record of line {line:,}") from error
    return pl.DataFrame(rows, schema=dict.fromkeys(layout.names, pl.String), orient="row")


def _parse_workbook(where: str, data: bytes, *, sheet: str | None) -> pl.DataFrame:
    try:
        book = fastexcel.read_excel(data)
        wanted = _sheet(where, book.sheet_names, sheet)
        frame = book.load_sheet(wanted, header_row=None, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise damaged(where, error) from error
    top = frame.head(HEADER_WITHIN).rows()
    worded = [sum(map(_is_words, row)) for row in top]
    if not any(worded):
        raise broken(where, f"sheet `{wanted}` has no header", expected="a header", found="none")
    at = worded.index(max(worded))
    named = frame.slice(at + 1).rename(
        dict(zip(frame.columns, _names([cell or "" for cell in top[at]]), strict=True))
    )
    blank = [name for name in named.columns if re.fullmatch(r"COLUMN_\d+", name)]
    return named.drop(name for name in blank if named[name].is_null().all())


def _sheet(where: str, names: list[str], wanted: str | None) -> str:
    if wanted is None and names:
        return names[0]
    for name in names:
        if tidy(name) == tidy(wanted or ""):
            return name
    found = ", ".join(f"`{name}`" for name in names) or "no sheets"
    raise broken(where, "a sheet is missing", expected=f"sheet `{wanted}`", found=found)


def _parse_parquet(where: str, data: bytes) -> pl.DataFrame:
    try:
        # Not Polars' own reader: damaged bytes make it abort the whole process.
        frame = pl.from_arrow(parquet.read_table(io.BytesIO(data)))
        text = pl.all().cast(pl.String)
        frame = pl.DataFrame(frame).select(text.str.replace_many(CONTROLS))
    except (pyarrow.ArrowException, pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise damaged(where, error) from error
    return frame.rename(dict(zip(frame.columns, _names(frame.columns), strict=True)))


def _names(cells: list[str]) -> list[str]:
    """Column names from header cells: tidy, none blank, none twice."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = first = tidy(cell) or f"COLUMN_{place}"
        again = 1
        while name in names:
            again += 1
            name = f"{first}_{again}"
        names.append(name)
    return names


def _is_header(first_cell: str) -> bool:
    """Whether a record that should be data starts with a title: a code has digits or is short."""
    return re.fullmatch(r"[A-Za-z][A-Za-z _.-]{3,}", first_cell.strip()) is not None


def _is_filled(record: Iterable[str]) -> bool:
    return any(cell.strip() for cell in record)


def _is_words(cell: str | None) -> bool:
    """Whether a workbook's cell holds what a header would, neither nothing nor a number."""
    if cell is None or not cell.strip():
        return False
    return not re.fullmatch(r"\s*-?[\d.,%]+\s*", cell)


def _empty(where: str) -> ContractBroken:
    return broken(where, "it is empty", expected="a header and rows", found="nothing")


def _uneven(where: str, found: str, *, cells: int | None = None) -> ContractBroken:
    expected = f"{cells} cells in every record" if cells else "quotes that close"
    return broken(where, "a record is not whole", expected=expected, found=found)


def damaged(where: str, error: object) -> NotTheFile:
    """The error for a file that no reader opens, saying which and why."""
    return NotTheFile(
        "it cannot be opened",
        where=where,
        expected="a whole, undamaged file",
        found=str(error) or type(error).__name__,
        next="fetch it again: remove it from data/raw and run python -m refresh run",
    )
