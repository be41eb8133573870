"""Apart: two organisations, or groups, of one year against each other, all indicators at once.

The interval of a difference takes two groups that share nobody. So where one lies within the other
it is held against the rest of it; where they are the same, or share some practices and each has
others besides, nothing is formed.
"""

import polars as pl

from engine.atlas.area import Area
from engine.atlas.compare_figures import FIGURES, figures, side_by_side
from engine.atlas.geography import practices
from engine.atlas.indicator_list import in_words
from engine.lake import Lake

SAME, PARTLY, NOBODY = "same", "partly", "nobody"
ONE_WITHIN, OTHER_WITHIN, SEPARATE = "one within", "other within", "separate"


def together(
    lake: Lake, year: str, one: str, other: str, *, geography: str = "published"
) -> pl.LazyFrame:
    """The practices of either area, and which of the two has each.

    Takes:  a year of the lake, two areas as a question has them (`icb:QOP`, `england:ENG`,
            `group:A81001.A81002`), and whose boundaries hold (engine.atlas.geography).
    Gives:  one row a practice, by code: `practice_code`, `list_size` (null where not known),
            `is_one`, `is_other` (Boolean).
    """
    areas = {"is_one": one, "is_other": other}
    # A practice without a board is in neither, not in an unknown place.
    belongs = {name: Area.parse(area).holds.fill_null(False) for name, area in areas.items()}
    return (
        practices(lake, geography, year)
        .select("practice_code", "list_size", **belongs)
        .filter(pl.col("is_one") | pl.col("is_other"))
        .sort("practice_code")
    )


def relation(members: pl.LazyFrame) -> pl.LazyFrame:
    """How two areas lie to each other.

    Takes:  what `together` gives.
    Gives:  one row: `only_one`, `only_other`, `both` (practices) and `relation`: separate, one
            within (the other), other within (the one), same, partly, or nobody where either is
            empty.

    >>> rows = [("A", 1, True, True), ("B", 1, False, True)]
    >>> lf = pl.LazyFrame(rows, ["practice_code", "list_size", "is_one", "is_other"], orient="row")
    >>> relation(lf).collect().rows()
    [(0, 1, 1, 'one within')]
    """
    mine, theirs = pl.col("is_one"), pl.col("is_other")
    only_one, only_other, both = (pl.col(name) for name in ("only_one", "only_other", "both"))
    said = (
        pl.when((only_one + both == 0) | (only_other + both == 0))
        .then(pl.lit(NOBODY))
        .when(both == 0)
        .then(pl.lit(SEPARATE))
        .when((only_one == 0) & (only_other == 0))
        .then(pl.lit(SAME))
        .when(only_one == 0)
        .then(pl.lit(ONE_WITHIN))
        .when(only_other == 0)
        .then(pl.lit(OTHER_WITHIN))
        .otherwise(pl.lit(PARTLY))
    )
    return members.select(
        only_one=(mine & ~theirs).sum().cast(pl.Int64),
        only_other=(theirs & ~mine).sum().cast(pl.Int64),
        both=(mine & theirs).sum().cast(pl.Int64),
    ).with_columns(relation=said)


def differences(
    lake: Lake, year: str, one: str, other: str, *, geography: str = "published"
) -> pl.LazyFrame:
    """Each indicator (net) and register (prevalence) of one area against the other's.

    Takes:  as `together`.
    Gives:  one row an indicator or register that either has, by group, registers first:
            `group_name`, `indicator_code`, `description`, `measure`; `numerator`, `denominator`,
            `value`, `value_low`, `value_high` (percent), each `..._one` and `..._other`, null where
            it has none; `difference`, one less other, in percentage points, with its 95 % interval
            `difference_low` and `difference_high`; `verdict` of the one: lower, similar or higher
            (null where not compared; see engine.atlas.compare_figures). An area that holds the
            other is its rest, without it. No row where the two are the same, share some, or either
            is empty.
    """
    members = together(lake, year, one, other, geography=geography)
    how = relation(members).select("relation")
    both = pl.col("is_one") & pl.col("is_other")
    # The smaller one keeps the practices that both have.
    kept = members.join(how, how="cross").filter(
        pl.col("relation").is_in([SEPARATE, ONE_WITHIN, OTHER_WITHIN])
    )
    mine = kept.filter("is_one", ~both | (pl.col("relation") == ONE_WITHIN))
    theirs = kept.filter("is_other", ~both | (pl.col("relation") == OTHER_WITHIN))
    sides = {"after": "one", "before": "other"}
    against = side_by_side(figures(lake, year, mine), figures(lake, year, theirs)).rename(
        {f"{name}_{was}": f"{name}_{is_}" for was, is_ in sides.items() for name in FIGURES}
    )
    return in_words(against, lake, year).select(
        "group_name",
        "indicator_code",
        "description",
        "measure",
        *(f"{name}_{side}" for side in ("one", "other") for name in FIGURES),
        "difference",
        "difference_low",
        "difference_high",
        "verdict",
    )
