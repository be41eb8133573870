"""One organisation's card: its figure, its place among others, patients short, and its context.

Pure: values in, tags out. Lists and tables only; every share stands with its n of N, and what is
not known is said to be so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from htmltools import Tag, TagList, tags

from app.atlas.drawing.context_words import figure
from app.atlas.drawing.links import organisation, receipt
from app.atlas.drawing.words import LEVEL_WORDS, NOBODY, SHARES, short
from app.atlas.row import Row
from app.draw.grid import Grid, draw, in_order
from app.draw.spell import count, percent, span
from engine.atlas.ask import Question
from engine.atlas.metrics.context_measures import CONTEXT, ContextMeasure
from engine.atlas.metrics.qof_measures import ADJUSTED, MEASURES

PCAS = "personalised care adjustments (PCAs)"


@dataclass(frozen=True)
class Card:
    """All that the card of one organisation says.

    row       its row of the answer with its marks, `next_edge`, `patients_to_next`
    place     its row of `standing`
    parents   its areas, nearest first: level, code and name
    patients  patients to England's value and to the median of its level
    switch    its row of `pca_switch`; None where the measure has nothing to do with PCAs
    context   its row of `context`; england: England's
    bands     the bands in words, for the band of `row`; switch_bands: for those of `switch`
    """

    question: Question
    row: Row
    place: Row
    parents: list[tuple[str, str, str]]
    patients: Row
    switch: Row | None
    context: Row
    england: Row
    bands: list[str]
    switch_bands: list[str]


def nobody(level: str) -> Tag:
    """What to do while nothing is selected."""
    return tags.p(
        f"No {LEVEL_WORDS[level][0]} is selected. Choose a dot on the map or a row of the table;"
        " with the keyboard, arrow keys and Enter on the map, or the names in the table.",
        class_="atlas-empty",
    )


def not_in_year(code: str, question: Question) -> Tag:
    """The one selected is not among those of the year and level."""
    many = LEVEL_WORDS[question.level][1]
    return tags.p(
        f"{code} is not among the {many} of {question.year}. Choose another year or level, or"
        " another one on the map.",
        class_="atlas-empty",
    )


def card(card: Card) -> TagList:
    """The whole card, a section an idea."""
    row, one = card.row, LEVEL_WORDS[card.question.level][0]
    return TagList(
        tags.h2(short(row["organisation_name"]) or row["organisation_code"]),
        _who(card),
        _figure(card),
        _section(_against_whom(card), _against(card)) if _has_value(card) else None,
        _section("In patients", _patients(card)) if _counts_patients(card) else None,
        _section("With and without care adjustments", *_switch(card.switch, card.switch_bands))
        if card.switch
        else None,
        _section(f"What surrounds this {one}", _context(card)),
    )


def ordinal(number: float) -> str:
    """A place in a hundred, as it is said.

    >>> ordinal(61.7), ordinal(11.2), ordinal(2.5), ordinal(0.3), ordinal(99.8)
    ('61st', '11th', '2nd', '1st', '99th')
    """
    whole = min(max(int(number), 1), 99)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(whole % 10 if whole // 10 != 1 else 0, "th")
    return f"{whole}{ending}"


def measured(value: Any, measure: ContextMeasure) -> str:
    """A context measure's value with its unit; what is not known is said.

    >>> measured(18.32, CONTEXT["aged_65_and_over"]), measured(None, CONTEXT["list_size"])
    ('18.3 %', 'not known')
    """
    return "not known" if value is None else figure(value, measure)


def surrounding(level: str) -> list[ContextMeasure]:
    """The context measures that have a meaning at a level.

    What part of practices is rated Good says nothing of one practice, which has its own rating.
    """
    is_practice = level == "practice"
    return [m for m in CONTEXT.values() if not (is_practice and "of practices" in m.unit)]


def here_and_england(
    measure: ContextMeasure, here: Row, england: Row, *, level: str
) -> tuple[str, str]:
    """A context measure of one organisation and of England, in words where there is no value.

    >>> here_and_england(CONTEXT["deprivation_decile"], {}, {}, level="icb")
    ('practices only', '–')
    """
    value, is_for_practices = here.get(measure.name), measure.rule == "practices only"
    if value is None and is_for_practices and level != "practice":
        own = "practices only"
    else:
        own = measured(value, measure)
    return own, "–" if is_for_practices else measured(england.get(measure.name), measure)


def _who(card: Card) -> TagList:
    said = [("Code", card.row["organisation_code"])]
    for level, code, name in card.parents:
        one = LEVEL_WORDS[level][0]
        said.append((one[0].upper() + one[1:], f"{short(name) or code} ({code})"))
    if card.question.level != "practice":
        said.append(("Practices", f"{card.row['practices'] or 0:,} of {card.row['members']:,}"))
    level, code = card.question.level, card.row["organisation_code"]
    own = tags.a("All its indicators", href=organisation(level, code))
    made = tags.a("Where this number comes from", href=receipt(card.question, level, code))
    held = f"compare?one={level}:{code}&year={card.question.year}"
    against = tags.a("Hold it against another", href=held)
    return TagList(_pairs(said, "atlas-who"), tags.p(own, " · ", against, " · ", made))


def _figure(card: Card) -> Tag | TagList:
    row = card.row
    if not row["reported"]:
        asked = f"{card.question.indicator} in {card.question.year}"
        return tags.p(f"Nothing was reported for {asked}: not known, which is not zero.")
    parts = f"{count(row['numerator'])} of {count(row['denominator'])}"
    said = [
        (MEASURES[card.question.measure].label, percent(row["value"])),
        ("95 % interval", span(row["value_low"], row["value_high"]) or "none"),
        (SHARES[card.question.measure], parts),
        ("Band", _band(row["band"], card.bands, card.question.measure, row["uncertain"])),
    ]
    few = "Fewer than 10 patients: chance alone can move this a long way, so it is not compared."
    return TagList(_pairs(said, "atlas-figure"), tags.p(few) if row["small"] else None)


def _band(band: int | None, words: list[str], measure: str, is_uncertain: bool = False) -> str:
    if band is None:
        return f"none: {NOBODY[measure]}"
    return words[band] + (" (the interval reaches into another band)" if is_uncertain else "")


def _against_whom(card: Card) -> str:
    # A board is not held against itself, nor a region against one of its own.
    has_icb = any(level == "icb" for level, _, _ in card.parents)
    return "Against England and its ICB" if has_icb else "Against England"


def _against(card: Card) -> Tag:
    place, (one, many) = card.place, LEVEL_WORDS[card.question.level]
    others = [("England", "england")]
    icb = next((name for level, _, name in card.parents if level == "icb"), None)
    if icb:
        others.append((short(icb), "icb"))
    rows = []
    for name, kind in others:
        among, percentile = place[f"among_{kind}"], place[f"percentile_{kind}"]
        place_of = ordinal(percentile) if percentile else "not compared"
        than = place[f"against_{kind}"] or "not compared"
        rows.append((name, percent(place[f"{kind}_value"]), than, place_of, f"{among or 0:,}"))
    head = ("", "Value", f"This {one} is", "Percentile", f"Of so many {many}")
    few = "; fewer than 10 eligible patients are not compared"
    caption = (
        "Lower or higher: the 95 % interval lies wholly to one side. Percentile: how many in a"
        f" hundred have a lower value{few if MEASURES[card.question.measure].interval else ''}."
    )
    return _table(head, rows, caption)


def _patients(card: Card) -> Tag:
    row, short_of = card.row, card.patients
    if row["next_edge"] is None:
        to_next = "already in the top band"
    else:
        to_next = f"{_more(row['patients_to_next'])}, at {row['next_edge']:.3g} %"
    many = LEVEL_WORDS[card.question.level][1]
    england, median = percent(short_of["england"]), percent(short_of["median"])
    return _pairs(
        [
            ("To the next band", to_next),
            (f"To England's value, {england}", _more(short_of["to_england"])),
            (f"To England's median of {many}, {median}", _more(short_of["to_median"])),
        ],
        "atlas-short",
    )


def _more(patients: int | None) -> str:
    if patients is None:
        return "already there"
    return f"{patients:,} more {'patient' if patients == 1 else 'patients'}"


def _switch(switch: Row, bands: list[str]) -> list[Tag]:
    rows = [
        (
            MEASURES[name].label,
            percent(switch[name]),
            _band(switch[f"{name}_band"], bands, name),
            ordinal(place) if (place := switch[f"{name}_percentile"]) else "not compared",
        )
        for name in ADJUSTED
    ]
    pcas = "none recorded" if switch["pcas"] is None else count(switch["pcas"])
    said = [
        ("Patients left out by " + PCAS, pcas),
        ("If nobody is left out, the value moves", _moves(switch["moves"], "points")),
        ("and the position among England's", _moves(switch["percentile_moves"], "percentiles")),
        ("The band", "changes" if switch["band_changes"] else "stays the same"),
    ]
    return [_table(("", "Value", "Band", "Percentile"), rows, ""), _pairs(said, "atlas-moves")]


def _moves(change: float | None, unit: str) -> str:
    """How far, with its sign; what cannot be compared does not move.

    >>> _moves(-4.25, "points"), _moves(0.0, "points"), _moves(None, "points")
    ('−4.2 points', 'not at all', 'not compared')
    """
    if change is None:
        return "not compared"
    # What would be written as 0.0 did not move.
    if abs(change) < 0.05:
        return "not at all"
    return f"{'−' if change < 0 else '+'}{abs(change):.1f} {unit}"


def _context(card: Card) -> Tag:
    caption = (
        "As of: the day it holds for; of a rating, when it was given. Known for: the share of"
        " patients whose practice gave it."
    )
    rows = [_surrounding(measure, card) for measure in surrounding(card.question.level)]
    return _table(("", "Here", "England", "As of", "Known for"), rows, caption)


def _surrounding(measure: ContextMeasure, card: Card) -> tuple[str, ...]:
    name, here = measure.name, card.context
    rated = here.get(f"{name}_rated_on")
    return (
        measure.label,
        *here_and_england(measure, here, card.england, level=card.question.level),
        _day(rated or here.get(f"{name}_as_of")),
        _covered(here.get(f"{name}_coverage")),
    )


def _covered(share: float | None) -> str:
    """A coverage that is not whole never reads as 100 %.

    >>> _covered(1.0), _covered(0.999), _covered(0.0), _covered(None)
    ('all', '99.9 %', 'none', '–')
    """
    if share is None:
        return "–"
    if share in (0, 1):
        return "all" if share else "none"
    return f"{min(share * 100, 99.9):.1f} %"


def _day(when: date | None) -> str:
    return "–" if when is None else f"{when.day} {when:%b %Y}"


def _has_value(card: Card) -> bool:
    return card.row["value"] is not None


def _counts_patients(card: Card) -> bool:
    return MEASURES[card.question.measure].has_gap and _has_value(card)


def _section(title: str, *inside: Tag | None) -> Tag:
    return tags.section(tags.h3(title), *inside, class_="atlas-card")


def _pairs(said: list[tuple[str, str]], kind: str) -> Tag:
    pairs = (tags.div(tags.dt(name), tags.dd(value)) for name, value in said)
    return tags.dl(*pairs, class_=f"atlas-pairs {kind}")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], caption: str) -> Tag:
    columns = in_order(*head, names_row=True)
    return draw(Grid(columns, caption=caption, table={"class": "atlas-facts"}), rows)


def areas_above(geography: pl.DataFrame, level: str) -> list[tuple[str, str, str]]:
    """The areas that an organisation lies in, nearest first, as (level, code, name).

    Takes:  the rows of practice_geography of its practices; its own level.
    Gives:  for each level above, the area that holds most of its practices; none where it has none.
    """
    levels = ("practice", "pcn", "sub_icb", "icb", "region")
    found = []
    for above in levels[levels.index(level) + 1 :]:
        pair = [f"{above}_code", f"{above}_name"]
        held = geography.filter(pl.col(pair[0]) != "U").group_by(pair).len()
        most = held.sort("len", *pair, descending=[True, False, False]).head(1)
        found += [(above, code, name) for code, name, _ in most.rows()]
    return found
