"""What an area brief is drawn from: one area, one indicator, one year, asked once and collected.

Every number is the engine's. Practices are asked for whatever level the page shows. The area that
its link names is what the brief is about; above practices, the one that is selected.
"""

from dataclasses import dataclass, replace

import polars as pl

from app.atlas import frames
from app.atlas.answered import Answered, ask
from app.atlas.area_gap import Gap, gap_of
from app.atlas.brief_lines import Lines, Ring
from app.atlas.catalogue import Catalogue
from app.atlas.row import Row
from app.atlas.view import View, usual_bands
from engine import Lake, Question
from engine.atlas.area import GROUP, Area
from engine.atlas.explained import expected, fifth
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.parents import ABOVE, is_below
from engine.atlas.rollup import ENGLAND, LEVELS
from engine.atlas.years import qof_years

BELOW = {
    "": ("region", "icb", "sub_icb", "pcn"),
    "region": ("icb", "sub_icb", "pcn"),
    "icb": ("sub_icb", "pcn"),
    "sub_icb": ("pcn",),
}
MOST_PARTS = 200


@dataclass(frozen=True, eq=False)
class Brief:
    """What is known of an area.

    view     what is asked, of practices; what plays no part here (colour, ticks) is as on the page
    now      its practices, those that the filters keep, answered
    level    the area's own; empty for all of England
    parts    its organisations of the page's own level, else of the next that has several, with all
             their practices; None where that is practices
    before   the other year that practices are held against: the page's, else the year before;
             empty where there is none
    broken   what parts the two (engine.atlas.year_change): no movers are shown then
    moved    what engine.atlas.year_change gives, with names; None where it says nothing
    own      how far the whole area moved between the two, as one (engine.atlas.year_change); None
             where it says nothing
    among    how many organisations of the area's own level have a higher value, of how many that
             have one; None where it is no published organisation below England
    alike    what engine.atlas.explained gives of its practices by fifths of deprivation; None for
             England, and where nothing is known
    gap      who holds the gap; None for a measure that has none
    context  what surrounds the area, and England; None where it is no published organisation
    lines    the line of the area and of the board that it lies in, for the map
    past     its years (engine.atlas.trend), of all of it, whatever the filters keep
    above    what its line is held against, beside England; "" for England, a region and a group
    """

    view: View
    catalogue: Catalogue
    name: str
    now: Answered
    parts: Answered | None
    before: str
    broken: list[tuple[str, str]]
    moved: pl.DataFrame | None
    own: Row | None
    among: tuple[int, int] | None
    alike: Row | None
    gap: Gap | None
    context: tuple[Row, Row] | None
    lines: Lines
    past: pl.DataFrame
    above: str

    @property
    def level(self) -> str:
        return Area.parse(self.view.area).level


def brief_of(lake: Lake, view: View, catalogue: Catalogue) -> Brief:
    """The brief of the area that a view is of.

    Takes:  a view as a link gives it. Its filters hold here too, of practices, as for the gap; its
            bands, boundaries, measure and other year stay.
    Raises: LakeError for what this snapshot cannot answer.
    """
    shown = view.level
    view = replace(view, level="practice", area=area_of(lake, view))
    now = ask(lake, view.question)
    before, broken, moved = _moved(now, catalogue, view.against)
    has_gap = MEASURES[view.measure].has_gap
    return Brief(
        view=view,
        catalogue=catalogue,
        name=frames.area_name(lake, view.question),
        now=now,
        parts=_parts(lake, view, shown),
        before=before,
        broken=broken,
        moved=moved,
        own=None if broken or not before else _own(lake, view, before),
        among=_among(lake, view),
        alike=_alike(now),
        gap=gap_of(now, "", target=view.target) if has_gap else None,
        context=_context(lake, view),
        lines=_lines(lake, view),
        past=(past := _past(lake, view)),
        above=_above(lake, view, past),
    )


def area_of(lake: Lake, view: View) -> str:
    """The area that a view is of: the organisation that is selected above practices, else its own.

    One that the year does not have is nobody's area.
    """
    if view.level == "practice" or not view.selected:
        return view.area
    there = frames.organisations(lake, view.year, view.level, view.geography)
    is_there = view.selected in there["organisation_code"]
    return str(Area(view.level, (view.selected,))) if is_there else view.area


def _parts(lake: Lake, view: View, shown: str) -> Answered | None:
    """The organisations of the page's level, else of the first one that has several of them."""
    below = BELOW.get(Area.parse(view.area).level, ())
    # Stable: the page's own level first, then from the widest to the narrowest.
    for level in sorted(below, key=lambda level: level != shown):
        bands = usual_bands(view.measure, level)
        asked = ask(lake, replace(view.question, level=level, bands=bands, keep=""))
        # One part alone is the area once more; hundreds are no brief.
        if 1 < asked.here.height <= MOST_PARTS:
            return asked
    return None


def _moved(
    now: Answered, catalogue: Catalogue, against: str
) -> tuple[str, list[tuple[str, str]], pl.DataFrame | None]:
    """The other year, what parts it from this one, and how far each practice moved."""
    asked = now.question
    years = catalogue.years_of(asked.indicator)
    other = against or max((year for year in years if year < asked.year), default="")
    if not other:
        return "", [], None
    broken = frames.breaks_between(now.lake, asked.indicator, other, asked.year)
    # Who moved over a break in the series is not said: the rules moved as well.
    if broken:
        return other, broken, None
    names = now.here.select("organisation_code", "organisation_name", "parent_name", "small")
    rows = frames.change(now.lake, asked, other)
    return other, [], rows.join(names, on="organisation_code", how="inner", maintain_order="left")


def _own(lake: Lake, view: View, other: str) -> Row | None:
    """The change of all of the area's practices as one."""
    # Of practices that the filters keep there is no other year's figure: of the whole there is.
    asked = replace(view.question, level="england", keep="", bands="five")
    rows = frames.change(lake, asked, other)
    known = rows.filter(pl.col("change").is_not_null())
    return known.row(0, named=True) if known.height else None


def _among(lake: Lake, view: View) -> tuple[int, int] | None:
    area = Area.parse(view.area)
    if area.is_group or area.level not in BELOW or not area.level:
        return None
    bands = usual_bands(view.measure, area.level)
    asked = replace(view.question, level=area.level, area="", keep="", bands=bands)
    rows = ask(lake, asked).rows.filter(pl.col("value").is_not_null())
    own = rows.filter(pl.col("organisation_code") == area.code)["value"]
    return ((rows["value"] > own[0]).sum(), rows.height) if len(own) else None


def _alike(now: Answered) -> Row | None:
    asked = now.question
    if not asked.area:
        return None
    everybody = ask(now.lake, replace(asked, area="", keep="")).rows
    context = frames.context(now.lake, asked.year, "practice", asked.geography)
    rows = everybody.select("organisation_code", "numerator", "denominator").join(
        context.select("organisation_code", "deprivation_decile"),
        on="organisation_code",
        how="left",
        maintain_order="left",
    )
    here = pl.col("organisation_code").is_in(now.here["organisation_code"].implode())
    made = expected(rows.lazy().with_columns(fifth("deprivation_decile"), here=here)).collect()
    found = made.row(0, named=True)
    return found if found["practices"] else None


def _past(lake: Lake, view: View) -> pl.DataFrame:
    """The years of the area, as the trend on the page has them."""
    area = Area.parse(view.area)
    level = "practice" if area.is_group else area.level or "england"
    # Any year: a trend is of all. The newest, so that equal trends are one entry of the cache.
    asked = Question(
        view.indicator,
        qof_years(lake)[-1],
        level,
        view.measure,
        area=view.area if area.is_group else "",
        geography=view.geography,
    )
    return frames.trend(lake, asked, GROUP if area.is_group else area.code or ENGLAND)


def _above(lake: Lake, view: View, past: pl.DataFrame) -> str:
    """The name of the area above, of the newest year; none where that is England."""
    level = Area.parse(view.area).level
    codes = past["parent_code"].drop_nulls()
    if level not in ABOVE or ABOVE[level] == "england" or not len(codes):
        return ""
    there = frames.organisations(lake, view.year, ABOVE[level], view.geography)
    names = there.filter(organisation_code=codes[-1])["organisation_name"]
    return str((names[0] if len(names) else None) or codes[-1])


def _lines(lake: Lake, view: View) -> Lines:
    """Of a published organisation its own line, and its board's where it is a part of one."""
    area = Area.parse(view.area)
    if area.is_group or not area.level or area.level not in BELOW | {"pcn": ()}:
        return Lines()
    own, year = _rings(lake, view, area.level, area.code)
    board: list[Ring] = []
    board_year = ""
    if is_below(area.level, "icb"):
        of = frames.boards(lake, view.year, area.level, view.geography)
        codes = of.filter(organisation_code=area.code)["icb_code"].drop_nulls()
        if len(codes):
            board, board_year = _rings(lake, view, "icb", codes[0])
    return Lines(own, board, (year, board_year))


def _rings(lake: Lake, view: View, level: str, code: str) -> tuple[list[Ring], str]:
    """An organisation's rings and the year of its published boundary, "" of a territory."""
    rows = frames.outlines(lake, view.year, level, view.geography, code)
    rows = rows.filter(organisation_code=code)
    is_published = "boundary_year" in rows.columns and rows.height
    return rows["ring"].to_list(), str(rows["boundary_year"][0]) if is_published else ""


def _context(lake: Lake, view: View) -> tuple[Row, Row] | None:
    level, code = Area.parse(view.area).level, Area.parse(view.area).code
    if level and level not in LEVELS:  # a group is no organisation either
        return None
    england = frames.context(lake, view.year, "england", view.geography)
    if not england.height:
        return None
    if not level:
        return england.row(0, named=True), england.row(0, named=True)
    rows = frames.context(lake, view.year, level, view.geography)
    own = rows.filter(pl.col("organisation_code") == code)
    return (own.row(0, named=True), england.row(0, named=True)) if own.height else None
