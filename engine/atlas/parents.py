"""Which area each organisation belongs to, by each year's published mapping or by today's.

A network can span two areas: it belongs to the one that holds most of its practices.
"""

import polars as pl

from engine.atlas.geography import practices
from engine.atlas.rollup import LEVELS, organisation_code
from engine.lake import Lake

# Whom an organisation is held against unless somebody asks for another level.
ABOVE = {
    "practice": "icb",
    "pcn": "icb",
    "sub_icb": "icb",
    "icb": "region",
    "region": "england",
    "england": "england",
}


def is_below(level: str, above: str) -> bool:
    """Whether organisations of `level` lie within those of `above`.

    >>> is_below("pcn", "icb"), is_below("icb", "icb")
    (True, False)
    """
    order = list(LEVELS)
    return order.index(level) < order.index(above)


def parents(
    lake: Lake, level: str, above: str, *, year: str | None = None, geography: str = "published"
) -> pl.LazyFrame:
    """The organisation of `above` that holds most of each organisation's practices.

    Takes:  two levels, one year to open only its file, and whose boundaries
            (engine.atlas.geography).
    Gives:  `year`, `organisation_code`, `parent_code`: one row an organisation and year; of
            parents that hold equally many the first by code; null where none was published.
    """
    rows = practices(lake, geography, year).select(
        "year", organisation_code=organisation_code(level), parent_code=organisation_code(above)
    )
    if level == "practice":
        return rows
    held = (
        rows.drop_nulls("organisation_code")
        .group_by("year", "organisation_code", "parent_code")
        .agg(practices=pl.len())
        # Two stable sorts: of parents that hold equally many the first by code, and no parent last.
        .sort("parent_code", nulls_last=True)
        .sort("practices", descending=True, maintain_order=True)
    )
    return held.group_by("year", "organisation_code", maintain_order=True).agg(
        pl.col("parent_code").first()
    )
