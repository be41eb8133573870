"""Load success, said once: which loads count, which of them went well, and the share of these.

Pages, alerts, goals and reports ask here. A load in progress is on neither side; where none has
ended there is no share, which is not nought.
"""

from collections.abc import Collection

import polars as pl

from engine.vocabulary import ENDED

WELL = "completed"
HAS_ENDED = pl.col("status").is_in(ENDED)
"""Of a load, as an expression over `load_events`."""
IS_WELL = pl.col("status") == WELL
SHARE = (IS_WELL.filter(HAS_ENDED).mean() * 100).alias("load_success")
"""Percent of the loads of a group that ended; null where none did."""
HAS_ENDED_SQL = f"status in ({', '.join(map(repr, ENDED))})"
"""The same in SQL, for metrics."""
IS_WELL_SQL = f"status = '{WELL}'"


def success(statuses: Collection[str]) -> float | None:
    """Percent of the loads that have ended which went well; None where none has ended.

    >>> success(["completed", "failed", "in_progress", "completed", "rolled_back"])
    50.0
    >>> success(["in_progress"]) is None
    True
    """
    ended = [status for status in statuses if status in ENDED]
    return 100 * sum(status == WELL for status in ended) / len(ended) if ended else None
