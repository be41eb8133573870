"""The page's address: the whole state is in it, Back works, and an old link degrades to words."""

from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from shiny import reactive, req, ui

from app import live
from app.atlas.drawing import legend
from app.atlas.effects.desk import Desk, other_year, put
from app.atlas.effects.order import Order
from app.atlas.effects.own_group import areas_on_offer
from app.atlas.stale_links import NOT_KEPT, settle_the_area
from app.atlas.view import ALL, TABS, TARGETS, View, like_of, read, target_of
from app.atlas.year_comparison import years_on_offer


def keep_the_address(desk: Desk) -> None:
    """Write the state into the address as it changes, and follow it when Back is pressed."""
    heard = [0]  # the page numbers what it asks, so that it knows an answer from what came before

    @reactive.effect(priority=Order.ADDRESS)
    async def write_the_address() -> None:
        """Behind the flush: the page has its new controls by then, and knows whether they say more.

        If so it asks again, so that a state between two that the reader sees is no entry.
        """
        if "address_again" in desk.input:
            heard[0] = max(heard[0], desk.input.address_again()["asked"])
        said = {"query": whole_view(desk).address(), "heard": heard[0]}
        desk.session.on_flushed(partial(desk.send, "address", said), once=True)

    @reactive.effect(priority=Order.LINK)
    def read_the_link() -> None:
        """What a link says that is no input, before the first answer is drawn."""
        desk.catalogue()
        with reactive.isolate():
            if desk.view() is None:
                _follow(desk, *_read(desk, desk.session.clientdata.url_search()))

    @reactive.effect
    @reactive.event(desk.input.tab)
    def open_the_tab() -> None:
        put(desk.tab, desk.input.tab() if desk.input.tab() in TABS else "table")

    @reactive.effect(priority=Order.LINK)
    @reactive.event(desk.input.back)
    async def follow_the_address() -> None:
        search, heard[0] = desk.input.back()["search"], desk.input.back()["asked"]
        put(desk.snapshot, _query(search).get("snapshot", ""))
        view, told = _read(desk, search)
        _follow(desk, view, told)
        _leave_the_ticks(desk, view)
        _set_inputs(desk, view)
        await desk.send("tab", {"open": view.tab})
        await desk.send("shapes", {"said": view.shapes})


def whole_view(desk: Desk) -> View:
    """Everything that the page shows now, as its link says it."""
    view = req(desk.view())
    view = replace(view, colour=desk.input.colour())
    hidden = sorted(set(_bands(view)) - set(desk.input.band()))
    return replace(
        view,
        hide=",".join(hidden),
        selected=desk.selected(),
        sort=desk.sort(),
        find=desk.input.find(),
        rows=desk.input.rows(),
        size=desk.input.size(),
        shapes=desk.input.shapes(),
        columns=",".join(desk.input.columns()),
        against=other_year(desk),
        compare_as=desk.input.compare_as(),
        across=desk.input.across(),
        tab=desk.tab(),
        like=like_of(desk.input.like()),
        target=target_of(desk.input.target(), desk.input.target_percent()),
        snapshot=desk.snapshot(),
    )


def _query(search: str) -> dict[str, str]:
    return dict(parse_qsl(search.removeprefix("?"), keep_blank_values=True))


def _read(desk: Desk, search: str) -> tuple[View, list[Any]]:
    """The view that a link asks for, within what its year has; and what was changed about it."""
    view, told = read(_query(search), desk.catalogue())
    view, nowhere = settle_the_area(desk.lake(), view)
    return view, [*told, *nowhere]


def _follow(desk: Desk, view: View, told: list[Any]) -> None:
    put(desk.selected, view.selected)
    put(desk.sort, view.sort)
    put(desk.tab, view.tab)
    if view.snapshot and not live.pinned(view.snapshot):
        told = [*told, NOT_KEPT]
        put(desk.snapshot, "")
    put(desk.notes, told)


def _leave_the_ticks(desk: Desk, view: View) -> None:
    """For the legend: where other bands make it anew, it has these ticks and not all."""
    now = desk.view()
    is_same = now and (now.bands, desk.input.colour()) == (view.bands, view.colour)
    desk.followed[:] = [] if is_same else [view]


def _set_inputs(desk: Desk, view: View) -> None:
    custom, there = view.bands.startswith("custom:"), desk.catalogue()
    ui.update_selectize("indicator", selected=view.indicator)
    # With their choices: a select whose indicator has other years would be left without any.
    years = sorted(there.years_of(view.indicator), reverse=True)
    ui.update_select("year", choices=years, selected=view.year)
    measures = there.measures_of(view.indicator)
    ui.update_select("measure", choices=measures, selected=view.measure)
    against = years_on_offer(there, view.indicator, view.year)
    ui.update_select("against", choices=against, selected=view.against)
    ui.update_radio_buttons("level", selected=view.level)
    offered = areas_on_offer(desk.lake(), view.year, view.area, view.geography)
    ui.update_selectize("area", choices=offered, selected=view.area or ALL)
    ui.update_select("bands", selected="custom" if custom else view.bands)
    ui.update_checkbox_group("band", selected=_ticked(view))
    ui.update_text("find", value=view.find)
    ui.update_select("rows", selected=view.rows)
    ui.update_select("geography", selected=view.geography)
    ui.update_selectize("keep", selected=view.keep.split(",") if view.keep else [])
    ui.update_select("colour", selected=view.colour)
    ui.update_select("size", selected=view.size)
    ui.update_text("shapes", value=view.shapes)
    ui.update_radio_buttons("compare_as", selected=view.compare_as)
    ui.update_select("across", selected=view.across)
    ui.update_checkbox_group("columns", selected=view.columns.split(","))
    ui.update_checkbox_group("like", selected=view.alike)
    ui.update_select("target", selected=view.target if view.target in TARGETS else "own")
    if view.target not in TARGETS:
        ui.update_numeric("target_percent", value=float(view.target))
    if custom:
        ui.update_text("edges", value=view.bands.removeprefix("custom:"))


def _ticked(view: View) -> list[str]:
    return [key for key in _bands(view) if key not in view.hidden]


def _bands(view: View) -> list[str]:
    """Every key of the legend: the bands, `none` and `unreported`."""
    return list(legend.choices([""] * view.dots))
