"""How well expected cost foretold what came: capture, lift and calibration, out of time.

Scores are of one period and outcomes of the next: nothing here may be used to make the scores.
"""

import polars as pl


def capture(
    scores: pl.LazyFrame, outcomes: pl.LazyFrame, *, by: str = "expected_cents", top: float = 0.05
) -> pl.LazyFrame:
    """Which share of next period's cost the highest scores stand for.

    Takes:  member_id and a score; member_id and `cost_cents` of the period after; which column is
            the score (the cost of the period before is the baseline to beat); which share of
            members counts as the top (0-1).
    Gives:  one row: `members`, `top_members`, `captured` (0-1, of all cost of members who are in
            both), `lift` (captured over top), `best` (0-1, had one known the outcomes).
    """
    both = _both(scores, outcomes, by)
    number = (pl.len() * top).ceil().cast(pl.Int64)
    best = pl.col("cost_cents").sort(descending=True).head(number).sum()
    # By member where scores are equal, so that the figure is the same at every run.
    chosen = pl.col("cost_cents").sort_by(["score", "member_id"], descending=[True, False])
    total = pl.col("cost_cents").sum()
    return both.select(
        pl.len().cast(pl.Int64).alias("members"),
        number.alias("top_members"),
        (chosen.head(number).sum() / total).alias("captured"),
        (chosen.head(number).sum() / total / (number / pl.len())).alias("lift"),
        (best / total).alias("best"),
    )


def calibration(
    scores: pl.LazyFrame, outcomes: pl.LazyFrame, *, groups: int = 10, by: str = "expected_cents"
) -> pl.LazyFrame:
    """Expected against actual cost, in groups of equal size by expected cost.

    Takes:  member_id and the expected cost a month; member_id, `cost_cents` and `member_months` of
            the period after.
    Gives:  `group` (1 the lowest), `members`, `expected_cents` and `actual_cents` (means a member
            month), `ratio` (actual over expected); by group.
    """
    both = _both(scores, outcomes, by, "member_months").filter(pl.col("member_months") > 0)
    place = pl.struct("score", "member_id").rank("ordinal").cast(pl.Int64) - 1
    months = pl.col("member_months")
    return (
        both.with_columns(group=place * groups // pl.len() + 1)
        .group_by("group")
        .agg(
            pl.len().cast(pl.Int64).alias("members"),
            ((pl.col("score") * months).sum() / months.sum()).alias("expected_cents"),
            (pl.col("cost_cents").sum() / months.sum()).alias("actual_cents"),
        )
        .with_columns(ratio=pl.col("actual_cents") / pl.col("expected_cents"))
        .sort("group")
    )


def _both(scores: pl.LazyFrame, outcomes: pl.LazyFrame, by: str, *more: str) -> pl.LazyFrame:
    score = scores.select("member_id", pl.col(by).alias("score")).filter(
        pl.col("score").is_not_null()
    )
    return score.join(outcomes.select("member_id", "cost_cents", *more), on="member_id")
