"""The practices of a network beside each other: who is short of England's share, and by how many.

A network's director asks two things: in which indicator would the most patients gain, and at which
practice do they sit.
"""

import polars as pl

from engine.atlas.ask import Question, answer
from engine.atlas.gap import patients_to
from engine.atlas.metrics.qof_measures import MEASURES, USUAL_MEASURE
from engine.atlas.profile import profile
from engine.atlas.standing import against, compared
from engine.lake import Lake


def short_of_england(lake: Lake, year: str, network: str) -> pl.LazyFrame:
    """How many patients each indicator of a network lacks to England's share.

    Takes:  a year of the lake, the code of a PCN.
    Gives:  one row an indicator that has figures, those with the most patients first:
            `indicator_code`, `description`, `group_name`, `england_value` (percent) and `short`
            (patients; null where it is at England's share or above).
    Raises: UnknownName, BadQuestion; see `engine.atlas.ask.check`.
    """
    rows = profile(lake, year, "pcn", network).filter(
        pl.col("measure") == USUAL_MEASURE, pl.col("value").is_not_null()
    )
    return (
        rows.with_columns(short=patients_to(pl.col("england_value")))
        .sort("short", "indicator_code", descending=[True, False], nulls_last=True)
        .select("indicator_code", "description", "group_name", "england_value", "short")
    )


def practices_of(lake: Lake, year: str, network: str, indicator: str) -> pl.LazyFrame:
    """A network's practices in one indicator (net), the lowest share first.

    Takes:  a year of the lake, the code of a PCN, an indicator.
    Gives:  one row a practice: `organisation_code`, `organisation_name`, `numerator`,
            `denominator` (patients), `value`, `value_low`, `value_high`, `england_value` (percent),
            `against_england` (lower, similar, higher; null under ten eligible patients) and `short`
            (patients that it lacks to England's share). Those without a figure come last.
    Raises: UnknownName, BadQuestion; see `engine.atlas.ask.answer`.
    """
    question = Question(indicator, year, area=f"pcn:{network}")
    england = answer(lake, Question(indicator, year, level="england")).select(england_value="value")
    return (
        answer(lake, question)
        .join(england, how="cross", maintain_order="left")
        .with_columns(
            against_england=pl.when(compared(MEASURES[USUAL_MEASURE])).then(
                against("england_value")
            ),
            short=patients_to(pl.col("england_value")),
        )
        .sort("value", "organisation_code", nulls_last=True)
        .select(
            "organisation_code",
            "organisation_name",
            "numerator",
            "denominator",
            "value",
            "value_low",
            "value_high",
            "england_value",
            "against_england",
            "short",
        )
    )
