"""The header of a table: which rows make the names of its columns, and what the names are.

The lowest row names the columns. Where it names two the same, or leaves one out, the rows above
are joined to it, nearest first, until all differ: a banner that tells nothing apart is no part of
a name.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from refresh.publications.looking.kinds import BLANK, NUMBER, Grid
from refresh.publications.reading.heading import joined, names_at, plain, spread, tidied

UP = 8  # rows above the lowest in which a banner is looked for


@dataclass(frozen=True)
class Header:
    """Rows and columns count from 0.

    lowest  the names by the lowest row alone
    """

    rows: list[int]
    columns: list[int]
    names: list[str]
    lowest: list[str]
    left_out: list[int]


def header_of(
    grid: Grid,
    head: int,
    above: int,
    data: Sequence[int],
    *,
    within: tuple[int, int] | None = None,
) -> Header:
    """The header whose lowest row is `head` (-1 or blank: none), of the columns that it covers.

    Takes:  the row below which it begins, after the table before; rows of data; `within`, to look
            at the columns of one table of several side by side.
    """
    first, last = within or (0, grid.width - 1)
    lower = [_name(grid, head, at) for at in range(grid.width)]
    banners = _banners(grid, head, above, (first, last))
    used = _needed(grid, lower, banners, range(first, last + 1))
    sample = data[:2000]
    fill = [sum(grid.kinds[row][at] != BLANK for row in sample) for at in range(grid.width)]

    def parts(at: int) -> list[str]:
        spread = [words[at] for row, words in banners if row in used]
        return [part for part in (*spread, lower[at]) if part]

    headed = [at for at in range(first, last + 1) if parts(at) and _is_headed(lower, fill, at)]
    from_, to = (headed[0], headed[-1]) if headed else (first, last)
    # A table whose first columns have no header has them all the same; what stands to its right
    # without a header is a help to whoever made the sheet.
    half = 0.5 * len(sample)
    bare = {at for at in range(first, to) if at not in headed and fill[at] and fill[at] >= half}
    columns = sorted({*headed, *bare}) if headed else list(range(first, last + 1))
    left_out = [at for at in range(first, last + 1) if fill[at] and at not in columns]
    rows = sorted(used | ({head} if headed and head >= 0 else set()))
    over = names_at(grid.rows, [row + 1 for row in rows], grid.merged, (first + 1, last + 1))
    names = [over[at - first] for at in columns]
    return Header(rows, columns, names, [lower[at] for at in columns], left_out)


def _is_headed(lower: Sequence[str], fill: Sequence[int], at: int) -> bool:
    # A banner spreads over a blank column too.
    return bool(lower[at] or fill[at])


def _name(grid: Grid, row: int, at: int) -> str:
    if row < 0 or at >= len(grid.rows[row]):
        return ""
    return tidied(grid.rows[row][at])


def _banners(
    grid: Grid, head: int, above: int, within: tuple[int, int]
) -> list[tuple[int, list[str]]]:
    """The rows above that may belong to the header, from the top, each spread over its columns."""
    first, last = within
    found: list[tuple[int, list[str]]] = []
    for row in range(head - 1, max(above - 1, head - 1 - UP, -1), -1):
        kinds = grid.kinds[row]
        over = [at for at in range(first, last + 1) if kinds[at] != BLANK]
        numbers = sum(kinds[at] == NUMBER and len(grid.rows[row][at]) != 4 for at in over)
        # A title or a note stands in the first column alone; numbers name nothing.
        if not over or over == [first] or numbers or _is_labelled(grid, row, over, first):
            continue
        over_each = spread(grid.rows, row + 1, grid.merged, (first + 1, last + 1))
        words = [over_each.get(at + 1, "") for at in range(grid.width)]
        if row < head - 1 and len(grid.filled(row + 1)) < 2:
            # Far above, the first cell is the sheet's title; the others may be banners yet.
            words[first] = ""
        found.insert(0, (row, words))
    return found


def _is_labelled(grid: Grid, row: int, over: Sequence[int], first: int) -> bool:
    """Whether a row says one thing of the whole table: `Units:` and beside it `Persons`."""
    return over[0] == first and len(over) < 3 and grid.rows[row][first].rstrip().endswith(":")


def _needed(
    grid: Grid, lower: Sequence[str], banners: list[tuple[int, list[str]]], columns: Sequence[int]
) -> set[int]:
    """Which rows above are needed for every name to be there, and to be another."""
    names = {at: lower[at] for at in columns}
    used: set[int] = set()
    nearest = banners[-1][0] if banners else -1
    for row, words in reversed(banners):
        twice = _named_twice(names)
        # Where a cell reaches down to the lowest row, its words are in its first row.
        missing = {at for at in columns if not names[at] and grid.rows[row][at] and row == nearest}
        missing = {at for at in missing if _reaches_down(grid, row, at)}
        covered = {at for at in twice if words[at] and plain(words[at]) != plain(names[at])}
        is_close = row == min(used, default=nearest + 1) - 1
        if missing or (covered and (is_close or len(covered) > 0.5 * len(twice))):
            used.add(row)
            names |= {at: joined([words[at], names[at]]) for at in columns if words[at]}
        elif not twice:
            break
    return used


def _reaches_down(grid: Grid, row: int, at: int) -> bool:
    is_line = len(grid.filled(row)) > 2
    return (row + 1, at) in grid.down or (not grid.down and is_line)


def _named_twice(names: dict[int, str]) -> set[int]:
    counts = Counter(plain(name) for name in names.values() if name)
    return {at for at, name in names.items() if name and counts[plain(name)] > 1}
