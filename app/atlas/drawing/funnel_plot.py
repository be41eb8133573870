"""The funnel plot: value against size, with the limits that chance alone would keep to. Pure."""

from typing import Any

import polars as pl
from htmltools import Tag, TagList, tags

from app.atlas.drawing.value_axis import value_axis
from app.atlas.drawing.words import LEVEL_WORDS, many
from app.atlas.row import Row
from app.draw.chart import Message, floats, log_axis
from app.draw.extent import least, most
from app.draw.spell import percent
from engine import Question
from engine.atlas.ask import SMALL
from engine.atlas.funnel import PLACES, Z998, beyond, limits
from engine.atlas.metrics.qof_measures import MEASURES
from engine.interval import Z95

CHART = "funnel"
POINTS_A_CURVE = 96
NOTE = {"class_": "chart-note"}


def message(
    rows: pl.DataFrame,
    funnel: pl.DataFrame,
    *,
    cast: str,
    question: Question,
    title: str,
    factor: float = 1.0,
) -> Message:
    """What the browser draws.

    Takes:  one row an organisation of the cast (`value`, `denominator`, `shown`); what
            engine.atlas.funnel gives for the same organisations, in that order; some that is
            shown and compared; how many times as wide limits are that allow for the spread of
            all of them. Who lies outside those is ringed.
    """
    drawn = rows.filter("shown", pl.col("value").is_not_null())
    low, high = float(least(drawn["denominator"])), float(most(drawn["denominator"]))
    england = funnel["england_value"].drop_nulls()[0]
    size = MEASURES[question.measure].words.size
    places = funnel["place"].replace_strict(PLACES, range(-2, 3), default=None)
    if factor > 1:
        is_out = funnel.select(beyond(factor)).to_series()
        places = pl.select(pl.when(is_out).then(places).otherwise(places.clip(-1, 1))).to_series()
    return {
        "chart": CHART,
        "cast": cast,
        "title": f"Funnel plot. {title}",
        "x": floats(rows["denominator"]),
        "y": floats(rows["value"]),
        "places": floats(places),
        "across": log_axis(low, high) | {"label": f"{size} (log scale)", "decimals": 0},
        "up": value_axis(drawn["value"], question),
        "line": {"value": england, "label": f"England {percent(england)}"},
        # From where practices are compared: below that the limits say nothing.
        "curves": _curves(england, max(low, SMALL), high, factor),
    }


def words(told: Row, compared_not: int, *, question: Question) -> TagList:
    """How many lie outside, how many would by chance, what that says; the list behind it.

    Takes:  the row of engine.atlas.funnel.dispersion of those shown; how many with a value are
            not compared.
    """
    outside = told["beyond_998"]
    said = [
        f"{told['flagged_998']:,} of {many(told['organisations'], question.level)} compared lie"
        " outside the 99.8 % limits round England's value, where chance alone would put about"
        f" {_about(told['expected_998'])}; {told['flagged_95']:,} lie outside the 95 % limits,"
        f" by chance about {_about(told['expected_95'])}."
    ]
    if told["overdispersed"]:
        said.append(
            f"That is over-dispersion ({told['ratio']:.1f} times the variance of chance): patients"
            " and places differ in much that those limits do not know of, so that lying outside"
            f" them is ordinary. With that spread allowed for, {outside:,} lie outside: these ask"
            " for a closer look, which is no verdict."
        )
    if compared_not:
        said.append(
            f"{many(compared_not, question.level)} with under {SMALL} eligible patients, or with"
            " more counted than eligible: not compared."
        )
    return TagList(
        tags.p(" ".join(said)),
        tags.p(_lines(told["overdispersed"]), **NOTE),
        _list(outside, question, is_wide=told["overdispersed"]) if outside else None,
    )


def why_empty(question: Question) -> Tag:
    """Why there is no funnel, and what to do about it."""
    several = LEVEL_WORDS[question.level][1]
    metric = MEASURES[question.measure]
    if not metric.interval:
        return tags.p(f"{metric.words.no_interval} Choose another measure.", class_="atlas-empty")
    said = f"No {several} here have {SMALL} or more eligible patients for {question.indicator}"
    return tags.p(
        f"{said} in {question.year}. Choose another year, measure or area.", class_="atlas-empty"
    )


def _lines(is_wide: bool) -> str:
    limits = "Dashed: 95 % limits. Solid: 99.8 % limits"
    wide = ", and farther out the same with the spread allowed for" if is_wide else ""
    return f"{limits}{wide}; who is outside {'all of them' if is_wide else 'those'} is ringed."


def _list(outside: int, question: Question, *, is_wide: bool) -> Tag:
    """The browser fills it when it is opened: it has their names and numbers already."""
    which = "limits with the spread allowed for" if is_wide else "99.8 % limits"
    return tags.details(
        tags.summary(f"The {many(outside, question.level)} outside the {which}, by name"),
        tags.div(class_="chart-list"),
        data_lists=CHART,
    )


def _curves(england: float, low: float, high: float, factor: float) -> list[dict[str, Any]]:
    """The limits along the axis, evenly spaced on its logarithmic scale."""
    # At least a factor of two, or one size alone would have no curve.
    ratio = (max(high, low * 2) / low) ** (1 / (POINTS_A_CURVE - 1))
    sizes = pl.DataFrame({"n": [low * ratio**i for i in range(POINTS_A_CURVE)]})
    curves = []
    wide = [("99.8 %, wide", Z998 * factor)] if factor > 1 else []
    for label, z in (("95 %", Z95), ("99.8 %", Z998), *wide):
        ends = limits(pl.col("n"), pl.lit(england), z)
        for end in sizes.select(ends[0].alias("low"), ends[1].alias("high")).iter_columns():
            is_labelled = end.name == ("low" if england >= 50 else "high")  # where there is room
            curves.append(
                {
                    "label": label if is_labelled else "",
                    "dashed": z == Z95,
                    "x": sizes["n"].round(2).to_list(),
                    "y": end.round(3).to_list(),
                }
            )
    return curves


def _about(number: float) -> str:
    return f"{number:,.0f}" if number >= 10 else f"{number:.1f}"
