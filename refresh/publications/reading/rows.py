"""Which rows of a file are data: not blank, no heading between, nothing after the footer."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from refresh.extract.decode import Strays
from refresh.finding import Finding
from refresh.publications.manifest import TableOf
from refresh.publications.reading.placed import Placed
from refresh.publications.reading.text import ROW, Cells
from refresh.publications.reading.typed import is_number


@dataclass
class Sorted:
    """What is remembered from one part of a file to the next, and told at the end."""

    is_over: bool = False
    above: dict[str, str | None] = field(default_factory=dict)
    short: int = 0
    first_short: int = 0
    strays: Strays | None = None
    mended: dict[int, str] = field(default_factory=dict)

    def findings(self, where: str) -> Iterator[Finding]:
        """What could be read in one way only, and was."""
        if self.short:
            yield Finding(
                "warn",
                "quality",
                "record length",
                where,
                f"{self.short:,} records end early, or have blank cells too many; read as they"
                f" stand, the first in row {self.first_short:,}",
                rows_failed=self.short,
            )
        if self.mended:
            ways = Counter(self.mended.values()).most_common()
            how = ", ".join(f"{way} {count:,} times" for way, count in ways)
            yield Finding(
                "warn",
                "quality",
                "records mended",
                where,
                f"{len(self.mended):,} records make sense in one way only, and were read so: {how};"
                f" the first is record {min(self.mended):,}",
                rows_failed=len(self.mended),
                next_step="look at them, and tell the publisher",
            )
        if self.strays:
            yield Finding(
                "warn",
                "quality",
                "encoding",
                where,
                f"{self.strays.count:,} bytes are not of the file's encoding; read as"
                f" Windows-1252, the first in line {self.strays.line:,}",
                sample=self.strays.text,
                rows_failed=self.strays.count,
            )


def sort_rows(cells: Cells, of: TableOf, placed: Placed, seen: Sorted) -> pl.DataFrame:
    """The rows of data of one part, under the manifest's names, all text.

    Gives:  `row` and the columns; a missing column is null throughout.
    """
    layout = of.layout
    wanted = {name: f"c{at}" for name, at in placed.at.items() if at is not None}
    there = set(cells.frame.columns)
    # Rows are in order, so those above the data are cut off, not filtered out.
    frame = cells.frame.slice(int(cells.frame[ROW].search_sorted(placed.first_row)))
    moved = placed.first_row - layout.first_row
    if layout.last_row is not None and not layout.footer:
        frame = frame.filter(pl.col(ROW) <= layout.last_row + moved)
    ours = [at for at in wanted.values() if at in there]
    span = _span(there, layout.first_column, layout.last_column)
    if layout.footer or layout.drop_rows:
        begins = pl.coalesce(pl.col(span)).fill_null("").str.slice(0, 200)
        frame = frame.with_columns(_begins=begins)
    # Where a column has something in every row no row is blank, and none need be copied.
    if ours and all(frame[at].has_nulls() for at in ours):
        frame = frame.filter(~pl.all_horizontal(pl.col(ours).is_null()))
    rows = _without_notes(frame, of, placed, seen, span)
    rows = rows.select(
        ROW,
        *(
            (pl.col(at) if at in there else pl.lit(None, pl.String)).alias(name)
            for name, at in ((c.name, wanted.get(c.name, "")) for c in of.columns)
        ),
    )
    _tell(cells, placed, seen)
    return _filled_down(rows, of, seen)


def _span(there: set[str], first: int, last: int | None) -> list[str]:
    places = sorted(int(name[1:]) for name in there if name != ROW)
    return [f"c{at}" for at in places if at >= first and (last is None or at <= last)]


def _without_notes(
    rows: pl.DataFrame, of: TableOf, placed: Placed, seen: Sorted, span: list[str]
) -> pl.DataFrame:
    """Without what stands below the footer's first line, and without headings."""
    layout = of.layout
    if seen.is_over:
        return rows.clear()
    if layout.footer:
        has_value = _has_value(of, placed, set(rows.columns))
        ends = rows.select(
            (pl.col("_begins").str.starts_with(layout.footer) & ~has_value).arg_true()
        ).to_series()
        if ends.len():
            seen.is_over = True
            rows = rows.head(ends[0])
    if layout.drop_rows:
        starts = pl.any_horizontal(
            [pl.col("_begins").str.starts_with(text) for text in layout.drop_rows]
        )
        # A line of data may begin with the same word, and goes on.
        is_alone = pl.sum_horizontal([pl.col(at).is_not_null() for at in span]) == 1
        rows = rows.filter(~(starts & is_alone))
    return rows


def _has_value(of: TableOf, placed: Placed, there: set[str]) -> pl.Expr:
    """Whether a row has anything with a digit where numbers belong: a note has not."""
    places = [f"c{placed.at[c.name]}" for c in of.columns if is_number(c) and placed.at[c.name]]
    inside = [at for at in places if at in there]
    if not inside:
        return pl.lit(False)
    return pl.any_horizontal([pl.col(at).str.contains(r"\d").fill_null(False) for at in inside])


def _tell(cells: Cells, placed: Placed, seen: Sorted) -> None:
    seen.strays = seen.strays or cells.strays
    seen.mended |= cells.mended
    short = [
        at for at, row in cells.ragged if at >= placed.first_row and not any(row[placed.width :])
    ]
    if short:
        seen.first_short = seen.first_short or short[0]
        seen.short += len(short)


def _filled_down(rows: pl.DataFrame, of: TableOf, seen: Sorted) -> pl.DataFrame:
    """Labels that stand only on the first row of their group, on every row of it."""
    names = [name for name in of.layout.fill_down if name in rows.columns]
    if not names or not rows.height:
        return rows
    # Of the part before, the last label still holds.
    is_first = pl.int_range(pl.len()) == 0
    for at, name in enumerate(names):
        column = pl.col(name)
        carried = pl.when(is_first & column.is_null()).then(pl.lit(seen.above.get(name)))
        # A new region begins without the last one's trusts.
        outer = [pl.col(f"_new_{one}") for one in names[:at]]
        group = pl.sum_horizontal(outer).cum_sum() if outer else pl.lit(0)
        rows = rows.with_columns(
            carried.otherwise(column).alias(name), column.is_not_null().alias(f"_new_{name}")
        ).with_columns(column.forward_fill().over(group).alias(name))
    seen.above = {name: rows[name][-1] for name in names}
    return rows.select(pl.exclude("^_new_.*$"))
