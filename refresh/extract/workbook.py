"""From a workbook to the rows of one of its sheets: the one whose header is looked for.

Sheets are renamed, moved, and given titles and notes above their headers; what stays is their
columns. A name helps: that sheet is looked at first, and of it alone is spoken where no header is
known.
"""

from collections.abc import Sequence

import fastexcel
import polars as pl

from engine.errors import ContractBroken
from refresh.extract.decode import broken, damaged
from refresh.extract.names import HEADER_WITHIN, Knows, is_words, names_of, tidy

_SHOWN = 8  # columns of a sheet, in a message


def parse_workbook(
    where: str, data: bytes, *, sheet: str | None, knows: Knows | None
) -> pl.DataFrame:
    """The rows of one sheet, every column text, names as `names_of` makes them.

    Takes:  the file's name for messages; its bytes; the sheet's name (the first where none is
            said); whether names are those of the columns wanted.
    Gives:  the rows below the first header that is known, of the sheet with that name, else of any
            other; where none is known, below the row with the most words of the sheet named.
    Raises: ContractBroken where there is no such sheet and no such header, or no header at all;
            NotTheFile for what is no workbook.
    """
    try:
        book = fastexcel.read_excel(data)
        named = _named(book.sheet_names, sheet)
        seen: dict[str, pl.DataFrame] = {}
        for name in _in_order(book.sheet_names, named) if knows else []:
            seen[name] = _cells(book, name)
            if knows and (at := _known(seen[name], knows)) is not None:
                return _below(seen[name], at)
        if named is None:
            raise _missing(where, book.sheet_names, seen, sheet)
        cells = seen.get(named)
        cells = _cells(book, named) if cells is None else cells
    except fastexcel.FastExcelError as error:
        raise damaged(where, error) from error
    # Titles and notes stand above the header, a different number of rows each year.
    worded = [sum(map(is_words, row)) for row in cells.head(HEADER_WITHIN).rows()]
    if not any(worded):
        raise broken(where, f"sheet `{named}` has no header", expected="a header", found="none")
    return _below(cells, worded.index(max(worded)))


def _cells(book: fastexcel.ExcelReader, name: str) -> pl.DataFrame:
    return book.load_sheet(name, header_row=None, dtypes="string").to_polars()


def _named(names: Sequence[str], wanted: str | None) -> str | None:
    """The sheet of that name, whatever its case; the first where none is wanted."""
    if wanted is None:
        return names[0] if names else None
    return next((name for name in names if tidy(name) == tidy(wanted)), None)


def _in_order(names: Sequence[str], first: str | None) -> list[str]:
    return sorted(names, key=lambda name: name != first)  # a sort keeps the order of the others


def _known(cells: pl.DataFrame, knows: Knows) -> int | None:
    """The row that is the header looked for; None where none near the top is."""
    for at, row in enumerate(cells.head(HEADER_WITHIN).rows()):
        if sum(map(is_words, row)) > 1 and knows(names_of([cell or "" for cell in row])):
            return at
    return None


def _below(cells: pl.DataFrame, at: int) -> pl.DataFrame:
    """The rows below a header, under its names."""
    names = names_of([cell or "" for cell in cells.row(at)]) if cells.width else []
    named = cells.slice(at + 1).rename(dict(zip(cells.columns, names, strict=True)))
    # Cells once formatted count as columns to a spreadsheet, though nothing stands in them.
    blank = [name for name in named.columns if name.startswith("COLUMN_")]
    return named.drop(name for name in blank if named[name].is_null().all())


def _missing(
    where: str, names: Sequence[str], seen: dict[str, pl.DataFrame], wanted: str | None
) -> ContractBroken:
    """That no sheet has the name, or the columns; with the columns that there are."""
    told = [f"`{name}`{_first_words(seen.get(name))}" for name in names]
    or_header = ", or one with its columns" if seen else ""
    expected = f"sheet `{wanted}`{or_header}"
    return broken(
        where, "a sheet is missing", expected=expected, found=", ".join(told) or "no sheets"
    )


def _first_words(cells: pl.DataFrame | None) -> str:
    """` (PCN_CODE, PCN_NAME)`: the row with the most words of a sheet; nothing if it has none."""
    rows = cells.head(HEADER_WITHIN).rows() if cells is not None else []
    best = max(rows, key=lambda row: sum(map(is_words, row)), default=())
    words = [tidy(cell) for cell in best if cell and is_words(cell)]
    return f" ({', '.join(words[:_SHOWN])})" if words else ""
