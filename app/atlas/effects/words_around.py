"""The words around the map: title, the three boxes, what the data is, how the refresh goes."""

import json
from dataclasses import replace

import polars as pl
from shiny import reactive, render, ui

from app.atlas import frames
from app.atlas.caption import Caption
from app.atlas.dot_colour import Coloured
from app.atlas.drawing import headline, words
from app.atlas.drawing.legend import key
from app.atlas.effects.desk import Desk, present
from app.atlas.effects.order import Order
from app.atlas.stale_links import notes_on_missing


def say_what_is_shown(desk: Desk) -> None:
    """Title, boxes and footer, from the same answer as the map and after it."""

    @reactive.effect(priority=Order.HEADLINE)
    async def write_the_words() -> None:
        dots, chosen, told = desk.coloured(), desk.selected(), desk.caption()
        # Of two years the words hang on both; an answer keeps what is of it alone.
        if desk.compared():
            return await desk.write(**words_of(dots, told, chosen))
        drawn = dots.answered.once(("words", told, chosen), lambda: words_of(dots, told, chosen))
        await desk.write(**drawn)

    @reactive.effect(priority=Order.LATER)
    async def tell_the_browser_what_is_shown() -> None:
        """For whatever the browser makes of it: the picture and the print (app/www/picture.js)."""
        told, both = desk.caption(), desk.compared()
        now = desk.answered()
        said = told_of(told) if both else now.once(("told", told), lambda: told_of(told))
        await desk.write(**said)

    @reactive.effect(priority=Order.HEADLINE)
    async def write_the_notes() -> None:
        # The view says what a link selected; the reader may have gone on.
        view = replace(present(desk.view()), selected=desk.selected())
        told = [*desk.notes(), *notes_on_missing(present(desk.lake()), view)]
        await desk.write(notes=headline.notes(told))


def told_of(told: Caption) -> dict[str, str]:
    """What the browser is told of what is shown, and the legend on the map; by place."""
    legend = told.legend
    marks = ((mark.key, mark.words) for mark in legend.marks if mark.is_shown)
    return {
        # Nothing that a script element holds is markup, but for what would end it.
        "shown": json.dumps(told.plain()).replace("<", "\\u003c"),
        "map_legend": str(key(legend.heading, legend.ramp, legend.bands, marks)),
    }


def words_of(dots: Coloured, told: Caption, chosen: str) -> dict[str, str]:
    """The words around the map, by their place in the page.

    Takes:  the caption of what is shown; the code of who is selected, empty for nobody.
    """
    now = dots.answered
    found = now.rows.filter(pl.col("organisation_code") == chosen)
    picked = found.row(0, named=True) if found.height else None
    parts: dict[str, object] = {
        "said": headline.spoken(now.question, told.title, england=now.england, here=now.summary),
        "question_in_words": headline.question_in_words(now.question),
        "title": headline.title(
            told.title,
            (words.subtitle_of(now.question), words.coverage(now.here, now.question.level)),
        ),
        "year_note": headline.year_note(told.notes),
        "boxes": headline.boxes(
            now.question,
            area=frames.area_name(now.lake, now.question),
            england=now.england,
            here=now.summary,
            picked=picked,
        ),
        "picked": headline.strip(picked) if picked else "",
        "provenance": headline.footer(now.lake.manifest, told.sources),
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
