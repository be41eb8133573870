"""Deep links open, whatever they say: acceptance 2 of issue 4, and DOMAIN's last traps.

Three thousand links are read, some of them drawn, answered, asked over HTTP and opened in Chromium;
`python -m tests.app.fuzz_links 100000` throws the rest.
"""

import re
from contextlib import closing
from http.client import HTTPConnection
from itertools import islice
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from app import live
from app.choices import Catalogue
from app.controls import View, read
from app.gone import gone
from engine import Lake
from tests.app import fuzz_links

browser = pytest.mark.browser


@pytest.fixture(scope="module")
def catalogue(lake: Lake) -> Catalogue:
    return Catalogue(live.indicators(lake))


def test_three_thousand_links_become_views_that_can_be_asked(catalogue: Catalogue):
    wrong = [
        (found, link)
        for link in fuzz_links.links(3_000, catalogue)
        if (found := fuzz_links.wrong_with(link, catalogue))
    ]
    assert wrong == []


def test_their_pages_have_controls_and_no_text_becomes_markup(catalogue, lake, monkeypatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    some = fuzz_links.links(40, catalogue, seed=11)
    assert [(found, link) for link in some if (found := fuzz_links.wrong_with_page(link))] == []


def test_their_answers_have_rows_or_a_sentence(catalogue: Catalogue, lake: Lake):
    some = fuzz_links.links(40, catalogue, seed=13)
    assert [
        (found, link)
        for link in some
        if (found := fuzz_links.wrong_with_answer(link, lake, catalogue))
    ] == []


def test_every_band_ticked_survives_the_link(catalogue: Catalogue):
    """A tick for those who reported nothing makes an empty `hide`, which is not the usual one."""
    view, _ = read({"hide": ""}, catalogue)
    assert "hide=" in view.address() and view.hidden == frozenset()


def test_a_vanished_network_is_said_with_its_last_year(lake: Lake):
    """DOMAIN 1.6: 93 to 339 practices change PCN in a year, and networks go."""
    first, last = lake.years[0], lake.years[-1]
    there = [set(live.organisations(lake, y, "pcn")["organisation_code"]) for y in (first, last)]
    lost = min(there[0] - there[1], default="U99999")
    [said] = gone(lake, View("HYP", last, area=f"pcn:{lost}"))
    assert said.startswith(f"PCN {lost} is not in {last}: ")
    assert ("last published for" in said) == bool(there[0] - there[1])


def test_what_is_there_is_not_said_to_be_gone(lake: Lake):
    year = lake.years[-1]
    code = live.organisations(lake, year, "icb")["organisation_code"][0]
    assert gone(lake, View("HYP", year, area=f"icb:{code}")) == []
    assert gone(lake, View("HYP", year, area="group:A81001")) == []


@browser
def test_links_over_http_are_never_an_error(catalogue: Catalogue, atlas: str):
    with closing(HTTPConnection(urlsplit(atlas).netloc)) as connection:
        for link in fuzz_links.links(30, catalogue, seed=17):
            connection.request("GET", "/?" + urlencode(link, errors="replace")[:15_000])
            answer = connection.getresponse()
            assert (answer.status, b'id="practices"' in answer.read()) == (200, True), link


@browser
@pytest.mark.parametrize("path", ["nothing-here", "practice/", "icb/QOP/x", "..%2f..%2fetc"])
def test_an_address_without_a_page_says_so(page: Page, atlas: str, path: str):
    answer = page.goto(atlas + path)
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("no page|No .* has"))
    page.get_by_role("link", name="Care Atlas").click()
    page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")


@browser
def test_hostile_links_open_in_a_browser(catalogue: Catalogue, page: Page, atlas: str):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for link in islice(fuzz_links.links(200, catalogue, seed=19), 0, 200, 40):
        page.goto(f"{atlas}?{urlencode(link, errors='replace')[:15_000]}")
        expect(page.locator("#comparison :is(table, p)")).not_to_have_text("Loading the table …")
        expect(page.locator(".shiny-output-error, #shiny-disconnected-overlay")).to_have_count(0)
    assert errors == []


@browser
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?indicator=COPD010&year=2021-22&area=pcn:U99999", "PCN U99999 is not in 2021-22"),
        ("?indicator=COPD010&year=2021-22&area=icb:ZZZ", "ICB ZZZ is not in 2021-22"),
        ("?indicator=COPD010&year=2021-22&selected=Z99999", "Practice Z99999 is not in 2021-22"),
        ("?indicator=CHD007&year=2019-20&level=nowhere", "names no level"),
    ],
)
def test_a_link_to_what_is_gone_says_what(page: Page, atlas: str, query: str, words: str):
    page.goto(atlas + query)
    expect(page.locator("#notes")).to_contain_text(words)
