"""The page's address: the whole state is in it, Back works, and an old link degrades to words."""

from dataclasses import replace
from functools import partial
from urllib.parse import parse_qsl

from htmltools import TagChild
from shiny import reactive

from app import live
from app.atlas.controls import CONTROLS, read
from app.atlas.effects.desk import Desk, present, put
from app.atlas.effects.inputs import set_inputs, with_inputs
from app.atlas.effects.order import Order
from app.atlas.stale_links import NOT_KEPT, settle_the_area
from app.atlas.view import TABS, View


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
        # The name comes from the browser, where anybody can send any.
        put(desk.tab, desk.input.tab() if desk.input.tab() in TABS else "table")

    @reactive.effect(priority=Order.LINK)
    @reactive.event(desk.input.back)
    async def follow_the_address() -> None:
        search, heard[0] = desk.input.back()["search"], desk.input.back()["asked"]
        # First: what the rest of the link means is asked of that snapshot.
        put(desk.snapshot, _query(search).get("snapshot", ""))
        view, told = _read(desk, search)
        _follow(desk, view, told)
        _leave_the_ticks(desk, view)
        set_inputs(present(desk.lake()), view)
        await desk.send("tab", {"open": view.tab})
        await desk.send("shapes", {"said": view.shapes})


def whole_view(desk: Desk) -> View:
    """Everything that the page shows now, as its link says it."""
    view = present(desk.view())
    return with_inputs(view, desk.input, desk.catalogue(), kept=lambda name: getattr(desk, name)())


def _query(search: str) -> dict[str, str]:
    return dict(parse_qsl(search.removeprefix("?"), keep_blank_values=True))


def _read(desk: Desk, search: str) -> tuple[View, list[TagChild]]:
    """The view that a link asks for, within what its year has; and what was changed about it."""
    view, told = read(_query(search), desk.catalogue())
    view, nowhere = settle_the_area(present(desk.lake()), view)
    return view, [*told, *nowhere]


def _follow(desk: Desk, view: View, told: list[TagChild]) -> None:
    if view.snapshot and not live.pinned(view.snapshot):
        view, told = replace(view, snapshot=""), [*told, NOT_KEPT]
    for control in CONTROLS:
        # What an input holds is set in the browser, which sends it back as if the reader had.
        if not control.inputs:
            put(getattr(desk, control.name), getattr(view, control.name))
    put(desk.notes, told)


def _leave_the_ticks(desk: Desk, view: View) -> None:
    """For the legend: where other bands make it anew, it has these ticks and not all."""
    now = desk.view()
    is_same = now and (now.bands, desk.input.colour()) == (view.bands, view.colour)
    desk.followed[:] = [] if is_same else [view]
