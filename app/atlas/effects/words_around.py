"""The words around the map: title, the three boxes, what the data is, how the refresh goes."""

from dataclasses import replace

import polars as pl
from shiny import reactive, render, ui

from app.atlas import frames
from app.atlas.catalogue import Catalogue
from app.atlas.dot_colour import Coloured
from app.atlas.drawing import headline, words
from app.atlas.effects.desk import Desk, present
from app.atlas.effects.order import Order
from app.atlas.stale_links import gone
from engine.atlas.comparability import disturbed


def say_what_is_shown(desk: Desk) -> None:
    """Title, boxes and footer, from the same answer as the map and after it."""

    @reactive.effect(priority=Order.HEADLINE)
    async def write_the_words() -> None:
        dots, chosen, there = desk.coloured(), desk.selected(), desk.catalogue()
        key = ("words", dots.label, chosen)
        await desk.write(**dots.answered.once(key, lambda: words_of(dots, chosen, there)))

    @reactive.effect(priority=Order.HEADLINE)
    async def write_the_notes() -> None:
        # The view says what a link selected; the reader may have gone on.
        view = replace(present(desk.view()), selected=desk.selected())
        told = [*desk.notes(), *gone(present(desk.lake()), view)]
        await desk.write(notes=headline.notes(told))


def words_of(dots: Coloured, chosen: str, there: Catalogue) -> dict[str, str]:
    """The words around the map, by their place in the page."""
    now = dots.answered
    found = now.rows.filter(pl.col("organisation_code") == chosen)
    picked = found.row(0, named=True) if found.height else None
    title = words.title_of(now.question, there)
    parts: dict[str, object] = {
        "said": headline.spoken(now.question, title, england=now.england, here=now.summary),
        "question_in_words": headline.question_in_words(now.question),
        "title": headline.title(
            title + dots.title,
            words.subtitle_of(now.question),
            words.coverage(now.here, now.question.level),
        ),
        "year_note": headline.year_note(disturbed(now.question)),
        "boxes": headline.boxes(
            now.question,
            area=frames.area_name(now.lake, now.question),
            england=now.england,
            here=now.summary,
            picked=picked,
        ),
        "picked": headline.strip(picked) if picked else "",
        "provenance": headline.footer(now.lake.manifest, now.question.year),
    }
    return {name: str(html) for name, html in parts.items()}


def say_how_the_refresh_goes(desk: Desk) -> None:
    """The refresh's note; a page that waits for the first data opens when it is there."""

    @reactive.effect
    async def open_when_there_is_data() -> None:
        if desk.input.waiting() and desk.newest():
            await desk.send("reload", {})

    @render.ui
    def refresh_note() -> ui.TagChild:
        return headline.refresh_note(desk.refresh())
