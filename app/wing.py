"""Wing: what one domain adds to the app, as a declaration. The core walks it and knows no domain.

A wing says its own in app/<wing>/wing.py; app/wings.py is the one list of them. What a wing adds to
the engine and to the refresh is declared there, by the same name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from htmltools import TagChild
from shiny import Inputs, Outputs, Session
from starlette.routing import BaseRoute

from app.agent.tool import Beside, MetricAsked, Tool, nothing_beside
from app.api.resource import Resource
from app.found import Found
from engine import Lake

Server = Callable[[Inputs, Outputs, Session], None]
"""The reactions of a page with a session."""


@dataclass(frozen=True)
class Link:
    """Words and where they lead, relative to the front of the house; empty: the front itself."""

    words: str
    address: str


@dataclass(frozen=True)
class SearchBox:
    """The search in every header: the page that answers, with `q`, and what can be found by it."""

    address: str
    finds: str
    placeholder: str


@dataclass(frozen=True)
class SessionPage:
    """A page with a session (Shiny).

    address  below the front of the house; empty: it is the front
    name     what it is called in a sentence: "The map of practices"
    draw     from the query of its address to what stands below the header
    server   its reactions
    styles   names of style sheets and scripts in app/www, in their order; those of the frame come
             beside them
    skip     where the keyboard goes past the header
    """

    address: str
    name: str
    draw: Callable[[Mapping[str, str]], TagChild]
    server: Server
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    skip: Link


@dataclass(frozen=True)
class Examples:
    """How a wing's addresses are asked, with codes that the snapshot has.

    shown   commands and programs, by what they are for
    values  what a required parameter may be, by its name
    """

    shown: Mapping[str, Sequence[str]]
    values: Mapping[str, str]


def no_examples(_api: str, _lake: Lake | None) -> Examples:
    """Those of a wing that shows none."""
    return Examples({}, {})


@dataclass(frozen=True, eq=False)
class Wing:
    """One domain's pages, addresses and words; app.wings joins them to the others'.

    summary     what it is about, in a sentence
    tables      of the lake, those that its pages show: whether these are invented, they say
    navigation  what every header lists of it
    pages       those with a session; the first of the first wing is the front of the house
    routes      its other addresses, made when the app is: a limit counts for one app only
    search      the box of every header; the first wing that has one, has it
    finds       what of it a text may mean, at most so many of a group, for the search of them all
    resources   of the API
    examples    from the API's address and a snapshot, None where none is sealed
    manners     what holds for its resources, a sentence each
    methods     how its numbers are made: its part of the page About
    glossary    its words explained
    credit      whose information it is, and under which licence
    agent_tools  what agents can ask beside the core's tools
    bodies      which of its addresses take larger files than any other, in bytes
    beside      what it knows of a metric that an agent asks: its page, what to beware of
    """

    name: str
    summary: str
    tables: tuple[str, ...]
    navigation: tuple[Link, ...]
    pages: tuple[SessionPage, ...] = ()
    routes: Callable[[], Sequence[BaseRoute]] = tuple
    search: SearchBox | None = None
    finds: Callable[[Lake, str, int], Sequence[Found]] | None = None
    resources: tuple[Resource, ...] = ()
    examples: Callable[[str, Lake | None], Examples] = no_examples
    manners: tuple[str, ...] = ()
    methods: Callable[[], Sequence[TagChild]] = tuple
    glossary: Mapping[str, str] = field(default_factory=dict)
    credit: str = ""
    agent_tools: tuple[Tool, ...] = ()
    bodies: Mapping[str, int] = field(default_factory=dict)
    beside: Callable[[Lake, MetricAsked], Beside] = nothing_beside
