"""A look at one file: each of its tables, with all that a manifest says of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from engine.errors import LakeError
from engine.vocabulary import TypeName
from refresh.extract.decode import in_utf8
from refresh.extract.read import Member
from refresh.publications.looking.columns import Held, are_dates, held, tokens
from refresh.publications.looking.dialect import dialect_of, encoding_of
from refresh.publications.looking.excerpt import excerpt_of
from refresh.publications.looking.kinds import Grid
from refresh.publications.looking.names import column_names
from refresh.publications.looking.tables import STOP, Found, beginning, find_tables
from refresh.publications.manifest import Layout, ManifestColumn, TableOf, Wide
from refresh.publications.reading.cells import Book, Row, Sheet
from refresh.publications.reading.heading import plain
from refresh.publications.reading.marks import is_number
from refresh.publications.reading.placed import Placed
from refresh.publications.reading.rows import Sorted, sort_rows
from refresh.publications.reading.text import (
    ROW,
    Cells,
    book_of,
    framed,
    is_book,
    open_member,
    sheet_of,
)

WHOLE = 24 << 20  # bytes of a CSV up to which all of it is looked at
START = 8 << 20  # bytes of a larger one by which its dialect is known
MANY = 200_000  # rows that are looked at; of more, every so many
HEAD, TAIL = 5_000, 500  # rows of a long sheet among which its tables are looked for


@dataclass(frozen=True)
class Looked:
    """One table that was seen.

    of       all a manifest says of it, but for its code, its name and its files
    rows     its rows as text, under the names of its columns
    titles   what stands above it
    """

    member: Member
    sheet: str
    of: TableOf
    rows: pl.DataFrame
    titles: list[str] = field(default_factory=list)
    is_hidden: bool = False
    is_sampled: bool = False

    @property
    def published(self) -> list[str]:
        """The headers, in order."""
        return [column.original_name for column in self.of.columns]


@dataclass(frozen=True)
class Bare:
    """A sheet or a file in which no table was seen, and what stands in it."""

    member: Member
    sheet: str
    words: list[str]
    why: str = "no table on it"


def look(member: Member) -> Iterator[Looked | Bare]:
    """The tables of a file, and its sheets that have none."""
    if is_book(member.name):
        cut = excerpt_of(member)
        book = cut or book_of(member)
        for name in book.names:
            try:
                sheet, frame = _thinned(cut, name) if cut else sheet_of(member, name)
            except LakeError as error:
                yield Bare(member, name, [], f"it cannot be read: {error.found or error.what}")
                continue
            yield from _look_at_sheet(member, sheet, frame)
    else:
        yield from _look_at_csv(member)


def _thinned(book: Book, name: str) -> tuple[Sheet, pl.DataFrame]:
    """The rows that are left of a sheet, and their cells; each has the number that it had."""
    sheet, numbers = book.sparse(name, head=HEAD, tail=TAIL)
    return sheet, framed(sheet.rows).with_columns(pl.Series(ROW, numbers, pl.Int64))


def _look_at_sheet(member: Member, sheet: Sheet, frame: pl.DataFrame) -> Iterator[Looked | Bare]:
    height = frame[ROW][-1] if frame.height else 0
    rows, where = _ends_of(sheet.rows, height)
    found = find_tables(Grid(rows, [] if where else sheet.merged))
    if not found:
        words = [cell for row in sheet.rows[:200] for cell in row if cell]
        yield Bare(member, sheet.name, words)
        return
    cells = Cells(frame)
    for at, table in enumerate(found):
        right = [t.columns[0] for t in found if t.columns[0] > table.columns[-1]]
        layout = _layout(table, Layout(), is_last=at == len(found) - 1, is_beside=bool(right))
        if where:
            table = _shifted(table, where)
        is_sampled = len(sheet.rows) < height
        looked = _looked(member, sheet.name, table, layout, cells, sheet, is_sampled=is_sampled)
        if looked:
            yield looked


def _ends_of(rows: Sequence[Row], height: int) -> tuple[Sequence[Row], int]:
    """The rows of a long sheet among which its tables are looked for, and how many are left out."""
    if height <= 2 * (HEAD + TAIL) or height * max(map(len, rows), default=0) < 200_000:
        return rows, 0
    return [*rows[:HEAD], *rows[-TAIL:]], height - HEAD - TAIL


def _shifted(table: Found, by: int) -> Found:
    last = table.last_row + (by if table.last_row > HEAD else 0)
    return Found(**{**vars(table), "last_row": last})


def _look_at_csv(member: Member) -> Iterator[Looked | Bare]:
    data, is_sampled = _sample(member)
    encoding = encoding_of(data)
    text = in_utf8(data, member.where)[0]
    layout = dialect_of(text[: 1 << 20].decode("utf-8", "ignore"))
    layout.encoding = encoding
    opened = open_member(member, layout)
    parts: list[Cells] = []
    for part in opened.parts:
        parts.append(part)
        if is_sampled:
            opened.close()
            break
    cells = parts[0] if len(parts) == 1 else Cells(_stacked([part.frame for part in parts]))
    if cells.frame.height > MANY:
        # Every so many of them: what comes late is seen, and a column is looked at in a blink.
        rest = cells.frame.slice(MANY // 2)
        every = rest.gather_every(-(-rest.height // (MANY // 2)))
        cells, is_sampled = Cells(pl.concat([cells.frame.head(MANY // 2), every])), True
    rows = [*opened.head, *_texts(cells.frame.slice(len(opened.head), HEAD))]
    tail = cells.frame.tail(TAIL) if cells.frame.height > len(rows) + TAIL else None
    seen = _even([*rows, *(_texts(tail) if tail is not None else [])])
    found = find_tables(Grid(seen), must_have_header=False) or _header_alone(seen)
    if not found:
        yield Bare(member, "", [cell for row in rows[:50] for cell in row if cell])
        return
    tables = _of_their_own(found, seen) if tail is None else found[:1]
    for table, after in zip(tables, [*tables[1:], None], strict=True):
        table = _from_the_header(table, seen)
        full = _layout(table, layout, is_last=True, is_beside=False)
        # Headings between lines are a habit of workbooks; of a CSV every line is data.
        full.drop_rows = []
        end = after.header_rows[0] - 1 if after else len(seen)
        is_note = full.footer.lower().startswith(STOP) or _are_notes(table, seen[:end])
        full.footer = full.footer if is_note else ""
        if after is not None and not is_note:
            full.footer = beginning(seen[end])
        looked = _looked(member, "", table, full, cells, None, is_sampled=is_sampled)
        if looked:
            yield looked


def _from_the_header(table: Found, rows: Sequence[Row]) -> Found:
    """The same from the first line below its header: of a CSV a line that looks odd is data, too,
    and is told where it does not fit."""
    if not table.header_rows:
        return table
    below = range(table.header_rows[-1], table.first_row)
    return replace(table, first_row=next(at + 1 for at in below if any(rows[at])))


def _are_notes(table: Found, rows: Sequence[Row]) -> bool:
    """Whether what stands below a table of a CSV is none of its data: a blank line parts it, and
    none of it fills more than two cells of many."""
    below = rows[table.last_row :]
    return (
        len(table.columns) > 3
        and bool(below)
        and not any(below[0])
        and all(sum(map(bool, row)) < 3 for row in below)
    )


def _header_alone(rows: Sequence[Row]) -> list[Found]:
    """The table of a CSV with a header and no data yet."""
    filled = [at for at, row in enumerate(rows) if any(row)]
    if len(filled) != 1 or len(names := rows[filled[0]]) < 2 or not all(names):
        return []
    if any(map(is_number, names)) or len(set(names)) < len(names):
        return []
    at = filled[0] + 1
    columns = list(range(1, len(names) + 1))
    return [Found([at], columns, list(names), at + 1, at, [False] * len(names))]


def _of_their_own(found: list[Found], rows: Sequence[Row]) -> list[Found]:
    """The tables of a CSV: another than the first has a header like it, or a blank line above."""
    first = {plain(name) for name in found[0].names}
    kept = found[:1]
    for table in found[1:]:
        names = {plain(name) for name in table.names}
        is_alike = len(names & first) >= 0.5 * len(names)
        is_parted = bool(table.header_rows) and not any(rows[table.header_rows[0] - 2])
        if not is_alike and not is_parted:
            break
        kept.append(table)
    return kept


def _sample(member: Member) -> tuple[bytes, bool]:
    """A file's bytes; of a large one the first of them."""
    with member.open() as file:
        data = file.read(WHOLE + 1)
    if len(data) <= WHOLE:
        return data, False
    start = data[:START]
    return start[: start.rfind(b"\n") + 1] or start, True


def _stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames, how="diagonal")


def _texts(frame: pl.DataFrame) -> list[Row]:
    return [list(row) for row in frame.drop(ROW).fill_null("").rows()]


def _even(rows: Sequence[Sequence[str]]) -> list[Row]:
    width = max(map(len, rows), default=0)
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _layout(table: Found, dialect: Layout, *, is_last: bool, is_beside: bool) -> Layout:
    """Where a table lies. It ends where its last line is, or where something else begins."""
    return Layout(
        encoding=dialect.encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        escape=dialect.escape,
        header_rows=table.header_rows,
        first_row=table.first_row,
        last_row=None if is_last or is_beside or table.below else table.last_row,
        first_column=table.columns[0],
        last_column=table.columns[-1] if is_beside else None,
        footer=table.below,
        drop_rows=table.headings,
    )


def _looked(
    member: Member,
    sheet_name: str,
    table: Found,
    layout: Layout,
    cells: Cells,
    sheet: Sheet | None,
    *,
    is_sampled: bool = False,
) -> Looked | None:
    names = column_names(table.names)
    columns = [
        ManifestColumn(name=name, original_name=published, position=at)
        for name, published, at in zip(names, table.names, table.columns, strict=True)
    ]
    of = TableOf(code="t", name="", table="t", layout=layout, columns=columns)
    placed = Placed(
        dict(zip(names, table.columns, strict=True)), table.first_row, cells.frame.width - 1
    )
    # Typed as text, so that no word is judged before all of its column are seen.
    unfilled = sort_rows(_numbered(cells, table, columns), of, placed, Sorted())
    if not unfilled.height and sheet:
        return None
    layout.fill_down = _fill_down(unfilled, table, sheet)
    rows = sort_rows(cells, of, placed, Sorted())
    _type(of, rows, table.numeric)
    of.notes = _notes(of, table, is_sampled=is_sampled)
    return Looked(
        member,
        sheet_name,
        of,
        rows.drop(ROW),
        table.title,
        bool(sheet and sheet.is_hidden),
        is_sampled,
    )


def _numbered(cells: Cells, table: Found, columns: list[ManifestColumn]) -> Cells:
    """The same cells; the columns that hold numbers are told to be, so that notes are known."""
    for column, has_numbers in zip(columns, table.numeric, strict=True):
        column.dtype = "float64" if has_numbers else "string"
    return cells


def _type(of: TableOf, rows: pl.DataFrame, numeric: Sequence[bool]) -> None:
    """Say of each column what it holds; marks of one are marks of all."""
    seen = [held(rows[column.name], column.original_name) for column in of.columns]
    dated = set(are_dates([column.original_name for column in of.columns]))
    marks: dict[str, str] = {}
    for one in seen:
        if one.dtype in ("int64", "float64"):
            marks |= one.marks
    across = [
        one for column, one in zip(of.columns, seen, strict=True) if column.original_name in dated
    ]
    types = {one.dtype for one in across}
    usual: TypeName | None = (
        "float64" if "float64" in types else "int64" if "int64" in types else None
    )
    for column, one, has_numbers in zip(of.columns, seen, numeric, strict=True):
        column.dtype, column.format = one.dtype, one.format
        if one.is_blank and column.original_name in dated and usual:
            column.dtype = usual  # months that are not reported yet
        if one.only_marks and set(one.marks) <= set(marks) and has_numbers:
            column.dtype = "int64"
        is_measure = column.dtype in ("int64", "float64") and not one.is_years
        column.is_measure = is_measure
        column.is_dimension = not is_measure
        column.marks = dict(marks) if is_measure else one.marks if one.dtype != "string" else {}
        column.metadata_source = "profiled"
    wide = [c.name for c in of.columns if c.original_name in dated and c.is_measure]
    if len(wide) >= 3:
        of.wide = Wide(columns=wide, date="period", value="value")


def _fill_down(rows: pl.DataFrame, table: Found, sheet: Sheet | None) -> list[str]:
    """The labels that stand on the first row of their group alone, from the left.

    Merged cells say so; else each of them stands once and is followed by blanks.
    """
    labels = [
        (name, at)
        for name, at, has_numbers in zip(
            rows.columns[1:], table.columns, table.numeric, strict=True
        )
        if not has_numbers
    ]
    merged = sheet.merged if sheet else []
    down = {
        left
        for top, left, bottom, right in merged
        if bottom > top and left == right and top >= table.first_row
    }
    if any(at in down for _, at in labels):
        return [name for name, at in labels if at in down and rows[name].null_count()]
    found: list[str] = []
    for name, _ in labels[:-1]:
        column = rows[name]
        filled = column.drop_nulls()
        is_once = 1 < filled.len() <= 1.25 * filled.n_unique()
        if (
            column.null_count() < 0.3 * rows.height
            or not is_once
            or column[0] is None
            and not found
            and rows.height < 3
        ):
            break
        found.append(name)
    return found


def _notes(of: TableOf, table: Found, *, is_sampled: bool) -> list[str]:
    """What was seen, in words, for whoever mends the manifest."""
    layout = of.layout
    rows = ", ".join(map(str, layout.header_rows))
    notes = [
        f"The header is in row {rows}; data from row {layout.first_row}."
        if rows
        else f"There is no header; data from row {layout.first_row}."
    ]
    if layout.footer:
        notes.append(f"The table ends where a line begins with `{layout.footer}`.")
    if layout.drop_rows:
        some = ", ".join(f"`{text}`" for text in layout.drop_rows[:5])
        notes.append(f"{len(layout.drop_rows)} lines between are headings, not data: {some}.")
    if layout.fill_down:
        notes.append(f"Labels stand once and are filled down: {', '.join(layout.fill_down)}.")
    if table.left_out:
        places = ", ".join(map(str, table.left_out))
        notes.append(f"Cells in column {places} have no header and are left out.")
    if is_sampled:
        notes.append(
            "Only some of its rows were looked at, for it is large: a type may prove too narrow."
        )
    return notes


__all__ = ["Bare", "Held", "Looked", "look", "tokens"]
