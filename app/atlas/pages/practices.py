"""The practices page: controls, map and table over one answer. UI here, reactions in server().

select -> View -> Question -> one collect -> the map first (one character a practice), then the
legend, boxes and table from the same frame.
"""

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from htmltools import HTML, TagChild, TagList
from shiny import Inputs, Outputs, Session, ui

from app import live
from app.atlas import frames
from app.atlas.answered import ask
from app.atlas.caption import caption
from app.atlas.controls import INPUTS, held_values, read
from app.atlas.dot_colour import Coloured, colour
from app.atlas.drawing import comparison_table, download_menu, map_layer
from app.atlas.drawing.breadcrumbs import foot, outlined
from app.atlas.drawing.context_words import extra_columns
from app.atlas.drawing.first_map import first_map
from app.atlas.drawing.help import button as help_button
from app.atlas.drawing.words import title_of
from app.atlas.effects import (
    address,
    dependent_controls,
    funnel_tab,
    map_painting,
    scatter_tab,
    table_rows,
    whereabouts,
    words_around,
)
from app.atlas.effects.context_columns import say_the_context
from app.atlas.effects.counted_use import count_what_is_chosen
from app.atlas.effects.desk import open_desk
from app.atlas.effects.downloads import take_away
from app.atlas.effects.gap_tab import show_the_gap
from app.atlas.effects.organisation_tab import show_the_organisation
from app.atlas.effects.own_group import keep_the_group
from app.atlas.effects.peers_tab import show_the_peers
from app.atlas.effects.second_map import say_what_parts_the_years, show_the_years
from app.atlas.effects.trend_tab import show_the_trend
from app.atlas.pages import controls_column
from app.atlas.pages.two_maps import two_maps
from app.atlas.pages.without_scripts import without_scripts
from app.atlas.stale_links import settle_the_area
from app.atlas.ticks import in_ticked_bands
from app.atlas.view import FEATURES, NONE, ROWS, TABS, TARGETS, View
from app.draw import chart
from app.joined import joined_scripts
from engine.atlas.metrics.context_measures import CONTEXT
from engine.errors import LakeError, NoSnapshot
from engine.lake import Lake, open_lake

FIRST = joined_scripts(("first",))


def page(query: Mapping[str, str]) -> TagChild:
    """The page that a link asks for: every control starts where the link says."""
    try:
        lake = live.pinned(query.get("snapshot", "")) or open_lake()
    except NoSnapshot:
        return _nothing_yet()
    # A pinned link is read by its own snapshot: the live one may not have its year.
    catalogue = frames.catalogue(lake)
    asked, notes = read(query, catalogue)
    view, nowhere = settle_the_area(lake, asked)
    # Nothing that is drawn here depends on these, and every link to an organisation has its own.
    told = tuple(str(TagList(note)) for note in (*notes, *nowhere))
    drawn = _drawn(lake, replace(view, selected="", sort="value", snapshot=""), told)
    # The map begins near what is selected, with dots of its own size, or in another year too.
    others = (view.selected, view.size, view.against, query.get("extent"))
    is_plain = not any((*others, os.environ.get("CARE_ATLAS_TILES")))
    return TagList(drawn, _first_map(lake, view) if is_plain else None)


@lru_cache(maxsize=64)
def _drawn(lake: Lake, view: View, told: tuple[str, ...]) -> TagList:
    """The page as text, with what it loads; equal links are drawn once for everybody.

    A hundred kilobytes each. Shiny draws it on the loop, where every session waits for it: as a
    thousand tags it takes a fifth of a second.
    """
    first = _first_words(lake, view)
    drawn = ui.tags.main(
        ui.output_ui("refresh_note"),
        ui.tags.div(id="pinned", role="status"),
        ui.tags.div(
            controls_column.controls(lake, frames.catalogue(lake), view),
            _switch(view),
            _map(first, without_scripts(lake, frames.catalogue(lake), view, told)),
            _comparison(view, first),
            class_="atlas-columns",
        ),
        ui.tags.div(first.get("provenance"), id="provenance"),
        ui.tags.script(id="shown", type="application/json"),
        ui.tags.p(id="said", role="status", class_="visually-hidden"),
        class_="atlas-page",
        id="practices",
        data_shows=_shown_first(view),
    ).render()
    return TagList(HTML(drawn["html"]), *drawn["dependencies"])


def _answer(lake: Lake, view: View) -> Coloured | None:
    """What the session of this page will be told first; None where it will be told why not."""
    try:
        return colour(ask(lake, view.question), view.colour)
    except LakeError:
        return None


def _first_words(lake: Lake, view: View) -> dict[str, HTML]:
    """What stands around the map and in the table, by place: read before any script has run."""
    dots = _answer(lake, view)
    if dots is None:
        return {}
    now, there = dots.answered, frames.catalogue(lake)
    told = caption(now, dots, there, ticked=set(view.keys) - view.hidden, size=view.size)
    words = words_around.words_of(dots, told, "") | {"crumbs": whereabouts.crumbs_of(now, "")}
    # The ticks are those of whatever colours the dots.
    here = (
        now.rows.with_columns(dot=dots.rows["band"]).filter("shown") if dots.measure else now.here
    )
    rows = in_ticked_bands(here, set(view.keys) - view.hidden)
    found = comparison_table.matching(rows, view.find)
    table = comparison_table.render(
        comparison_table.ordered(found, view.sort).head(int(view.rows)),
        level=now.question.level,
        measure=now.question.measure,
        sort=view.sort,
        selected="",
        top=now.top,
        england=now.england["value"],
        bands=dots.words,
        nobody=dots.special[NONE],
        ramp=dots.ramp,
        caption=title_of(now.question, there),
    )
    return {name: HTML(text) for name, text in (words | {"table": table}).items()}


def _first_map(lake: Lake, view: View) -> TagChild:
    """The map as its session will paint it first; none where the question has no answer."""
    dots = _answer(lake, view)
    if dots is None:
        return None
    now, ticked = dots.answered, [key for key in view.keys if key not in view.hidden]
    return now.once(("first map", view.colour, *ticked), lambda: _painted(dots, lake, ticked))


def _painted(dots: Coloured, lake: Lake, ticked: list[str]) -> HTML:
    now = dots.answered
    cast = map_layer.cast_message("map", now.cast, now.rows, level=now.question.level)
    codes = map_painting.codes_of(dots, frames.catalogue(lake))
    codes |= {"show": map_painting.mask_of(ticked)}
    return HTML(first_map(cast, codes, now.bounds, script=FIRST))


def server(input: Inputs, output: Outputs, session: Session) -> None:  # noqa: A002  (Shiny's name)
    desk = open_desk(input, session)
    words_around.say_how_the_refresh_goes(desk)
    map_painting.paint_the_map(desk, tiles=os.environ.get("CARE_ATLAS_TILES"))
    map_painting.tie_the_selection(desk)
    dependent_controls.keep_the_controls(desk)
    dependent_controls.keep_the_legend(desk)
    dependent_controls.say_the_rules(desk)
    words_around.say_what_is_shown(desk)
    take_away(desk, table_rows.list_the_rows(desk))
    scatter_tab.draw_the_scatter(desk)
    funnel_tab.draw_the_funnel(desk)
    keep_the_group(desk)
    whereabouts.show_the_places(desk)
    show_the_organisation(desk)
    show_the_gap(desk)
    show_the_peers(desk)
    show_the_trend(desk)
    show_the_years(desk, tiles=os.environ.get("CARE_ATLAS_TILES"))
    say_what_parts_the_years(desk)
    say_the_context(desk)
    address.keep_the_address(desk)
    count_what_is_chosen(desk)


def _switch(view: View) -> ui.Tag:
    """On a phone there is room for the map or for the open tab, whose name the second part has."""
    first = _shown_first(view)
    return ui.tags.div(
        *(
            ui.tags.button(
                words, type="button", data_shows_part=part, aria_pressed=str(part == first).lower()
            )
            for part, words in (("map", "Map"), ("table", TABS[view.tab]))
        ),
        class_="atlas-switch",
    )


def _shown_first(view: View) -> str:
    """What a phone opens on: the tab that the link names, else the map."""
    return "map" if view.tab == "table" else "table"


def _map(first: Mapping[str, HTML], unscripted: ui.Tag) -> ui.Tag:
    return ui.tags.section(
        ui.tags.header(
            ui.tags.div(first.get("crumbs"), id="crumbs"),
            ui.tags.div(first.get("title", ui.h1("Loading the map …")), id="title"),
            ui.tags.p(first.get("year_note"), id="year_note"),
            ui.tags.div(id="notes", role="status"),
            ui.tags.div(id="context_notes", role="status"),
            outlined(),
        ),
        unscripted,
        two_maps(),
        ui.tags.div(id="map_legend"),
        foot(),
        ui.tags.div(id="picked"),
        class_="atlas-map",
        aria_label="Map",
    )


def _comparison(view: View, first: Mapping[str, HTML]) -> ui.Tag:
    return ui.tags.section(
        ui.tags.div(first.get("boxes"), id="boxes"),
        ui.tags.div(
            *(_tab(name, words, name == view.tab) for name, words in TABS.items()),
            role="tablist",
            aria_label="Ways to look at it",
            class_="atlas-tabs",
        ),
        _panel("table", view, *_table(view, first.get("table"))),
        *(
            _panel(name, view, *inside)
            for name, inside in (
                ("one", ()),
                ("trend", ()),
                ("scatter", (_across(view), chart.place("scatter"))),
                ("funnel", (chart.place("funnel"),)),
                ("gap", (_target(view),)),
                ("peers", (_likeness(view),)),
            )
        ),
        download_menu.row(),
        class_="atlas-table-panel",
        aria_label="Comparison",
    )


def _tab(name: str, words: str, is_open: bool) -> ui.Tag:
    return ui.tags.button(
        words,
        type="button",
        role="tab",
        id=f"tab_{name}",
        data_tab=name,
        aria_controls=f"panel_{name}",
        aria_selected=str(is_open).lower(),
        tabindex="0" if is_open else "-1",
    )


def _panel(name: str, view: View, *inside: ui.TagChild) -> ui.Tag:
    """A tab's place: what stays, and a place `name` that its reactions write into."""
    return ui.tags.div(
        *inside,
        None
        if name == "table"
        else ui.tags.div(
            id=name,
            class_="atlas-panel-body",
            tabindex="0",  # it scrolls, and may hold nothing that takes the focus
            role="group",
            aria_labelledby=f"tab_{name}",
        ),
        id=f"panel_{name}",
        role="tabpanel",
        aria_labelledby=f"tab_{name}",
        hidden=None if name == view.tab else "",
        class_=f"atlas-panel atlas-panel-{name}",
    )


def _table(view: View, first: HTML | None) -> tuple[ui.TagChild, ...]:
    return (
        ui.tags.div(
            ui.input_text(
                "find", "Search this table", value=view.find, placeholder="Name, code, PCN"
            ),
            ui.tags.details(
                ui.tags.summary("Columns"),
                ui.input_checkbox_group(
                    "columns", None, extra_columns(), selected=INPUTS["columns"].holds(view)
                ),
                class_="atlas-columns-picker",
            ),
            ui.input_select("rows", "Rows", list(ROWS), selected=view.rows),
            *help_button("table"),
            class_="atlas-table-tools",
        ),
        ui.tags.div(
            ui.p("Loading the table …", class_="atlas-empty"),
            ui.tags.noscript(first),  # nothing else will come where no script may run
            id="comparison",
            class_="atlas-table-scroll",
            tabindex="0",
        ),
        ui.tags.div(id="turn"),
    )


def _across(view: View) -> ui.Tag:
    measures = {name: measure.label for name, measure in CONTEXT.items()}
    return ui.input_select("across", "Across", measures, selected=view.across)


def _likeness(view: View) -> ui.Tag:
    """What peers are alike in: the reader ticks it. A phone shows the list when it is opened."""
    ticks = ui.input_checkbox_group(
        "like", None, FEATURES, selected=INPUTS["like"].holds(view), inline=True
    )
    return ui.tags.details(
        ui.tags.summary("Alike in …", id="alike_in"),
        ui.tags.div(ticks, role="group", aria_labelledby="alike_in"),
        open="",
        class_="atlas-likeness",
    )


def _target(view: View) -> ui.Tag:
    """What a gap is measured to."""
    now = held_values(view)
    return ui.tags.div(
        ui.input_select("target", "Gap to", TARGETS, selected=now["target"], width="auto"),
        ui.panel_conditional(
            "input.target === 'own'",
            ui.input_numeric(
                "target_percent",
                "Percent",
                value=now["target_percent"],
                min=1,
                max=100,
                width="96px",
            ),
            ui.tags.p(id="target_said", role="alert", class_="atlas-rule"),
        ),
        class_="atlas-target",
    )


def _nothing_yet() -> ui.Tag:
    return ui.tags.main(
        ui.output_ui("refresh_note"),
        ui.tags.section(
            ui.h1("No data has been loaded yet"),
            ui.p("This page opens by itself as soon as there is some."),
            ui.p(
                "If you run this server, for the data as published: ",
                ui.tags.code("python -m refresh run"),
            ),
            ui.p(
                "Or for a demonstration without a network: ", ui.tags.code("python -m refresh demo")
            ),
            class_="atlas-empty",
        ),
        class_="atlas-page",
        id="nothing-yet",
    )
