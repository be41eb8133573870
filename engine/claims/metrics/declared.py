"""How a metric of claims is declared: once, in SQL, of which Polars makes its expressions.

What a row adds is written as SQL, so that the same declaration runs here and on any engine that
reads the lake's Parquet (engine/sql.py).
"""

from typing import Any, Literal

import polars as pl

from engine.derived import Derived, Input
from engine.metric import Better, Metric, MetricWords
from engine.unit import Format, Money

OWNER = "Claims team"
DOLLARS = Money("USD")
NO_INTERVAL = "Amounts and claims of one payer are counted, not sampled."
Kind = Literal["count", "money", "percent", "days", "number", "per 1,000"]
_UNITS: dict[Format, str] = {
    "count": "count",
    "money": "cents",
    "percent": "percent",
    "days": "days",
    "number": "number",
    "per 1,000": "per 1,000",
}


def words(above: str, below: str = "", *, axis: str = "") -> MetricWords:
    """How a metric of claims and its parts are spoken of."""
    return MetricWords(
        above,
        below,
        counted="claims",
        nobody="no claims and no cover",
        enough="10 or more claims",
        size=below.capitalize() or "Claims",
        axis=axis,
        banded=above.capitalize(),
        no_interval=NO_INTERVAL,
    )


def metric(
    name: str,
    label: str,
    above: str,
    below: str | None = None,
    *,
    of: tuple[str, str] | tuple[str],
    written: Format,
    better: Better = "neither",
    only: str = "",
    **more: Any,
) -> Metric:
    """A metric whose parts are SQL over one row of its table.

    Takes:  of  what the parts count, in a word or two: the upper, and the lower if there is one
            only  condition on dimensions, in SQL
    """
    numerator = pl.sql_expr(above)
    return Metric(
        name=name,
        label=label,
        numerator=numerator,
        denominator=None if below is None else pl.sql_expr(below),
        sql=(above, below or ""),
        only=pl.sql_expr(only) if only else None,
        only_sql=only,
        unit=_UNITS[written],
        format=written,
        money=DOLLARS if written == "money" else None,
        better=better,
        words=words(*of),
        owner=OWNER,
        **more,
    )


def derived(
    name: str, label: str, sql: str, *inputs: Input, written: Format, of: str, **more: Any
) -> Derived:
    """A metric that is an SQL expression over others."""
    return Derived(
        name=name,
        label=label,
        expression=pl.sql_expr(sql),
        sql=sql,
        inputs=inputs,
        formula=sql,
        unit=_UNITS[written],
        format=written,
        money=DOLLARS if written == "money" else None,
        words=words(of),
        owner=OWNER,
        **{"better": "neither"} | more,
    )
