"""The names of columns, from the rows that make them: looked at once, read the same ever after."""

import re
from collections.abc import Mapping, Sequence

from refresh.publications.reading.cells import Span

JOINT = " | "


def tidied(text: str) -> str:
    """A header's text: line breaks and runs of blanks are one blank.

    >>> tidied(" Total\\n 0-19yrs ")
    'Total 0-19yrs'
    """
    return re.sub(r"\s+", " ", text.replace("\u200b", "").replace("\ufeff", "")).strip()


def plain(name: str) -> str:
    """A name as it is compared with others: letters and figures, in lower case.

    >>> plain("Total  Attendances ") == plain("Total attendances")
    True
    """
    return re.sub(r"[^a-z0-9<>%&+]+", " ", name.lower()).strip()


def joined(parts: Sequence[str]) -> str:
    """Parts of a name, the upper first, equal neighbours once.

    >>> joined(["Trust", "Trust", "", "Code"])
    'Trust | Code'
    """
    kept: list[str] = []
    for part in parts:
        if part and part not in kept[-1:]:
            kept.append(part)
    return JOINT.join(kept)


def names_at(
    rows: Sequence[Sequence[str]],
    header_rows: Sequence[int],
    merged: Sequence[Span],
    within: tuple[int, int],
) -> list[str]:
    """The name over each column of a table.

    Takes:  a sheet's cells; the rows of the header, upper first, and the first and last column,
            all from 1; the sheet's merged ranges.
    Gives:  one name a column, from the first; empty where nothing stands over it.
    """
    if not header_rows:
        return [""] * (within[1] - within[0] + 1)
    *upper, lowest = header_rows
    lines: list[Mapping[int, str]] = []
    for row, below in zip(upper, header_rows[1:], strict=True):
        words = spread(rows, row, merged, within)
        if below - row > 1:
            # Far above, the first cell is the sheet's title; the others are banners.
            words[within[0]] = ""
        lines.append(words)
    lines.append(_words(rows, lowest))
    columns = range(within[0], within[1] + 1)
    return [joined([line.get(at, "") for line in lines]) for at in columns]


def spread(
    rows: Sequence[Sequence[str]], row: int, merged: Sequence[Span], within: tuple[int, int]
) -> dict[int, str]:
    """A banner's words over each column that they stand for.

    Merged cells say which; where none of the row is merged, words go on up to the next.
    """
    words = _words(rows, row)
    across = [
        (left, right)
        for top, left, bottom, right in merged
        if right > left and top <= row <= bottom and words.get(left)
    ]
    if across:
        return words | {at: words[a] for a, b in across for at in range(a, b + 1)}
    current = ""
    for at in range(within[0], within[1] + 1):
        current = words.get(at) or current
        words[at] = current
    return words


def _words(rows: Sequence[Sequence[str]], row: int) -> dict[int, str]:
    cells = rows[row - 1] if 0 < row <= len(rows) else ()
    return {at: tidied(cell) for at, cell in enumerate(cells, start=1)}
