"""Summary: rows of a fact that are alike in some dimensions, added up once, when a lake is sealed.

A declaration: which fact, which dimensions, which metrics. A recipe makes its table, and `measure`
reads that in place of the fact wherever it answers the same (engine/stored_sums.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from engine.dimension import Dimension
from engine.errors import BadDeclaration
from engine.metric import Metric
from engine.rules import Between, NotNull
from engine.table import Column, Table

ROWS = "row_count"
"""The column with how many rows of the fact are one row here."""


@dataclass(frozen=True, eq=False)
class Summary:
    """A table that holds sums of a fact's rows.

    table       its contract: a column a dimension, by the dimension's name; `ROWS`; the sums
    of          the fact
    dimensions  those of the metrics that it answers, the very same objects
    sums        what is added up, by column: expressions over a row of the fact, whole numbers
    """

    table: Table
    of: Table
    dimensions: tuple[Dimension, ...]
    sums: Mapping[str, pl.Expr]

    @property
    def name(self) -> str:
        """The name of its table."""
        return self.table.name

    @property
    def columns(self) -> list[str]:
        """The names of its dimensions, which are its key."""
        return [dimension.name for dimension in self.dimensions]

    def column_of(self, value: pl.Expr) -> str | None:
        """The column with the sums of an expression over the fact's rows; None where none has."""
        return next((name for name, own in self.sums.items() if own.meta.eq(value)), None)


def in_parts(metric: Metric) -> pl.Expr:
    """A metric's numerators as they are added up: as whole numbers of its parts, if it has any.

    What is counted once each is told apart by a hash of eight bytes, in half the time of a text: of
    ten million values two share one with a chance of three in a million.
    """
    if metric.aggregation == "count_distinct":
        return pl.when(metric.numerator.is_not_null()).then(metric.numerator.hash())
    if not metric.parts:
        return metric.numerator
    return (metric.numerator * metric.parts).round().cast(pl.Int64)


def summary(
    name: str,
    meaning: str,
    *,
    of: Table,
    by: Iterable[Dimension],
    metrics: Iterable[Metric],
    tables: Iterable[Table] = (),
) -> Summary:
    """A summary of a fact for what metrics add of its rows.

    Takes:  by      dimensions as the metrics declare them, that of the fact's partition among them
            metrics whose sums are wanted; what does not add up, or is no whole number, is left to
                    the fact: the last bit of a sum of fractions hangs on the order of the rows
            tables  the contracts of those in which dimensions stand
    Raises: BadDeclaration where no dimension is the fact's partition, or one is no column.
    """
    dimensions = tuple(by)
    schemas = {"": of.schema, **{table.name: table.schema for table in tables}}
    partition = next((d.name for d in dimensions if _is_column(d, of.partition)), None)
    if partition is None:
        raise BadDeclaration(
            "a summary lies as its fact does",
            where=name,
            expected=f"a dimension that is `{of.partition}`",
            found=", ".join(d.name for d in dimensions),
        )
    columns = [
        *(Column(d.name, _type(d, schemas[d.table]), _words(d)) for d in dimensions),
        Column(ROWS, pl.Int64, f"Rows of {of.name}", "rows", rules=(NotNull(), Between(1))),
    ]
    sums: dict[str, pl.Expr] = {}
    for column, value, metric in _wanted(of, metrics):
        is_there = any(value.meta.eq(other) for other in sums.values())
        if not is_there:
            sums[column] = value
            columns.append(Column(column, pl.Int64, f"Sum for: {metric.formula}", metric.unit))
    names = tuple(dimension.name for dimension in dimensions)
    table = Table(
        name=name,
        grain=" x ".join(names),
        meaning=meaning,
        key=names,
        columns=tuple(columns),
        owner=of.owner,
        sort=names,
        partition=partition,
        may_be_empty=of.may_be_empty,
    )
    return Summary(table, of, dimensions, sums)


def _wanted(of: Table, metrics: Iterable[Metric]) -> Iterator[tuple[str, pl.Expr, Metric]]:
    """What rows add to metrics in whole numbers, those first that are a sum and nothing else: they
    give the names.

    What is the same for each row needs no column: rows are counted.
    """
    own = [m for m in metrics if m.table == of.name and m.aggregation == "sum" and not m.lookup]
    for metric in sorted(own, key=lambda metric: metric.is_ratio):
        sides = {metric.name: in_parts(metric)}
        if metric.is_ratio:
            sides = {f"{metric.name}_numerator": in_parts(metric)}
        if metric.denominator is not None:
            sides[f"{metric.name}_denominator"] = metric.denominator
        for column, value in sides.items():
            is_in_parts = metric.parts > 0 and value is not metric.denominator
            if not value.meta.is_literal() and (is_in_parts or _is_whole(value, of.schema)):
                yield column, value, metric


def _is_column(dimension: Dimension, column: str | None) -> bool:
    return (
        column is not None
        and not dimension.is_elsewhere
        and dimension.column.meta.undo_aliases().meta.eq(pl.col(column))
    )


# Polars is not asked for types: to plan starts threads, and a process that is forked from one that
# has imported this would wait for them for ever.
def _type(dimension: Dimension, schema: pl.Schema) -> pl.DataType:
    column = dimension.column.meta.undo_aliases().meta
    if not column.is_column():
        raise BadDeclaration(
            "a summary keeps columns as they stand",
            where=dimension.name,
            expected="a column",
            found=str(dimension.column),
        )
    return schema[column.root_names()[0]]


def _is_whole(value: pl.Expr, schema: pl.Schema) -> bool:
    """Whether a value is made of whole numbers, words and yes or no, and so of no fractions."""
    return not any(
        schema[name].is_float() or schema[name].is_decimal() for name in value.meta.root_names()
    )


def _words(dimension: Dimension) -> str:
    where = f" of {dimension.table}" if dimension.table else ""
    return f"{dimension.name.replace('_', ' ').capitalize()}{where}"
