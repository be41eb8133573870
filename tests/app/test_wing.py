"""A wing joins the app by its declaration: navigation, pages, resources; nobody else knows it."""

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest
from htmltools import tags
from shiny import Inputs, Outputs, Session

from app import main, wings
from app.frame import navigation, plain, search_form
from app.joined import WWW
from app.wing import Link, SessionPage, Wing
from app.wings import PAGES, RESOURCES, WINGS
from engine import Lake


def _nothing(input: Inputs, output: Outputs, session: Session) -> None:  # noqa: A002
    pass


LEDGER = SessionPage(
    address="ledger/book",
    name="The ledger",
    draw=lambda query: tags.main(tags.h1(f"Ledger of {query.get('of', 'all')}"), id="book"),
    server=_nothing,
    styles=("panels",),
    scripts=(),
    skip=Link("Skip to the book", "#book"),
)
OTHER = Wing(
    name="ledger",
    summary="What was paid.",
    tables=(),
    navigation=(Link("Ledger", "ledger/book"),),
    pages=(LEDGER,),
)


WORDS = ("Practices", "Changes", "Operations", "Catalogue")
THERE = ("changes", "operations", "catalogue", "ledger/book", "api/v1", "about")


def entries(html: str) -> list[tuple[str, str]]:
    """The navigation of a page: (words, address)."""
    [found] = re.findall(r'<nav aria-label="Pages">(.*?)</nav>', html, re.DOTALL)
    return [(words, href) for href, words in re.findall(r'href="([^"]*)"[^>]*>([^<]*)', found)]


@pytest.fixture
def get(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], httpx.Response]:
    """The app with another wing beside the atlas."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    monkeypatch.setattr(wings, "WINGS", (*WINGS, OTHER))
    monkeypatch.setattr(main, "PAGES", (*PAGES, LEDGER))
    transport = httpx.ASGITransport(main.joined())

    async def answer(address: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
            return await client.get(address)

    return lambda address: asyncio.run(answer(address))


def test_names_and_addresses_are_each_ones_own():
    resources = [of.name for wing in WINGS for of in wing.resources]
    assert len(set(resources)) == len(resources) == len(RESOURCES)
    pages = [page.address for page in PAGES]
    assert len(set(pages)) == len(pages) and pages[0] == ""
    # A form is sent to the address of its page.
    paths = [
        (route.path, method)
        for wing in WINGS
        for route in wing.routes()
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
    ]
    assert {path for path in paths if paths.count(path) > 1} <= {("/embed", "GET")}


@pytest.mark.parametrize("name", RESOURCES)
def test_a_resource_is_a_table_or_an_object(name: str):
    of = RESOURCES[name]
    assert of.summary.endswith(".") and of.is_table == bool(of.columns) != bool(of.schema)


def test_every_header_has_the_same_navigation(get: Callable[[str], httpx.Response]):
    for address, root in (
        ("/", ""),
        ("/about", ""),
        ("/api/v1", "../"),
        ("/ledger/book/", "../../"),
    ):
        found = entries(get(address).text)
        assert [words for words, _ in found] == [*WORDS, "Ledger", "API", "About"]
        assert [href for _, href in found] == [
            root or "./",
            *(f"{root}{there}" for there in THERE),
        ]


def test_a_page_says_in_the_navigation_that_it_is_open(get: Callable[[str], httpx.Response]):
    for address, words in (("/", "Practices"), ("/ledger/book/", "Ledger")):
        assert re.findall(r'aria-current="page"[^>]*>(\w+)|$', get(address).text)[0] == words
    assert "aria-current" not in str(navigation())


OF_LEDGER = ("page", "panels", "search")  # the frame's own stand round the page's


def test_another_page_with_a_session_lies_below_the_front(get: Callable[[str], httpx.Response]):
    moved = get("/ledger/book?of=2025")
    assert (moved.status_code, moved.headers["location"]) == (308, "book/?of=2025")
    page = get("/ledger/book/?of=2025").text
    assert "Ledger of 2025" in page and 'href="#book"' in page and 'src="../../hold.js"' in page
    styles = re.findall(r'href="../../(lib/joined[^"]*\.css)"', page)
    answer = get(f"/{styles[0]}")
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    places = [answer.text.index((WWW / f"{name}.css").read_text()) for name in OF_LEDGER]
    assert places == sorted(places)


def test_without_a_wing_that_searches_there_is_no_search(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wings, "WINGS", (OTHER,))
    assert search_form() is None
    assert entries(plain("Alone").body.decode())[0] == ("Ledger", "ledger/book")
