"""What each cell of a grid looks to be: the first look at a sheet, before any table is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from refresh.publications.looking.period_words import period_of
from refresh.publications.reading.cells import Span
from refresh.publications.reading.marks import is_annotated, is_number, reason

BLANK, NUMBER, ANNOTATED, MARK, DATE, TEXT = "BNAMDT"
VALUES = (NUMBER, ANNOTATED, MARK)


@lru_cache(maxsize=1 << 18)
def kind(text: str) -> str:
    """One letter: blank, number, annotated number, mark, date or period, other text.

    >>> "".join(map(kind, ("", "1,204", "65i", "[c]", "Apr-24", "Leeds")))
    'BNAMDT'
    """
    if not text or text.isspace():
        return BLANK
    if len(text) > 60:
        return TEXT
    if is_number(text):
        return NUMBER
    if len(text) < 25 and reason(text):
        return MARK
    if is_annotated(text):
        return ANNOTATED
    return DATE if period_of(text) else TEXT


@dataclass(frozen=True)
class Grid:
    """A sheet's cells, with what each looks to be. Rows and columns count from 0 in here."""

    rows: Sequence[Sequence[str]]
    merged: Sequence[Span] = ()

    @cached_property
    def kinds(self) -> list[str]:
        return ["".join(map(kind, row)) for row in self.rows]

    @cached_property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)

    @cached_property
    def numeric(self) -> list[bool]:
        """Of each column, whether it holds numbers for the most part, titles above them aside."""
        columns = ("".join(each) for each in zip(*self.kinds, strict=True))
        return [_is_numeric(column) for column in columns]

    def filled(self, row: int) -> list[int]:
        """The columns in which a row has something."""
        return [at for at, each in enumerate(self.kinds[row]) if each != BLANK]

    def across(self, row: int) -> list[tuple[int, int]]:
        """The first and last column of the cells of a row that are merged across."""
        return self._across.get(row, [])

    @cached_property
    def _across(self) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        for top, left, bottom, right in self.merged:
            if right > left:
                for row in range(top - 1, bottom):
                    found.setdefault(row, []).append((left - 1, right - 1))
        return found

    @cached_property
    def down(self) -> set[tuple[int, int]]:
        """The cells, below the first one, of ranges that are merged downwards."""
        return {
            (row, column)
            for top, left, bottom, right in self.merged
            if bottom > top
            for row in range(top, bottom)
            for column in range(left - 1, right)
        }


def _is_numeric(column: str) -> bool:
    plain, noted = column.count(NUMBER), column.count(ANNOTATED)
    # A code such as `36J` looks like a number with a note: of those alone no column is made.
    return plain > 0 and plain >= noted and plain + noted >= column.count(TEXT)
