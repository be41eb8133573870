"""The Organisation tab: what the engine says of the one that is selected, put on a card.

Nothing is asked while the tab is closed.
"""

from dataclasses import replace
from typing import Any

import polars as pl
from htmltools import Tag, TagList, tags
from shiny import reactive, req

from app.atlas import frames
from app.atlas.answered import Answered, ask
from app.atlas.drawing import organisation_card
from app.atlas.drawing.context_words import unkept
from app.atlas.drawing.organisation_card import Card, areas_above
from app.atlas.drawing.words import partly
from app.atlas.effects.desk import Desk
from app.atlas.effects.order import Order
from app.atlas.row import Row
from engine import Question
from engine.atlas.gap import next_band, patients_to
from engine.atlas.geography import practices
from engine.atlas.metrics.qof_measures import ADJUSTED, MEASURES
from engine.atlas.pca_switch import pca_switch
from engine.atlas.rollup import organisation_code
from engine.bands import PRESETS
from engine.bands import words as band_words


def show_the_organisation(desk: Desk) -> None:
    """Write the card of what is selected, while its tab is open."""

    @reactive.effect(priority=Order.TAB)
    async def write_the_card() -> None:
        req(desk.tab() == "one")
        now, chosen = desk.answered(), desk.selected()
        if not chosen:
            return await desk.write(one=organisation_card.nobody(now.question.level))
        note = unkept(now.question.keep, "it is held against everybody of England and of its ICB")
        await desk.write(one=TagList(_whole(now, chosen), _drawn(now, chosen), note))


def _whole(now: Answered, code: str) -> Tag | None:
    """That the map and the table show a part of it, where they do."""
    said = partly(_row(now.rows, code) or {})
    words = f"{said}: the map and the table are of those, this card is of them all."
    return tags.p(words, class_="atlas-help") if said else None


def _drawn(now: Answered, code: str) -> Tag | TagList:
    card = card_of(now, code)
    return (
        organisation_card.card(card) if card else organisation_card.not_in_year(code, now.question)
    )


def card_of(now: Answered, code: str) -> Card | None:
    """All that the card of an organisation says; None where it is not of the year and level."""
    # A card compares with everybody of the level, whatever the map leaves out.
    lake, asked = now.lake, replace(now.question, area="", keep="")
    row = _row(now.rows, code)
    if row is None:
        return None
    if not row["shown"] or partly(row):  # a card is of the whole of it, among all of England
        return card_of(ask(lake, asked), code)
    return Card(
        question=asked,
        row=_next_band(row, now.edges),
        place=_row(frames.standing(lake, replace(asked, bands="five")), code) or {},
        parents=_parents(now, code),
        patients=_patients(now, asked, code),
        switch=_switch(now, asked, code),
        context=_row(frames.context(lake, asked.year, asked.level, asked.geography), code) or {},
        england=frames.context(lake, asked.year, "england").row(0, named=True),
        bands=now.band_words,
        switch_bands=_switch_bands(now),
    )


def _next_band(row: Row, edges: list[float]) -> dict[str, Any]:
    """With the next band among those that are drawn, quintiles of an area too."""
    parts = {name: [row[name]] for name in ("numerator", "denominator", "value_low")}
    return {**row, **next_band(pl.LazyFrame(parts), edges).collect().row(0, named=True)}


def _patients(now: Answered, asked: Question, code: str) -> dict[str, Any]:
    everybody = ask(now.lake, asked)
    england, median = everybody.england["value"], everybody.summary["median"]
    own = everybody.rows.lazy().with_columns(
        to_england=patients_to(pl.lit(england)), to_median=patients_to(pl.lit(median))
    )
    return {**_only(own, code), "england": england, "median": median}


def _switch(now: Answered, asked: Question, code: str) -> dict[str, Any] | None:
    if MEASURES[asked.measure].pcas == "none":
        return None
    switch = _only(pca_switch(now.lake, asked, edges=_switch_edges(now)), code)
    # Of one that did not report there is nothing to switch.
    return switch if switch and switch["net"] is not None else None


def _switch_edges(now: Answered) -> list[float]:
    """Both shares are cut where the page cuts; fifths of each would hide that it moved."""
    if now.question.measure in ADJUSTED and now.edges:
        return now.edges
    return list(PRESETS["five"])  # the page's are of another measure


def _switch_bands(now: Answered) -> list[str]:
    edges = _switch_edges(now)
    return now.band_words if edges == now.edges else band_words(edges)


def _parents(now: Answered, code: str) -> list[tuple[str, str, str]]:
    level = now.question.level
    geography = practices(now.lake, now.question.geography, now.question.year)
    return areas_above(geography.filter(organisation_code(level) == code).collect(), level)


def _only(lf: pl.LazyFrame, code: str) -> dict[str, Any]:
    return _row(lf.collect(), code) or {}


def _row(rows: pl.DataFrame, code: str) -> dict[str, Any] | None:
    found = rows.filter(pl.col("organisation_code") == code)
    return found.row(0, named=True) if found.height else None
