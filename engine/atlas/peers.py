"""Peers: the practices most like a chosen one, by features that the reader ticks, and why.

Any numeric column can be a feature. Each is measured in its own interquartile ranges, so that list
size in thousands does not drown deprivation in points, and a few giants do not set the scale.
"""

from collections.abc import Sequence

import polars as pl

from engine.atlas.rollup import SHARE
from engine.atlas.standing import compared
from engine.errors import BadQuestion, UnknownName
from engine.metric import Metric

COUNT = 20


def peers(
    features: pl.LazyFrame, practice: str, names: Sequence[str], *, count: int = COUNT
) -> pl.LazyFrame:
    """The practices nearest to one, with each feature's difference from it.

    Takes:  one row a practice: `practice_code` and numeric columns; the code of the chosen one;
            the features to match on. Practices that lack one of them take no part.
    Gives:  `practice_code`, `distance` (Euclidean, in interquartile ranges, from 0), and for each
            feature its value and `<name>_difference` (peer less chosen), both Float64 in its own
            unit; the nearest first, equally near by code; at most `count`. No rows where the
            chosen practice is not there or lacks a feature.
    Raises: BadQuestion where no feature is ticked; UnknownName for one that the frame lacks.

    >>> lf = pl.LazyFrame({"practice_code": ["A", "B", "C", "D", "E"],
    ...     "list_size": [1000, 3000, 1500, 9000, None], "imd": [10.0, 10.0, 30.0, 20.0, 10.0]})
    >>> peers(lf, "A", ["list_size"], count=2).select("practice_code", "list_size_difference"
    ...     ).collect().rows()
    [('C', 500.0), ('B', 2000.0)]
    """
    _check(features, names)
    away = {f"{name}_difference": pl.col(name) - _chosen(name, practice) for name in names}
    squares = [(away[f"{name}_difference"] / _scale(name)) ** 2 for name in names]
    return (
        _complete(features, names)
        .with_columns(distance=pl.sum_horizontal(squares, ignore_nulls=False).sqrt(), **away)
        .filter(pl.col("practice_code") != practice, pl.col("distance").is_not_null())
        # The code too: of equally near ones the same are taken every time.
        .sort("distance", "practice_code")
        .head(count)
        .select(
            "practice_code",
            "distance",
            *(column for name in names for column in (name, f"{name}_difference")),
        )
    )


def taking_part(features: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
    """How many practices can be peers at all, and how many lack what: one row.

    Gives:  `practices` (with every feature), `left_out` (lacking at least one), and for each
            feature `<name>_missing`.
    Raises: BadQuestion where no feature is ticked; UnknownName for one that the frame lacks.

    >>> lf = pl.LazyFrame({"practice_code": ["A", "B", "C"], "imd": [1.0, None, 2.0]})
    >>> taking_part(lf, ["imd"]).collect().rows()
    [(2, 1, 1)]
    """
    _check(features, names)
    missing = {name: ~_there(name) for name in names}
    lacks = pl.any_horizontal(missing.values())
    return features.select(
        practices=(~lacks).sum().cast(pl.Int64),
        left_out=lacks.sum().cast(pl.Int64),
        **{f"{name}_missing": lack.sum().cast(pl.Int64) for name, lack in missing.items()},
    )


def among(lf: pl.LazyFrame, practice: str, metric: Metric) -> pl.LazyFrame:
    """Where one practice stands among others: one row.

    Takes:  an answer's rows of all of them, the chosen one too; the metric that was asked.
    Gives:  `lower`, `same`, `higher` (others whose value is that), `not_compared` (others under ten
            eligible, or without a value); of the others together `numerator`, `denominator` and
            `value` (sum over sum, percent; null where nobody was eligible). All but those three are
            null where the chosen one cannot be compared.

    >>> from engine.atlas.metrics.qof_measures import MEASURES
    >>> lf = pl.LazyFrame({"organisation_code": ["A", "B", "C", "D"],
    ...     "numerator": [10, 5, 15, 1], "denominator": [20, 20, 20, 2],
    ...     "value": [50.0, 25.0, 75.0, 50.0]})
    >>> among(lf, "A", MEASURES["net"]).collect().rows()
    [(1, 0, 1, 1, 21, 42, 50.0)]
    """
    other = pl.col("organisation_code") != practice
    can = compared(metric)
    own = pl.col("value").filter(~other & can).first()
    sums = {name: pl.col(name).filter(other).sum() for name in ("numerator", "denominator")}
    return lf.select(
        lower=pl.when(own.is_not_null()).then((other & can & (pl.col("value") < own)).sum()),
        same=pl.when(own.is_not_null()).then((other & can & (pl.col("value") == own)).sum()),
        higher=pl.when(own.is_not_null()).then((other & can & (pl.col("value") > own)).sum()),
        not_compared=pl.when(own.is_not_null()).then((other & ~can).sum()),
        **sums,
    ).with_columns(
        pl.col("lower", "same", "higher", "not_compared").cast(pl.Int64),
        value=SHARE,
    )


def _check(features: pl.LazyFrame, names: Sequence[str]) -> None:
    if not names:
        raise BadQuestion(
            "no feature is ticked, so nothing makes practices alike",
            next="tick at least one, such as deprivation or list size",
        )
    columns = features.collect_schema()
    known = [name for name, dtype in columns.items() if dtype.is_numeric()]
    for name in names:
        if name not in known:
            raise UnknownName(
                f"no feature is called `{name}`", found=name, expected=", ".join(known)
            )


def _complete(features: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
    """Practices with every feature, as floats: unsigned numbers cannot be less than another."""
    numbers = features.select("practice_code", pl.col(names).cast(pl.Float64))
    return numbers.filter(_there(name) for name in names)


def _there(name: str) -> pl.Expr:
    """Whether a feature is given: not null, nor the NaN of a division by nobody."""
    return pl.col(name).is_not_null() & pl.col(name).cast(pl.Float64).is_finite()


def _chosen(name: str, practice: str) -> pl.Expr:
    return pl.col(name).filter(pl.col("practice_code") == practice).first()


def _scale(name: str) -> pl.Expr:
    """The interquartile range; where half of all are the same the range; 1 where all are."""
    column = pl.col(name)
    # Interquartile and not standard deviation: one huge list would make all others alike.
    quarters = column.quantile(0.75, "linear") - column.quantile(0.25, "linear")
    spread = column.max() - column.min()
    return pl.when(quarters > 0).then(quarters).when(spread > 0).then(spread).otherwise(1.0)
