"""How many critical alerts nobody has yet: what stands beside Alerts in every line of areas."""

import polars as pl

from engine import open_lake
from engine.errors import LakeError


def badge() -> str:
    """Words for it; empty where there are none, or where nobody here knows."""
    try:
        lake = open_lake()
        if not lake.has("alerts"):
            return ""
        nobodys = (pl.col("status") == "open") & (pl.col("severity") == "critical")
        count = lake.scan("alerts").filter(nobodys).select(pl.len()).collect().item()
    # Of a line that stands on every page it is the least: it takes none of them away.
    except LakeError:
        return ""
    return f"{count:,} critical" if count else ""
