"""From practices to the organisations above them: always a sum over a sum.

What a practice adds where it gave only a part is the metric's to say. The mapping is the one
published for the year. PCN `U` means unallocated: those practices belong to no network, but do
belong to their sub-ICB, ICB and region. A network may span two areas; it is one network.
"""

import polars as pl

from engine.metric import total

LEVELS = {
    "practice": "General practice",
    "pcn": "Primary care network",
    "sub_icb": "Sub-ICB location",
    "icb": "Integrated care board",
    "region": "NHS region",
    "england": "England",
}
UNALLOCATED = "U"
ENGLAND = "ENG"

# Of the parts of one row. In percent: 29 of 100 is 29 exactly, and in the band that starts there;
# 29 / 100 * 100 is not. Null where nobody was eligible, or either part is.
SHARE = pl.col("numerator") * 100 / pl.when(pl.col("denominator") > 0).then("denominator")
# A practice that gave only one of the two parts adds to neither sum.
GIVEN = pl.col("numerator").is_not_null() & pl.col("denominator").is_not_null()


def organisation_code(level: str) -> pl.Expr:
    """The code of a practice's organisation at `level`; null where it has none there.

    Takes: the columns of practice_geography.
    """
    if level == "england":
        return pl.lit(ENGLAND)
    # `U` says that there is none; taken for a code it would be one large network.
    code = pl.col(f"{level}_code")
    return pl.when(code != UNALLOCATED).then(code) if level == "pcn" else code


def roll_up(practices: pl.LazyFrame) -> pl.LazyFrame:
    """Sum the parts of a share over the practices of each organisation.

    Takes:  one row a practice: `organisation_code` (null: belongs to none), `numerator`,
            `denominator`, `pcas`, each null where the metric says that it adds nothing.
    Gives:  one row an organisation, by code: the three sums (null where no practice gave any) and
            `practices`, the number that gave both parts.

    >>> lf = pl.LazyFrame({"organisation_code": ["A", "A", "A", None], "numerator": [1, 2, None, 9],
    ...     "denominator": [2, 6, None, 9], "pcas": [None, 1, None, 0]})
    >>> roll_up(lf).collect().rows()
    [('A', 3, 8, 1, 2)]
    """
    return (
        practices.filter(pl.col("organisation_code").is_not_null())
        .group_by("organisation_code")
        .agg(
            *(total(pl.col(name)).alias(name) for name in ("numerator", "denominator", "pcas")),
            practices=GIVEN.sum().cast(pl.Int64),
        )
        .sort("organisation_code")
    )
