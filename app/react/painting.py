"""The map's reactions: painted before anything else, patched ever after, tied to the selection."""

import polars as pl
from shiny import reactive
from shinywidgets import render_widget

from app.controls import NONE, UNREPORTED
from app.draw import points
from app.draw.words import title_of
from app.react.desk import Desk, put

MAP = "map"
SPECIAL = {NONE: points.NOT_ELIGIBLE, UNREPORTED: points.NOT_REPORTED}


def paint_the_map(desk: Desk, *, tiles: str | None) -> None:
    """Draw the map once; then one message a change, from an effect before all outputs."""
    sent: set[str] = set()
    fitted = [""]
    revision = [0]

    @render_widget
    def map() -> object:  # noqa: A001  (the output's id)
        return points.points_map(tiles)

    @reactive.effect(priority=10)
    async def paint() -> None:
        now = desk.answered()
        if now.cast not in sent:
            sent.add(now.cast)
            cast = points.cast_message(MAP, now.cast, now.rows, level=now.question.level)
            await desk.send("cast", cast)
        revision[0] += 1
        with reactive.isolate():
            ticked = [SPECIAL[key] if key in SPECIAL else int(key) for key in desk.input.band()]
        message = points.codes_message(
            MAP,
            now.cast,
            now.rows,
            words=now.band_words,
            show=points.show_mask(ticked),
            title=title_of(now.question, desk.catalogue()),
            revision=revision[0],
        )
        await desk.send("codes", message)
        await _ring(desk)

    @reactive.effect(priority=9)
    async def go_to_the_area() -> None:
        now = desk.answered()
        if fitted != [now.question.area]:
            fitted[:] = [now.question.area]
            await desk.send("fit", points.fit_message(MAP, now.bounds))

    @reactive.effect(priority=-10)
    async def name_the_points() -> None:
        now = desk.answered()
        if f"names of {now.cast}" not in sent:
            sent.add(f"names of {now.cast}")
            named = now.rows.with_columns(note=pl.col("parent_name"))
            await desk.send("names", points.names_message(MAP, now.cast, named))

    @reactive.effect
    @reactive.event(desk.input.map_cast)
    async def send_the_cast_again() -> None:
        now = desk.answered()
        cast = points.cast_message(MAP, now.cast, now.rows, level=now.question.level)
        await desk.send("cast", cast)
        named = now.rows.with_columns(note=pl.col("parent_name"))
        await desk.send("names", points.names_message(MAP, now.cast, named))


def tie_the_selection(desk: Desk) -> None:
    """One selection for map and table; the map's numbers go to it when somebody comes near."""

    @reactive.effect
    @reactive.event(desk.input.map_detail)
    async def send_the_numbers() -> None:
        now, revision = desk.answered(), desk.input.map_detail()
        await desk.send("detail", points.detail_message(MAP, now.cast, now.rows, revision=revision))

    @reactive.effect
    @reactive.event(desk.input.map_pick)
    def pick_on_the_map() -> None:
        place, codes = desk.input.map_pick(), desk.answered().rows["organisation_code"]
        put(desk.selected, codes[place] if 0 <= place < len(codes) else "")

    @reactive.effect
    @reactive.event(desk.input.table_pick)
    def pick_in_the_table() -> None:
        code = desk.input.table_pick()
        desk.selected.set("" if code == desk.selected() else code)

    @reactive.effect
    @reactive.event(desk.selected, ignore_init=True)
    async def ring_it_on_the_map() -> None:
        await _ring(desk, pan=True)


async def _ring(desk: Desk, *, pan: bool = False) -> None:
    with reactive.isolate():
        codes, code = desk.answered().rows["organisation_code"], desk.selected()
    place = codes.index_of(code) if code else None
    await desk.send("select", points.select_message(MAP, -1 if place is None else place, pan=pan))
