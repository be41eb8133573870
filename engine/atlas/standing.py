"""Standing: where an organisation lies among its ICB's and England's, without a league table.

A percentile says how many of the others have a lower share; the interval says whether the
difference from England is more than chance. Fewer than ten eligible patients are not compared.
"""

from dataclasses import replace

import polars as pl

from engine.atlas.ask import SMALL, Question, answer
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.parents import is_below, parents
from engine.lake import Lake
from engine.metric import Metric


def standing(lake: Lake, question: Question) -> pl.LazyFrame:
    """The place of every organisation of the level among those of its ICB and of England.

    Takes:  a question; its area, bands and context play no part, a place is a place among all.
    Gives:  one row an organisation, by code: `organisation_code`, `icb_code` (null at ICB level
            and above), `value`, `value_low`, `value_high` (percent), `compared` (Boolean),
            `percentile_icb`, `among_icb`, `percentile_england`, `among_england` (mid-rank, over 0
            and under 100, and among how many), `england_value`, `icb_value`, and
            `against_england`, `against_icb`: lower, similar or higher by the 95 % interval.
            Percentiles are null where there is nobody to compare with; all of them, and
            `against_...`, where `compared` is false.
    Raises: UnknownName, BadQuestion; see `answer`.
    """
    # A place among those on the screen would change with every filter.
    everywhere = replace(question, area="", keep="")
    rows = answer(lake, everywhere).select(
        "organisation_code", "numerator", "denominator", "value", "value_low", "value_high"
    )
    england = answer(lake, replace(everywhere, level="england")).select(england_value="value")
    boards = answer(lake, replace(everywhere, level="icb")).select(
        icb_code="organisation_code", icb_value="value"
    )
    return (
        rows.join(_icb(lake, question), on="organisation_code", how="left", maintain_order="left")
        .with_columns(compared=compared(MEASURES[question.measure]))
        .join(england, how="cross", maintain_order="left")
        .join(boards, on="icb_code", how="left", maintain_order="left")
        .with_columns(
            among_icb=_among().over("icb_code"),
            percentile_icb=_percentile().over("icb_code"),
            among_england=_among(),
            percentile_england=_percentile(),
            against_england=pl.when("compared").then(against("england_value")),
            against_icb=pl.when("compared").then(against("icb_value")),
        )
        .with_columns(
            # Those without a board would be counted as a board of their own.
            pl.when(pl.col("icb_code").is_not_null()).then(name).alias(name)
            for name in ("among_icb", "percentile_icb")
        )
        .select(
            "organisation_code",
            "icb_code",
            "value",
            "value_low",
            "value_high",
            "compared",
            "percentile_icb",
            "among_icb",
            "percentile_england",
            "among_england",
            "england_value",
            "against_england",
            "icb_value",
            "against_icb",
        )
    )


def compared(metric: Metric) -> pl.Expr:
    """Whether an organisation's share can be held against others'; never null.

    Takes: the columns `numerator` and `denominator` of an answer. Shares of patients need ten
           eligible, and no more counted than could be; shares of points a maximum over 0.

    >>> df = pl.DataFrame({"numerator": [9, 9, 12, None], "denominator": [9, 10, 10, 40]})
    >>> df.select(ok=compared(MEASURES["net"]))["ok"].to_list()
    [False, True, False, False]
    """
    given = pl.col("numerator").is_not_null() & (pl.col("denominator") > 0)
    # More counted than could be is a mistake of the publication, and would stand first.
    enough = (pl.col("denominator") >= SMALL) & (pl.col("numerator") <= pl.col("denominator"))
    return ((given & enough) if metric.interval else given).fill_null(False)


def percentile(values: pl.Expr) -> pl.Expr:
    """The mid-rank of each value among the values, in percent; null for a null.

    >>> df = pl.DataFrame({"v": [5.0, 7.0, 7.0, None, 9.0]})
    >>> df.select(percentile(pl.col("v")))["v"].to_list()
    [12.5, 50.0, 50.0, None, 87.5]
    """
    # Half a rank off, so that nobody stands at 0 or 100 and equals share the middle.
    return (values.rank("average") - 0.5) / values.count() * 100


def _icb(lake: Lake, question: Question) -> pl.LazyFrame:
    rows = parents(lake, question.level, "icb", year=question.year, geography=question.geography)
    icb = pl.col("parent_code") if is_below(question.level, "icb") else pl.lit(None, pl.String)
    return rows.select("organisation_code", icb_code=icb)


def _among() -> pl.Expr:
    return pl.col("compared").sum().cast(pl.Int64)


def _percentile() -> pl.Expr:
    values = pl.when("compared").then("value")
    # Alone, it would stand in the middle of itself.
    return pl.when(values.count() > 1).then(percentile(values))


def against(other: str) -> pl.Expr:
    """`lower`, `similar` or `higher` than the column `other`, by the 95 % interval; else null."""
    there = pl.col(other)
    return (
        pl.when(pl.col("value_high") < there)
        .then(pl.lit("lower"))
        .when(pl.col("value_low") > there)
        .then(pl.lit("higher"))
        .when(pl.col("value_low").is_not_null() & there.is_not_null())
        .then(pl.lit("similar"))
    )
