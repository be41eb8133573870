"""The table's reactions: what is listed, in which order, which page; and taking it away."""

from collections.abc import Callable

import polars as pl
from shiny import reactive, ui

from app.atlas import frames
from app.atlas.drawing import comparison_table, year_change
from app.atlas.drawing.context_words import AddedColumn, columns
from app.atlas.drawing.words import title_of, why_empty
from app.atlas.effects.context_columns import dress
from app.atlas.effects.desk import Desk, other_year, put
from app.atlas.effects.order import Order
from app.atlas.ticks import in_ticked_bands
from app.atlas.view import NONE


def list_the_rows(desk: Desk) -> Callable[[], pl.DataFrame]:
    """Render the table; the reactive that gives its rows in order, all pages."""
    at_page = reactive.Value(0)

    dressed = dress(desk)

    @reactive.calc
    def listed() -> pl.DataFrame:
        now, rows = desk.answered(), dressed()
        # Mostly nothing is added: then the rows of the area are there already.
        here = now.here if rows is now.rows else rows.filter("shown")
        rows = comparison_table.matching(
            in_ticked_bands(here, set(desk.input.band())), desk.input.find()
        )
        return comparison_table.ordered(rows, desk.sort())

    @reactive.effect(priority=Order.RESET)
    @reactive.event(desk.view, desk.input.find, desk.input.rows, desk.input.band, desk.sort)
    def back_to_the_first_page() -> None:
        put(at_page, 0)

    @reactive.effect
    @reactive.event(desk.input.table_sort)
    def sort_the_table() -> None:
        key = desk.input.table_sort()
        desk.sort.set(f"-{key}" if desk.sort() == key else key)

    @reactive.effect
    @reactive.event(desk.input.table_turn)
    def turn_the_page() -> None:
        last = comparison_table.pages(listed().height, int(desk.input.rows())) - 1
        # The buttons send a step, and a slow page may send two of them past the end.
        put(at_page, min(max(at_page() + int(desk.input.table_turn()), 0), last))

    @reactive.effect(priority=Order.TABLE)
    async def write_the_table() -> None:
        if desk.tab() != "table":
            return  # nobody sees it; the tab wakes it when it is opened
        dots, size, first = desk.coloured(), int(desk.input.rows()), at_page()

        def draw() -> dict[str, str]:
            rows = listed()
            page = _with_selected(rows.slice(first * size, size), dressed(), desk.selected())
            table = _drawn(desk, page, rows) if rows.height else _why_empty(desk)
            turn = comparison_table.turner(rows.height, first * size, size)
            return {"comparison": str(table), "turn": str(turn)}

        own = (desk.input.find(), desk.selected(), *desk.input.columns(), other_year(desk))
        # Whatever a reader adds is theirs; the plain table is the same for everybody.
        if any(own) or first:
            return await desk.write(**draw())
        key = ("table", dots.label, tuple(sorted(desk.input.band())), desk.sort(), size)
        await desk.write(**dots.answered.once(key, draw))

    return listed


def _drawn(desk: Desk, page: pl.DataFrame, rows: pl.DataFrame) -> str:
    now, dots = desk.answered(), desk.coloured()
    return comparison_table.render(
        page,
        level=now.question.level,
        measure=now.question.measure,
        sort=desk.sort(),
        selected=desk.selected(),
        top=now.top,
        england=now.england["value"],
        bands=dots.words,
        nobody=dots.special[NONE],
        ramp=dots.ramp,
        extra=[*_change(desk, rows), *columns(desk.input.columns(), rows, now.question.level)],
        caption=title_of(now.question, desk.catalogue()),
    )


def _change(desk: Desk, rows: pl.DataFrame) -> list[AddedColumn]:
    """The column of the change, while another year is chosen."""
    year, now = other_year(desk), desk.answered()
    if not year:
        return []
    first, last = sorted((year, now.question.year))
    broken = frames.breaks_between(now.lake, now.question.indicator, first, last)
    return [year_change.column(first, last, rows, year_change.break_words(broken, first, last))]


def _why_empty(desk: Desk) -> ui.Tag:
    asked = desk.answered().question
    said = why_empty(asked, title_of(asked, desk.catalogue()), desk.input.find())
    return ui.p(said, class_="atlas-empty")


def _with_selected(page: pl.DataFrame, everybody: pl.DataFrame, selected: str) -> pl.DataFrame:
    """The page, with the selected organisation on top where it is not on it."""
    if not selected or selected in page["organisation_code"]:
        return page
    # Whoever is picked on the map is to be seen in the table, on whichever page they stand.
    chosen = everybody.filter(pl.col("organisation_code") == selected)
    return pl.concat([chosen, page]) if chosen.height else page
