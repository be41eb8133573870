"""The cells of a workbook's sheets as text, each where a spreadsheet shows it.

Everything after reads text, so a workbook and a CSV walk the same way. A cell that holds a number
is written as briefly as it can be told apart, a date as ISO says it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    WorksheetNotFound,
    XmlError,
    ZipError,
)

from refresh.extract.decode import broken, damaged

Row = list[str]
Span = tuple[int, int, int, int]
"""A merged range: first row, first column, last row, last column, all from 1."""


@dataclass(frozen=True)
class Sheet:
    """One sheet.

    rows    its cells from the first row and the first column on, empty text where blank; every row
            is as long as the widest
    merged  the ranges that are one cell to the eye; nothing where the format does not say
    """

    name: str
    rows: list[Row]
    merged: list[Span] = field(default_factory=list)
    is_hidden: bool = False


@dataclass(frozen=True)
class Book:
    """A workbook that is open; its sheets are read when they are asked for."""

    where: str
    book: CalamineWorkbook

    @property
    def names(self) -> list[str]:
        """The sheets that have cells, hidden ones too; not charts and macros."""
        return [m.name for m in self.book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]

    def sheet(self, name: str) -> Sheet:
        """One sheet's cells.

        Raises: ContractBroken where there is none of that name.
        """
        with self._troubles_of(name):
            found = self.book.get_sheet_by_name(name)
            return self._made(found, found.to_python(skip_empty_area=False))

    def sparse(self, name: str, *, head: int, tail: int) -> tuple[Sheet, list[int]]:
        """The same without blank rows, but among the first and the last so many; and which row
        each of those left is."""
        with self._troubles_of(name):
            found = self.book.get_sheet_by_name(name)
            (_, left), (bottom, _) = found.start or (0, 0), found.end or (0, 0)
            blank = [""] * found.width
            rows = [
                (at, [*[""] * left, *row])
                for at, row in enumerate(found.iter_rows(), 1)
                if at <= head or at > bottom + 1 - tail or row != blank
            ]
            return self._made(found, [row for _, row in rows]), [at for at, _ in rows]

    def _made(self, found: CalamineSheet, values: Iterable[Iterable[object]]) -> Sheet:
        states = {m.name: m.visible for m in self.book.sheets_metadata}
        merged = [
            (top + 1, left + 1, bottom + 1, right + 1)
            for (top, left), (bottom, right) in found.merged_cell_ranges or ()
        ]
        return Sheet(
            found.name,
            [[as_text(value) for value in row] for row in values],
            merged,
            states.get(found.name) != SheetVisibleEnum.Visible,
        )

    @contextmanager
    def _troubles_of(self, name: str) -> Iterator[None]:
        """Whatever a sheet cannot be read by is told in our words."""
        try:
            yield
        except WorksheetNotFound as error:
            names = ", ".join(f"`{each}`" for each in self.names)
            raise broken(
                self.where, "a sheet is missing", expected=f"sheet `{name}`", found=names
            ) from error
        except (CalamineError, XmlError, ZipError) as error:
            raise damaged(f"{self.where}: {name}", error) from error

    def sheets(self) -> Iterator[Sheet]:
        """Every sheet, in the book's order."""
        return map(self.sheet, self.names)


def open_book(data: bytes, where: str) -> Book:
    """A workbook: XLSX, XLSM, XLSB, XLS or ODS.

    Raises: NotTheFile for what is none, is damaged, or asks for a password.
    """
    try:
        return Book(where, CalamineWorkbook.from_filelike(BytesIO(data)))
    except (CalamineError, PasswordError, XmlError, ZipError, OSError, ValueError) as error:
        raise damaged(where, error) from error


def as_text(value: object) -> str:
    """A cell's value as text.

    >>> [as_text(v) for v in (5.0, 0.1, "  a  b ", True, datetime(2016, 5, 31), "")]
    ['5', '0.1', 'a  b', 'TRUE', '2016-05-31', '']
    """
    if type(value) is str:
        return value.strip()
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            # Beyond that, a float no longer holds every whole number.
            return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
        case datetime():
            is_day = value.time() == time()
            return value.date().isoformat() if is_day else value.isoformat(" ")
        case date() | time() | timedelta() | int():
            return str(value)
    return ""
