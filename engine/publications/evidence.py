"""What the evidence says of the goals: the newest figures, how they moved, what is aimed at. Lazy.

Evidence is a table of the ledger, so that of one day the last word counts.
"""

from datetime import datetime, timedelta

import polars as pl

from engine.lake import Lake

TREND_DAYS = 30
FIGURE = ("metric_name", "goal_id", "evidence_date", "actual_value", "target_value", "status")


def newest(lake: Lake, now: datetime) -> pl.LazyFrame:
    """The last figure of each measure.

    Gives:  one row a measure: `metric_name`, `goal_id`, `evidence_date`, `actual_value` in the
            measure's own unit, `target_value` and `status` as they were then, `notes`.
    """
    measured = _measured(lake, now).sort("evidence_date", "evidence_id")
    return measured.group_by("metric_name", maintain_order=True).last().select(*FIGURE, "notes")


def trend(lake: Lake, now: datetime, *, days: int = TREND_DAYS) -> pl.LazyFrame:
    """The figures of the last days, one a measure and day, the oldest first.

    Gives:  the columns of FIGURE.
    """
    since = (now - timedelta(days=days)).date()
    return (
        _measured(lake, now)
        .filter(pl.col("evidence_date") >= since)
        .sort("evidence_date", "evidence_id")
        .group_by("metric_name", "evidence_date", maintain_order=True)
        .last()
        .select(*FIGURE)
    )


def targets(lake: Lake) -> pl.LazyFrame:
    """What is aimed at where somebody moved a target: `metric_name`, `target_value`, one a row."""
    moved = lake.scan("goal_targets").sort("target_id")
    return (
        moved.group_by("metric_name", maintain_order=True)
        .last()
        .select("metric_name", "target_value")
    )


def moves(lake: Lake) -> pl.LazyFrame:
    """Every target that was moved, the newest first: from what to what, by whom, when and why."""
    return lake.scan("goal_targets").sort("target_id", descending=True)


def baselines(lake: Lake) -> pl.LazyFrame:
    """The baseline of each measure that has one: `metric_name`, `actual_value`, `notes`."""
    first = lake.scan("test_evidence").filter(pl.col("evidence_type") == "audit")
    return (
        first.sort("evidence_id")
        .group_by("metric_name", maintain_order=True)
        .first()
        .select("metric_name", "actual_value", "notes")
    )


def golden(lake: Lake) -> pl.LazyFrame:
    """The golden datasets by name: when each was tested last, and what came of it (JSON)."""
    return lake.scan("golden_datasets").sort("name")


def _measured(lake: Lake, now: datetime) -> pl.LazyFrame:
    of = lake.scan("test_evidence")
    # A baseline was measured by others, on a day that nobody knows.
    is_ours = pl.col("evidence_type") != "audit"
    return of.filter(is_ours & (pl.col("evidence_date") <= now.date()))
