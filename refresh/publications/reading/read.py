"""Read a file strictly by its manifest: a deviation is a finding, a row that does not fit is kept
aside with its reason. Nothing is guessed here that the manifest does not say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from engine.errors import LakeError
from refresh.finding import Finding
from refresh.publications.manifest import File, ManifestColumn, TableOf
from refresh.publications.reading.placed import Placed, place
from refresh.publications.reading.rows import Sorted, sort_rows
from refresh.publications.reading.text import ROW, Cells, Opened, member_of, open_member
from refresh.publications.reading.typed import SUPPRESSED, Told, sum_up, typed

IS_TOTAL = "_is_total"
SHOWN = 5


@dataclass(frozen=True)
class ColumnSeen:
    """One column as it came.

    published  its header; name, ours; dtype, as Polars calls it
    sum        of its numbers; None where it has none
    marks      how often each mark stands in it
    annotated  how many of its numbers have a note glued on; they are in no sum
    """

    published: str
    name: str
    dtype: str
    sum: float | int | None = None
    nulls: int = 0
    marks: dict[str, int] = field(default_factory=dict)
    annotated: int = 0


@dataclass(frozen=True)
class Reading:
    """What a file gave.

    frame        the rows to the manifest's types: its columns, `<name>_suppressed` beside those
                 with marks, and `_is_total` where the manifest says which rows are totals
    source_rows  how many rows of data the file has: those of the frame and those rejected
    rejects      `part`, `file`, `row`, `reason`, and the cells as they are
    columns      one each, in published order
    added        headers that the manifest does not know; they are not in the frame
    files        where the rows of a file too large for memory lie, part by part
    """

    frame: pl.DataFrame | pl.LazyFrame
    source_rows: int
    rejects: pl.DataFrame
    columns: list[ColumnSeen]
    findings: list[Finding] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    files: tuple[Path, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows the frame has."""
        return self.source_rows - self.rejects.height


def read(path: Path, of: TableOf, file: File, *, scratch: Path | None = None) -> Reading:
    """The rows of one file, strictly by its manifest.

    Takes:  the file as it lies on disk; the table, and which of its files it is; `scratch`, a
            folder for the rows of a file too large for memory, whose frame is then lazy.
    Raises: ContractBroken for a missing sheet, member or header, NotTheFile for damaged bytes.
    """
    opened = open_member(member_of(path, file.extract), of.layout, sheet=file.sheet)
    try:
        placed = place(opened, of)
    except LakeError:
        opened.close()
        raise
    told = {column.name: Told() for column in of.columns}
    rejects: list[pl.DataFrame] = []
    kept: list[pl.DataFrame] = []
    files: list[Path] = []
    sorting = Sorted()
    source_rows = 0
    for at, cells in enumerate(opened.parts):
        rows = sort_rows(cells, of, placed, sorting)
        source_rows += rows.height
        made = typed(rows, of.columns, told)
        frame = _with_totals(made.values, rows, of)
        why = _reasons(made.wrong, cells, rows, placed)
        bad = why.is_not_null()
        if bad.any():
            rejects.append(_rejects(rows.filter(bad), why.filter(bad), of, opened.where))
            frame = frame.filter(~bad)
        sum_up(frame, of.columns, told)
        if scratch is None:
            kept.append(frame)
            continue
        scratch.mkdir(parents=True, exist_ok=True)
        files.append(scratch / f"{of.code}-{at:05}.parquet")
        frame.write_parquet(files[-1])
    whole: pl.DataFrame | pl.LazyFrame = pl.scan_parquet(files) if files else pl.concat(kept)
    columns = [_seen(column, told[column.name]) for column in of.columns]
    empty = _rejects(_nothing(of), pl.Series("reason", [], dtype=pl.String), of, opened.where)
    aside = pl.concat([empty, *rejects])
    findings = list(_findings(of, opened, placed, told, sorting, aside, source_rows))
    return Reading(whole, source_rows, aside, columns, findings, placed.added, tuple(files))


def _nothing(of: TableOf) -> pl.DataFrame:
    names = {column.name: pl.String for column in of.columns}
    return pl.DataFrame(schema={ROW: pl.Int64, **names})


def _reasons(wrong: pl.Series, cells: Cells, rows: pl.DataFrame, placed: Placed) -> pl.Series:
    """Why rows do not fit: their values, or more cells than there are columns."""
    too_long = {
        at: f"{len(row)} cells where there are {placed.width}"
        for at, row in cells.ragged
        if any(row[placed.width :])
    }
    if not too_long:
        return wrong
    long = rows[ROW].replace_strict(
        list(too_long), list(too_long.values()), default=None, return_dtype=pl.String
    )
    return pl.select(pl.coalesce(long, wrong)).to_series()


def _rejects(rows: pl.DataFrame, why: pl.Series, of: TableOf, where: str) -> pl.DataFrame:
    return rows.select(
        pl.lit(of.code).alias("part"),
        pl.lit(where).alias("file"),
        pl.col(ROW).cast(pl.Int64),
        why.alias("reason"),
        *(pl.col(column.name).cast(pl.String) for column in of.columns),
    )


def _with_totals(values: pl.DataFrame, rows: pl.DataFrame, of: TableOf) -> pl.DataFrame:
    """Which rows are of the whole country or of a group, by what stands in a column."""
    if not of.total_rows:
        return values
    is_total = [
        pl.col(name).str.to_lowercase().str.contains(_pattern(words)).fill_null(False)
        for name, words in of.total_rows.items()
    ]
    return values.with_columns(rows.select(pl.any_horizontal(is_total).alias(IS_TOTAL)).to_series())


def _pattern(words: str) -> str:
    """What a manifest says of total rows, `England | *Total`, as a pattern."""
    each = [
        ".*".join(map(_literal, word.strip().lower().split("*"))) for word in words.split(" | ")
    ]
    return rf"^(?:{'|'.join(each)})$"


def _literal(text: str) -> str:
    return "".join(c if c.isalnum() or c == " " else f"\\{c}" for c in text)


def _seen(column: ManifestColumn, told: Told) -> ColumnSeen:
    # As Polars calls it, for who compares it with the table that is made.
    dtype = {"string": "String", "timestamp": "Datetime"}.get(column.dtype, column.dtype.title())
    published = column.original_name
    return ColumnSeen(
        published, column.name, dtype, told.sum, told.nulls, told.marks, told.annotated
    )


def _findings(
    of: TableOf,
    opened: Opened,
    placed: Placed,
    told: dict[str, Told],
    sorting: Sorted,
    rejects: pl.DataFrame,
    source_rows: int,
) -> Iterator[Finding]:
    yield from placed.findings
    for name, seen in told.items():
        if seen.unknown:
            marks = ", ".join(f"`{mark}` {count:,} times" for mark, count in seen.unknown.items())
            yield Finding(
                "warn",
                "quality",
                "marks",
                opened.where,
                f"marks that the manifest does not name: {marks}; read as no number",
                column=name,
                expected=", ".join(
                    f"`{mark}`" for of_ in of.columns if of_.name == name for mark in of_.marks
                )
                or "no marks",
                observed=marks,
                rows_failed=sum(seen.unknown.values()),
                rows_total=source_rows,
                next_step="add them to the column's marks, with what they mean",
            )
    yield from sorting.findings(opened.where)
    most = rejects["reason"].value_counts(sort=True).head(SHOWN)["reason"].to_list()
    yield Finding(
        "fail" if rejects.height else "pass",
        "quality",
        "rows rejected",
        opened.where,
        f"{rejects.height:,} of {source_rows:,} rows do not fit the manifest"
        if rejects.height
        else f"all {source_rows:,} rows fit the manifest",
        expected="0",
        observed=f"{rejects.height:,}",
        rows_failed=rejects.height,
        rows_total=source_rows,
        sample="; ".join(most),
        next_step="look at the rejected rows; if the publisher changed a type, mend the manifest"
        if rejects.height
        else "",
    )


__all__ = ["IS_TOTAL", "SUPPRESSED", "ColumnSeen", "Reading", "read"]
