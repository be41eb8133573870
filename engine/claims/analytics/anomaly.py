"""Anomaly: one shape for whatever is odd, of a claim, of a provider or of a trend.

An anomaly says what was observed and what was expected, what the difference costs, which claims
it is made of, and why in a sentence. Whether somebody has confirmed or dismissed it is not known
here: the ledger keeps that by `anomaly_id`, which is the same at every build.
"""

from collections.abc import Iterable
from typing import Literal

import polars as pl

Level = Literal["claim", "provider", "trend"]
Measured = Literal["cents", "days", "claims", "share", "years", "text"]

ANOMALY = pl.Schema(
    {
        "anomaly_id": pl.String(),  # rule and subject; the same at every build
        "rule": pl.String(),  # A1 to A8
        "level": pl.String(),  # claim, provider or trend
        "subject": pl.String(),  # claim, provider, or dimension and value
        "period": pl.String(),  # months that it is about, 2024-01 or 2024-01/2024-12
        "score": pl.Float64(),  # how odd, in the rule's own measure; more is odder
        "observed": pl.Float64(),  # in `unit`
        "expected": pl.Float64(),  # in `unit`
        "unit": pl.String(),
        "effect_cents": pl.Int64(),  # what the difference costs the payer, in cents
        "claim_count": pl.Int64(),  # claims that it is made of
        "claim_ids": pl.List(pl.String()),  # the first of them, MOST_CLAIMS at most, by number
        "explanation": pl.String(),
    }
)
MOST_CLAIMS = 50


def anomalies_of(
    rows: pl.LazyFrame,
    *,
    rule: str,
    level: Level,
    subject: str | pl.Expr,
    score: pl.Expr,
    observed: pl.Expr,
    expected: pl.Expr,
    unit: Measured,
    effect_cents: pl.Expr,
    explanation: pl.Expr,
    period: pl.Expr | None = None,
    claim_ids: pl.Expr | None = None,
    claim_count: pl.Expr | None = None,
    apart: pl.Expr | None = None,
) -> pl.LazyFrame:
    """Rows as anomalies.

    Takes:  one row an anomaly; what each column is made of. Without `claim_ids`, the row's own
            `claim_id`. `apart` tells two anomalies of one rule and subject from each other.
    Gives:  the columns of ANOMALY. A score that is not finite is none, and its row is left out.
    """
    about = pl.col(subject) if isinstance(subject, str) else subject
    ids = claim_ids if claim_ids is not None else pl.concat_list("claim_id")
    said = [pl.lit(rule), about, *([] if apart is None else [apart])]
    ordered = ids.list.sort()
    return (
        rows.select(
            pl.concat_str(said, separator=":").alias("anomaly_id"),
            pl.lit(rule).alias("rule"),
            pl.lit(level).alias("level"),
            about.alias("subject"),
            (pl.lit("") if period is None else period).alias("period"),
            score.cast(pl.Float64).alias("score"),
            observed.cast(pl.Float64).alias("observed"),
            expected.cast(pl.Float64).alias("expected"),
            pl.lit(unit).alias("unit"),
            effect_cents.round().cast(pl.Int64).fill_null(0).alias("effect_cents"),
            (ids.list.len() if claim_count is None else claim_count)
            .cast(pl.Int64)
            .alias("claim_count"),
            ordered.list.head(MOST_CLAIMS).alias("claim_ids"),
            explanation.alias("explanation"),
        )
        # Nobody can read inf or NaN, and what has no score is not judged.
        .filter(pl.col("score").is_finite())
    )


def ranked(found: Iterable[pl.LazyFrame]) -> pl.LazyFrame:
    """All anomalies in one list: what costs most first, then what is oddest.

    Takes:  frames of ANOMALY.
    Gives:  ANOMALY, and `place` from 1; by effect, score and id.
    """
    return (
        pl.concat(found)
        .sort("effect_cents", "score", "anomaly_id", descending=[True, True, False])
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    )


def dollars(cents: pl.Expr) -> pl.Expr:
    """Cents as people read them: `$1,234`; to the cent below ten dollars.

    >>> df = pl.DataFrame({"c": [123_456_789, 250, -100_000, 0]})
    >>> df.select(d=dollars(pl.col("c")))["d"].to_list()
    ['$1,234,568', '$2.50', '-$1,000', '$0']
    """
    size = cents.abs()
    whole = (size / 100).round().cast(pl.Int64).cast(pl.String)
    # From the right, a comma after every third digit: there is no such format among expressions.
    grouped = whole.str.reverse().str.replace_all(r"(\d{3})", "${1},").str.reverse()
    small = pl.format(
        "{}.{}",
        (size // 100).cast(pl.Int64),
        (size % 100).cast(pl.Int64).cast(pl.String).str.zfill(2),
    )
    is_small = (size > 0) & (size < 1_000)
    amount = pl.when(is_small).then(small).otherwise(grouped.str.strip_chars_start(","))
    return pl.when(cents < 0).then(pl.lit("-$") + amount).otherwise(pl.lit("$") + amount)


def percent(share: pl.Expr) -> pl.Expr:
    """A share from 0 to 1 as people read it: `12 %`."""
    return pl.format("{} %", (share * 100).round().cast(pl.Int64))
