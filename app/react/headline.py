"""The words around the map: title, the three boxes, what the data is, how the refresh goes."""

import polars as pl
from shiny import reactive, render, ui

from app import live
from app.draw import headline, words
from app.react.desk import Desk


def say_what_is_shown(desk: Desk) -> None:
    """Title, boxes and footer, from the same answer as the map and after it."""

    @reactive.effect(priority=2)
    async def write_the_words() -> None:
        now, chosen = desk.answered(), desk.selected()
        picked = now.rows.filter(pl.col("organisation_code") == chosen)
        title = words.title_of(now.question, desk.catalogue())
        await desk.write(
            said=headline.spoken(now.question, title, england=now.england, here=now.summary),
            question_in_words=headline.question_in_words(now.question),
            title=headline.title(
                title + desk.coloured().title,
                words.subtitle_of(now.question),
                words.coverage(now.lake.manifest, now.question),
            ),
            boxes=headline.boxes(
                now.question,
                england=now.england,
                here=now.summary,
                picked=picked.row(0, named=True) if picked.height else None,
            ),
            provenance=headline.footer(now.lake.manifest, now.question.year),
        )

    @reactive.effect(priority=2)
    async def write_the_notes() -> None:
        await desk.write(notes=headline.notes(desk.notes()))


def say_how_the_refresh_goes(desk: Desk) -> None:
    """The refresh's note; a page that waits for the first data opens when it is there."""

    @reactive.effect
    async def open_when_there_is_data() -> None:
        if desk.input.waiting() and live.lake():
            await desk.send("reload", {})

    @render.ui
    def refresh_note() -> ui.TagChild:
        return headline.refresh_note(live.refresh())
