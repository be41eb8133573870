"""Where the tables of a sheet lie: headers, first and last rows, columns, what is beside them.

A sheet is looked at the way a careful person would: the header is the lowest line of words above
numbers, as wide as they are; titles stand above it, notes below, headings between; several tables
may stand one below the other, or side by side with a blank column between.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from refresh.publications.looking.header import Header, header_of
from refresh.publications.looking.kinds import ANNOTATED, BLANK, DATE, MARK, NUMBER, TEXT, Grid

LOOKED_AT = 60  # rows among which the header of a sheet without numbers is looked for
STOP = ("note", "source", "copyright", "©", "please", "this worksheet", "this table", "return to")
SHOWN = 40  # characters by which a line is known again


@dataclass(frozen=True)
class Found:
    """One table on a sheet; rows and columns count from 1, as a spreadsheet shows them.

    columns    where its columns are; names says what stands over each
    first_row  of its data; last_row, the last that was seen
    below      how the first line below its data begins; empty where nothing stands there
    headings   how the lines between its data begin that are none
    left_out   columns beside it with something in them and no header
    """

    header_rows: list[int]
    columns: list[int]
    names: list[str]
    first_row: int
    last_row: int
    numeric: list[bool]
    below: str = ""
    headings: list[str] = field(default_factory=list)
    left_out: list[int] = field(default_factory=list)
    title: list[str] = field(default_factory=list)


def find_tables(grid: Grid, *, must_have_header: bool = True) -> list[Found]:
    """The tables of a sheet, from the top, then from the left.

    Takes:  `must_have_header`, of a workbook, where nobody leaves it out; a CSV may.
    """
    if not grid.rows or not grid.width:
        return []
    heads = _lowest_heads(grid, is_csv=not must_have_header)
    if not heads:
        heads = _worded_head(grid, must_have_header=must_have_header)
    found: list[Found] = []
    above = 0
    for head, following in _spans(heads, len(grid.rows)):
        tables = list(_tables_under(grid, head, above, following))
        found += tables
        above = max((table.last_row for table in tables), default=above)
    return found


def _spans(rows: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    """Each row, and the next one after it."""
    return zip(rows, [*rows[1:], end], strict=True) if rows else iter(())


def _lowest_heads(grid: Grid, *, is_csv: bool) -> list[int]:
    """The rows of words right above numbers: of each table's header the lowest.

    Takes:  `is_csv`, in which a record may have slipped by a cell and be no header for all its
            words, and files may lie below each other: the first header once more begins another.
    """
    heads = [row for row in range(len(grid.rows)) if _is_head(grid, row)]
    if is_csv:
        heads = [row for row in heads if row == heads[0] or not _has_slipped(grid, row)]
    lowest: list[int] = []
    for head, following in _spans(heads, len(grid.rows)):
        data = [row for row in range(head + 1, following) if _has_values(grid, row)]
        is_parted = not lowest or head - 1 in heads or len(grid.filled(head - 1)) < 2
        is_parted |= is_csv and bool(lowest) and _is_alike(grid, lowest[0], head)
        if data and is_parted and _is_wide_enough(grid, head, data[:20], is_first=not lowest):
            lowest.append(head)
    return lowest


def _has_slipped(grid: Grid, row: int) -> bool:
    """Whether a row has codes and dates as the rows below have, there or in the next place."""
    below = grid.rows[row + 1 : row + 21]
    shapes = [{_shape(line[at]) for line in below} for at in range(grid.width)]

    def is_value(at: int) -> bool:
        text, near = grid.rows[row][at], shapes[max(0, at - 1) : at + 2]
        return any(c.isdigit() for c in text) and any(_shape(text) in each for each in near)

    return sum(map(is_value, grid.filled(row))) > 1


def _is_alike(grid: Grid, one: int, other: int) -> bool:
    """Whether two rows have the same words in most of the places where the second has any."""
    filled = grid.filled(other)
    same = sum(grid.rows[one][at] == grid.rows[other][at] for at in filled)
    return same > 2 and same >= 0.8 * len(filled)


def _is_head(grid: Grid, row: int) -> bool:
    """Whether a row has words where the columns have numbers."""
    kinds = grid.kinds[row]
    words = kinds.count(TEXT) + kinds.count(DATE)
    # Most rows are data: no need to look at their columns.
    if not words or len(kinds) - kinds.count(BLANK) < 2:
        return False
    if kinds.count(NUMBER) > 8 * words and row + 1 < len(grid.rows):
        first = [grid.rows[row][at] for at, each in enumerate(kinds) if each == NUMBER][:6]
        if not _is_run(first):
            return False
    over = [(at, each) for at, each in enumerate(kinds) if grid.numeric[at] and each != BLANK]
    labels = sum(each in (TEXT, DATE) for _, each in over)
    numbers = [grid.rows[row][at] for at, each in over if each in (NUMBER, ANNOTATED)]
    if numbers and _is_run(numbers) and any(each == TEXT for each in kinds):
        return True
    return labels >= 1 and labels >= 0.5 * len(over) and labels >= 4 * len(numbers)


def _is_run(numbers: Sequence[str]) -> bool:
    """Whether numbers are labels: years, or ages and weeks counted up one by one."""
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers):
        return False
    values = [int(number) for number in numbers]
    if all(1990 <= value <= 2060 for value in values):
        return len(set(values)) == len(values)
    return len(values) > 4 and all(b - a == 1 for a, b in zip(values, values[1:], strict=False))


def _has_values(grid: Grid, row: int, columns: Sequence[int] | None = None) -> bool:
    """Whether a row has a number, or a mark in its place."""
    kinds = grid.kinds[row]
    looked_at = range(len(kinds)) if columns is None else columns
    return any(grid.numeric[at] and kinds[at] in (NUMBER, ANNOTATED, MARK) for at in looked_at)


def _is_wide_enough(grid: Grid, head: int, data: Sequence[int], *, is_first: bool) -> bool:
    """Whether a row of words covers what stands below it: a stray remark does not."""
    over = set(grid.filled(head))
    needed = [set(grid.filled(row)) for row in data]
    share = sum(len(over & row) / max(1, len(row)) for row in needed) / len(needed)
    return share >= (0.4 if is_first else 0.6)


def _worded_head(grid: Grid, *, must_have_header: bool) -> list[int]:
    """The header of a sheet in which no header stands over numbers; -1 where it has none."""
    rows = [row for row in range(len(grid.rows)) if grid.filled(row)]
    near = rows[:LOOKED_AT]
    if not near:
        return []
    # Of data that nobody filled in much, the widest line need not be the header.
    widest = max(len(grid.filled(row)) for row in near)
    first = next(row for row in near if len(grid.filled(row)) >= max(1, 0.7 * widest))
    if widest < 2 and len(rows) < 3:
        return []  # a line of words is no list
    if not must_have_header and not _is_named(grid, first):
        return [first - 1]
    if must_have_header and (widest < 2 or rows[-1] == first):
        return []
    return [first]


def _is_named(grid: Grid, row: int) -> bool:
    """Whether a line at the top of a CSV names its columns: words that its columns do not hold."""
    names = [(at, grid.rows[row][at]) for at in grid.filled(row)]
    texts = [text for _, text in names]
    if any(grid.kinds[row][at] in (NUMBER, ANNOTATED) for at, _ in names):
        return False
    body = grid.rows[row + 1 : row + 500]
    if len(set(texts)) < len(texts) or not body:
        return len(set(texts)) == len(texts)
    told = 0
    for at, text in names:
        below = [line[at] for line in body if line[at]]
        if text in below:
            return False
        digits = sum(any(c.isdigit() for c in value) for value in below)
        if below and digits > 0.9 * len(below):
            told += -1 if _shape(text) in map(_shape, below) else 1
    return told >= 0


def _shape(text: str) -> str:
    """How a text is made: `lsoa21_code` is no code such as `E01012392`, though it has a figure.

    >>> _shape("lsoa21_code"), _shape("E01012392"), _shape("TS18 1HU")
    ('a0_a', 'A0', 'A0 0A')
    """
    plain = re.sub(r"[0-9]+", "0", text)
    return re.sub(r"[a-z]+", "a", re.sub(r"[A-Z]+", "A", plain))


def _tables_under(grid: Grid, head: int, above: int, following: int) -> Iterator[Found]:
    """The tables whose header is one row: one, or several side by side."""
    body = [row for row in range(head + 1, following) if grid.filled(row)]
    values = [row for row in body if _has_values(grid, row)] or body
    header = header_of(grid, head, above, values)
    blocks = _side_by_side(grid, header, values)
    for block in blocks:
        own = header_of(grid, head, above, values, within=(block[0], block[-1]))
        if block is blocks[-1]:
            own.left_out.extend(at for at in header.left_out if at > block[-1])
        table = _table(grid, own, block, body, above)
        if table:
            yield table


def _side_by_side(grid: Grid, header: Header, values: Sequence[int]) -> list[list[int]]:
    """The columns of each table: a blank column parts two where both have labels and numbers."""
    blocks: list[list[int]] = []
    for column in header.columns:
        if blocks and column == blocks[-1][-1] + 1:
            blocks[-1].append(column)
        else:
            blocks.append([column])
    joined: list[list[int]] = []
    for block in blocks:
        is_own = bool(joined) and _stands_alone(grid, joined[-1]) and _stands_alone(grid, block)
        same = bool(joined) and len(block) > 1 and _same_names(header, joined[0], block)
        if joined and not (is_own or same):
            joined[-1].extend(block)
        else:
            joined.append(list(block))
    return joined


def _stands_alone(grid: Grid, block: Sequence[int]) -> bool:
    numbers = [at for at in block if grid.numeric[at]]
    return bool(numbers) and not grid.numeric[block[0]]


def _same_names(header: Header, first: Sequence[int], block: Sequence[int]) -> bool:
    names = dict(zip(header.columns, header.lowest, strict=True))
    one, other = ([names[at] for at in columns] for columns in (first, block))
    return one[: len(other)] == other and not any(name == "" for name in other)


def _table(
    grid: Grid, header: Header, block: Sequence[int], body: Sequence[int], above: int
) -> Found | None:
    inside = [row for row in body if any(grid.kinds[row][at] != BLANK for at in block)]
    data = _data_rows(grid, block, inside)
    if not data:
        return None
    last = data[-1]
    known = set(data)
    others = [row for row in inside if row < last and row not in known]
    others = [row for row in others if _is_heading(grid, block, row, data)]
    after = next((row for row in inside if row > last), None)
    names = dict(zip(header.columns, header.names, strict=True))
    top = max(header.rows, default=data[0])
    return Found(
        header_rows=[row + 1 for row in header.rows],
        columns=[at + 1 for at in block],
        names=[names.get(at, "") for at in block],
        first_row=data[0] + 1,
        last_row=last + 1,
        numeric=[grid.numeric[at] for at in block],
        below="" if after is None else beginning(grid.rows[after]),
        headings=list(dict.fromkeys(beginning(grid.rows[row]) for row in others)),
        left_out=[at + 1 for at in header.left_out],
        title=[cell for row in range(above, top) for cell in _title(grid, header, row) if cell],
    )


def _title(grid: Grid, header: Header, row: int) -> Sequence[str]:
    """What a row above says that is in no column's name."""
    return grid.rows[row][:1] if row in header.rows else grid.rows[row]


def _is_heading(grid: Grid, block: Sequence[int], row: int, data: Sequence[int]) -> bool:
    """Whether a line between is a heading: one cell, with a text that no line of data has there."""
    filled = [at for at in block if grid.kinds[row][at] != BLANK]
    if len(filled) != 1:
        return False
    text = grid.rows[row][filled[0]]
    return all(grid.rows[other][filled[0]] != text for other in data)


def _data_rows(grid: Grid, block: Sequence[int], rows: Sequence[int]) -> list[int]:
    """The rows of a table that are data: with values, or with all that its other rows begin with.

    What is left are headings between, and notes below.
    """
    numbers = [at for at in block if grid.numeric[at]]
    values = _with_values(grid, rows, numbers)
    if not numbers or not values:
        most = Counter(sum(grid.kinds[row][at] != BLANK for at in block) for row in rows)
        usual = max(most) if most else 0
        least = 1 if len(block) == 1 or usual == 1 else 2
        plain = [r for r in rows if sum(grid.kinds[r][at] != BLANK for at in block) >= least]
        return _without_notes(grid, block, plain)
    labels = [at for at in block if not grid.numeric[at]]
    keys = [
        at
        for at in labels
        if sum(grid.kinds[row][at] != BLANK for row in values) >= 0.6 * len(values)
    ]
    are_data = set(values)
    if len(keys) > 1:
        are_data |= {row for row in rows if all(grid.kinds[row][at] != BLANK for at in keys)}
    return _without_notes(grid, block, [row for row in rows if row in are_data])


def _with_values(grid: Grid, rows: Sequence[int], numbers: Sequence[int]) -> list[int]:
    """The rows that have numbers, or marks in about as many places as others have numbers.

    A note below may begin with the mark that it explains.
    """
    kinds = {row: "".join(grid.kinds[row][at] for at in numbers) for row in rows}
    told = {row: len(each) - each.count(BLANK) - each.count(TEXT) for row, each in kinds.items()}
    usual = Counter(count for count in told.values() if count).most_common(1)
    least = 0.5 * usual[0][0] if usual else 0
    return [
        row
        for row, each in kinds.items()
        if NUMBER in each or ANNOTATED in each or (MARK in each and told[row] >= least)
    ]


def _without_notes(grid: Grid, block: Sequence[int], rows: list[int]) -> list[int]:
    """Without the lines at the end that begin as notes do and hold no number, and those behind a
    blank line that are two words where the table has many numbers."""
    numbers = [at for at in block if grid.numeric[at]]
    while rows:
        row = rows[-1]
        has_number = any(grid.kinds[row][at] in (NUMBER, ANNOTATED) for at in numbers)
        is_parted = len(numbers) > 2 and len(grid.filled(row)) < 3 and _is_parted(grid, rows)
        is_note = beginning(grid.rows[row]).lower().startswith(STOP) or is_parted
        if has_number or not is_note:
            return rows
        rows = rows[:-1]
    return rows


def _is_parted(grid: Grid, rows: Sequence[int]) -> bool:
    """Whether a blank line stands between the last of some rows and the last with a value."""
    valued = next((row for row in reversed(rows) if _has_values(grid, row)), rows[-1])
    return any(not grid.filled(row) for row in range(valued + 1, rows[-1]))


def beginning(row: Sequence[str]) -> str:
    """How a line begins: by that it is known again in another release."""
    return next((cell for cell in row if cell), "")[:SHOWN].strip()
