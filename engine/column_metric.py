"""A metric for a table of which nobody declared any: its rows, or one of its columns. Lazy.

What a registered publication is charted by before a steward has written metrics into its manifest.
Whole numbers are added up, as counts are; of anything else the mean is taken, for a rate that is
added up is no number of anything.
"""

import polars as pl

from engine.aggregation import Aggregation
from engine.dimension import Dimension
from engine.errors import UnknownName
from engine.lake import Lake
from engine.metric import Metric, MetricWords

ROWS = "*"
"""What is named for the rows themselves, as SQL counts them."""
IS_TOTAL = "_is_total"
_BESIDE = "_suppressed"
"""How a column is called that says why another's number is not told."""


def measurable(lake: Lake, table: str) -> list[str]:
    """The columns of a table that can be charted: its numbers, but for those of the audit."""
    key = lake.manifest["tables"][table]["key"]
    return [
        name
        for name, dtype in lake.schema(table).items()
        if dtype.is_numeric() and not name.startswith("_") and name not in key
    ]


def groupable(lake: Lake, table: str) -> list[str]:
    """The columns that its rows can be grouped by: words, days, and the release's period."""
    return [
        name
        for name, dtype in lake.schema(table).items()
        if (
            dtype in (pl.String, pl.Date, pl.Boolean)
            or name in lake.manifest["tables"][table]["key"]
        )
        and (not name.startswith("_") or name == "_period")
        and not name.endswith(_BESIDE)
    ]


def column_metric(lake: Lake, table: str, column: str = ROWS) -> Metric:
    """The metric of a table's rows, or of one of its columns; rows of totals do not count.

    Raises: UnknownName for a column that is not there or holds no numbers.
    """
    schema = lake.schema(table)
    if column != ROWS and column not in measurable(lake, table):
        raise UnknownName(
            f"`{table}` has no numbers in `{column[:80]}`",
            found=column[:80],
            expected=", ".join((ROWS, *measurable(lake, table))),
        )
    is_whole = column == ROWS or schema[column].is_integer()
    how: Aggregation = "sum" if is_whole else "average"
    formula = "count of rows" if column == ROWS else f"{'sum' if is_whole else 'mean'} of {column}"
    entry = next(
        (c for c in lake.manifest["tables"][table]["columns"] if c["name"] == column), None
    )
    has_totals = IS_TOTAL in schema
    dimensions = [*groupable(lake, table), *([IS_TOTAL] if has_totals else [])]
    return Metric(
        name=formula,
        label=formula[:1].upper() + formula[1:],
        table=table,
        numerator=pl.lit(1, pl.Int64) if column == ROWS else pl.col(column),
        aggregation=how,
        only=pl.col(IS_TOTAL).ne_missing(True) if has_totals else None,
        dimensions=tuple(map(Dimension, dimensions)),
        formula=formula,
        unit="rows" if entry is None else entry["unit"] or "as published",
        format="count" if is_whole else "number",
        better="neither",
        words=MetricWords(numerator=formula, nobody="no rows", no_interval="nobody declared any"),
        why="Nobody declared a metric of it: it is what the rows themselves say.",
        caveats="Whether rows may be added up its publisher says; rows of totals are left out."
        if is_whole
        else "A plain mean over rows, large and small alike; rows of totals are left out.",
        owner="",
    )
