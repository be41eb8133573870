"""The words around the map: title, the three boxes, what the data is, how the refresh goes."""

import polars as pl
from shiny import reactive, render, req, ui

from app import live
from app.draw import headline, words
from app.react.desk import Desk


def say_what_is_shown(desk: Desk) -> None:
    """Title and boxes, from the same answer as the map."""

    @render.text
    def question_in_words() -> str:
        asked = desk.answered().question
        return f"{asked.indicator} · {asked.year} · {words.LEVEL_WORDS[asked.level][1]}"

    @render.ui
    def title() -> ui.TagChild:
        now = desk.answered()
        is_practice = now.question.level == "practice"
        return headline.title(
            words.title_of(now.question, desk.catalogue()),
            words.subtitle_of(now.question),
            desk.notes(),
            words.coverage(now.lake.manifest, now.question.year) if is_practice else "",
        )

    @render.ui
    def boxes() -> ui.TagChild:
        now, chosen = desk.answered(), desk.selected()
        picked = now.rows.filter(pl.col("organisation_code") == chosen)
        return headline.boxes(
            now.question,
            england=now.england,
            here=now.summary,
            picked=picked.row(0, named=True) if picked.height else None,
        )


def say_what_the_data_is(desk: Desk) -> None:
    """The footer: always in view; and how the refresh goes, if one is at work."""

    @render.ui
    def provenance() -> ui.TagChild:
        lake = req(live.lake())
        return headline.footer(lake.manifest, req(desk.view()).year)


def say_how_the_refresh_goes(desk: Desk) -> None:
    """The refresh's note; a page that waits for the first data opens when it is there."""

    @reactive.effect
    async def open_when_there_is_data() -> None:
        if desk.input.waiting() and live.lake():
            await desk.send("reload", {})

    @render.ui
    def refresh_note() -> ui.TagChild:
        return headline.refresh_note(live.refresh())
