"""Controls that depend on others, and the legend: nothing is offered that is not there."""

from shiny import reactive, req, ui

from app import live
from app.answered import STEPS
from app.choices import areas
from app.controls import ALL, UNREPORTED
from app.draw import legend
from app.draw.headline import about
from app.react.desk import Desk
from engine.metrics.qof import MEASURES


def keep_the_controls(desk: Desk) -> None:
    """Offer what there is, and nothing else; a control is only touched when it changes."""
    offered: dict[str, object] = {}

    def offer(name: str, choices: object, selected: str, update: object) -> None:
        with reactive.isolate():
            is_same = offered.get(name, choices) == choices and desk.input[name]() == selected
        if not is_same or name not in offered and desk.input[name]() != selected:
            update(name, choices=choices, selected=selected)
        offered[name] = choices

    @reactive.effect(priority=4)
    def offer_what_the_indicator_has() -> None:
        view, there = req(desk.view()), desk.catalogue()
        with reactive.isolate():
            years = sorted(there.years_of(view.indicator), reverse=True)
            offer("year", years, view.year, ui.update_select)
            offer("measure", there.measures_of(view.indicator), view.measure, ui.update_select)

    @reactive.effect(priority=-5)
    def offer_the_areas_of_the_year() -> None:
        year, lake = desk.answered().question.year, req(live.lake())
        with reactive.isolate():
            choices = areas(live.wide_organisations(lake, year))
            offer("area", choices, desk.view().area or ALL, ui.update_selectize)

    @reactive.effect(priority=90)
    @reactive.event(live.lake, ignore_init=True)
    def offer_what_the_new_snapshot_has() -> None:
        indicators = desk.catalogue().indicators
        ui.update_selectize("indicator", choices=indicators, selected=desk.input.indicator())
        ui.notification_show("New data has arrived; this page shows it now.", duration=8)


def keep_the_legend(desk: Desk) -> None:
    """Swatches, words and counts beside the ticks; ticking repaints in the browser at once."""
    count_now: list[int] = []

    @reactive.effect(priority=3)
    async def fill_the_legend() -> None:
        now = desk.answered()
        count = len(now.band_words)
        if count_now and count_now != [count]:
            keys = legend.choices(now.band_words)
            ticked = [key for key in keys if key != UNREPORTED]
            ui.update_checkbox_group("band", choices=keys, selected=ticked)
        count_now[:] = [count]
        counts = legend.counts(now.here, count)
        words = {str(i): said for i, said in enumerate(now.band_words)}
        await desk.send("legend", {"words": words, "counts": counts, "bands": count})

        histogram = legend.histogram(now.bins, steps=STEPS, top=now.top, edges=now.edges)
        view = req(desk.view())
        row = desk.catalogue().in_year(view.indicator, view.year) or {}
        await desk.write(
            histogram=histogram, about_indicator=about(MEASURES[view.measure], row, view.year)
        )
