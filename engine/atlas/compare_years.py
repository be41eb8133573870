"""Moved: every indicator of one organisation, held against its own figures of another year.

As engine.atlas.year_change says it of one indicator: by Newcombe's interval, and nothing across a
break in series or a year that is not loaded.
"""

import polars as pl

from engine.atlas.compare_figures import HIGHER, KEYS, LOWER, SIMILAR, figures, side_by_side
from engine.atlas.geography import practices
from engine.atlas.rollup import organisation_code
from engine.atlas.year_change import breaks_within
from engine.lake import Lake

WORDS = {HIGHER: "rose", SIMILAR: "similar", LOWER: "fell"}


def changes_since(
    lake: Lake, year: str, before: str, level: str, organisation: str
) -> pl.LazyFrame:
    """How far each indicator (net) and register (prevalence) moved since an earlier year.

    Takes:  two years of the lake, the earlier one as `before`; an organisation of both.
    Gives:  one row an indicator that has a value in both years and nothing that parts them
            (`breaks_within`), by code: `indicator_code`, `measure`, `value_before` (percent),
            `change` in percentage points with its 95 % interval `change_low` and `change_high`,
            and `moved`: rose, fell, or similar where the interval holds 0 (null under ten patients
            in either year).
    """
    return changes_of(lake, year, before, organisation_code(level) == organisation)


def changes_of(lake: Lake, year: str, before: str, own: pl.Expr) -> pl.LazyFrame:
    """The same of whatever practices: an area's, or those that somebody listed.

    Takes:  two years of the lake; which rows of practice_geography are theirs.
    """
    parted = breaks_within(lake, before, year)
    now, then = (
        figures(lake, one, practices(lake, "published", one).filter(own)) for one in (year, before)
    )
    return (
        side_by_side(now, then)
        .drop_nulls("difference")
        .join(parted, on="indicator_code", how="anti", maintain_order="left")
        .select(
            *KEYS,
            "value_before",
            change="difference",
            change_low="difference_low",
            change_high="difference_high",
            moved=pl.col("verdict").replace_strict(WORDS, return_dtype=pl.String),
        )
    )
