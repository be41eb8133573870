"""Profile: every indicator of one organisation in one year, against England and its parent.

Neutral by construction: lower, similar or higher by the organisation's own interval; which way is
good is the indicator's to say.
"""

import polars as pl

from engine.atlas.ask import Question, check
from engine.atlas.geography import practices
from engine.atlas.indicator_list import in_words, parts
from engine.atlas.metrics.qof_measures import LISTED, QofMeasure
from engine.atlas.parents import ABOVE, parents
from engine.atlas.rollup import SHARE, organisation_code
from engine.atlas.standing import against, compared
from engine.interval import wilson
from engine.lake import Lake
from engine.metric import total

COMPARED = compared(LISTED[0])  # the same for each: all count patients


def profile(
    lake: Lake, year: str, level: str, organisation: str, *, parent: str | None = None
) -> pl.LazyFrame:
    """Achievement (net) of every indicator, and the prevalence of every register.

    Takes:  a year of the lake, a level and the code of an organisation of it; the level of the
            parent, by default the ICB (for an ICB its region).
    Gives:  one row an indicator or register, by group, registers first: `group_name`,
            `indicator_code`, `description`, `measure` (net or prevalence), `numerator`,
            `denominator`, `value`, `value_low`, `value_high` (percent; null where it gave
            nothing), `england_value`, `parent_value`, and `against_england`, `against_parent`
            (`lower`, `similar`, `higher`, null under ten eligible patients).
    Raises: UnknownName, BadQuestion; see `engine.atlas.ask.check`.
    """
    above = parent or ABOVE[level]
    for name in (level, above):
        check(lake, Question("", year, level=name))
    belongs = (
        parents(lake, level, above, year=year)
        .filter(pl.col("organisation_code") == organisation)
        .select(above_code="parent_code")
    )
    sums = pl.concat(
        [_sums(lake, year, metric, (level, organisation), (above, belongs)) for metric in LISTED]
    )
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    held = sums.with_columns(value=SHARE, value_low=low, value_high=high).with_columns(
        against_england=pl.when(COMPARED).then(against("england_value")),
        against_parent=pl.when(COMPARED).then(against("parent_value")),
    )
    return in_words(held, lake, year).select(
        "group_name",
        "indicator_code",
        "description",
        "measure",
        "numerator",
        "denominator",
        "value",
        "value_low",
        "value_high",
        "england_value",
        "parent_value",
        "against_england",
        "against_parent",
    )


def _sums(
    lake: Lake,
    year: str,
    metric: QofMeasure,
    own: tuple[str, str],
    above: tuple[str, pl.LazyFrame],
) -> pl.LazyFrame:
    """The organisation's sums for each code of a metric, with its parent's and England's shares."""
    level, organisation = own
    codes = {"own": organisation_code(level), "above": organisation_code(above[0])}
    where = practices(lake, "published", year).select("practice_code", **codes)
    given = parts(lake, year, metric)
    rows = given.join(where, on="practice_code").join(above[1], how="cross")
    mine, parents_ = pl.col("own") == organisation, pl.col("above") == pl.col("above_code")
    return (
        rows.group_by("indicator_code")
        .agg(
            numerator=total(pl.col("numerator").filter(mine)),
            denominator=total(pl.col("denominator").filter(mine)),
            england_value=_share(pl.lit(True)),
            parent_value=_share(parents_),
        )
        .filter(pl.col("england_value").is_not_null())
        .with_columns(measure=pl.lit(metric.name))
    )


def _share(where: pl.Expr) -> pl.Expr:
    below = pl.col("denominator").filter(where).sum()
    return pl.col("numerator").filter(where).sum() * 100 / pl.when(below > 0).then(below)
