"""Areas by their place: the way from England to one, and which can be chosen."""

from functools import lru_cache

import polars as pl

from app.atlas import frames
from app.atlas.catalogue import areas
from app.atlas.drawing import group_form
from app.atlas.drawing.breadcrumbs import ENGLAND, Step
from app.atlas.row import Row
from engine import Lake, Question
from engine.atlas.area import Area
from engine.atlas.groups import codes_of

UP = {
    "practice": ("pcn", "sub_icb"),
    "pcn": ("sub_icb",),
    "sub_icb": ("icb",),
    "icb": ("region",),
}


@lru_cache(maxsize=128)
def areas_on_offer(
    lake: Lake, year: str, area: str, geography: str = "published"
) -> dict[str, dict[str, str]]:
    """What the Area select offers: the year's areas, and the group, PCN or practice shown.

    Kept for all sessions: each asks at every change, and mostly nothing has.
    """
    codes = codes_of(area)
    there = frames.organisations(lake, year, "practice")["organisation_code"] if codes else ()
    own = {area: group_form.name(len(set(codes) & set(there)))} if codes else None
    wide = frames.wide_organisations(lake, year, geography)
    code = Area.parse(area).code
    if area and not codes and code not in wide["organisation_code"]:
        # Areas on offer are wide ones; a practice or a network is one only while it is shown.
        named = way_to(lake, Question("", year, area=area, geography=geography))[-1].name
        own = {area: named}
    return areas(wide, own)


def way_to(lake: Lake, question: Question) -> list[Step]:
    """The area of a question and those above it, England first."""
    level, code = question.within.level, question.within.code
    # Its practices may lie in several boards: there is no one way down to it.
    if question.within.is_group:
        return [ENGLAND, Step(level, code, "My group")]
    steps: list[Step] = []
    while level and level != "england":
        row = _organisation(lake, question, level, code)
        steps.append(Step(level, code, row["organisation_name"] if row else code))
        above = (row["parent_code"] or "") if row else ""
        ups = UP.get(level, ()) if above else ()
        found = (up for up in ups if _organisation(lake, question, up, above))
        level, code = next(found, ""), above
    return [ENGLAND, *reversed(steps)]


def _organisation(lake: Lake, question: Question, level: str, code: str) -> Row | None:
    rows = frames.organisations(lake, question.year, level, question.geography)
    found = rows.filter(pl.col("organisation_code") == code)
    return found.row(0, named=True) if found.height else None
