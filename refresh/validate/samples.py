"""Samples: which rows a gate on columns complains of, shown beside its verdict. Pure.

Gates judge counts (gates.py), and most loads have nothing to complain of: so the rows are looked
for only where a verdict asks for them, and no more than a person reads is held.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from refresh.finding import Finding
from refresh.validate.gates import COLUMNS_FILLED, DATES, MARKS, NULLS, oldest_day
from refresh.validate.measured import is_mark, misread_columns
from refresh.validate.seen import AUDIT

MOST_SHOWN = 10
_TOLD_BY = 3  # columns that name a row where its table has no key
_ROW = "_row"


def sampled(
    findings: Iterable[Finding],
    rows: pl.DataFrame | pl.LazyFrame,
    *,
    key: Sequence[str] = (),
    on: date,
) -> list[Finding]:
    """The findings, with a sample where a gate on columns saw rows that are not well.

    Takes:  verdicts on these rows, held or scanned; the columns that name a row (where none is a
            key, the first few do); the day of the load.
    Gives:  the same findings in the same order. A sample is at most ten rows: which of those read
            (from 1), what names it, and the cell. Of days `rows_failed` is how many there are.
    """
    lazy = rows.lazy()
    names = [name for name in lazy.collect_schema().names() if name not in AUDIT]
    by = [name for name in key if name in names] or names[:_TOLD_BY]
    return [_with_sample(finding, lazy, by, on) for finding in findings]


def _with_sample(finding: Finding, rows: pl.LazyFrame, by: list[str], on: date) -> Finding:
    wrong = list(_wrong(finding, rows, on))
    if not wrong:
        return finding
    told: list[str] = []
    for column, is_wrong in wrong:
        told += _told(rows, column, is_wrong, by, MOST_SHOWN - len(told))
    many = finding.rows_failed
    if finding.check == DATES.check:
        counts = rows.select(wrong[0][1].sum().alias("n"), pl.len().alias("of"))
        many, total = counts.collect(engine="streaming").row(0)
        finding = replace(finding, rows_failed=many, rows_total=total)
    more = [f"and {many - len(told):,} more"] if many > len(told) else []
    return replace(finding, sample="; ".join([*told, *more]))


def _wrong(finding: Finding, rows: pl.LazyFrame, on: date) -> Iterator[tuple[str, pl.Expr]]:
    """Columns, and the rows that are not well in them."""
    name, cell = finding.column, pl.col(finding.column or "*")
    if finding.check == MARKS.check and finding.rows_failed:
        for column in misread_columns(rows):
            yield column, is_mark(column)
    elif finding.status == "pass":
        return
    elif finding.check in (NULLS.check, COLUMNS_FILLED.check):
        yield name, cell.is_null()
    elif finding.check == DATES.check:
        yield name, (cell > on) | (cell < oldest_day(on))


def _told(
    rows: pl.LazyFrame, column: str, is_wrong: pl.Expr, by: list[str], most: int
) -> list[str]:
    """At most so many rows, in words."""
    named = [name for name in by if name != column]
    found = (
        rows.with_row_index(_ROW, 1)
        .filter(is_wrong)
        .select(_ROW, *named, column)
        .head(max(most, 0))
        .collect(engine="streaming")
    )
    return [
        f"row {at:,}"
        + (f" ({', '.join(map(_cell, cells))})" if cells else "")
        + f": `{column}` is {_cell(wrong)}"
        for at, *cells, wrong in found.iter_rows()
    ]


def _cell(value: object) -> str:
    return "null" if value is None else str(value)
