"""The map's reactions: painted before anything else, patched ever after, tied to the selection."""

from collections.abc import Iterable

import polars as pl
from shiny import reactive
from shinywidgets import render_widget

from app.atlas.answered import Answered
from app.atlas.caption import NOW
from app.atlas.catalogue import Catalogue
from app.atlas.dot_colour import Coloured, context_of
from app.atlas.drawing import map_layer
from app.atlas.drawing.context_words import tips
from app.atlas.drawing.words import COUNTED, title_of
from app.atlas.effects.desk import Desk, put
from app.atlas.effects.order import Order
from app.atlas.view import NONE, UNREPORTED

MAP = NOW
SPECIAL = {NONE: map_layer.NOT_ELIGIBLE, UNREPORTED: map_layer.NOT_REPORTED}


def paint_the_map(desk: Desk, *, tiles: str | None) -> None:
    """Draw the map once; then one message a change, from an effect before all outputs."""
    sent: set[str] = set()
    sized: dict[str, str] = {}
    fitted: list[str] = []
    revision = [0]

    @render_widget
    def map() -> object:  # noqa: A001  (the output's id)
        return map_layer.points_map(tiles)

    @reactive.effect(priority=Order.MAP)
    async def paint() -> None:
        now, dots = desk.answered(), desk.coloured()
        if now.cast not in sent:
            sent.add(now.cast)
            cast = map_layer.cast_message(MAP, now.cast, now.rows, level=now.question.level)
            await desk.send("cast", cast)
        await _size(desk, sized)
        revision[0] += 1
        with reactive.isolate():
            ticked = desk.input.band()
        message = now.once(("codes", dots.label), lambda: codes_of(dots, desk.catalogue()))
        await desk.send("codes", message | {"show": mask_of(ticked), "revision": revision[0]})
        with reactive.isolate():
            is_ringed = bool(desk.selected())
        # A new cast has no ring, and who lost it by a pick of their own has taken it away.
        if is_ringed:
            await _ring(desk)

    @reactive.effect(priority=Order.MAP_VIEW)
    async def go_to_the_area() -> None:
        now = desk.answered()
        # Only when the area changes: another indicator leaves the reader where they looked.
        if fitted != [now.question.area]:
            fitted[:] = [now.question.area]
            await desk.send("fit", map_layer.fit_message(MAP, now.bounds))

    @reactive.effect(priority=Order.NAMES)
    async def name_the_points() -> None:
        now = desk.answered()
        if f"names of {now.cast}" not in sent:
            sent.add(f"names of {now.cast}")
            await desk.send("names", _names(now))

    @reactive.effect
    @reactive.event(desk.input.map_cast)
    async def send_the_cast_again() -> None:
        now = desk.answered()
        cast = map_layer.cast_message(MAP, now.cast, now.rows, level=now.question.level)
        await desk.send("cast", cast)
        await desk.send("names", _names(now))
        sized.pop(now.cast, None)
        await _size(desk, sized)


def tie_the_selection(desk: Desk) -> None:
    """One selection for map and table; the map's numbers go to it when somebody comes near."""
    surrounded: set[str] = set()

    @reactive.effect
    @reactive.event(desk.input.map_detail)
    async def send_the_numbers() -> None:
        now, revision = desk.answered(), desk.input.map_detail()
        await desk.send(
            "detail", map_layer.detail_message(MAP, now.cast, now.rows, revision=revision)
        )
        if now.cast not in surrounded:
            surrounded.add(now.cast)
            await desk.send("around", map_layer.around_message(MAP, now.cast, _tips(now)))

    @reactive.effect
    @reactive.event(desk.input.map_cast)
    def the_browser_forgot() -> None:
        surrounded.discard(desk.answered().cast)

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


def mask_of(ticked: Iterable[str]) -> int:
    """The mask of what is ticked in the legend: bands by number, `none` and `unreported`."""
    return map_layer.show_mask(SPECIAL[key] if key in SPECIAL else int(key) for key in ticked)


def codes_of(dots: Coloured, there: Catalogue) -> map_layer.Message:
    """What the map shows of an answer, but for what a reader has ticked."""
    now = dots.answered
    return map_layer.codes_message(
        MAP,
        now.cast,
        dots.rows,
        words=dots.named_words,
        ramp=dots.ramp,
        show=0,
        title=title_of(now.question, there) + dots.title,
        counted=COUNTED[now.question.measure],
        nobody=dots.nobody,
        revision=0,
        numbers=now.numbers_key,
    )


def _names(now: Answered) -> map_layer.Message:
    named = now.rows.with_columns(note=pl.col("parent_name"))
    return map_layer.names_message(MAP, now.cast, named)


def _tips(now: Answered) -> list[map_layer.Message]:
    """What surrounds each organisation, for the tooltip."""
    known = now.rows.select("organisation_code").join(
        context_of(now), on="organisation_code", how="left", maintain_order="left"
    )
    return tips(known, now.question.level)


async def _size(desk: Desk, sized: dict[str, str]) -> None:
    """Dots of other sizes, where those that the browser has are not of the measure asked for."""
    now, name = desk.answered(), desk.input.size()
    # The browser keeps the sizes of every cast that it has had.
    if sized.get(now.cast, "") == name:
        return
    sized[now.cast] = name
    rows = now.rows.select("organisation_code", "list_size")
    if name:
        sizes = context_of(now).select("organisation_code", size=name)
        rows = rows.join(sizes, on="organisation_code", how="left", maintain_order="left")
    message = map_layer.size_message(MAP, now.cast, rows, level=now.question.level)
    await desk.send("size", message)


async def _ring(desk: Desk, *, pan: bool = False) -> None:
    with reactive.isolate():
        codes, code = desk.answered().rows["organisation_code"], desk.selected()
    place = codes.index_of(code) if code else None
    await desk.send(
        "select", map_layer.select_message(MAP, -1 if place is None else place, pan=pan)
    )
