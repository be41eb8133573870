"""Gap: a distance in patients, not in percent, and which practices hold it.

Works on what `answer` gives. Shares are compared as SHARE has them, exact at an edge that people
write (29 of 100 is 29 %, not 28.999...), so that nobody is one short of where they already are.
"""

from collections.abc import Sequence

import polars as pl

from engine.atlas.rollup import SHARE
from engine.bands import Bands


def patients_to(edge: float | pl.Expr) -> pl.Expr:
    """How many more patients would bring the share to `edge` percent, or just over it.

    Takes:  the columns `numerator` and `denominator` (patients); an edge of at most 100. With
            `SHARE.median()` on an answer for all England, the edge is England's median.
    Gives:  whole patients, at least 1; null where it is there already, or nobody is eligible.

    >>> df = pl.DataFrame({"numerator": [45, 79, 80, 0], "denominator": [57, 100, 100, 0]})
    >>> df.select(more=patients_to(80))["more"].to_list()
    [1, 1, None, None]
    """
    edge = edge if isinstance(edge, pl.Expr) else pl.lit(float(edge))
    counted, eligible = pl.col("numerator"), pl.col("denominator")
    whole = (edge * eligible / 100).floor()
    # Compared as a share again: the product above can miss a whole number by one bit.
    target = whole + (whole * 100 / eligible < edge)
    return pl.when(SHARE < edge).then(target - counted).cast(pl.Int64)


def next_band(lf: pl.LazyFrame, bands: str | Sequence[float]) -> pl.LazyFrame:
    """An answer with the lower edge of the next band up, and the patients missing to it.

    Takes:  what `answer` gives, and the bands as a question names them, or their inner
            edges in percent.
    Gives:  its columns and `next_edge` (percent), `patients_to_next`; both null in the top band,
            without a value, and for points, which are no patients.
    Raises: UnknownName for bands that there are not.
    """
    # Points have no interval; that is how an answer tells them from patients.
    are_patients = pl.col("value_low").is_not_null().any()
    cuts = Bands.parse(bands).cuts("share") if isinstance(bands, str) else map(pl.lit, bands)
    above = [pl.when(pl.col("share") < cut).then(cut) for cut in cuts]
    nothing = pl.lit(None, pl.Float64)
    edge = pl.when(are_patients).then(pl.min_horizontal(nothing, *above))
    return (
        lf.with_columns(share=SHARE)
        .with_columns(next_edge=edge)
        .drop("share")
        .with_columns(patients_to_next=patients_to(pl.col("next_edge")))
    )


def holders(lf: pl.LazyFrame, target: float | pl.Expr) -> pl.LazyFrame:
    """Which practices of an area hold its gap to a target, the largest part first.

    Takes:  an answer in patients at practice level, with or without an area; the target in percent.
            The gap is the sum of what each lacks: one over the target makes up for nobody.
    Gives:  the practices short of the target: `organisation_code`, `organisation_name`,
            `numerator`, `denominator`, `value`, `shortfall` (patients), `place` (from 1),
            `cumulative` (patients) and `cumulative_percent` of the gap; by shortfall, then code.
    """
    gap = pl.col("shortfall").sum()
    return (
        lf.with_columns(shortfall=patients_to(target))
        .filter(pl.col("shortfall") > 0)
        # By code where equal, so that places do not change from one visit to the next.
        .sort("shortfall", "organisation_code", descending=[True, False])
        .with_columns(cumulative=pl.col("shortfall").cum_sum())
        .select(
            "organisation_code",
            "organisation_name",
            "numerator",
            "denominator",
            "value",
            "shortfall",
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("place"),
            "cumulative",
            cumulative_percent=pl.col("cumulative") * 100 / gap,
        )
    )


def fewest(percent: float = 50) -> pl.Expr:
    """How few practices hold `percent` of the gap: "six practices hold half of it".

    Takes:  what `holders` gives, in its order.
    Gives:  one number; 0 where there is no gap.

    >>> lf = pl.LazyFrame({"cumulative_percent": [40.0, 60.0, 90.0, 100.0]})
    >>> lf.select(half=fewest(50), all=fewest(100)).collect().row(0)
    (2, 4)
    """
    # One more than those that stay short of it: the one with whom it is reached counts.
    short_of_it = (pl.col("cumulative_percent") < percent).sum()
    return pl.min_horizontal(short_of_it + 1, pl.len()).cast(pl.Int64)
