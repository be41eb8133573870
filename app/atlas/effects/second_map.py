"""Another year beside this one: a second map, made when it is first wanted and patched ever after.

Nothing is asked, drawn or sent while no other year is chosen.
"""

from collections.abc import Callable

import polars as pl
from shiny import reactive, req
from shinywidgets import render_widget

from app.atlas.caption import BEFORE, NOW, Caption
from app.atlas.drawing import map_layer
from app.atlas.drawing import year_change as drawing
from app.atlas.drawing.words import COUNTED, NOBODY, title_of
from app.atlas.effects.desk import Desk, other_year, present, put
from app.atlas.effects.map_painting import mask_of
from app.atlas.effects.order import Order
from app.atlas.year_comparison import CHANGE, SIDE, Compared

MAP = BEFORE
COLOURED = "Two years are compared when the dots show the achievement: see “Colour by”."


def show_the_years(desk: Desk, *, tiles: str | None) -> None:
    """Draw the other year, or the change, on a second map that follows the first."""
    # A second map costs every visitor a second widget; most never look at another year.
    wanted = reactive.Value(False)
    sent: set[str] = set()
    revision = [0]
    fitted: list[str] = []
    compared = desk.compared

    @render_widget
    def map_before() -> object:
        req(wanted())
        return map_layer.points_map(tiles)

    @reactive.effect(priority=Order.SECOND_MAP)
    async def arrange_and_paint() -> None:
        both = compared()
        if both is None:
            # Only a map that was made has to be put away.
            if wanted():
                await desk.send("years", {"compare": "", "first": "", "now": "", "before": ""})
            return
        put(wanted, True)
        await desk.send("years", _arrangement(both, desk.caption()))
        if both.cast not in sent:
            sent.add(both.cast)
            await _send_cast(desk, both)
        revision[0] += 1
        await desk.send("codes", _codes(desk, both, revision[0]))
        if fitted != [both.now.question.area]:
            fitted[:] = [both.now.question.area]
            # The first map leads it only while that one is in sight.
            await desk.send("fit", map_layer.fit_message(MAP, both.now.bounds))
        await _ring(desk, both)

    @reactive.effect(priority=Order.NAMES)
    async def name_the_points() -> None:
        both = compared()
        if both is not None and f"names of {both.cast}" not in sent:
            sent.add(f"names of {both.cast}")
            await _send_names(desk, both)

    _answer_the_map(desk, compared)


def say_what_parts_the_years(desk: Desk) -> None:
    """Below the control: why no change is shown, where none is."""

    @reactive.effect(priority=Order.YEARS_APART)
    async def write_the_words() -> None:
        said = ""
        if other_year(desk):
            both = desk.compared()
            said = both.parted if both else COLOURED
        await desk.write(against_words=drawing.words(said))


def _answer_the_map(desk: Desk, compared: Callable[[], Compared | None]) -> None:
    """What the second map asks for, and the one selection of both."""

    @reactive.effect
    @reactive.event(desk.input.map_before_cast)
    async def send_the_cast_again() -> None:
        both = present(compared())
        await _send_cast(desk, both)
        await _send_names(desk, both)

    @reactive.effect
    @reactive.event(desk.input.map_before_detail)
    async def send_the_numbers() -> None:
        both, told = present(compared()), desk.input.map_before_detail()
        await desk.send(
            "detail", map_layer.detail_message(MAP, both.cast, both.rows, revision=told)
        )

    @reactive.effect
    @reactive.event(desk.input.map_before_pick)
    def pick_on_the_map() -> None:
        place, codes = desk.input.map_before_pick(), present(compared()).rows["organisation_code"]
        put(desk.selected, codes[place] if 0 <= place < len(codes) else "")

    @reactive.effect
    @reactive.event(desk.selected, ignore_init=True)
    async def ring_it_on_the_map() -> None:
        both = compared()
        if both is not None:
            await _ring(desk, both)


def _arrangement(both: Compared, shown: Caption) -> dict[str, str]:
    """How the maps stand, and what stands over each: as the caption says it."""
    over = {pane.map: pane.words for pane in shown.panes}
    if both.kind == CHANGE:
        marks = [(mark.key, mark.words, mark.counts[0]) for mark in shown.legend.marks]
        title = str(drawing.change_title(over[BEFORE], marks))
        return {"compare": CHANGE, "first": "", "now": "", "before": title}
    return {
        "compare": SIDE,
        "first": "before" if shown.panes[0].map == BEFORE else "",
        "now": str(drawing.year_title(over[NOW])),
        "before": str(drawing.year_title(over[BEFORE])),
    }


def _codes(desk: Desk, both: Compared, revision: int) -> map_layer.Message:
    """Both maps show the ticked bands; of a change, those whose achievement is in them."""
    ticked, asked = desk.input.band(), both.now.question
    is_change = both.kind == CHANGE
    everything = map_layer.show_mask([*range(len(both.words)), map_layer.NOT_ELIGIBLE])
    return map_layer.codes_message(
        MAP,
        both.cast,
        both.drawn(ticked),
        words=both.words,
        ramp="change" if is_change else desk.coloured().ramp,
        show=everything if is_change else mask_of(ticked),
        title=title_of(asked, desk.catalogue(), when=both.when if is_change else both.year),
        revision=revision,
        numbers=f"{both.kind} {both.year} {both.now.numbers_key}",
        unit="percentage points" if is_change else "%",
        counted=COUNTED[asked.measure],
        nobody=(drawing.NO_VALUE if is_change else NOBODY[asked.measure]).capitalize(),
    )


async def _send_cast(desk: Desk, both: Compared) -> None:
    level = both.now.question.level
    await desk.send("cast", map_layer.cast_message(MAP, both.cast, both.rows, level=level))


async def _send_names(desk: Desk, both: Compared) -> None:
    named = both.rows.with_columns(note=pl.col("parent_name"))
    await desk.send("names", map_layer.names_message(MAP, both.cast, named))


async def _ring(desk: Desk, both: Compared) -> None:
    with reactive.isolate():
        code = desk.selected()
    place = both.rows["organisation_code"].index_of(code) if code else None
    await desk.send("select", map_layer.select_message(MAP, -1 if place is None else place))
