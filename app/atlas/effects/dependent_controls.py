"""Controls that depend on others, and the legend: nothing is offered that is not there."""

from shiny import reactive, req, ui

from app.atlas.drawing import legend, map_layer
from app.atlas.drawing.headline import about
from app.atlas.effects.desk import Desk
from app.atlas.effects.map_painting import MAP, mask_of
from app.atlas.effects.order import Order
from app.atlas.effects.own_group import areas_on_offer
from app.atlas.view import ALL, UNREPORTED, View
from app.atlas.year_comparison import years_on_offer
from engine.atlas.metrics.qof_measures import MEASURES


def keep_the_controls(desk: Desk) -> None:
    """Offer what there is, and nothing else; a control is only touched when it changes."""
    offered: dict[str, object] = {}

    def offer(name: str, choices: object, selected: str, update: object) -> None:
        with reactive.isolate():
            is_same = offered.get(name, choices) == choices and desk.input[name]() == selected
        if not is_same or name not in offered and desk.input[name]() != selected:
            update(name, choices=choices, selected=selected)
        offered[name] = choices

    @reactive.effect(priority=Order.CONTROLS)
    def offer_what_the_indicator_has() -> None:
        view, there = req(desk.view()), desk.catalogue()
        with reactive.isolate():
            years = sorted(there.years_of(view.indicator), reverse=True)
            offer("year", years, view.year, ui.update_select)
            against = years_on_offer(there, view.indicator, view.year)
            kept = desk.input.against() if desk.input.against() in against else ""
            offer("against", against, kept, ui.update_select)
            offer("measure", there.measures_of(view.indicator), view.measure, ui.update_select)

    @reactive.effect(priority=Order.TAB)
    def offer_the_areas_of_the_year() -> None:
        asked, lake = desk.answered().question, req(desk.lake())
        with reactive.isolate():
            choices = areas_on_offer(lake, asked.year, desk.view().area, asked.geography)
            offer("area", choices, desk.view().area or ALL, ui.update_selectize)

    @reactive.effect(priority=Order.NEW_SNAPSHOT)
    @reactive.event(desk.lake, ignore_init=True)
    def offer_what_the_new_snapshot_has() -> None:
        indicators = desk.catalogue().indicators
        ui.update_selectize("indicator", choices=indicators, selected=desk.input.indicator())
        ui.notification_show("New data has arrived; this page shows it now.", duration=8)


def keep_the_legend(desk: Desk) -> None:
    """Swatches, words and counts beside the ticks; ticking repaints in the browser at once."""
    count_now: list[tuple[int, str]] = []

    @reactive.effect(priority=Order.LEGEND)
    async def fill_the_legend() -> None:
        dots, view = desk.coloured(), req(desk.view())
        count, hidden = len(dots.words), _hidden(desk, view)
        if count_now and count_now != [(count, dots.label)]:
            keys = legend.choices(dots.words)
            ticked = [key for key in keys if key not in hidden]
            ui.update_checkbox_group("band", label=dots.heading, choices=keys, selected=ticked)
            await desk.send("show", map_layer.show_message(MAP, mask_of(ticked)))
        count_now[:] = [(count, dots.label)]
        message = legend.legend_message(
            dots.words,
            legend.counts(dots.here, count),
            edges=dots.edges,
            top=dots.top,
            low=dots.low,
            is_custom=view.bands.startswith("custom:"),
            colour=dots.label,
        )
        message["words"] |= dots.special
        message["is_coloured"] = bool(dots.measure)
        await desk.send("legend", message)

        histogram = dots.histogram()
        row = desk.catalogue().in_year(view.indicator, view.year) or {}
        await desk.write(
            histogram=histogram, about_indicator=about(MEASURES[view.measure], row, view.year)
        )


def _hidden(desk: Desk, view: View) -> frozenset[str]:
    """What is not ticked where the checklist is made anew: as the link has it that is followed."""
    for asked in desk.followed:
        if (asked.bands, asked.colour) == (view.bands, desk.input.colour()):
            desk.followed.clear()
            return asked.hidden
    return frozenset({UNREPORTED})
