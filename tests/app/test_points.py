"""The map layer: what the encoders write, and what Chromium paints, says and sends."""

import json
import re
import struct
from base64 import b64decode
from collections.abc import Iterator
from math import dist
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from app.atlas.drawing import map_layer
from app.atlas.drawing.town_labels import PLACES
from app.draw.ramp import RAMP, band_colours, ramp_css
from engine.errors import BadQuestion
from tests.app.serving import listens, started
from tests.app.waiting import until, until_heard

browser = pytest.mark.browser

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
WORDS = ["low", "middling", "high"]


# --- encoders


def frame(*rows: tuple) -> pl.DataFrame:
    schema = {
        "band": pl.UInt8,
        "reported": pl.Boolean,
        "denominator": pl.Int64,
        "uncertain": pl.Boolean,
        "shown": pl.Boolean,
    }
    drawn = pl.DataFrame(rows, schema=schema, orient="row")
    return drawn.with_columns(small=pl.col("denominator").is_between(1, 9))


def codes(table: pl.DataFrame, words: list[str] = WORDS) -> str:
    message = map_layer.codes_message(
        "map", "2021-22", table, words=words, show=0b111, title="COPD", revision=7
    )
    return message["codes"]


def test_outlines_not_sent_yet_say_how_far_it_is_across_the_middling_one():
    """Three squares on the equator, of 1, 2 and 4 degrees; the second lies on two islands."""
    squares = {"A": [(0, 1)], "B": [(0, 0.5), (1.5, 2)], "C": [(0, 4)]}
    rows = [
        {"organisation_code": code, "ring": [[x, y] for x in ends for y in (0.0, 0.25)]}
        for code, islands in squares.items()
        for ends in islands
    ]
    told = map_layer.unsent_message("map", "key", "cast", rings=pl.DataFrame(rows, strict=False))
    assert told["across"] == pytest.approx(2 / 360)
    assert "lonlat" not in told


def test_each_organisation_is_one_character_of_band_and_flags():
    table = frame(
        (0, True, 100, False, True),  # A: the lowest band
        (2, True, 100, False, True),  # C
        (1, True, 9, False, True),  # R: band 1, small numbers (16)
        (1, True, 10, False, True),  # B: ten patients are not small
        (2, True, 50, True, True),  # i: band 2, uncertain (32)
        (0, True, 3, True, True),  # w: both flags
    )
    assert codes(table) == "ACRBiw"


def test_not_reported_and_nobody_eligible_are_told_apart():
    table = frame(
        (None, False, None, None, True),
        (None, None, None, None, True),
        (None, True, 0, None, True),
        (None, True, None, True, True),
        (1, False, 100, True, True),
    )
    assert codes(table) == "OOPPO"


def test_a_null_flag_or_denominator_sets_no_flag():
    assert codes(frame((1, True, None, None, True))) == "B"


def test_what_is_not_shown_is_hidden_whatever_it_holds():
    table = frame((1, True, 100, False, False), (None, False, None, None, None))
    assert codes(table) == "__"
    assert codes(table.drop("shown")) == "BO"


def test_every_band_and_flag_comes_back():
    rows = [
        (band, True, 5 if small else 100, bool(uncertain), True)
        for uncertain in (0, 1)
        for small in (0, 1)
        for band in range(14)
    ]
    written = codes(frame(*rows), [str(band) for band in range(14)])
    read = [ALPHABET.index(character) for character in written]
    assert [(code & 15, bool(code & 16), bool(code & 32)) for code in read] == [
        (band, denominator < 10, uncertain) for band, _, denominator, uncertain, _ in rows
    ]


def test_codes_of_7100_practices_stay_under_9_kb():
    table = frame((2, True, 100, True, True)).select(pl.all().repeat_by(7100).explode())
    message = map_layer.codes_message(
        "map",
        "2021-22 practice",
        table,
        words=["a band with a rather long name"] * 14,
        show=map_layer.show_mask(range(16)),
        title="An indicator with a title as long as the longest of the publication" * 2,
        revision=1000,
    )
    assert len(str(message).encode()) < 9000


@pytest.mark.parametrize("words", [["only one"], [str(band) for band in range(15)]])
def test_bands_that_cannot_be_coloured_are_refused(words: list[str]):
    with pytest.raises(BadQuestion, match="fewer bands"):
        codes(frame((1, True, 100, False, True)), words)


def test_an_empty_selection_is_an_empty_message():
    assert codes(frame()) == ""


def test_a_cast_keeps_positions_and_marks_those_without():
    table = pl.DataFrame({"longitude": [-0.5, None], "latitude": [51.25, None]})
    message = map_layer.cast_message("map", "2021-22", table)
    longitude, latitude, *nowhere = struct.unpack("<4f", b64decode(message["lonlat"]))
    assert (longitude, latitude) == (-0.5, 51.25)
    assert all(value != value for value in nowhere)
    assert list(b64decode(message["radius"])) == [12, 12]


def test_a_roll_up_is_sized_by_its_list():
    table = pl.DataFrame(
        {
            "longitude": [0.0] * 5,
            "latitude": [52.0] * 5,
            "list_size": [10_000, 40_000, 20_000, 90_000_000, None],
        }
    )
    small, large, middling, huge, unknown = b64decode(
        map_layer.cast_message("map", "icb", table, level="icb")["radius"]
    )
    assert small < middling < large < huge < 4 * 2 * map_layer.RADIUS["icb"]
    assert unknown > 0


def test_details_are_floats_and_nulls_are_not_a_number():
    table = pl.DataFrame(
        {
            "value": [65.5, None],
            "value_low": [60.0, None],
            "value_high": [70.0, None],
            "numerator": [131, None],
            "denominator": [200, 0],
        }
    )
    message = map_layer.detail_message("map", "2021-22", table, revision=3)
    read = {name: struct.unpack("<2d", b64decode(message[name])) for name in ("value", "low")}
    assert (read["value"][0], read["low"][0]) == (65.5, 60.0)
    assert read["value"][1] != read["value"][1]
    assert struct.unpack("<2f", b64decode(message["denominator"])) == (200.0, 0.0)


def test_names_may_lack_notes():
    table = pl.DataFrame({"organisation_name": ["The Surgery"], "organisation_code": ["A1"]})
    assert map_layer.names_message("map", "2021-22", table)["notes"] == [None]


def test_every_count_of_bands_has_its_colours_in_both_themes():
    css = ramp_css()
    for theme in RAMP:
        for count in range(1, 15):
            colours = band_colours(count, theme)
            assert len(set(colours)) == count
            assert "".join(f"--band-{band}:{c};" for band, c in enumerate(colours)) in css
    assert band_colours(5) == RAMP["light"]


def test_a_ramp_of_no_bands_is_refused():
    with pytest.raises(ValueError, match="not 0"):
        band_colours(0)


def test_places_are_in_england_and_named_once():
    (south, west), (north, east) = map_layer.ENGLAND
    for place in PLACES:
        assert south < place.latitude < north and west < place.longitude < east
    assert len({place.name for place in PLACES}) == len(PLACES)


# --- in the browser


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    asked = ("uvicorn", "--no-access-log", "--port", "0", "tests.app.harness.points_app:app")
    with started(*asked, env={}) as server:
        yield listens(server) + "/"


@pytest.fixture
def sent() -> list[str]:
    """The frames that the page has sent to the server."""
    return []


@pytest.fixture
def atlas(page: Page, address: str, sent: list[str]) -> Iterator[Page]:
    """The harness's page, both maps painted, the pointer outside of them."""
    page.set_viewport_size({"width": 1200, "height": 900})
    errors: list[str] = []
    abroad: list[str] = []
    listeners = {
        "pageerror": lambda error: errors.append(str(error)),
        "request": lambda to: to.url.startswith(address) or abroad.append(to.url),
        "websocket": lambda socket: socket.on("framesent", lambda frame: sent.append(frame)),
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    page.goto(address)
    page.wait_for_function(
        "['map', 'areas'].every(id => window.careAtlas?.maps[id]?.surface"
        " && careAtlas.maps[id].paints && careAtlas.maps[id].cast?.names)"
    )
    yield page
    for event, listener in listeners.items():
        page.remove_listener(event, listener)
    assert (errors, abroad) == ([], [])


def quiet(page: Page, sent: list[str]) -> None:
    """Wait until the page has nothing left to tell: between two words of ours it says nothing."""

    def is_so() -> bool:
        sent.clear()
        for words in (1, 2):
            page.evaluate("Shiny.setInputValue('ours', Math.random())")
            until_heard(page, lambda words=words: sum('"ours"' in f for f in sent) == words)
        is_busy = page.evaluate("document.documentElement.matches('.shiny-busy')")
        return not is_busy and all(set(json.loads(frame)["data"]) == {"ours"} for frame in sent)

    until(is_so)
    sent.clear()


PAINTED = """([id, index]) => {
    const {x, y} = careAtlas.maps[id].pointToPixel(index);
    const at = [x, y].map(along => Math.round(along * devicePixelRatio));
    const canvas = document.querySelector(`#${id} .points-dots`);
    const [red, green, blue, alpha] = canvas.getContext("2d").getImageData(...at, 1, 1).data;
    return alpha ? "#" + (red << 16 | green << 8 | blue).toString(16).padStart(6, "0") : "";
}"""


def painted(page: Page, index: int, map_id: str = "map") -> str:
    """The colour on the canvas where a point is; empty if nothing is drawn there."""
    return page.evaluate(PAINTED, [map_id, index])


def expect_painted(page: Page, index: int, colour: str) -> None:
    is_so = f"([id, index, colour]) => ({PAINTED})([id, index]) === colour"
    page.wait_for_function(is_so, arg=["map", index, colour])


def state(page: Page, name: str, map_id: str = "map") -> Any:
    return page.evaluate(f"careAtlas.maps.{map_id}.{name}")


def place(page: Page, index: int) -> tuple[float, float]:
    """Where a point is on the page."""
    box = page.locator("#map .leaflet-container").bounding_box()
    at = state(page, f"pointToPixel({index})")
    return box["x"] + at["x"], box["y"] + at["y"]


def hover(page: Page, index: int) -> None:
    x, y = place(page, index)
    page.mouse.move(x - 40, y)
    page.mouse.move(x, y)


def tooltip(page: Page) -> Locator:
    return page.locator("#map .points-tip")


def heard(page: Page) -> Locator:
    return page.locator("#map [aria-live]")


def dots(page: Page) -> Locator:
    return page.locator("#map").get_by_role("application")


# The harness's first practices: alone in a sea, three at one address, nowhere, one that changes.
LIGHTHOUSE, SHARED, NOWHERE, CHANGING = 0, 1, 4, 5


@browser
def test_a_point_is_painted_in_the_colour_of_its_band(atlas: Page):
    assert painted(atlas, LIGHTHOUSE) == RAMP["light"][2]
    assert painted(atlas, CHANGING) == RAMP["light"][0]
    assert state(atlas, f"pointToPixel({NOWHERE})") is None


@browser
def test_two_maps_have_their_own_points_and_colours(atlas: Page):
    assert state(atlas, "cast.length", "areas") == len(PLACES)
    assert painted(atlas, len(PLACES) - 1, "areas") in band_colours(4)
    assert painted(atlas, LIGHTHOUSE) == band_colours(5)[2]


@browser
def test_tiles_are_asked_for_only_where_wanted_and_their_absence_leaves_the_points(atlas: Page):
    assert atlas.locator("#map .leaflet-tile").count() == 0
    expect(atlas.locator("#areas .leaflet-tile").first).to_be_attached()
    expect(atlas.locator("#areas").get_by_text("Tiles by nobody")).to_be_visible()
    assert painted(atlas, len(PLACES) - 1, "areas") in band_colours(4)


@browser
def test_new_codes_repaint_and_neither_remake_nor_move_the_map(atlas: Page):
    dots(atlas).evaluate("canvas => { window.kept = canvas }")
    before = state(atlas, f"pointToPixel({CHANGING})")
    atlas.get_by_label("Indicator").select_option("IND003")
    expect_painted(atlas, CHANGING, RAMP["light"][1])
    assert atlas.evaluate("kept.isConnected")
    assert state(atlas, f"pointToPixel({CHANGING})") == before
    assert state(atlas, "paintedRevision") == 2


@browser
def test_going_back_to_a_year_sends_only_its_codes(atlas: Page):
    received: list[str] = []
    session = atlas.context.new_cdp_session(atlas)
    session.send("Network.enable")
    session.on(
        "Network.webSocketFrameReceived",
        lambda frame: received.append(frame["response"]["payloadData"]),
    )
    for revision, year in enumerate(["2021-22", "2020-21"], start=2):
        received.clear()
        atlas.get_by_label("Year").select_option(year)
        atlas.wait_for_function(f"careAtlas.maps.map.paintedRevision === {revision}")
    assert any("atlas-codes" in frame for frame in received)
    assert not any("atlas-cast" in frame for frame in received)
    assert state(atlas, "cast.key") == "2020-21"


@browser
def test_the_mask_hides_a_band_in_the_same_frame_without_the_server(atlas: Page, sent: list[str]):
    quiet(atlas, sent)
    atlas.evaluate("careAtlas.show('map', 0b11011)")
    assert painted(atlas, LIGHTHOUSE) == ""
    assert painted(atlas, CHANGING) == RAMP["light"][0]
    atlas.evaluate("careAtlas.show('map', 0b11111)")
    assert painted(atlas, LIGHTHOUSE) == RAMP["light"][2]
    assert sent == []


@browser
def test_a_hidden_point_cannot_be_pointed_at(atlas: Page):
    hover(atlas, LIGHTHOUSE)
    expect(tooltip(atlas)).to_be_visible()
    atlas.evaluate("careAtlas.show('map', 0b11011)")
    expect(tooltip(atlas)).to_be_hidden()


@browser
def test_the_tooltip_says_name_value_interval_and_count(atlas: Page):
    hover(atlas, LIGHTHOUSE)
    for words in [
        "The Lighthouse Surgery",
        "50.0 %",
        "(40.2 to 59.8)",
        "50 of 100 patients",
        "40 – 60 %",
    ]:
        expect(tooltip(atlas)).to_contain_text(words)
    expect(tooltip(atlas)).to_have_attribute("aria-hidden", "true")
    atlas.mouse.move(5, 5)
    expect(tooltip(atlas)).to_be_hidden()


@browser
def test_the_tooltip_follows_a_change_of_codes(atlas: Page):
    hover(atlas, CHANGING)
    expect(tooltip(atlas)).to_contain_text("5 of 100")
    atlas.get_by_label("Indicator").select_option("IND003")
    expect(tooltip(atlas)).to_contain_text("29 of 100")


@browser
def test_numbers_are_asked_for_once_a_change_and_hovering_is_kept_off_the_wire(
    atlas: Page, sent: list[str]
):
    hover(atlas, LIGHTHOUSE)
    expect(tooltip(atlas)).to_contain_text("50 of 100")
    quiet(atlas, sent)
    left, top = place(atlas, LIGHTHOUSE)
    for step in range(120):  # a frame each: two seconds
        atlas.mouse.move(left + 3 * step, top + step % 7)
        atlas.wait_for_function("() => new Promise(requestAnimationFrame)")
    atlas.mouse.move(5, 5)
    atlas.mouse.click(*place(atlas, CHANGING))
    expect(atlas.get_by_text(f"picked {CHANGING}", exact=True)).to_be_visible()
    assert len(sent) < 5
    assert not any("mousemove" in frame or "_detail" in frame for frame in sent)


@browser
def test_moving_the_map_is_kept_off_the_wire_and_moves_the_points(atlas: Page, sent: list[str]):
    before = state(atlas, f"pointToPixel({LIGHTHOUSE})")
    quiet(atlas, sent)
    state(atlas, "surface.map.once('moveend', () => { window.rested = true }) && 0")
    atlas.mouse.move(600, 300)
    atlas.mouse.down()
    atlas.mouse.move(650, 320, steps=5)
    atlas.mouse.move(660, 330)
    atlas.mouse.up()
    atlas.wait_for_function("window.rested")
    assert state(atlas, f"pointToPixel({LIGHTHOUSE})")["x"] > before["x"] + 40
    assert painted(atlas, LIGHTHOUSE) == RAMP["light"][2]
    atlas.mouse.click(*place(atlas, LIGHTHOUSE))
    expect(atlas.get_by_text(f"picked {LIGHTHOUSE}", exact=True)).to_be_visible()
    assert not any("shinywidgets" in frame for frame in sent)


@browser
def test_a_click_picks_and_escape_clears(atlas: Page):
    atlas.mouse.click(*place(atlas, LIGHTHOUSE))
    expect(atlas.get_by_text(f"picked {LIGHTHOUSE}", exact=True)).to_be_visible()
    expect(atlas.locator("#map .points-ring-selected")).to_be_visible()
    atlas.keyboard.press("Escape")
    expect(atlas.get_by_text("picked -1")).to_be_visible()
    expect(atlas.locator("#map .points-ring-selected")).to_be_hidden()


@browser
def test_a_near_miss_still_hits_a_target_of_24_pixels(atlas: Page):
    x, y = place(atlas, LIGHTHOUSE)
    atlas.mouse.click(x + 8, y - 8)
    expect(atlas.get_by_text(f"picked {LIGHTHOUSE}", exact=True)).to_be_visible()


@browser
def test_clicking_again_walks_through_those_at_one_address(atlas: Page):
    hover(atlas, SHARED)
    expect(tooltip(atlas)).to_contain_text("+2 more here")
    picked = set()
    for _ in range(3):
        atlas.mouse.click(*place(atlas, SHARED))
        picked.add(state(atlas, "selected"))
    assert picked == {1, 2, 3}


@browser
def test_those_at_one_address_stand_apart_when_near(atlas: Page):
    near = "careAtlas.maps.map.surface.map.setView([54.5, 0.9], 15, {animate: false})"
    atlas.evaluate(near)
    shared = [place(atlas, index) for index in (1, 2, 3)]
    gaps = [dist(shared[0], shared[1]), dist(shared[1], shared[2]), dist(shared[0], shared[2])]
    assert min(gaps) > 2 * map_layer.RADIUS["practice"]
    hover(atlas, SHARED)
    expect(tooltip(atlas)).to_be_visible()
    expect(tooltip(atlas)).not_to_contain_text("more here")


@browser
def test_the_keyboard_walks_picks_and_is_heard(atlas: Page):
    atlas.mouse.click(*place(atlas, LIGHTHOUSE))
    dots(atlas).press("ArrowUp")
    expect(heard(atlas)).to_contain_text("5.0 % (0.7 to 9.3). 5 of 100 patients. under 20 %")
    assert state(atlas, "hovered") == CHANGING
    dots(atlas).press("Enter")
    expect(atlas.get_by_text(f"picked {CHANGING}", exact=True)).to_be_visible()
    dots(atlas).press("ArrowDown")
    expect(heard(atlas)).to_contain_text("The Lighthouse Surgery")
    dots(atlas).press("Escape")
    expect(heard(atlas)).to_be_empty()


@browser
def test_the_keyboard_reaches_every_one_of_those_at_one_address(atlas: Page):
    atlas.mouse.click(*place(atlas, SHARED))
    reached = [state(atlas, "hovered")]  # the lower left of three in a triangle
    for key in ["ArrowUp", "ArrowRight"]:
        dots(atlas).press(key)
        reached.append(state(atlas, "hovered"))
    assert sorted(reached) == [1, 2, 3]


@browser
def test_the_map_is_reached_by_tab_and_says_how_to_use_it(atlas: Page):
    expect(dots(atlas)).to_have_attribute("aria-label", "Map. IND001, 2020-21")
    expect(dots(atlas)).to_have_accessible_description(re.compile("Arrow keys .* Enter"))
    dots(atlas).focus()
    dots(atlas).press("ArrowDown")
    assert state(atlas, "hovered") >= 0
    assert dots(atlas).evaluate("canvas => getComputedStyle(canvas).outlineStyle") == "solid"


@browser
def test_the_theme_repaints_without_the_server(atlas: Page, sent: list[str]):
    quiet(atlas, sent)
    atlas.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    expect_painted(atlas, LIGHTHOUSE, RAMP["dark"][2])
    atlas.evaluate("delete document.documentElement.dataset.bsTheme")
    expect_painted(atlas, LIGHTHOUSE, RAMP["light"][2])
    atlas.emulate_media(color_scheme="dark")
    expect_painted(atlas, LIGHTHOUSE, RAMP["dark"][2])
    # Shiny tells the server its own outputs' colours; the map's layer must tell it nothing.
    told = [name for frame in sent for name in json.loads(frame).get("data", {})]
    assert [name for name in told if "map" in name and not name.startswith(".clientdata_")] == []


@browser
def test_a_practice_picked_elsewhere_is_brought_into_view(atlas: Page):
    last = state(atlas, "cast.length") - 1
    atlas.evaluate("careAtlas.maps.map.surface.map.setView([55.5, -6], 12, {animate: false})")
    atlas.get_by_role("button", name="Find the last practice").click()
    atlas.wait_for_function(f"careAtlas.maps.map.surface.inView({last})")
    expect(atlas.locator("#map .points-ring-selected")).to_be_visible()


@browser
def test_a_hidden_map_comes_back_whole_and_painted(atlas: Page):
    atlas.get_by_label("Show the map").uncheck()
    expect(dots(atlas)).to_be_hidden()
    atlas.get_by_label("Indicator").select_option("IND003")
    atlas.set_viewport_size({"width": 700, "height": 800})
    atlas.get_by_label("Show the map").check()
    expect_painted(atlas, CHANGING, RAMP["light"][1])
    box = atlas.locator("#map").bounding_box()
    atlas.wait_for_function(
        "([width, height]) => careAtlas.maps.map.surface.canvas.clientWidth === Math.round(width)"
        " && careAtlas.maps.map.surface.canvas.clientHeight === Math.round(height)",
        arg=[box["width"], box["height"]],
    )


@browser
def test_messages_that_come_before_the_map_are_kept_and_unknown_casts_asked_for(
    atlas: Page, sent: list[str]
):
    lonely = """() => {
        const handle = (kind, message) => careAtlas.maps.early[`on${kind}`](message);
        careAtlas.show("early", 1);
        handle("Codes", {cast: "2021-22", codes: "A", show: 1, bands: 3, words: [], title: "",
                         unit: "%", revision: 4});
    }"""
    atlas.evaluate(lonely)
    until_heard(atlas, lambda: any("early_cast" in f and "2021-22" in f for f in sent))
    table = pl.DataFrame({"longitude": [0.0], "latitude": [52.0]})
    cast = map_layer.cast_message("early", "2021-22", table)
    atlas.evaluate("message => careAtlas.maps.early.onCast(message)", cast)
    assert state(atlas, "revision", "early") == 4
