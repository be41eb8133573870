"""Context in words: what can be kept, what can colour and size the dots, which columns there are.

Pure. What a filter or a measure means is the engine's; here is only how it is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any

import polars as pl
from htmltools import Tag, tags

from app.atlas.row import Row
from app.atlas.view import NUMBERS
from app.draw.ramp import Ramp
from app.draw.spell import day
from engine.atlas.metrics.context_filters import KEEP, applying, names
from engine.atlas.metrics.context_measures import CONTEXT, NOT_RATED, RATINGS, ContextMeasure
from engine.atlas.metrics.qof_measures import MEASURES, USUAL_MEASURE

RATING = {"cqc_rating": "CQC rating"}
STANDING = {
    "against_england": "Against England",
    "percentile_icb": "Percentile in ICB",
    "percentile_england": "Percentile in England",
    "patients_to_next": "Patients to next band",
    "pca_rate": "PCA rate",
}
AGAINST = ("lower", "similar", "higher")
NOT_COMPARED = "not compared: fewer than 10 eligible patients, or nobody to compare with"
WHY = {
    "against_england": "Whether the 95 % interval lies below, across or above England's value",
    "percentile_icb": "How many of 100 in the same ICB have a lower value",
    "percentile_england": "How many of 100 in England have a lower value",
    "patients_to_next": "How many more patients would bring it to the next band",
    "pca_rate": "Patients excluded by a personalised care adjustment, of all on the register",
}
NONE_BECAUSE = {
    "patients_to_next": "in the top band already, or no value in patients",
    "pca_rate": "no PCAs are recorded for this",
}
# Of what surrounds an organisation, the four that its tooltip has room for.
TIPS = {
    "list_size": ("{} patients", "list size not known"),
    "deprivation_decile": ("deprivation tenth {} (1 most deprived)", "deprivation not known"),
    "deprivation": ("IMD score {}", "deprivation not known"),
    "aged_65_and_over": ("{} % aged 65 and over", "age not known"),
    "cqc_rating": ("CQC: {}", "CQC rating not known"),
    "cqc_good_or_outstanding": (
        "{} % of rated practices Good or Outstanding",
        "CQC ratings not known",
    ),
}


@dataclass(frozen=True)
class AddedColumn:
    """A column that a reader adds to the table.

    title    what it is, of when, and for how many it is known
    cell     a row in HTML
    is_word  words stand at the left, numbers at the right
    """

    name: str
    label: str
    title: str
    cell: Callable[[Row], str]
    is_word: bool = False


def keepers() -> dict[str, str]:
    """The filters on offer, by the short name that a link has."""
    return {name: one.label for name, one in KEEP.items()}


def colours() -> dict[str, str]:
    """What can colour the dots instead of the achievement."""
    return NUMBERS | RATING


def extra_columns() -> dict[str, str]:
    """The columns that a reader may add to the table."""
    return STANDING | NUMBERS | RATING


def is_extra(name: str) -> bool:
    """Whether a column of a frame is one that a reader added, or the day of one."""
    return name.removesuffix("_as_of").removesuffix("_rated_on") in extra_columns()


def figure(value: float | str | None, measure: ContextMeasure) -> str:
    """A measure's value as people write it; a dash where it is not known.

    >>> figure(10362, CONTEXT["list_size"]), figure(18.34, CONTEXT["aged_65_and_over"])
    ('10,362', '18.3 %')
    >>> figure(151.5, CONTEXT["payments_per_patient"]), figure(None, CONTEXT["deprivation"])
    ('£151.50', '–')
    """
    if value is None or isinstance(value, str):
        return value or "–"
    if measure.unit.startswith("percent"):
        return f"{value:.1f} %"
    if measure.unit.startswith("GBP"):
        return f"£{value:,.2f}"
    return f"{value:,.0f}" if measure.unit in ("patients", "tenth") else f"{value:.1f}"


def unit_of(measure: ContextMeasure) -> str:
    """The unit where the value does not carry it: in a heading.

    >>> unit_of(CONTEXT["list_size"]), unit_of(CONTEXT["aged_65_and_over"])
    ('', 'percent')
    """
    is_said = measure.is_word or measure.unit.split()[-1] in measure.label.lower()
    return "" if is_said else measure.unit


def band_words(edges: Sequence[float], measure: ContextMeasure) -> list[str]:
    """The fifths of a measure in words, lowest first; its ratings where it is a word.

    >>> band_words([4800.4, 7000, 7000, 12000], CONTEXT["list_size"])
    ['under 4,800', '4,800 to 7,000', 'none between', '7,000 to 12,000', '12,000 and over']
    """
    if measure.is_word:
        return list(RATINGS)
    if not edges:
        return ["no values"] * 5
    # Many may have one value: then two edges are one, and nobody lies between.
    pairs = list(zip(edges, edges[1:], strict=False))
    middle = [
        f"{figure(low, measure)} to {figure(high, measure)}" if low < high else "none between"
        for low, high in pairs
    ]
    first, last = figure(edges[0], measure), figure(edges[-1], measure)
    return [f"under {first}", *middle, f"{last} and over"]


def heading(colour: str, measure: str = USUAL_MEASURE) -> str:
    """What stands over the bands of the legend: what it is that they band.

    >>> heading("deprivation"), heading("payments_per_patient")
    ('Deprivation (IMD score)', 'NHS payments per patient')
    >>> heading(""), heading("", "prevalence"), heading("", "pca_rate"), heading("", "points")
    ('Achievement band', 'Prevalence band', 'PCA rate band', 'Points band')
    """
    return CONTEXT[colour].label if colour else f"{MEASURES[measure].words.banded} band"


def ramp(colour: str, measure: str) -> Ramp:
    """The colours of the bands: those of a level only where more of it is better.

    >>> ramp("", "net"), ramp("", "prevalence"), ramp("deprivation", "net")
    ('level', 'plain', 'plain')
    """
    return "level" if not colour and MEASURES[measure].better == "higher" else "plain"


def inside(label: str) -> str:
    """A label as it stands inside a sentence.

    >>> inside("Registered patients"), inside("GPs per 10,000 patients")
    ('registered patients', 'GPs per 10,000 patients')
    """
    # An abbreviation at the start (GPs, IMD) stays as it is.
    return label if label[1].isupper() else label[0].lower() + label[1:]


def nobody(measure: ContextMeasure) -> str:
    """What is said of those who are in no band."""
    return NOT_RATED if measure.is_word else "not known"


def filters_in_words(keep: str, level: str, *, shown: int, unknown: int) -> str:
    """Who is shown, and how many are left out because nobody knows their context."""
    wanted = [KEEP[name].label for name in applying(keep, level)]
    if not wanted:
        return ""
    said = "; ".join(wanted)
    left = f", {unknown:,} left out because their context is not known" if unknown else ""
    return f"Only: {said}: {shown:,} shown{left}."


def unkept(keep: str, what: str) -> Tag | None:
    """That the filters under "Only" play no part in a panel, and of whom it is instead."""
    wanted = [KEEP[name].label for name in names(keep)]
    if not wanted:
        return None
    said = f"“Only: {'; '.join(wanted)}” plays no part here: {what}."
    return tags.p(said, class_="atlas-help")


def coloured(known: int, shown: int, measure: ContextMeasure, level: str) -> str:
    """How the dots are coloured, and for how many that is known.

    >>> coloured(0, 42, CONTEXT["cqc_rating"], "icb")
    'CQC rating: known of practices only. Choose another colour, or another level.'
    """
    if not known and (nothing := _why_nothing(measure, level)):
        return f"{measure.label}: {nothing}. Choose another colour, or another level."
    how = "" if measure.is_word else ", in fifths of what is shown"
    return f"Coloured by {inside(measure.label)}{how}: known for {known:,} of {shown:,}."


def sized(known: int, shown: int, measure: ContextMeasure, level: str) -> str:
    """How large the dots are; those that are not known are the smallest."""
    if not known and (nothing := _why_nothing(measure, level)):
        return f"{measure.label}: {nothing}, so all dots have one size."
    rest = shown - known
    small = f"; {rest:,} not known have the smallest dots" if rest else ""
    return f"A dot's area grows with {inside(measure.label)}{small}."


def tips(known: pl.DataFrame, level: str) -> list[dict[str, Any]]:
    """What the tooltip says of an organisation's context.

    Takes:  context, one row an organisation, in the order of the cast.
    Gives:  for each part its words with a place for the value, the words where it is not known,
            and the values.
    """
    own = {"deprivation_decile", "cqc_rating"}
    area = {"deprivation", "cqc_good_or_outstanding"}
    # A practice has a decile and a rating of its own; an area a score and a share of them.
    left_out = area if level == "practice" else own
    told = []
    for name in (name for name in TIPS if name not in left_out and known[name].count()):
        words, unknown = TIPS[name]
        told.append({"words": words, "unknown": unknown, "values": _short(known[name]).to_list()})
    return told


def _short(values: pl.Series) -> pl.Series:
    """Numbers to one decimal, whole ones without: they are sent for thousands."""
    if not values.dtype.is_numeric():
        return values
    rounded = values.cast(pl.Float64).round(1)
    return rounded.cast(pl.Int64) if (rounded == rounded.floor()).all() else rounded


def columns(ticked: Sequence[str], rows: pl.DataFrame, level: str) -> list[AddedColumn]:
    """The columns that are ticked, in the order of the list, for a frame that has them."""
    wanted = [name for name in extra_columns() if name in ticked and name in rows.columns]
    return [
        _standing(name, rows) if name in STANDING else _context(CONTEXT[name], rows, level)
        for name in wanted
    ]


def _context(measure: ContextMeasure, rows: pl.DataFrame, level: str) -> AddedColumn:
    known, newest = rows[measure.name].count(), rows[f"{measure.name}_as_of"].max()
    if measure.is_word:
        known = int((rows[measure.name].cast(pl.String) != NOT_RATED).sum())
    unit = unit_of(measure)
    title = f"{measure.label}{f', {unit}' if unit else ''}; known for {known:,} of {rows.height:,}"
    title += f"; as of {day(newest.isoformat())}" if isinstance(newest, date) else ""
    nothing = _why_nothing(measure, level)
    title += f"; {nothing}" if nothing else ""

    def cell(row: Row) -> str:
        value = row[measure.name]
        if value is None:
            return _dash(nothing or "not known")
        on = row.get(f"{measure.name}_rated_on") if measure.is_word else None
        when = f"<small>{day(on.isoformat())}</small>" if on else ""
        return escape(figure(value, measure)) + when

    return AddedColumn(measure.name, measure.label, f"{title}.", cell, is_word=measure.is_word)


def _why_nothing(measure: ContextMeasure, level: str) -> str:
    """Why nobody at a level can have it; empty where they can."""
    if level == "practice":
        return "a network's, no practice has it" if measure.of == "pcn" else ""
    return "known of practices only" if measure.rule == "practices only" else ""


def _standing(name: str, rows: pl.DataFrame) -> AddedColumn:
    def cell(row: Row) -> str:
        value = row[name]
        if value is None:
            return _dash(NONE_BECAUSE.get(name, NOT_COMPARED))
        if name in MEASURES:
            return MEASURES[name].written(value)
        return str(value) if isinstance(value, str) else f"{value:,.0f}"

    title = f"{WHY[name]}; there for {rows[name].count():,} of {rows.height:,}."
    return AddedColumn(name, STANDING[name], title, cell, is_word=name == "against_england")


def _dash(why: str) -> str:
    return (
        f'<span title="{escape(why)}">–<span class="visually-hidden"> {escape(why)}</span></span>'
    )
