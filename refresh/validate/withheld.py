"""What is said of numbers that a publisher withholds: how many, by which mark, and where most.

A mark is a null with a reason, never a row that is lost: the practice's list still counts.
"""

from collections.abc import Mapping

import polars as pl

from engine.table import Table
from engine.vocabulary import Verdict
from refresh.finding import Finding
from refresh.validate.cells import NOTHING
from refresh.validate.shares import worst

TOO_MUCH = 0.5  # of a group: what is left would pass for the whole


def withheld_findings(
    typed: pl.DataFrame,
    staged: pl.DataFrame,
    table: Table,
    names: Mapping[str, str | None],
    marks: Mapping[str, tuple[str, ...]],
    where: str,
) -> list[Finding]:
    """One finding a column that has marks.

    Takes:  the raw cells under their headers; the rows to the contract; which header each column
            has; the marks that were found in each column.
    Gives:  a warning, or a failure where more than half of a group's numbers are withheld.
    """
    told = {
        name: tuple(mark for mark in found if mark.strip().lower() not in NOTHING)
        for name, found in marks.items()
    }
    return [
        _of_column(typed, staged, table, name, header, told[name], where)
        for name, header in names.items()
        if header is not None and told.get(name)
    ]


def _of_column(
    typed: pl.DataFrame,
    staged: pl.DataFrame,
    table: Table,
    name: str,
    header: str,
    marks: tuple[str, ...],
    where: str,
) -> Finding:
    is_withheld = typed[header].is_in(list(marks))
    most = worst(staged, is_withheld, table)
    counts = typed.filter(is_withheld)[header].value_counts(sort=True).rows()
    words = ", ".join(f"`{mark}` ({rows:,} rows)" for mark, rows in counts[:6])
    first = staged.filter(is_withheld).select(table.key).head(3).rows()
    is_number = staged.schema[name].is_numeric()
    status: Verdict = "fail" if is_number and most.share > TOO_MUCH else "warn"
    return Finding(
        status,
        "quality",
        "numbers withheld",
        where,
        f"`{name}` is withheld in {is_withheld.sum():,} of {typed.height:,} rows: {words}"
        f"{most.words}; it is null there, and whatever else these rows say counts",
        column=header,
        expected=f"at most {TOO_MUCH:.0%} of any group",
        observed=words,
        rows_failed=int(is_withheld.sum()),
        rows_total=typed.height,
        sample="; ".join(" ".join(map(str, row)) for row in first),
        next_step="wait for a release that tells them, or take one from before; until then the last"
        " good release stays in use"
        if status == "fail"
        else "nothing; sums of areas lack these numbers, as the publisher's own would",
    )
