"""What every chart shares: its place in the page, and numbers as the browser reads them. Pure.

A chart's message has a number for each thing on the map, in its order; band, colour, name and
whether it is shown come from the map itself (app/www/charts.js).
"""

from base64 import b64encode
from typing import Any

import numpy as np
import polars as pl
from htmltools import Tag, tags

Message = dict[str, Any]


def place(name: str) -> Tag:
    """Where the browser draws the chart of that name; it stays, whatever is written beside it."""
    return tags.div(class_="chart", data_chart=name, hidden="")


def empty(name: str) -> Message:
    """Takes the chart away where there is nothing to draw."""
    return {"chart": name, "empty": True}


def floats(values: pl.Series) -> str:
    """Numbers as base64 of Float32; not-a-number where there is none."""
    # Half the bytes, and far finer than a pixel.
    numbers = values.cast(pl.Float32).fill_null(np.nan).to_numpy()
    return b64encode(np.ascontiguousarray(numbers).tobytes()).decode("ascii")


def log_axis(low: float, high: float) -> dict[str, Any]:
    """Ends of an axis of sizes, a little outside the smallest and the largest; both over 0."""
    # At least a factor of two across: one size alone is no axis.
    return {"kind": "log", "low": low / 1.12, "high": max(high, low * 2) * 1.12}
