"""The Gap tab: which practices hold the gap of an area to a target, in patients."""

from shiny import reactive, req, ui

from app.atlas.area_gap import gap_of
from app.atlas.drawing import gap_table
from app.atlas.effects.desk import Desk, put
from app.atlas.effects.order import Order
from app.atlas.view import target_of
from engine.atlas.metrics.qof_measures import MEASURES


def show_the_gap(desk: Desk) -> None:
    """Write who holds the gap while the tab is open; its buttons select a practice."""

    @reactive.effect(priority=Order.TAB)
    async def write_the_gap() -> None:
        req(desk.tab() == "gap")
        now, chosen = desk.answered(), desk.selected()
        metric = MEASURES[now.question.measure]
        if not metric.has_gap:
            return await desk.write(gap=gap_table.no_gap(metric))
        kind = desk.input.target()
        target = target_of(kind, desk.input.target_percent())
        # The field says the rule; figures to another target would be taken for those to its own.
        if kind == "own" and not target:
            return await desk.write(gap=gap_table.no_target())
        await desk.write(gap=gap_table.render(gap_of(now, chosen, target=target)))

    @reactive.effect
    @reactive.event(desk.input.practice_pick)
    def pick_a_practice() -> None:
        # The buttons name practices; the page may be of boards.
        if desk.input.level() != "practice":
            ui.update_radio_buttons("level", selected="practice")
        put(desk.selected, str(desk.input.practice_pick()))
