"""What the reactions of one session share: what is asked, the answer, the selection.

Values change only when what they say changes, so equal questions do no work.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

from htmltools import TagChild
from shiny import Inputs, Session, reactive
from shiny.types import SilentException

from app import live
from app.access import reader_of_session
from app.atlas import frames
from app.atlas.answered import Answered, ask
from app.atlas.caption import Caption, caption
from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.dot_colour import Coloured, colour
from app.atlas.effects.inputs import question_of
from app.atlas.effects.order import Order
from app.atlas.settling import can_be_held_against
from app.atlas.stale_links import settle_the_area
from app.atlas.view import COMPARED_AS, Tab, View
from app.atlas.year_comparison import SIDE, Compared, compare
from engine.atlas.ask import Question
from engine.errors import LakeError
from engine.lake import Lake

T = TypeVar("T")

Kind = (
    Literal["parts", "legend", "chart", "tab", "address", "years", "shapes", "reload"]
    | Literal["cast", "size", "names", "codes", "detail", "around", "show", "select"]
    | Literal["outlines", "fit"]
)
"""What a message to the page's scripts is of; those of the map: app/atlas/drawing/map_layer.py."""


@dataclass(frozen=True)
class Desk:
    """One session's shared state; the callables are reactive.

    compared  the other year that is shown beside this one, if one is
    caption   what is said of all that is shown
    newest    the snapshot that is live, whatever this page is pinned to
    refresh   what the refresh says of itself
    followed  the view that Back asks for, until its legend is made; one at most
    """

    input: Inputs
    session: Session
    catalogue: Callable[[], Catalogue]
    answered: Callable[[], Answered]
    view: reactive.Value[View | None]
    notes: reactive.Value[list[TagChild]]
    selected: reactive.Value[str]
    sort: reactive.Value[str]
    tab: reactive.Value[Tab]
    coloured: Callable[[], Coloured]
    compared: Callable[[], Compared | None]
    caption: Callable[[], Caption]
    lake: Callable[[], Lake | None]
    snapshot: reactive.Value[str | None]
    newest: reactive.Value[Lake | None]
    refresh: reactive.Value[dict[str, Any] | None]
    followed: list[View] = field(default_factory=list)
    _written: dict[str, str] = field(default_factory=dict)
    _unsent: dict[str, str] = field(default_factory=dict)
    _writes: reactive.Value[int] = field(default_factory=lambda: reactive.Value(0))

    async def write(self, **parts: object) -> None:
        """Put HTML into places of the page, by id, where it changed.

        What several effects write goes in one message: an output each would cost a dozen a
        change. The page waits with it until the map is painted (app/www/page.js).
        """
        if self._keep_new(parts):
            with reactive.isolate():
                self._writes.set(self._writes() + 1)  # wakes `send_what_is_written`

    async def write_now(self, **parts: object) -> None:
        """The same from outside of all reactions: nothing would wake what sends it."""
        if self._keep_new(parts):
            await self._send_unsent()

    async def send_what_is_written(self) -> None:
        """The body of an effect: after whatever stands before Order.WRITTEN, and again after each
        that writes behind it.
        """
        self._writes()
        await self._send_unsent()

    def _keep_new(self, parts: dict[str, object]) -> bool:
        """Whether any place is to hold something else; that waits to be sent from now on."""
        # Drawn here, so that it is compared as it would be sent.
        told = {name: str(html) for name, html in parts.items()}
        new = {name: html for name, html in told.items() if self._written.get(name) != html}
        self._written.update(new)
        self._unsent.update(new)
        return bool(new)

    async def _send_unsent(self) -> None:
        # Taken first: another effect may write while this one waits.
        parts = dict(self._unsent)
        self._unsent.clear()
        if parts:
            await self.send("parts", parts)

    async def send(self, kind: Kind, message: dict[str, Any]) -> None:
        """A message to the page's own scripts, now and not at the end of the flush."""
        await self.session.send_custom_message(f"atlas-{kind}", message)


def open_desk(input: Inputs, session: Session) -> Desk:  # noqa: A002  (Shiny's name)
    """The shared state of a new session, with the one effect that settles the question."""
    view: reactive.Value[View | None] = reactive.Value(None)
    notes: reactive.Value[list[TagChild]] = reactive.Value([])

    snapshot: reactive.Value[str | None] = reactive.Value(None)
    selected = reactive.Value("")
    tab: reactive.Value[Tab] = reactive.Value("table")
    newest = live.lake.told(session)
    reader = reader_of_session(session)

    @reactive.effect(priority=Order.PIN)
    def read_what_it_is_pinned_to() -> None:
        """Before anything is asked: which data the link is pinned to, if to any."""
        search = session.clientdata.url_search()
        with reactive.isolate():
            # Once: afterwards Back says which snapshot.
            if snapshot() is None:
                snapshot.set(dict(parse_qsl(search.removeprefix("?"))).get("snapshot", ""))

    @reactive.calc
    def lake() -> Lake | None:
        named = present(snapshot())
        # A link to a snapshot that is not kept opens on the newest; address.py says so.
        found = (live.pinned(named) if named else None) or newest()
        # By the session: effects of several run in one another's context.
        return found and found.for_reader(reader)

    @reactive.calc
    def catalogue() -> Catalogue:
        return frames.catalogue(present(lake()))

    @reactive.calc
    def question() -> Question:
        return present(view()).question

    @reactive.calc
    def answered() -> Answered:
        try:
            return ask(present(lake()), question())
        # No reason to break the page: the reader is told, and the rest stays as it was.
        except LakeError as error:
            reason: list[TagChild] = [str(error)]
            put(notes, reason)
            raise SilentException from error  # its reason stands on the page

    @reactive.calc
    def coloured() -> Coloured:
        return colour(answered(), input.colour())

    @reactive.calc
    def compared() -> Compared | None:
        year, way = input.against(), input.compare_as()
        # One legend holds for both maps: that of the achievement.
        if input.colour() or not can_be_held_against(present(view()), year, catalogue()):
            return None
        return compare(answered(), year, way if way in COMPARED_AS else SIDE)

    @reactive.calc
    def said() -> Caption:
        dots, both = coloured(), compared()
        shown = {"ticked": tuple(input.band()), "size": input.size(), "selected": selected()}

        def make() -> Caption:
            return caption(dots.answered, dots, catalogue(), both=both, **shown)

        # Of two years it hangs on both; an answer keeps what is of it alone.
        key = ("caption", dots.label, *shown.values())
        return make() if both else dots.answered.once(key, make)

    @reactive.effect(priority=Order.QUESTION)
    def settle_the_question() -> None:
        asked = question_of(input, catalogue())
        # Edges as somebody types them: what is wrong is said below the field.
        now, told = read(asked, catalogue(), said_elsewhere=("bands",))
        now, nowhere = settle_the_area(present(lake()), now)
        with reactive.isolate():
            before = view()
        # Equal views set nothing: Shiny would wake whatever reads the view all the same.
        if now != before:
            view.set(now)
            if before is not None:  # what the link itself asked for is told by address.py
                changed: list[TagChild] = [*told, *nowhere]
                put(notes, changed)

    desk = Desk(
        input,
        session,
        catalogue,
        answered,
        view,
        notes,
        selected=selected,
        sort=reactive.Value("value"),
        tab=tab,
        coloured=coloured,
        compared=compared,
        caption=said,
        lake=lake,
        snapshot=snapshot,
        newest=newest,
        refresh=live.refresh.told(session),
    )
    reactive.effect(priority=Order.WRITTEN)(desk.send_what_is_written)
    return desk


def other_year(desk: Desk) -> str:
    """The other year that this one is held against; empty where none is, or it is not there."""
    view, year = present(desk.view()), desk.input.against()
    return year if can_be_held_against(view, year, desk.catalogue()) else ""


def present(value: T | None) -> T:
    """What must be there before anything is done; without it a reaction ends, and says nothing.

    Shiny's `req`, which by its type may still give None.
    """
    if value is None:
        raise SilentException
    return value


def put(value: reactive.Value[T], said: T) -> None:
    """Set a reactive value if that changes it."""
    with reactive.isolate():
        if value() != said:
            value.set(said)
