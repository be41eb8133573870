"""Where one is: the way from England to the area, what to open, and the outlines under the dots.

Outlines take up to half a second once a snapshot: they are drawn up in a thread after the map is
painted, and sent once a cast: a board's published boundary where the lake has it, else territories.
All of England's practices lie on the boards as published, or on none: territories say nothing
there. A network's own is drawn with those about it.
"""

import asyncio

import polars as pl
from shiny import reactive

from app.atlas import frames
from app.atlas.answered import Answered
from app.atlas.areas import way_to
from app.atlas.caption import boundaries
from app.atlas.drawing import breadcrumbs, map_layer
from app.atlas.drawing.breadcrumbs import Step
from app.atlas.effects.desk import Desk
from app.atlas.effects.map_painting import MAP
from app.atlas.effects.order import Order
from engine import Question


def show_the_places(desk: Desk) -> None:
    """The breadcrumb with the title; the outlines after everything else."""
    sent: dict[str, str] = {}  # what is said of the outlines, by key
    at_work: set[asyncio.Task[None]] = set()
    wanted = [""]

    @reactive.effect(priority=Order.TABLE)
    async def write_the_way() -> None:
        now, code = desk.answered(), desk.selected()
        await desk.write(crumbs=now.once(("crumbs", code), lambda: crumbs_of(now, code)))

    @reactive.effect(priority=Order.LATER)
    async def outline_the_areas() -> None:
        now = desk.answered()
        level, code = outlined(now.question)
        key = key_of(now, level, code)
        if wanted != [key]:
            wanted[:] = [key]
            # asyncio holds tasks weakly: without a hold of ours one may be collected at work.
            task = asyncio.create_task(send_outlines(now, level, code, key))
            at_work.add(task)
            task.add_done_callback(at_work.discard)

    async def send_outlines(now: Answered, level: str, code: str, key: str) -> None:
        rings, own = None, level == now.question.level
        if not level:
            sent[key] = ""
        if key not in sent:
            asked = (now.lake, now.question.year, level, now.question.geography, code)
            rings = await asyncio.to_thread(frames.outlines, *asked)
        # The reader may have gone on while the thread was at it.
        if wanted == [key]:
            if rings is not None:
                year = _boundary_year(rings)
                rings = rings if own or code or year else None
                is_none = rings is None or not rings.height
                said = breadcrumbs.outlined_by(year, level=level, alone=bool(code))
                sent[key] = "" if is_none else said
            await desk.write_now(outlines_said=sent[key])
            # Practices lie on the boards' outlines, whose colour is nobody's.
            codes = now.rows["organisation_code"] if own else None
            # From afar England's networks are not drawn, and a fifth of a megabyte is not sent.
            if own and level == "pcn" and rings is not None and rings.height:
                return await desk.send(
                    "outlines", map_layer.unsent_message(MAP, key, now.cast, rings=rings)
                )
            message = map_layer.outlines_message(
                MAP, key, now.cast, rings=rings, codes=codes, around=_around(now, level, rings)
            )
            await desk.send("outlines", message)

    @reactive.effect
    @reactive.event(desk.input.map_near)
    async def send_what_can_be_told_apart() -> None:
        now = desk.answered()
        level, code = outlined(now.question)
        key = key_of(now, level, code)
        if desk.input.map_near() != key:
            return
        asked = (now.lake, now.question.year, level, now.question.geography, code)
        rings = await asyncio.to_thread(frames.outlines, *asked)
        codes = now.rows["organisation_code"]
        message = map_layer.outlines_message(MAP, key, now.cast, rings=rings, codes=codes)
        await desk.send("outlines", message)


def key_of(now: Answered, level: str, code: str) -> str:
    """What outlines are known by, here and in the browser."""
    return f"{now.cast} {level} {code}"


def crumbs_of(now: Answered, code: str) -> str:
    steps = way_to(now.lake, now.question)
    return str(breadcrumbs.crumbs(steps, _selected(now, code), boundaries(now)))


def _around(now: Answered, level: str, rings: pl.DataFrame | None) -> list[int]:
    """The practices of the neighbours that are drawn, by their places in the cast."""
    if rings is None or "is_own" not in rings.columns:
        return []
    near = frozenset(rings.filter(~pl.col("is_own"))["organisation_code"])
    asked = now.question
    codes = frames.members(now.lake, asked.year, level, asked.geography, near)
    found: list[int] = now.rows["organisation_code"].is_in(codes.implode()).arg_true().to_list()
    return found


def _boundary_year(rings: pl.DataFrame) -> str | None:
    """The year of published boundaries; None of hulls."""
    return rings["boundary_year"][0] if "boundary_year" in rings.columns else None


def _selected(now: Answered, code: str) -> Step | None:
    """The selected organisation, if it can be opened into others."""
    level = now.question.level
    found = now.rows.filter(pl.col("organisation_code") == code) if code else None
    if found is None or not found.height or not breadcrumbs.below(level):
        return None
    return Step(level, code, found["organisation_name"][0] or code)


def outlined(question: Question) -> tuple[str, str]:
    """Whose outlines: all of a level's; of practices, those of their area alone, or all boards'.

    None where a group is shown by its boards: in the colour of a few of its practices the whole of
    a board would be taken for them.
    """
    area = question.within
    if question.level != "practice":
        return ("", "") if area.is_group else (question.level, "")
    return (area.level, area.code) if area.level in breadcrumbs.DOWN else ("icb", "")
