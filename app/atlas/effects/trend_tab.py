"""The Trend tab: of what is selected, else of the area or group, else of England.

Asked only while it is open.
"""

from dataclasses import replace

import polars as pl
from htmltools import Tag, TagList
from shiny import reactive, req, ui

from app.atlas import frames
from app.atlas.answered import Answered
from app.atlas.catalogue import Catalogue
from app.atlas.drawing import trend_chart as drawing
from app.atlas.drawing.context_words import unkept
from app.atlas.drawing.trend_lines import Shown
from app.atlas.drawing.words import short, what_of
from app.atlas.effects.desk import Desk
from app.atlas.effects.order import Order
from engine import Question
from engine.atlas.area import GROUP
from engine.atlas.comparability import breaks, linked
from engine.atlas.parents import ABOVE
from engine.atlas.rollup import ENGLAND
from engine.atlas.trend import FAN
from engine.atlas.years import qof_years
from engine.lake import Lake

_CALLED = {"england": "England", GROUP: "My group"}


def show_the_trend(desk: Desk) -> None:
    """Write the trend while its tab is open; a linked code is asked by its button."""

    @reactive.effect(priority=Order.TAB)
    async def write_the_trend() -> None:
        req(desk.tab() == "trend")
        now = desk.answered()
        note = unkept(now.question.keep, "the line and the others are of all practices")
        drawn = _drawn(now, desk.selected(), desk.catalogue())
        await desk.write(trend=TagList(drawn, note))

    @reactive.effect
    @reactive.event(desk.input.ask_indicator)
    def ask_the_linked_code() -> None:
        code = desk.input.ask_indicator()
        if code in desk.catalogue().by_code:
            ui.update_selectize("indicator", selected=code)


def whose(now: Answered, selected: str) -> tuple[str, str]:
    """The level and the code of whose trend is shown; of a group of practices `group`, twice."""
    if selected:
        return now.question.level, selected
    area = now.question.within
    if not area.codes:
        return "england", ENGLAND
    return (GROUP, GROUP) if area.is_group else (area.level, area.code)


def figures(now: Answered, level: str, code: str) -> pl.DataFrame:
    """The years of an organisation; England's with the fan of the level that is on the map."""
    asked = Question(
        now.question.indicator,
        # Any year: a trend is of all. The newest, so that equal trends are one entry of the cache.
        qof_years(now.lake)[-1],
        now.question.level if level == GROUP else level,
        now.question.measure,
        area=now.question.area if level == GROUP else "",
        geography=now.question.geography,
    )
    rows = frames.trend(now.lake, asked, code)
    if level != "england":
        return rows
    # England alone has no fan: that of its practices, or boards, says how far they lie apart.
    peers = replace(asked, level=now.question.level)
    fan = frames.trend(now.lake, peers, code).select("year", *FAN, "organisations")
    return rows.drop(*FAN, "organisations").join(fan, on="year", how="left", maintain_order="left")


def _drawn(now: Answered, selected: str, catalogue: Catalogue) -> Tag | TagList:
    level, code = whose(now, selected)
    rows = figures(now, level, code)
    name, title = _name(now.lake, level, code), what_of(now.question, catalogue)
    if rows.is_empty():
        return drawing.nothing(name, title)
    above = ABOVE.get(level, "england")  # a group belongs to nobody
    belongs = rows["parent_code"].drop_nulls()
    has_parent = above != "england" and len(belongs) > 0
    return drawing.panel(
        Shown(
            rows=rows.to_dicts(),
            name=name,
            parent=_name(now.lake, above, belongs[-1]) if has_parent else "",
            level=now.question.level if level in ("england", GROUP) else level,
            measure=now.question.measure,
            geography=now.question.geography,
            title=title,
            is_england=level == "england",
            members=len(now.question.within.codes) if level == GROUP else 0,
            links=_links(now.lake, now.question.indicator, catalogue),
        )
    )


def _name(lake: Lake, level: str, code: str) -> str:
    """What an organisation was called in the last year that has it; its code where none has."""
    if level in _CALLED:
        return _CALLED[level]
    # The newest name: an organisation that was renamed is looked for by that.
    for year in reversed(qof_years(lake)):
        rows = frames.organisations(lake, year, level)
        place = rows["organisation_code"].index_of(code)
        if place is not None:
            return short(rows["organisation_name"][place]) or code
    return code


def _links(lake: Lake, indicator: str, catalogue: Catalogue) -> list[tuple[str, str]]:
    """The codes linked to this one that can be asked, with their years and why they are apart."""
    codes = linked(indicator)
    if len(codes) == 1:
        return []
    told = breaks(lake, indicator).filter(pl.col("break_reason").str.starts_with("Follows "))
    why = dict(told.select("indicator_code", "break_reason").collect().rows())
    at, links = codes.index(indicator), []
    for place, code in enumerate(codes):
        if code != indicator and code in catalogue.by_code:
            later = codes[place + 1] if place < at else code
            links.append((code, _link(code, catalogue, why.get(later, ""))))
    return links


def _link(code: str, catalogue: Catalogue, why: str) -> str:
    years = catalogue.years_of(code)
    span = years[0] if len(years) == 1 else f"{years[0]} to {years[-1]}"
    said = f"{code} · {catalogue.by_code[code][-1]['description']}, {span}"
    return f"{said}. {why}." if why else said
