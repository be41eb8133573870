"""Moving a target of a goal, with its reason: the form, and what becomes of it."""

from collections.abc import Mapping
from math import isfinite

from htmltools import Tag, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.publications.opened import utc_now
from app.publications.posted import changed, form_of, reason_field, refused
from engine.access import Reader
from engine.errors import UnknownName
from engine.goals import GOALS, MEASURES
from engine.lake import data_folder
from refresh.operate.lifecycle import set_target

ACTION = "evidence-target"


def form(aims: Mapping[str, float]) -> Tag:
    """A measure, its new target and the reason; each choice says what is aimed at now."""
    choices = [
        tags.optgroup(
            *(
                tags.option(f"{one.label}: {one.aim(aims.get(one.name))}", value=one.name)
                for one in goal.measures
            ),
            label=f"{goal.number}. {goal.name}",
        )
        for goal in GOALS
    ]
    return tags.form(
        tags.div(
            tags.label("Measure, and what is aimed at now", for_="t_measure"),
            tags.select(*choices, name="measure", id="t_measure"),
            class_="publications-choice",
        ),
        tags.div(
            tags.label("New target, in the measure's unit", for_="t_target"),
            tags.input(
                type="number", step="any", name="target", id="t_target", required="", min="0"
            ),
            class_="publications-choice",
        ),
        reason_field("t_reason"),
        tags.button("Move the target", type="submit"),
        tags.small("What was aimed at before stays in the table, with who moved it and why."),
        method="post",
        action=ACTION,
        class_="publications-form",
        aria_label="Move a target",
    )


async def move(request: Request) -> Response:
    """Takes another target of a measure, with its reason, and goes back to the page."""
    sent = await form_of(request)
    if sent is None:
        return refused("A target is moved on the page of evidence.")
    return await changed("evidence", "the target is moved", _move, reader_of(request), sent)


def _move(by: Reader, sent: dict[str, str]) -> None:
    name, said = sent.get("measure", ""), sent.get("target", "")
    goal = MEASURES[name][0].number if name in MEASURES else 0
    try:
        target = float(said)
    except ValueError:
        target = float("nan")
    if not isfinite(target):
        raise UnknownName("a target is a number", found=said[:20] or "nothing")
    set_target(
        data_folder(),
        goal,
        target,
        by=by,
        reason=sent.get("reason", ""),
        now=utc_now(),
        measure=name,
    )
