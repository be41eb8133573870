"""A file's cells as text, in a frame: one row a row of the sheet or a record of the CSV.

Whatever a file is, this is where it begins to look the same: columns `c1`, `c2` ... where a
spreadsheet shows them, and `row`, its number from 1.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import polars as pl

from engine.errors import LakeError
from refresh.extract.decode import Strays, broken, damaged, in_utf8
from refresh.extract.pieces import opened, whole_records
from refresh.extract.read import Member, members
from refresh.extract.vet import DAMAGE, OLD_WORKBOOKS, WORKBOOKS
from refresh.publications.manifest import Layout
from refresh.publications.reading.cells import Book, Row, Sheet, Span, open_book
from refresh.publications.reading.records import LONGEST, Mended, records
from refresh.publications.reading.regular import regular

BOOKS = (*WORKBOOKS, *OLD_WORKBOOKS)
PART = 64 << 20  # bytes of a CSV that are read at a time
HEAD = 400  # lines at the top of a CSV among which its header is
ROW = "row"


@dataclass(frozen=True)
class Cells:
    """Some rows of a file.

    frame    `row` and `c1` to `cN`, all text, null where blank
    ragged   records that had another number of cells than the first part of the file, as they were
    strays   bytes that were not of the file's encoding
    mended   records that only one reading made sense of, by their number, and which it was
    """

    frame: pl.DataFrame
    ragged: list[tuple[int, Row]] = field(default_factory=list)
    strays: Strays | None = None
    mended: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """A file to read: the rows at its top, and all of its cells, part by part.

    head    the first rows, for the header; of a workbook all
    merged  of a workbook, the ranges that are one cell to the eye
    close   lets go of the file where its parts are not read to the end
    """

    where: str
    head: Sequence[Row]
    parts: Iterator[Cells]
    merged: Sequence[Span] = ()
    close: Callable[[], None] = lambda: None


def is_book(name: str) -> bool:
    """Whether a file of that name is a workbook."""
    return PurePosixPath(name.lower()).suffix in BOOKS


def member_of(path: Path, name: str = "") -> Member:
    """The member of a zip that has a name, or the file itself.

    Raises: NotTheFile for a damaged zip; ContractBroken where it has no such member, or several
            and none was named.
    """
    there = members(path)
    if not name and len(there) == 1:
        return there[0]
    found = [each for each in there if name in ("/".join(each.steps), each.name)]
    if len(found) != 1:
        names = ", ".join("/".join(each.steps) for each in there)
        raise broken(path.name, "a member is missing", expected=name or "one file", found=names)
    return found[0]


def open_member(member: Member, layout: Layout, *, sheet: str = "") -> Opened:
    """A workbook's sheet (the only one where none is named) or a CSV, by the layout.

    Raises: ContractBroken for a missing sheet or an empty file, NotTheFile for a damaged one.
    """
    if is_book(member.name):
        return _open_sheet(member, sheet)
    return _open_csv(member, layout)


def _open_sheet(member: Member, name: str) -> Opened:
    book = book_of(member)
    if not name and len(book.names) != 1:
        raise broken(
            member.where, "no sheet is named", expected="a sheet", found=", ".join(book.names)
        )
    sheet, frame = sheet_of(member, name or book.names[0])
    cells = iter([Cells(frame)])
    return Opened(f"{member.where}: {sheet.name}", sheet.rows, cells, sheet.merged)


def book_of(member: Member) -> Book:
    """The workbook; the last two opened are kept, for a book has a table on every sheet."""
    return _book(member, member.path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _book(member: Member, _changed: int) -> Book:
    with member.open() as file:
        return open_book(file.read(), member.where)


def sheet_of(member: Member, name: str) -> tuple[Sheet, pl.DataFrame]:
    """A sheet's cells, as they are and as a frame; the last two are kept: it may have two tables.

    Raises: ContractBroken where there is none of that name.
    """
    return _sheet(member, member.path.stat().st_mtime_ns, name)


@lru_cache(maxsize=2)
def _sheet(member: Member, changed: int, name: str) -> tuple[Sheet, pl.DataFrame]:
    sheet = _book(member, changed).sheet(name)
    return sheet, framed(sheet.rows)


def forget_books() -> None:
    """Close what is kept open: the next reading of a workbook opens it anew."""
    _book.cache_clear()
    _sheet.cache_clear()


def framed(rows: Sequence[Sequence[str]], first: int = 1) -> pl.DataFrame:
    """Rows of text as a frame.

    >>> framed([["a", ""], ["b", "c"]]).rows()
    [(1, 'a', None), (2, 'b', 'c')]
    """
    width = max(map(len, rows), default=0)
    even = (row if len(row) == width else [*row, *[""] * (width - len(row))] for row in rows)
    columns = zip(*even, strict=True)
    named = {f"c{at}": pl.Series(cells, dtype=pl.String) for at, cells in enumerate(columns, 1)}
    frame = pl.DataFrame(named).with_columns(pl.all().replace("", None))
    return frame.select(pl.int_range(first, len(rows) + first).alias(ROW), pl.all())


def _open_csv(member: Member, layout: Layout) -> Opened:
    file = opened(member)
    start = file.read(PART)
    if not start.strip():
        raise broken(member.where, "it is empty", expected="rows", found="nothing")
    text, strays = (
        in_utf8(start, member.where) if len(start) < PART else _first_part(start, member.where)
    )
    head = first_records(text, layout, HEAD)
    parts = _parts(member, file, start, layout, head)
    return Opened(member.where, head, parts, close=file.close)


def _first_part(start: bytes, where: str) -> tuple[bytes, Strays | None]:
    return in_utf8(start[: start.rfind(b"\n") + 1] or start, where)


def first_records(text: bytes, layout: Layout, count: int) -> list[Row]:
    """The first records of a text in UTF-8, blank ones too, each cell without outer blanks."""
    few, whole = _top(text, 2 * count + LONGEST), text[: 1 << 20]
    found = _records_of(few, layout, count)
    # Records of many lines each may need more of them.
    return found if len(found) == count or few == whole else _records_of(whole, layout, count)


def _top(text: bytes, lines: int) -> bytes:
    """So many lines of a text, of its first megabyte: to take all of that apart costs more than to
    read a small file."""
    end = -1
    for _ in range(lines):
        end = text.find(b"\n", end + 1, 1 << 20)
        if end < 0:
            return text[: 1 << 20]
    return text[: end + 1]


def _records_of(text: bytes, layout: Layout, count: int) -> list[Row]:
    start = text.decode("utf-8", "ignore")
    found = list(islice(records(start, layout, 0, Mended(), 1), count))
    widths = Counter(len(row) for row in found if len(row) > 1)
    usual = max(widths, key=lambda width: (widths[width], width), default=1)
    is_open = layout.quote and layout.quote in start
    # Told how long they should be, only those that are not, or a quote within, are read otherwise.
    if is_open or any(row and len(row) != usual for row in found):
        found = list(islice(records(start, layout, usual, Mended(), 1), count))
    return [[cell.strip() for cell in row] for row in found]


def _parts(
    member: Member, file: BinaryIO, start: bytes, layout: Layout, head: Sequence[Row]
) -> Iterator[Cells]:
    """The records of a CSV, some tens of megabytes at a time."""
    width: int | None = None
    row = 1
    try:
        for data in whole_records(file, start, size=PART, quote=layout.quote.encode()):
            text, strays = in_utf8(data, member.where)
            cells, count = _records(text, layout, row, width or _even_width(head))
            width = width or cells.frame.width - 1
            row += count
            yield Cells(cells.frame, cells.ragged, strays, cells.mended)
    except LakeError:
        raise
    except DAMAGE as error:
        raise damaged(member.where, error) from error
    finally:
        file.close()


def _even_width(head: Sequence[Row]) -> int | None:
    """How many cells each of the first records has; None where they differ, or one is blank."""
    widths = {len(row) for row in head}
    return widths.pop() or None if len(widths) == 1 else None


def _records(text: bytes, layout: Layout, first: int, width: int | None) -> tuple[Cells, int]:
    """The cells of some records, and how many records there were.

    Takes:  the width that the records before had; None where nobody knows.
    """
    if width is None:
        rows = [row for row in first_records(text, layout, 200) if row]
        widths = Counter(map(len, rows))
        width = max(widths, key=lambda one: (widths[one], one), default=1)
        fast = regular(text, layout, width) if len(widths) == 1 else None
    else:
        fast = regular(text, layout, width)
    if fast is None:
        return _read_slowly(text, layout, first, width)
    frame = fast.select(pl.int_range(first, pl.len() + first).alias(ROW), pl.all())
    return Cells(frame), fast.height


def _read_slowly(text: bytes, layout: Layout, first: int, width: int) -> tuple[Cells, int]:
    """Record by record; those that were mended, or have another length, are told."""
    mended = Mended()
    found = records(text.decode(), layout, width, mended, first)
    rows = [[cell.strip() for cell in row] for row in found]
    ragged = [(at, row) for at, row in enumerate(rows, first) if row and len(row) != width]
    return Cells(framed(rows, first), ragged, mended=mended.rows), len(rows)
