"""The context scatter: a context measure across, the indicator's value up. Pure.

Words say what goes with what, never what causes what.
"""

from math import sqrt
from typing import Any

import polars as pl
from htmltools import Tag, TagList, tags

from app.atlas.drawing.value_axis import value_axis
from app.atlas.drawing.words import LEVEL_WORDS, many
from app.atlas.view import View
from app.draw.chart import Message, floats, log_axis
from app.draw.extent import least, most
from app.draw.grid import Grid, GridColumn, draw
from app.draw.spell import count, percent
from engine import Question
from engine.atlas.correlation import RATINGS
from engine.atlas.metrics.context_measures import CONTEXT, ContextMeasure
from engine.interval import Z95

CHART = "scatter"
USUAL = View().across
ROOM = 0.02  # of the span, at either end
CROWDED = 1.5  # times the 995th thousandth: from there on an axis would be stretched for a few
STRENGTHS = ((0.5, "goes strongly with"), (0.3, "goes with"), (0.1, "goes weakly with"))
HIGHER = {
    "list_size": "a longer list",
    "aged_65_and_over": "a larger share aged 65 and over",
    "deprivation": "more deprivation",
    "deprivation_decile": "a less deprived tenth",
    "cqc_good_or_outstanding": "a larger share of practices rated Good or Outstanding",
    "gps_per_10_000": "more GPs for their patients",
    "payments_per_patient": "higher payments per patient",
}
HARDLY = "hardly goes with higher or lower values"
WHOLE = ("patients", "tenth")
FIFTH_WORDS = ("Lowest fifth", "Second", "Third", "Fourth", "Highest fifth")


def message(
    rows: pl.DataFrame,
    steps: pl.DataFrame,
    *,
    cast: str,
    question: Question,
    across: str,
    title: str,
) -> Message:
    """What the browser draws.

    Takes:  one row an organisation of the cast: `value`, `shown` and the context measure; the
            steps of engine.atlas.correlation; some organisation with both.
    """
    measure = CONTEXT[across]
    drawn = rows.filter("shown", pl.col("value").is_not_null(), pl.col(across).is_not_null())
    return {
        "chart": CHART,
        "cast": cast,
        "title": f"{measure.label} and {title}",
        "x": floats(_numbers(rows[across], measure)),
        "y": floats(rows["value"]),
        "across": _axis(drawn[across], measure),
        "up": value_axis(drawn["value"], question),
        "steps": steps.select("step", "low", "high", "value").to_dicts(),
    }


def beyond(rows: pl.DataFrame, across: str) -> int:
    """How many organisations lie beyond the right end of the axis, and are drawn at it."""
    measure = CONTEXT[across]
    drawn = rows.filter("shown", pl.col("value").is_not_null(), pl.col(across).is_not_null())
    if measure.is_word or not drawn.height:
        return 0
    return int((drawn[across] > _axis(drawn[across], measure)["high"]).sum())


def words(
    told: dict[str, Any], steps: pl.DataFrame, *, question: Question, across: str, at_edge: int
) -> TagList:
    """The relation in words and, behind the chart, as a table.

    Takes:  the row of engine.atlas.correlation.relation, its steps, and what `beyond` gives.
    """
    measure = CONTEXT[across]
    said = [_summary(told, measure, question)]
    if told["unknown"]:
        said.append(
            f"{measure.label}: not known for {many(told['unknown'], question.level)} that"
            f" {'has' if told['unknown'] == 1 else 'have'} a value; neither drawn nor counted."
        )
    if at_edge:
        said.append(f"{at_edge:,} beyond the right end of the axis {_is(at_edge)} drawn at it.")
    return TagList(
        tags.p(" ".join(said)),
        _table(steps, measure, question) if steps.height else None,
        tags.p(f"{measure.caveats} {measure.why}", class_="chart-note"),
    )


def why_empty(question: Question, across: str, has_values: bool) -> Tag:
    """Why there is nothing to draw, and what to do about it."""
    several = LEVEL_WORDS[question.level][1]
    measure = CONTEXT[across]
    if not has_values:
        said = f"No {several} here have a value for {question.indicator} in {question.year}."
        next_step = "Choose another year, measure or area."
    elif measure.rule == "practices only" and question.level != "practice":
        said = f"{measure.label} is known of single practices only."
        next_step = "Choose the level Practice, or another measure above."
    else:
        said = f"{measure.label} is not known for {several} here in {question.year}."
        next_step = "Choose another measure above, or another year."
    return tags.p(f"{said} {next_step}", class_="atlas-empty")


def _summary(told: dict[str, Any], measure: ContextMeasure, question: Question) -> str:
    who, r = many(told["organisations"], question.level), told["correlation"]
    if measure.is_word:
        return f"{who}, by {measure.label}. A rating is a word: it is never averaged."
    if r is None:
        return f"{who}: too few, or too much alike, for a rank correlation."
    higher = HIGHER.get(measure.name, f"a higher figure for “{measure.label}”")
    way = "a higher value" if r > 0 else "a lower value"
    said = next((f"{words} {way}" for least, words in STRENGTHS if abs(r) >= least), HARDLY)
    # Where nothing goes with anything, it is about normal with a deviation of 1 / sqrt(n - 1).
    by_chance = abs(r) * sqrt(told["organisations"] - 1) < Z95
    return (
        f"Among {who}, {higher} {said}: rank correlation {_signed(r)} (Spearman)."
        f"{' Chance alone could give as much.' if by_chance else ''}"
        " Going together says nothing about why."
    )


def _table(steps: pl.DataFrame, measure: ContextMeasure, question: Question) -> Tag:
    several = LEVEL_WORDS[question.level][1]
    kind = "rating" if measure.is_word else "fifth"
    columns: list[GridColumn[dict[str, Any]]] = [
        GridColumn(measure.label, lambda row: _step(row, measure), names_row=True),
        GridColumn(several[0].upper() + several[1:], lambda row: count(row["organisations"])),
        GridColumn("Numerator", lambda row: count(row["numerator"])),
        GridColumn("Denominator", lambda row: count(row["denominator"])),
        GridColumn("Value", lambda row: percent(row["value"])),
    ]
    caption = f"The lines drawn: each {kind}'s value, sum over sum"
    grid = Grid(columns, caption=caption, table={"class": "chart-table"})
    return draw(grid, steps.iter_rows(named=True))


def _step(row: dict[str, Any], measure: ContextMeasure) -> TagList | str:
    if measure.is_word:
        return RATINGS[row["step"]]
    before, after, decimals = _written(measure)
    low, high = (f"{row[end]:,.{decimals}f}" for end in ("low", "high"))
    span = low if low == high else f"{low} to {high}"
    return TagList(FIFTH_WORDS[row["step"] - 1], tags.small(f"{before}{span}{after}"))


def _axis(values: pl.Series, measure: ContextMeasure) -> dict[str, Any]:
    before, after, decimals = _written(measure)
    axis = {"label": measure.label, "before": before, "after": after, "decimals": decimals}
    if measure.is_word:
        return axis | {"kind": "words", "words": list(RATINGS)}
    low, high = float(least(values)), float(most(values))
    if measure.unit == "patients" and low > 0:
        return axis | log_axis(low, high)
    crowd = values.quantile(0.995, "linear")
    # A few far beyond all others would press these into a corner: they stand at the edge.
    high = crowd if crowd is not None and high > CROWDED * crowd else high
    room = (high - low) * ROOM or 1
    low = 0.0 if low < 0.4 * high else max(low - room, 0.0)
    return axis | {"kind": "linear", "low": low, "high": high + room}


def _numbers(values: pl.Series, measure: ContextMeasure) -> pl.Series:
    """A word as its place among the ratings."""
    if not measure.is_word:
        return values
    return values.cast(pl.Enum(RATINGS), strict=False).to_physical()


def _written(measure: ContextMeasure) -> tuple[str, str, int]:
    """What stands before and after a figure of the measure, and its decimals."""
    if measure.unit.startswith("GBP"):
        return "£", "", 0
    return "", " %" if measure.unit.startswith("percent") else "", 0 if measure.unit in WHOLE else 1


def _signed(number: float) -> str:
    return f"{round(number, 2) or 0.0:.2f}".replace("-", "−")


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
