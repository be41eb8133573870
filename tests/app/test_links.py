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

from app.atlas import frames
from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.pages import practices
from app.atlas.stale_links import notes_on_missing, settle_the_area
from app.atlas.view import View
from engine import Lake
from engine.atlas.years import qof_years
from tests.app import fuzz_links

browser = pytest.mark.browser


@pytest.fixture(scope="module")
def catalogue(lake: Lake) -> Catalogue:
    return Catalogue(frames.indicators(lake))


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


def test_a_page_that_is_kept_is_shown_to_its_own_link_only(lake: Lake, monkeypatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    for link in ({"find": "leeds"}, {}, {"find": "leeds", "tab": "gap"}, {"find": "leeds"}):
        drawn = str(practices.page(link))
        assert ('value="leeds"' in drawn) == ("find" in link)
        assert ('data-shows="table"' in drawn) == ("tab" in link)


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
    first, last = qof_years(lake)[0], qof_years(lake)[-1]
    there = [set(frames.organisations(lake, y, "pcn")["organisation_code"]) for y in (first, last)]
    lost = min(there[0] - there[1], default="U99999")
    view, [said] = settle_the_area(lake, View("HYP", last, area=f"pcn:{lost}"))
    assert view.area == "" and "England is shown instead" in str(said)
    if there[0] - there[1]:
        assert f"PCN {lost} is not in {last}" in str(said) and "last published for" in str(said)


def test_an_area_of_other_boundaries_gives_way_with_the_way_out(lake: Lake):
    """DOMAIN 1.6: boundaries change, so that a code may be in one geography of a year only."""
    for year in qof_years(lake):
        old, new = (
            set(frames.organisations(lake, year, "pcn", geography)["organisation_code"])
            for geography in ("published", "today")
        )
        for code in sorted(old - new)[:1]:
            asked = View("HYP", year, area=f"pcn:{code}", geography="today")
            view, [said] = settle_the_area(lake, asked)
            assert view.area == "" and "with boundaries “As published”" in str(said)
            [way] = re.findall('href="([^"]*)">with boundaries', str(said))
            assert f"area=pcn:{code}" in way and "geography" not in way
            return
    pytest.skip("no network of the demonstration is in one geography only")


def test_a_closed_practice_is_said_with_its_page_and_an_unknown_one_too(lake: Lake):
    """The trap: closed practices on today's map."""
    year = qof_years(lake)[-1]
    now = set(frames.organisations(lake, year, "practice")["organisation_code"])
    was = set(frames.organisations(lake, qof_years(lake)[0], "practice")["organisation_code"])
    closed = min(was - now)
    [said] = notes_on_missing(lake, View("HYP", year, selected=closed))
    assert f'href="practice/{closed}"' in str(said) and f"{closed} is not in {year}" in str(said)
    [said] = notes_on_missing(lake, View("HYP", year, selected="Z99999"))
    assert "nor in any other year" in str(said) and "href" not in str(said)


def test_what_is_there_is_not_said_to_be_gone(lake: Lake):
    year = qof_years(lake)[-1]
    code = frames.organisations(lake, year, "icb")["organisation_code"][0]
    for area in (f"icb:{code}", "group:A81001", ""):
        view = View("HYP", year, area=area)
        assert settle_the_area(lake, view) == (view, []) and notes_on_missing(lake, view) == []


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
        # A tab that the link opens hides the table, which then is not drawn.
        expect(page.locator("#comparison p:visible", has_text="Loading")).to_have_count(0)
        expect(page.locator("#title h1")).not_to_contain_text("Loading")
        expect(page.locator(".shiny-output-error, #shiny-disconnected-overlay")).to_have_count(0)
    assert errors == []


@browser
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?indicator=COPD010&year=2021-22&area=pcn:U99999", "No PCN has the code U99999"),
        ("?indicator=COPD010&year=2021-22&area=icb:ZZZ", "No ICB has the code ZZZ in 2021-22"),
        ("?indicator=COPD010&year=2021-22&selected=Z99999", "No practice has the code Z99999"),
        ("?indicator=CHD007&year=2019-20&level=nowhere", "There is no level “nowhere”"),
    ],
)
def test_a_link_to_what_is_gone_says_what(page: Page, atlas: str, query: str, words: str):
    page.goto(atlas + query)
    expect(page.locator("#notes")).to_contain_text(words)


@browser
def test_an_area_that_is_not_there_shows_england_and_leaves_the_link(page: Page, atlas: str):
    page.goto(f"{atlas}?indicator=COPD010&year=2021-22&area=icb:ZZZ")
    expect(page.locator("#notes")).to_contain_text("England is shown instead")
    expect(page.locator("#crumbs")).not_to_contain_text("ZZZ")
    page.wait_for_function("() => !location.search.includes('area')")
    expect(page.locator("#comparison tbody tr")).not_to_have_count(0)
