"""The Gap tab: which practices hold the gap of an area to a target, in patients.

Asked at the level of practices whatever the page's own: of the area on show, or of the
organisation that is selected where that is no practice. The filters under "Only" hold here too, of
practices; the target is that of everybody.
"""

from dataclasses import replace

from shiny import reactive, req, ui

from app.atlas import frames
from app.atlas.answered import Answered, ask
from app.atlas.drawing import gap_table
from app.atlas.drawing.gap_table import Gap
from app.atlas.effects.desk import Desk, put
from app.atlas.effects.order import Order
from app.atlas.view import TARGETS, target_of
from engine import Question
from engine.atlas.ask import GROUP
from engine.atlas.gap import fewest, holders
from engine.atlas.metrics.context_filters import KEEP, names
from engine.atlas.metrics.qof_measures import MEASURES


def show_the_gap(desk: Desk) -> None:
    """Write who holds the gap while the tab is open; its buttons select a practice."""

    @reactive.effect(priority=Order.TAB)
    async def write_the_gap() -> None:
        req(desk.tab() == "gap")
        now, chosen = desk.answered(), desk.selected()
        metric = MEASURES[now.question.measure]
        if not metric.interval or metric.better != "higher":
            return await desk.write(gap=gap_table.no_gap(metric))
        target = target_of(desk.input.target(), desk.input.target_percent())
        await desk.write(gap=gap_table.render(gap_of(now, chosen, target=target)))

    @reactive.effect
    @reactive.event(desk.input.practice_pick)
    def pick_a_practice() -> None:
        if desk.input.level() != "practice":
            ui.update_radio_buttons("level", selected="practice")
        put(desk.selected, str(desk.input.practice_pick()))


def gap_of(now: Answered, selected: str, *, target: str) -> Gap:
    """The gap of what is on show to a target, with the practices that hold it."""
    asked = practices_of(now.question, selected)
    everybody = replace(asked, area="", keep="")
    england = ask(now.lake, everybody).summary
    percent = float(target) if target not in TARGETS else england["median" if target else "value"]
    shown = ask(now.lake, asked)
    rows = shown.here.lazy()
    held = holders(rows, 0.0 if percent is None else percent).collect()
    return Gap(
        place="My group" if asked.area.startswith(GROUP) else frames.area_name(now.lake, asked),
        target=TARGETS.get(target, "the target"),
        percent=percent,
        rows=held,
        practices=shown.here["value"].count(),
        half=held.select(fewest(50)).item(),
        selected=selected,
        only=tuple(KEEP[name].label for name in names(asked.keep)),
        unknown=shown.unknown,
    )


def practices_of(question: Question, selected: str) -> Question:
    """The same question of practices, in the area or in the organisation that is selected."""
    if question.level == "practice":
        return question
    area = f"{question.level}:{selected}" if selected else question.area
    return replace(question, level="practice", area=area)
