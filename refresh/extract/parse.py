"""From the bytes of one file to a frame: CSV, workbook or Parquet, in whatever encoding.

Read opens the files; this makes sense of what is in them. Pure: bytes in, a frame of text out,
with the file's own columns and words. What they mean is for stage and check.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import BinaryIO

import polars as pl

from engine.errors import ContractBroken
from refresh.extract.decode import CONTROLS, Strays, broken, damaged, in_utf8
from refresh.extract.names import HEADER_WITHIN, Knows, names_of
from refresh.extract.vet import WORKBOOKS
from refresh.extract.workbook import parse_workbook
from refresh.source import AND_MORE

DELIMITERS = ",\t;|"


def parse(
    data: bytes,
    where: str,
    *,
    header: tuple[str, ...] | None = None,
    sheet: str | None = None,
    columns: tuple[str, ...] | None = None,
    knows: Knows | None = None,
) -> pl.DataFrame:
    """The rows of a file, every column text.

    Takes:  its bytes; its name, which says what kind of file it is and stands in every message;
            `header`, `sheet`, `columns` and `knows` as for `read_table`.
    Gives:  as `read_table`.
    Raises: ContractBroken where the rows are not sound, NotTheFile where the bytes are not.

    >>> parse(b"Practice code,Value\\nA81001, 7\\n", "a.csv").rows(named=True)
    [{'PRACTICE_CODE': 'A81001', 'VALUE': '7'}]
    """
    return parse_told(data, where, header=header, sheet=sheet, columns=columns, knows=knows)[0]


def parse_told(
    data: bytes,
    where: str,
    *,
    header: tuple[str, ...] | None = None,
    sheet: str | None = None,
    columns: tuple[str, ...] | None = None,
    knows: Knows | None = None,
) -> tuple[pl.DataFrame, Strays | None]:
    """The same, and the bytes that are not in the file's own encoding; None where all are."""
    if not data or data.isspace():
        raise _empty(where)
    strays: Strays | None = None
    suffix = PurePosixPath(where.lower()).suffix
    if suffix in (*WORKBOOKS, ".xls"):
        frame = parse_workbook(where, data, sheet=sheet, knows=knows)
    elif suffix == ".parquet":
        frame = _parse_parquet(where, data)
    else:
        text, strays = in_utf8(data, where)
        frame = _parse_csv(where, text, header=header, columns=columns, knows=knows)
    return filled(frame), strays


def parse_in_pieces(
    pieces: Iterable[bytes],
    where: str,
    *,
    header: tuple[str, ...] | None = None,
    knows: Knows | None = None,
) -> Iterator[tuple[pl.DataFrame, Strays | None]]:
    """The rows of a CSV of which no more than a piece is held at a time.

    Takes:  its bytes in pieces that end with a record, the first of which has the header; the
            others as `parse`.
    Gives:  for each piece what `parse_told` gives of a file; lines are counted from the file's top.
    Raises: as `parse`, once the piece is asked for that is not sound.
    """
    layout, above = None, 0
    for data in pieces:
        text, strays = in_utf8(data, where)
        if layout is None:
            layout = _layout(where, text, header=header, knows=knows)
        frame = _rows(where, text, layout, above=above)
        yield filled(frame), strays and replace(strays, line=strays.line + above)
        # Below the first piece there is no header any more.
        layout, above = replace(layout, lines=0, offset=0), above + text.count(b"\n")
    if layout is None:
        raise _empty(where)


def filled(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells without outer blanks, null where blank; without the rows that have no cell."""
    cells = frame.lazy().select(pl.all().str.strip_chars().replace("", None))
    return cells.filter(~pl.all_horizontal(pl.all().is_null())).collect()


def _parse_csv(
    where: str,
    data: bytes,
    *,
    header: tuple[str, ...] | None,
    columns: tuple[str, ...] | None,
    knows: Knows | None,
) -> pl.DataFrame:
    layout = _layout(where, data, header=header, knows=knows)
    if columns is not None:
        if missing := ", ".join(sorted(set(columns) - set(layout.names))):
            found = ", ".join(layout.names)
            raise broken(where, "a column is missing", expected=missing, found=found)
        return _read_fast(data, layout, columns=columns)
    return _rows(where, data, layout)


def _rows(where: str, data: bytes, layout: "_Layout", *, above: int = 0) -> pl.DataFrame:
    """The records of a text; `above` is how many lines of the file stand before it."""
    try:
        frame = _read_fast(data, layout)
    except pl.exceptions.PolarsError:
        # The fast reader refuses, and cannot say in which line.
        return _read_slowly(where, data, layout, above)
    return frame if _is_even(frame, data, layout) else _read_slowly(where, data, layout, above)


@dataclass(frozen=True)
class _Layout:
    """How a CSV is laid out: its columns, its delimiter, and where its records begin."""

    names: list[str]
    separator: str
    lines: int
    offset: int


def _layout(
    where: str, data: bytes, *, header: tuple[str, ...] | None, knows: Knows | None
) -> _Layout:
    stream = io.BytesIO(data)
    sample = next((line for line in stream if line.strip(b" \t\r\n,;|")), b"")
    # Commas within quotes belong to names, and there may be more of them than of semicolons.
    unquoted = re.sub(r'"[^"]*"?', "", sample.decode())
    separator = max(DELIMITERS, key=unquoted.count)
    try:
        first, lines, offset = next(_records(data, separator))
    except StopIteration as error:
        raise _empty(where) from error
    except csv.Error as error:
        raise _uneven(where, f"{error}, in the first record") from error
    plain = _Layout(names_of(first), separator, lines, offset)
    if knows is not None and knows(plain.names):
        return plain
    if header and not _is_header(first[0]):
        return _Layout(_by_position(where, header, len(first)), separator, 0, 0)
    return plain if knows is None else _below(data, plain, knows)


def _by_position(where: str, header: tuple[str, ...], width: int) -> list[str]:
    """The names of columns that have none; those that a publisher appended since have a number."""
    known = [name for name in header if name != AND_MORE]
    more = range(len(known) + 1, width + 1) if AND_MORE in header else ()
    names = [*known, *(f"COLUMN_{at}" for at in more)]
    if len(names) != width:
        expected, found = f"{len(known)} columns, no header", f"{width} columns"
        raise broken(where, "its layout changed", expected=expected, found=found)
    return names


def _below(data: bytes, plain: _Layout, knows: Knows) -> _Layout:
    """The layout whose header stands below titles and notes; the plain one where none is known."""
    for separator in (plain.separator, *(d for d in DELIMITERS if d != plain.separator)):
        try:
            for at, (record, lines, offset) in enumerate(_records(data, separator)):
                if len(record) > 1 and knows(names := names_of(record)):
                    return _Layout(names, separator, lines, offset)
                if at == HEADER_WITHIN:
                    break
        except csv.Error:  # what is no record by this delimiter may be one by another
            continue
    return plain


def _records(data: bytes, separator: str) -> Iterator[tuple[list[str], int, int]]:
    """Records with something in them: their cells, the lines up to their end, and the bytes."""
    stream = io.BytesIO(data)
    reader = csv.reader((line.decode() for line in stream), delimiter=separator, strict=True)
    return ((row, reader.line_num, stream.tell()) for row in reader if _is_filled(row))


def _read_fast(
    data: bytes, layout: _Layout, *, columns: tuple[str, ...] | None = None
) -> pl.DataFrame:
    return pl.read_csv(
        data,
        has_header=False,
        columns=columns and [layout.names.index(name) for name in columns],
        # All text: a reader that guesses takes the zeros from codes and reads `1E5` as a number.
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


def _read_slowly(where: str, data: bytes, layout: _Layout, above: int) -> pl.DataFrame:
    """The strict reading, record by record, that says in which line a file goes wrong."""
    lines = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")
    for _ in range(layout.lines):
        next(lines)
    reader = csv.reader(lines, delimiter=layout.separator, strict=True)
    rows, line = [], above + layout.lines + 1
    try:
        for row in reader:
            if _is_filled(row):
                rows.append(row)
                if len(row) != len(layout.names):
                    found = f"{len(row)} in the record of line {line:,}"
                    raise _uneven(where, found, cells=len(layout.names))
            line = above + layout.lines + reader.line_num + 1
    except csv.Error as error:
        raise _uneven(where, f"{error}, in the record of line {line:,}") from error
    return pl.DataFrame(rows, schema=dict.fromkeys(layout.names, pl.String), orient="row")


def _parse_parquet(where: str, data: bytes) -> pl.DataFrame:
    # Takes a while to import, and hardly a file is Parquet.
    import pyarrow
    from pyarrow import parquet

    try:
        # Not Polars' own reader: damaged bytes make it abort the whole process.
        return _as_text(pl.DataFrame(pl.from_arrow(parquet.read_table(io.BytesIO(data)))))
    except (pyarrow.ArrowException, pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise damaged(where, error) from error


def parquet_in_pieces(file: BinaryIO, where: str, *, rows: int) -> Iterator[pl.DataFrame]:
    """The rows of a Parquet file, so many at a time, every column text.

    Raises: NotTheFile where the bytes are not sound.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=rows):
            yield filled(_as_text(pl.DataFrame(pl.from_arrow(batch))))
    except (pyarrow.ArrowException, pl.exceptions.PolarsError, OSError, ValueError) as error:
        raise damaged(where, error) from error


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    text = frame.select(pl.all().cast(pl.String).str.replace_many(CONTROLS))
    return text.rename(dict(zip(text.columns, names_of(text.columns), strict=True)))


def _is_header(first_cell: str) -> bool:
    """Whether a record that should be data starts with a title: a code has digits or is short."""
    return re.fullmatch(r"[A-Za-z][A-Za-z _.-]{3,}", first_cell.strip()) is not None


def _is_filled(record: Iterable[str]) -> bool:
    return any(cell.strip() for cell in record)


def _empty(where: str) -> ContractBroken:
    return broken(where, "it is empty", expected="a header and rows", found="nothing")


def _uneven(where: str, found: str, *, cells: int | None = None) -> ContractBroken:
    expected = f"{cells} cells in every record" if cells else "quotes that close"
    return broken(where, "a record is not whole", expected=expected, found=found)
