"""Another year beside this one: a second map, made when it is first wanted and patched ever after.

Nothing is asked, drawn or sent while no other year is chosen.
"""

from collections.abc import Callable

import polars as pl
from shiny import reactive, req
from shinywidgets import render_widget

from app.atlas.drawing import map_layer
from app.atlas.drawing import year_change as drawing
from app.atlas.drawing.words import COUNTED, NOBODY, title_of
from app.atlas.effects.desk import Desk, other_year, present, put
from app.atlas.effects.map_painting import mask_of
from app.atlas.effects.order import Order
from app.atlas.effects.table_rows import in_ticked_bands
from app.atlas.view import COMPARED_AS
from app.atlas.year_comparison import CHANGE, SIDE, Compared, compare

MAP = "map_before"
COLOURED = "Two years are compared when the dots show the achievement: see “Colour by”."


def show_the_years(desk: Desk, *, tiles: str | None) -> None:
    """Draw the other year, or the change, on a second map that follows the first."""
    # A second map costs every visitor a second widget; most never look at another year.
    wanted = reactive.Value(False)
    sent: set[str] = set()
    revision = [0]

    @reactive.calc
    def compared() -> Compared | None:
        year, way = other_year(desk), desk.input.compare_as()
        # One legend holds for both maps: that of the achievement.
        if not year or desk.input.colour():
            return None
        return compare(desk.answered(), year, way if way in COMPARED_AS else SIDE)

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
        await desk.send("years", _arrangement(both))
        if both.cast not in sent:
            sent.add(both.cast)
            await _send_cast(desk, both)
        revision[0] += 1
        await desk.send("codes", _codes(desk, both, revision[0]))
        await _ring(desk, both)

    @reactive.effect(priority=Order.NAMES)
    async def name_the_points() -> None:
        both = compared()
        if both is not None and f"names of {both.cast}" not in sent:
            sent.add(f"names of {both.cast}")
            await _send_names(desk, both)

    @reactive.effect(priority=Order.YEARS_APART)
    async def say_what_parts_the_years() -> None:
        said = ""
        if other_year(desk):
            both = compared()
            said = drawing.break_words(both.broken, both.first, both.last) if both else COLOURED
        await desk.write(against_words=drawing.words(said))

    _answer_the_map(desk, compared)


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


def _arrangement(both: Compared) -> dict[str, str]:
    """How the maps stand, and what stands over each."""
    year = both.now.question.year
    if both.kind == CHANGE:
        here = both.rows.filter("shown")["band"]
        title = str(drawing.change_title(both.first, both.last, here))
        return {"compare": CHANGE, "first": "", "now": "", "before": title}
    return {
        "compare": SIDE,
        "first": "before" if both.year < year else "",
        "now": str(drawing.year_title(year, both.now.england["value"])),
        "before": str(drawing.year_title(both.year, both.england)),
    }


def _codes(desk: Desk, both: Compared, revision: int) -> map_layer.Message:
    """Both maps show the ticked bands; of a change, those whose achievement is in them."""
    rows, ticked = both.rows, desk.input.band()
    measure = both.now.question.measure
    title = title_of(both.now.question, desk.catalogue())
    if both.kind == CHANGE:
        kept = in_ticked_bands(both.now.rows, set(ticked))["organisation_code"]
        rows = rows.with_columns(shown=pl.col("shown") & pl.col("organisation_code").is_in(kept))
        show = map_layer.show_mask([*range(len(both.words)), map_layer.NOT_ELIGIBLE])
        # The title ends in its year, which is not the only one here.
        title = f"{title.rpartition(', ')[0]}, change from {both.first} to {both.last}"
    else:
        show = mask_of(ticked)
        title = f"{title.rpartition(', ')[0]}, {both.year}"
    return map_layer.codes_message(
        MAP,
        both.cast,
        rows,
        words=both.words,
        show=show,
        title=title,
        revision=revision,
        numbers=f"{both.kind} {both.year} {both.now.numbers_key}",
        unit="percentage points" if both.kind == CHANGE else "%",
        counted=COUNTED[measure],
        nobody=(drawing.NO_VALUE if both.kind == CHANGE else NOBODY[measure]).capitalize(),
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
