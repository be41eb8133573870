"""What an area brief is drawn from: one area, one indicator, one year, asked once and collected.

Every number is the engine's. A practice is asked of practices whatever the page shows: the area
that its link names is what the brief is about.
"""

from dataclasses import dataclass, replace

import polars as pl

from app import live
from app.answered import Answered, ask
from app.choices import Catalogue
from app.controls import View, usual_bands
from app.draw.gap import Gap
from app.react.gap import gap_of
from engine import Lake
from engine.ask import GROUP
from engine.metrics.qof import MEASURES
from engine.rollup import LEVELS

PARTS_OF = {
    "": ("region", "icb"),
    "region": ("icb", "sub_icb"),
    "icb": ("sub_icb", "pcn"),
    "sub_icb": ("pcn",),
}


@dataclass(frozen=True, eq=False)
class Brief:
    """What is known of an area.

    now      its practices, answered
    level    the area's own; empty for all of England
    parts    its organisations of the next level that has several, answered; None where that is
             practices
    before   the year that practices are held against; empty where there is none
    broken   the breaks in series since then: no movers are shown across one
    moved    what engine.atlas.change gives, with names; None where it says nothing
    gap      who holds the gap; None for a measure that has none
    context  what surrounds the area, and England; None where it is no published organisation
    """

    view: View
    catalogue: Catalogue
    name: str
    now: Answered
    parts: Answered | None
    before: str
    broken: list[tuple[str, str]]
    moved: pl.DataFrame | None
    gap: Gap | None
    context: tuple[dict, dict] | None

    @property
    def level(self) -> str:
        return self.view.area.partition(":")[0]


def brief_of(lake: Lake, view: View, catalogue: Catalogue) -> Brief:
    """The brief of the area that a view is of.

    Takes:  a view as a link gives it: its level, filters and colours are left aside, its bands
            stay.
    Raises: LakeError for what this snapshot cannot answer.
    """
    view = replace(view, level="practice", keep="", colour="", size="", against="")
    now = ask(lake, view.question)
    before, broken, moved = _moved(now, catalogue)
    metric = MEASURES[view.measure]
    has_gap = metric.interval and metric.better == "higher"
    return Brief(
        view=view,
        catalogue=catalogue,
        name=live.area_name(lake, view.question),
        now=now,
        parts=_parts(lake, view),
        before=before,
        broken=broken,
        moved=moved,
        gap=gap_of(now, "", target=view.target) if has_gap else None,
        context=_context(lake, view),
    )


def _parts(lake: Lake, view: View) -> Answered | None:
    """The organisations of the first level below the area that has several of them."""
    for level in PARTS_OF.get(view.area.partition(":")[0], ()):
        bands = usual_bands(view.measure, level)
        asked = ask(lake, replace(view.question, level=level, bands=bands))
        if asked.here.height > 1:
            return asked
    return None


def _moved(
    now: Answered, catalogue: Catalogue
) -> tuple[str, list[tuple[str, str]], pl.DataFrame | None]:
    """The year before, what parts it from this one, and how far each practice moved."""
    asked = now.question
    earlier = [year for year in catalogue.years_of(asked.indicator) if year < asked.year]
    if not earlier:
        return "", [], None
    before = earlier[-1]
    broken = live.breaks_between(now.lake, asked.indicator, before, asked.year)
    if broken:
        return before, broken, None
    names = now.here.select("organisation_code", "organisation_name", "parent_name", "small")
    rows = live.change(now.lake, asked, before)
    return before, [], rows.join(names, on="organisation_code", how="inner", maintain_order="left")


def _context(lake: Lake, view: View) -> tuple[dict, dict] | None:
    level, _, code = view.area.partition(":")
    if level == GROUP or level and level not in LEVELS:
        return None
    england = live.context(lake, view.year, "england", view.geography)
    if not england.height:
        return None
    if not level:
        return england.row(0, named=True), england.row(0, named=True)
    rows = live.context(lake, view.year, level, view.geography)
    own = rows.filter(pl.col("organisation_code") == code)
    return (own.row(0, named=True), england.row(0, named=True)) if own.height else None
