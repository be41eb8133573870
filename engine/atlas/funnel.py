"""Funnel: how far from England's share organisations of each size may lie by chance alone.

Control limits of a proportion as PHEindicatormethods `calculate_funnel_limits` and Fingertips draw
them: solved for the share, their formula is that of the score test. So an organisation lies outside
the limits exactly where its own Wilson interval of that confidence leaves England's share out.
"""

from dataclasses import replace

import polars as pl

from engine.atlas.ask import Question, answer
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.standing import compared
from engine.interval import Z95
from engine.lake import Lake

Z998 = 3.090232306167813
BY_CHANCE = {"95": 0.05, "998": 0.002}
PLACES = ("below_998", "below_95", "within", "above_95", "above_998")


def limits(denominator: pl.Expr, share: pl.Expr, z: float = Z95) -> tuple[pl.Expr, pl.Expr]:
    """The lower and the upper control limit around a share, in percent.

    Takes:  eligible patients; the share in the middle, in percent; z of the confidence.
    Gives:  two Float64 expressions from 0 to 100, null where nobody is eligible.
    Source: PHEindicatormethods `calculate_funnel_limits`, Fingertips technical guidance:
            share +- z * sqrt(share * (1 - share) / denominator).

    >>> df = pl.DataFrame({"n": [0, 25, 400]})
    >>> low, high = limits(pl.col("n"), pl.lit(80.0), 2)
    >>> df.select(low.round(6).alias("low"), high.round(6).alias("high")).rows()
    [(None, None), (64.0, 96.0), (76.0, 84.0)]
    """
    reach = z * _error(denominator, share)
    return (share - reach).clip(0, 100), (share + reach).clip(0, 100)


def funnel(lake: Lake, question: Question) -> pl.LazyFrame:
    """Every organisation of the level with its control limits around England's share.

    Takes:  a question; its area and bands play no part, the limits are England's.
    Gives:  one row an organisation, by code: `organisation_code`, `numerator`, `denominator`,
            `value`, `england_value`, `low_998`, `low_95`, `high_95`, `high_998` (percent), `z`
            (standard errors from England) and `place`, one of PLACES. Where the share cannot be
            compared (under ten eligible, more counted than eligible) and for points, which are no
            share of patients, limits, `z` and `place` are null.
    Raises: UnknownName, BadQuestion; see `answer`.
    """
    # England is the yardstick, whichever area is looked at: limits must not move with the view.
    everywhere = replace(question, area="")
    rows = answer(lake, everywhere)
    england = answer(lake, replace(everywhere, level="england")).select(england_value="value")
    metric = MEASURES[question.measure]
    counts = compared(metric) & metric.interval
    eligible = pl.when(counts).then("denominator")
    share = pl.col("england_value")
    low_95, high_95 = limits(eligible, share, Z95)
    low_998, high_998 = limits(eligible, share, Z998)
    error = _error(eligible, share)
    return (
        rows.select("organisation_code", "numerator", "denominator", "value")
        .join(england, how="cross", maintain_order="left")
        .with_columns(low_998=low_998, low_95=low_95, high_95=high_95, high_998=high_998)
        .with_columns(
            z=(pl.col("value") - share) / pl.when(error > 0).then(error),
            place=pl.when(pl.col("low_95").is_not_null()).then(_place()),
        )
    )


def dispersion(funnel: pl.LazyFrame) -> pl.LazyFrame:
    """How many organisations the funnel flags, how many chance alone would, and the spread.

    Takes:  what `funnel` gives.
    Gives:  one row: `organisations` compared; `flagged_95`, `flagged_998` (outside those limits),
            `expected_95`, `expected_998` (a twentieth and a five-hundredth of them); `ratio`, the
            mean of the squared z-scores, the lowest and highest tenth pulled in to the tenth's
            edge (near or below 1 where chance is all there is; null for nobody);
            `overdispersed`: `ratio` is over 1 by more than two standard errors, so that the limits
            flag many whose difference is ordinary; `factor`, how many times as wide limits are that
            allow for that spread (the root of `ratio`; 1 where there is none to allow for);
            `beyond_998`, how many lie outside 99.8 % limits that wide.
    Source: Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics
            in Medicine 24, 1185-1202: winsorised z-scores and the multiplicative factor.
    """
    z = pl.col("z")
    # A few extreme practices would make everybody's limits wide, and hide themselves.
    pulled_in = z.clip(z.quantile(0.1, "linear"), z.quantile(0.9, "linear"))
    outer = pl.col("place").is_in(["below_998", "above_998"])
    outside = pl.col("place").is_not_null() & (pl.col("place") != "within")
    there = pl.col("place").count()
    ratio = (pulled_in**2).mean()
    is_over = (ratio > 1 + 2 * (2 / there.cast(pl.Float64)).sqrt()).fill_null(False)
    factor = pl.when(is_over).then(ratio.sqrt()).otherwise(1.0)
    return funnel.select(
        organisations=there.cast(pl.Int64),
        flagged_95=outside.fill_null(False).sum().cast(pl.Int64),
        flagged_998=outer.fill_null(False).sum().cast(pl.Int64),
        beyond_998=beyond(factor).sum().cast(pl.Int64),
        ratio=ratio,
        factor=factor,
        overdispersed=is_over,
    ).with_columns(
        (pl.col("organisations") * share).alias(f"expected_{name}")
        for name, share in BY_CHANCE.items()
    )


def beyond(factor: float | pl.Expr) -> pl.Expr:
    """Whether an organisation lies outside 99.8 % limits so many times as wide; never null.

    >>> df = pl.DataFrame({"z": [-7.0, 6.0, None], "place": ["below_998", "above_998", None]})
    >>> df.select(b=beyond(2.0))["b"].to_list()
    [True, False, False]
    """
    is_out = pl.col("z").abs() > factor * Z998
    return (is_out & pl.col("place").is_not_null()).fill_null(False)


def _error(denominator: pl.Expr, share: pl.Expr) -> pl.Expr:
    """The standard error of a share in percent, for that many patients."""
    # Nobody eligible has no error; a division would give infinity, and that is drawn.
    n = pl.when(denominator > 0).then(denominator)
    return (share * (100 - share) / n).sqrt()


def _place() -> pl.Expr:
    value = pl.col("value")
    return (
        pl.when(value < pl.col("low_998"))
        .then(pl.lit("below_998"))
        .when(value < pl.col("low_95"))
        .then(pl.lit("below_95"))
        .when(value > pl.col("high_998"))
        .then(pl.lit("above_998"))
        .when(value > pl.col("high_95"))
        .then(pl.lit("above_95"))
        .otherwise(pl.lit("within"))
    )
