"""Controls that depend on others, and the legend: nothing is offered that is not there."""

from html import escape
from typing import Any

from shiny import reactive, ui

from app.atlas.controls import CUSTOM, INPUTS
from app.atlas.dot_colour import Coloured
from app.atlas.drawing import legend, map_layer
from app.atlas.drawing.headline import about_indicator
from app.atlas.effects.desk import Desk, present
from app.atlas.effects.inputs import UPDATES
from app.atlas.effects.map_painting import MAP, mask_of
from app.atlas.effects.order import Order
from app.atlas.settling import can_be_held_against, why_not
from app.atlas.view import ALL, TARGET_RULE, UNREPORTED, View, target_of
from engine.atlas.metrics.qof_measures import MEASURES


def keep_the_controls(desk: Desk) -> None:
    """Offer what there is, and nothing else; a control is only touched when it changes."""
    offered: dict[str, object] = {}

    def offer(name: str, selected: str) -> None:
        """Inside an isolate: what it offers depends on what the effect has asked already."""
        one, there = INPUTS[name], desk.input[name]()
        choices = one.offers(present(desk.lake()), present(desk.view()))
        # Updating an input makes the browser send it again, and the page answer once more.
        if offered.get(name, choices) != choices or there != selected:
            UPDATES[one.kind](name, choices=choices, selected=selected)
        offered[name] = choices

    @reactive.effect(priority=Order.CONTROLS)
    def offer_what_the_indicator_has() -> None:
        view, there = present(desk.view()), desk.catalogue()
        with reactive.isolate():
            against = desk.input.against()
            offer("year", view.year)
            offer("against", against if can_be_held_against(view, against, there) else "")
            offer("measure", view.measure)

    @reactive.effect(priority=Order.TAB)
    def offer_the_areas_of_the_year() -> None:
        desk.answered()
        present(desk.lake())
        with reactive.isolate():
            offer("area", present(desk.view()).area or ALL)

    @reactive.effect(priority=Order.NEW_SNAPSHOT)
    @reactive.event(desk.lake, ignore_init=True)
    def offer_what_the_new_snapshot_has() -> None:
        indicators = desk.catalogue().indicators
        ui.update_selectize("indicator", choices=indicators, selected=desk.input.indicator())
        ui.notification_show("New data has arrived; this page shows it now.", duration=8)


def say_the_rules(desk: Desk) -> None:
    """Below a field that is typed into: the rule, while what stands there breaks it."""

    @reactive.effect(priority=Order.CONTROLS)
    async def say_the_rule_of_edges() -> None:
        is_own = desk.input.bands() == CUSTOM
        wrong = why_not(f"{CUSTOM}:{desk.input.edges()}") if is_own else ""
        said = f"{wrong} Until then the usual bands are shown." if wrong else ""
        # What somebody typed, or wrote into a link, is text and no markup.
        await desk.write(edges_said=escape(said))

    @reactive.effect(priority=Order.TAB)
    async def say_the_rule_of_targets() -> None:
        kind, percent = desk.input.target(), desk.input.target_percent()
        wrong = kind == "own" and not target_of(kind, percent)
        await desk.write(target_said=f"{TARGET_RULE[0].upper()}{TARGET_RULE[1:]}." if wrong else "")


def keep_the_legend(desk: Desk) -> None:
    """Swatches, words and counts beside the ticks; ticking repaints in the browser at once."""
    count_now: list[tuple[int, str]] = []
    heading_now: list[str] = []

    @reactive.effect(priority=Order.LEGEND)
    async def fill_the_legend() -> None:
        dots, view = desk.coloured(), present(desk.view())
        count, hidden = len(dots.words), _hidden(desk, view)
        # The first time the page has its ticks already, as the link has them.
        if count_now and count_now != [(count, dots.label)]:
            keys = legend.choices(dots.words)
            ticked = [key for key in keys if key not in hidden]
            ui.update_checkbox_group("band", label=dots.heading, choices=keys, selected=ticked)
            await desk.send("show", map_layer.show_message(MAP, mask_of(ticked)))
        elif heading_now not in ([], [dots.heading]):
            ui.update_checkbox_group("band", label=dots.heading)
        count_now[:], heading_now[:] = [(count, dots.label)], [dots.heading]
        message, histogram = dots.answered.once(
            ("legend", dots.label), lambda: (_message(dots), str(dots.histogram()))
        )
        await desk.send("legend", message)
        row = desk.catalogue().in_year(view.indicator, view.year) or {}
        said = dots.answered.once(
            "about", lambda: str(about_indicator(MEASURES[view.measure], row, view.year))
        )
        await desk.write(histogram=histogram, about_indicator=said)


def _message(dots: Coloured) -> dict[str, Any]:
    """What the legend shows of an answer's dots; whether its edges are somebody's own, too."""
    message = legend.legend_message(
        dots.words,
        legend.counts(dots.here, len(dots.words)),
        edges=dots.edges,
        top=dots.top,
        low=dots.low,
        is_custom=dots.answered.question.bands.startswith("custom:"),
        ramp=dots.ramp,
        colour=dots.label,
    )
    message["words"] |= dots.special
    return message | {"is_coloured": bool(dots.measure)}


def _hidden(desk: Desk, view: View) -> frozenset[str]:
    """What is not ticked where the checklist is made anew: as the link has it that is followed."""
    for asked in desk.followed:
        if (asked.bands, asked.colour) == (view.bands, desk.input.colour()):
            desk.followed.clear()
            return asked.hidden
    return frozenset({UNREPORTED})
