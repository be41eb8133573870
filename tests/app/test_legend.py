"""The legend as an instrument: what it says, and what dragging an edge does in Chromium.

PEERS wants "filter by achievement band" and "user-set bands"; DOMAIN 3: 100 in the top band, den=0.
"""

import re
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.answered import ask
from app.atlas.dot_colour import colour
from app.atlas.drawing import legend, map_layer
from app.atlas.view import NONE, UNREPORTED
from engine import Lake, Question, answer
from engine.atlas.ask import marked
from engine.bands import Bands, edges, words

browser = pytest.mark.browser
ASKED = "?indicator=COPD010&year=2021-22"


# --- what the server says


def said(cuts: list[float], **more: str) -> dict:
    counted = {"0": 1, "1": 2, NONE: 0, UNREPORTED: 3}
    return legend.legend_message(
        ["low", "high"], counted, edges=cuts, top=100, is_custom=False, **more
    )


def test_edges_go_to_the_browser_as_they_are():
    assert said([100 / 3, 66.1234])["edges"] == [100 / 3, 66.1234]
    assert said([50])["note"] == ""


@pytest.mark.parametrize("cuts", [[90, 100.0], [70.001, 70.002], [0.0, 10]])
def test_edges_that_lie_on_each_other_stand_still_and_it_is_said(cuts: list[float]):
    message = said(cuts)
    assert message["edges"] == []
    assert "same value" in message["note"]


def test_edges_stand_still_while_the_dots_show_something_else():
    message = said([50, 75], colour="Registered patients")
    assert message["edges"] == []
    assert "“Registered patients”" in message["note"]


def test_without_values_there_are_no_edges_and_nothing_to_explain():
    assert (said([])["edges"], said([])["note"]) == ([], "")


@pytest.mark.parametrize("level", ["sub_icb", "icb", "region"])
def test_the_histogram_of_areas_begins_near_the_lowest_and_holds_all(lake: Lake, level: str):
    """Crowded edges can be told apart and taken; a broken axis says so."""
    now = ask(lake, Question("COPD010", "2021-22", level, bands="quintiles"))
    (low, top), values = now.ends, now.here["value"].drop_nulls()
    assert 0 < low <= values.min() and values.max() <= top <= 100
    assert sum(number for _, number in now.bins) == len(values)
    assert (values.max() - values.min()) / (top - low) > 0.5
    assert "axis does not begin at 0" in colour(now, "").histogram()


def test_the_histogram_of_practices_and_of_preset_bands_begins_at_0(lake: Lake):
    assert ask(lake, Question("COPD010", "2021-22")).ends[0] == 0
    wide = ask(lake, Question("COPD010", "2021-22", "icb", bands="custom:1,50"))
    assert wide.ends[0] == 0


# --- in the browser


@pytest.fixture
def at(open_page):
    """Open the page with its legend filled and the map's numbers there."""

    def go(query: str) -> Page:
        page = open_page(query)
        page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")
        page.locator("#band .dot").first.hover()
        page.wait_for_function("() => careAtlas.maps.map.details")
        page.evaluate(
            """() => { const map = careAtlas.maps.map, onCodes = map.onCodes.bind(map);
            window.told = []; map.onCodes = m => { told.push(m); onCodes(m); } }"""
        )
        return page

    return go


def edge(page: Page, nth: int):
    return page.locator(".legend-edge").nth(nth)


def drag(page: Page, nth: int, *, to: float) -> None:
    """Take an edge with the mouse to a value, and hold it there until a frame is painted."""
    rail, handle = page.locator(".legend-rail").bounding_box(), edge(page, nth).bounding_box()
    ends = page.locator("#histogram .axis span")
    low, top = (float(end.inner_text().split()[0]) for end in (ends.first, ends.last))
    share = (to - low) / (top - low)
    page.mouse.move(handle["x"] + 12, handle["y"] + 20)
    page.mouse.down()
    page.mouse.move(rail["x"] + rail["width"] * share, handle["y"] + 20, steps=4)
    page.wait_for_function("() => new Promise(requestAnimationFrame)")


def shown(page: Page) -> list[int]:
    return page.evaluate("[...careAtlas.maps.map.codes]")


def tried(page: Page) -> list[float]:
    return [
        float(handle.get_attribute("aria-valuenow")) for handle in page.get_by_role("slider").all()
    ]


def codes(lake: Lake, question: Question) -> list[int]:
    """What the server's message says of each organisation, bands and flags."""
    rows = marked(answer(lake, question), question.bands).collect()
    message = map_layer.codes_message(
        "map",
        "",
        rows,
        words=[""] * Bands.parse(question.bands).count,
        show=0,
        title="",
        revision=0,
    )
    return [map_layer.ALPHABET.tobytes().decode().index(letter) for letter in message["codes"]]


@browser
def test_dragging_an_edge_repaints_the_map_and_counts_without_the_server(at, lake: Lake):
    page = at(ASKED)
    page.evaluate(
        "() => { window.sent = 0; const send = WebSocket.prototype.send;"
        " WebSocket.prototype.send = function (x) { window.sent += 1; send.call(this, x); } }"
    )
    drag(page, 3, to=90)
    cuts = tried(page)
    assert cuts[3] == pytest.approx(90, abs=0.5)
    bands = f"custom:{','.join(f'{cut:g}' for cut in cuts)}"
    assert shown(page) == codes(lake, Question("COPD010", "2021-22", bands=bands))
    rows = answer(lake, Question("COPD010", "2021-22", bands=bands)).collect()
    for band, name in enumerate(words(cuts)):
        row = page.locator("#band .band-row").nth(band)
        expect(row).to_contain_text(name)
        expect(row).to_contain_text(f"{rows.filter(pl.col('band') == band).height:,}")
    assert page.evaluate("sent") == 0
    page.mouse.up()


@browser
@pytest.mark.parametrize("more", ["", "&bands=quintiles", "&measure=points", "&level=icb"])
def test_after_release_no_point_changes_colour_and_back_undoes_it(at, more: str):
    page = at(ASKED + more)
    before, cuts = shown(page), tried(page)
    middle = (cuts[2] + cuts[3]) / 2
    drag(page, 3, to=middle)
    held = shown(page)
    assert held != before
    page.mouse.up()
    page.wait_for_function("() => told.length === 1")
    letters = map_layer.ALPHABET.tobytes().decode()
    assert [letters.index(letter) for letter in page.evaluate("told[0].codes")] == held
    expect(page).to_have_url(re.compile("bands=custom"))
    assert parse_qs(urlsplit(page.url).query)["bands"][0].count(",") == 3
    expect(page.locator("#bands")).to_have_value("custom")
    page.go_back()
    page.wait_for_function("() => told.length === 2")
    assert shown(page) == before


@browser
def test_bands_cut_in_the_browser_are_the_engines_at_any_edges(at, lake: Lake):
    """Edges on values themselves too: a band includes its lower edge (29 of 100 is 29)."""
    page = at(ASKED)
    values = answer(lake, Question("COPD010", "2021-22")).collect()["value"].drop_nulls().unique()
    on_values = [v for v in values.sort() if 0 < v < 100 and v == round(v, 1)][:4]
    quintiles = answer(lake, Question("COPD010", "2021-22")).pipe(edges, Bands.parse("quintiles"))
    for cuts in ([10.0, 99.9], on_values, list(quintiles.collect().row(0)), [50.0, 50.01, 50.02]):
        page.evaluate("cuts => careAtlas.maps.map.cut(cuts, [])", cuts)
        bands = "custom:" + ",".join(map(repr, cuts))
        assert shown(page) == codes(lake, Question("COPD010", "2021-22", bands=bands)), cuts
    assert on_values


@browser
def test_the_keyboard_moves_an_edge_and_the_server_is_told_once(at):
    page = at(ASKED)
    handle = edge(page, 3)
    handle.focus()
    expect(handle).to_have_attribute("aria-valuetext", "80 %")
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(handle).to_have_attribute("aria-valuenow", "76.5")
    expect(handle).to_have_attribute("aria-valuemin", "60.5")
    expect(page).to_have_url(re.compile("bands=custom:20,40,60,76.5"))
    assert page.evaluate("told.length") == 1
    expect(handle).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    expect(handle).to_have_attribute("aria-valuenow", "76.5")


@browser
def test_an_edge_stops_at_its_neighbour(at):
    page = at(ASKED)
    drag(page, 3, to=5)
    assert tried(page) == [20, 40, 60, 60.5]
    page.mouse.up()


@browser
def test_reset_and_double_click_return_to_the_usual_bands(at):
    page = at(ASKED + "&bands=custom:50,70,75,90")
    page.get_by_role("button", name="The usual edges again").click()
    expect(page).not_to_have_url(re.compile("bands="))
    expect(edge(page, 3)).to_have_attribute("aria-valuenow", "80")
    expect(page.get_by_role("button", name="The usual edges again")).to_be_hidden()
    drag(page, 3, to=90)
    page.mouse.up()
    expect(page).to_have_url(re.compile("bands=custom"))
    edge(page, 3).dblclick()
    expect(page).not_to_have_url(re.compile("bands="))


@browser
def test_only_this_band_and_all_again(at, lake: Lake):
    page = at(ASKED)
    page.get_by_role("button", name="Only 60 to 80 %").click()
    assert page.evaluate("careAtlas.maps.map.show") == 0b1000
    rows = answer(lake, Question("COPD010", "2021-22")).collect()
    want = rows.filter(pl.col("band") == 3).height
    expect(page.locator("#turn")).to_contain_text(f"of {want:,}")
    page.get_by_role("button", name="Tick all bands").click()
    assert page.evaluate("careAtlas.maps.map.show") == 0b1000000000011111
    expect(page.get_by_role("button", name="Tick all bands")).to_be_hidden()


@browser
def test_another_number_of_bands_fills_the_new_checklist(at):
    page = at(ASKED)
    page.locator("#bands").select_option("brief")
    expect(page.get_by_role("slider")).to_have_count(3)
    expect(page.locator("#band .band-row").nth(3)).to_contain_text(
        re.compile(r"60 % and over\s*\d")
    )


@browser
@pytest.mark.parametrize("width", [390, 1440])
def test_a_title_of_one_line_or_two_leaves_the_map_its_size(open_page, width: int):
    page = open_page(ASKED)
    page.set_viewport_size({"width": width, "height": 900})
    height = "document.querySelector('.atlas-map header').offsetHeight"
    page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")
    heights = set()
    for title in ("COPD", "A title of many words " * 9):
        page.evaluate("title => document.querySelector('#title h1').textContent = title", title)
        heights.add(page.evaluate(height))
    assert len(heights) == 1
