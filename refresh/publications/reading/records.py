"""Records of a CSV that others trip over: stray quotes, another delimiter, quotes never closed.

Most lines are records as they stand. Of one that has not the cells it should have, the readings by
which it would are tried; where one of them fits, the record is read so, and that is told.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from refresh.publications.manifest import Layout

OTHERS = (",", ";", "\t", "|", " ")
LONGEST = 60  # lines within one quoted cell


@dataclass
class Mended:
    """Which records were read by a way of their own: their number, and how.

    >>> Mended().rows
    {}
    """

    rows: dict[int, str] = field(default_factory=dict)


def records(
    text: str, layout: Layout, width: int, mended: Mended, first: int
) -> Iterator[list[str]]:
    """The records of a text, blank ones as empty lists.

    Takes:  how many cells they should have, 0: not known, then none is mended; where to note those
            that were; the number of the first.

    >>> text = 'a,b,c\\n1,"2,3\\n4;5;6\\n"x, y",7,8\\n'
    >>> noted = Mended()
    >>> list(records(text, Layout(), 3, noted, 1))
    [['a', 'b', 'c'], ['1', '"2', '3'], ['4', '5', '6'], ['x, y', '7', '8']]
    >>> sorted(noted.rows)
    [2, 3]
    """
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    at, number = 0, first
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        at += 1
        if not line.strip():
            yield []
            number += 1
            continue
        cells, is_open = parsed(line, layout)
        if width and (is_open or len(cells) != width):
            more, used = _over_lines(line, lines[at : at + LONGEST], layout, width, is_open=is_open)
            other, how = (more, "") if more else _otherwise(line, layout, width)
            if other:
                cells, at = other, at + used
                if how:
                    mended.rows[number] = how
        yield cells
        number += 1


def parsed(line: str, layout: Layout) -> tuple[list[str], bool]:
    """A line's cells, and whether a quote is still open at its end.

    A quote opens a cell only where it begins it, and closes it only where it ends it: what stands
    between is a quote that somebody forgot to double.
    """
    delimiter, quote, escape = layout.delimiter or ",", layout.quote, layout.escape
    is_plain = not quote or quote not in line
    if is_plain and not escape:
        return line.split(delimiter), False
    cells: list[str] = []
    at, end = 0, len(line)
    while at <= end:
        if quote and line.startswith(quote, at):
            cell, at, is_open = _quoted(line, at + len(quote), delimiter, quote, escape)
            cells.append(cell)
            if is_open:
                return cells, True
        else:
            stop = line.find(delimiter, at)
            stop = end if stop < 0 else stop
            cells.append(line[at:stop])
            at = stop
        if at >= end:
            break
        at += len(delimiter)
        if at == end:
            cells.append("")
            break
    return cells, False


def _quoted(line: str, at: int, delimiter: str, quote: str, escape: str) -> tuple[str, int, bool]:
    """A quoted cell from behind its opening quote: its text, where it ends, whether it is open."""
    said: list[str] = []
    end = len(line)
    while True:
        stop = line.find(quote, at)
        slash = line.find(escape, at, stop if stop >= 0 else end) if escape else -1
        if 0 <= slash < end - 1:
            # Before what needs none, a backslash is a character like others.
            following = line[slash + 1]
            is_needed = following in (quote, escape)
            said += [line[at:slash], following if is_needed else escape + following]
            at = slash + 2
            continue
        if stop < 0:
            return "".join((*said, line[at:])), end, True
        said.append(line[at:stop])
        at = stop + 1
        if at == end or line.startswith(delimiter, at):
            return "".join(said), at, False
        # One within the cell: doubled, unless the second closes it; or one that nobody doubled.
        said.append(quote)
        is_double = line.startswith(quote, at) and at + 1 < end
        at += is_double and not line.startswith(quote + delimiter, at)


def _over_lines(
    line: str, following: Sequence[str], layout: Layout, width: int, *, is_open: bool
) -> tuple[list[str], int]:
    """A record whose quoted cell goes on over the next lines; nothing where it is none."""
    if not is_open:
        return [], 0
    whole = line
    for used, more in enumerate(following, start=1):
        whole += "\n" + more.removesuffix("\r")
        cells, still = parsed(whole, layout)
        if not still:
            return (cells, used) if len(cells) == width else ([], 0)
    return [], 0


def _otherwise(line: str, layout: Layout, width: int) -> tuple[list[str], str]:
    """The one other reading of a line that gives the cells it should have; nothing if none does."""
    quote, delimiter = layout.quote, layout.delimiter or ","
    if quote and quote in line:
        if len(cells := _by_the_rule(line, layout)) == width:
            return cells, ""
        for at in _opening(line, delimiter, quote):
            # A quote that opens nothing is a character like others.
            cells, is_open = parsed(f"{line[:at]}\0{line[at + 1 :]}", layout)
            if not is_open and len(cells) == width:
                return [cell.replace("\0", quote) for cell in cells], "a stray quote"
    for other in OTHERS:
        if other != delimiter and other in line:
            changed = Layout(delimiter=other, quote=quote, escape=layout.escape)
            cells, is_open = parsed(line, changed)
            if not is_open and len(cells) == width and width > 2:
                return cells, f"cells parted by `{other}`"
    return [], ""


def _by_the_rule(line: str, layout: Layout) -> list[str]:
    """The cells where every quote is doubled as it should be: `"a "",b"` is one."""
    if layout.escape or len(layout.delimiter) > 1:
        return []
    try:
        reader = csv.reader(
            [line], delimiter=layout.delimiter or ",", quotechar=layout.quote, strict=True
        )
        return next(reader)
    except csv.Error:
        return []


def _opening(line: str, delimiter: str, quote: str) -> Iterator[int]:
    """Where quotes stand that would open a cell."""
    at = line.find(quote)
    while at >= 0:
        if at == 0 or line.endswith(delimiter, 0, at):
            yield at
        at = line.find(quote, at + 1)
