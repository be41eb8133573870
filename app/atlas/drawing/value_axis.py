"""The upright axis of the atlas's charts: the measure that is asked for, in percent. Pure."""

from typing import Any

import polars as pl

from app.draw.extent import least, most
from engine import Question
from engine.atlas.metrics.qof_measures import MEASURES

ROOM = 0.05  # of the span, above and below the values


def value_axis(values: pl.Series, question: Question) -> dict[str, Any]:
    """The upright axis: percent, from 0 where the values come near it, else from a round number.

    Takes:  the values to be drawn, at least one that is not null.
    """
    low, high = least(values), most(values)
    metric = MEASURES[question.measure]
    room = max((high - low) * ROOM, 0.5)
    # An axis that nearly reaches 0 shows it: a cut one makes differences look larger.
    low = 0.0 if low < 0.4 * high else max(low - room, 0.0)
    return {
        "kind": "linear",
        "low": low,
        "high": min(high + room, max(100.0, high)),
        "label": f"{metric.words.axis or metric.label}, %",
        "after": " %",
        "decimals": 1,
    }
