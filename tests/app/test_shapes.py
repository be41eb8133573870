"""Shapes beside colours: bands, and the marks on them, told apart by somebody who sees no colour.

PEERS want 16 (a pattern as well as colour); LOOK.md: hollow, small, uncertain stay as they are.
"""

import re
from itertools import pairwise
from math import hypot, pi

import pytest
from playwright.sync_api import Page, expect

from app.atlas import frames
from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.drawing.map_layer import NOT_ELIGIBLE, NOT_REPORTED, SMALL_FLAG, UNCERTAIN_FLAG
from app.atlas.view import View
from app.draw.glyphs import CHOSEN, GLYPHS, ROOM, band_glyphs, glyph_css
from engine import Lake
from engine.bands import MOST_EDGES

browser = pytest.mark.browser
ASKED = "?indicator=COPD010&year=2021-22"
ON = ASKED + "&shapes=1"
TEN = "&bands=custom:10,20,30,40,50,60,70,80,90"


# --- what the shapes are


@pytest.mark.parametrize("name", [name for name in GLYPHS if name != "disc"])
def test_a_shape_has_the_area_of_the_disc_and_is_cut_from_a_larger_one(name: str):
    corners = GLYPHS[name]
    edges = zip(corners, corners[1:] + corners[:1], strict=True)
    assert abs(sum(x * v - u * y for (x, y), (u, v) in edges)) / 2 == pytest.approx(pi)
    assert max(hypot(x, y) for x, y in corners) < ROOM  # a disc of that size holds it


def test_as_many_bands_as_there_can_be_have_shapes_of_their_own_in_one_order():
    order = list(GLYPHS)
    for count in range(1, MOST_EDGES + 2):
        places = [order.index(name) for name in band_glyphs(count)]
        assert len(places) == count and all(low < high for low, high in pairwise(places))
        assert count == 1 or band_glyphs(count)[0] == "down" and band_glyphs(count)[-1] == "up"
    assert max(CHOSEN) == MOST_EDGES + 1


def test_the_styles_name_no_shape_that_is_not_there():
    css = glyph_css()
    named = set(re.findall(r"var\(--glyph-([a-z]+)[,)]", css)) - {"room"}
    assert named == set(GLYPHS)
    for name in GLYPHS:
        assert css.count(f"--glyph-{name}:") == 2  # said by the reader, or asked for by the browser


@pytest.mark.parametrize(("said", "kept"), [("1", "1"), ("0", "0"), ("", ""), ("2", ""), ("<", "")])
def test_a_link_says_that_there_are_shapes_that_there_are_none_or_nothing(
    catalogue, said: str, kept: str
):
    assert read({"shapes": said}, catalogue)[0].shapes == kept
    assert View(shapes=kept).address() == (f"?shapes={kept}" if kept else "?")


@pytest.fixture
def catalogue(lake: Lake) -> Catalogue:
    return Catalogue(frames.indicators(lake))


# --- on the page


@pytest.fixture
def at(page: Page, atlas: str):
    """Open the page with its map painted."""

    def go(query: str) -> Page:
        page.goto(atlas + query)
        painted(page)
        return page

    return go


def painted(page: Page) -> None:
    page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")
    page.wait_for_function("document.getElementById('shown')?.textContent")


def shapes(page: Page) -> list[int]:
    """How many corners the map's painter has for each band; 0 for a disc."""
    glyphs = "careAtlas.maps.map.surface.painter.colours.glyphs"
    return page.evaluate(f"{glyphs}.map(glyph => glyph?.length ?? 0)")


def swatches(page: Page) -> list[str]:
    """What clips the legend's swatches, band by band."""
    clipped = "dots => dots.map(dot => getComputedStyle(dot).clipPath.split('(')[0])"
    return page.locator("#band .dot").evaluate_all(clipped)


def tick(page: Page):
    return page.get_by_role("checkbox", name="Shapes beside colours")


DISCS = [0] * 5
FIVE = [len(GLYPHS[name]) for name in band_glyphs(5)]


@browser
def test_without_the_tick_every_dot_is_a_disc(at):
    page = at(ASKED)
    assert shapes(page) == DISCS
    assert set(swatches(page)) == {"none"}
    assert not page.evaluate("careAtlas.maps.map.surface.outlines.colours.isHatched")
    expect(tick(page)).not_to_be_checked()


@browser
@pytest.mark.parametrize("more", ["", TEN, "&colour=cqc_rating", "&level=icb&colour=deprivation"])
def test_a_link_gives_map_legend_and_table_one_shape_a_band(at, more: str):
    page = at(ON + more)
    expect(tick(page)).to_be_checked()
    count = page.evaluate("careAtlas.maps.map.bands")
    assert shapes(page) == [len(GLYPHS[name]) for name in band_glyphs(count)]
    said = ["polygon" if corners else "circle" for corners in shapes(page)]
    specials = page.locator("#band .dot").count() - count
    assert swatches(page) == said + ["none"] * specials
    row = page.locator("#comparison .dot:not(.bnone)").first
    legend = page.locator(f"#band .dot.{row.get_attribute('class').split()[-1]}")
    clip = "dot => getComputedStyle(dot).clipPath"
    assert row.evaluate(clip) == legend.evaluate(clip)


@browser
def test_the_tick_is_in_the_address_and_back_undoes_it(at):
    page = at(ASKED)
    tick(page).check()
    assert shapes(page) == FIVE
    expect(page).to_have_url(re.compile("&shapes=1"))
    page.go_back()
    expect(tick(page)).not_to_be_checked()
    page.wait_for_function("() => !careAtlas.maps.map.surface.painter.colours.glyphs.some(Boolean)")
    expect(page).not_to_have_url(re.compile("shapes"))


@browser
@pytest.mark.parametrize("asks", [{"contrast": "more"}, {"forced_colors": "active"}])
def test_a_browser_that_asks_for_contrast_has_shapes_until_somebody_unticks_them(at, page, asks):
    page.emulate_media(**asks)
    at(ASKED)
    expect(tick(page)).to_be_checked()
    assert shapes(page) == FIVE
    expect(page).not_to_have_url(re.compile("shapes"))
    tick(page).uncheck()
    assert shapes(page) == DISCS
    expect(page).to_have_url(re.compile("shapes=0"))
    page.reload()
    painted(page)
    assert shapes(page) == DISCS
    expect(tick(page)).not_to_be_checked()


@browser
@pytest.mark.parametrize("name", ["scatter", "funnel"])
def test_the_charts_have_the_maps_shapes(at, name: str):
    page = at(f"{ON}&tab={name}")
    page.wait_for_function(f"() => careAtlasCharts.{name}.paints > 0")
    same = "map => JSON.stringify(map.colours.glyphs)"
    chart = page.evaluate(f"({same})(careAtlasCharts.{name}.painter)")
    assert chart == page.evaluate(f"({same})(careAtlas.maps.map.surface.painter)")
    tick(page).uncheck()
    assert not page.evaluate(f"careAtlasCharts.{name}.painter.colours.glyphs.some(Boolean)")


@browser
def test_the_map_of_another_year_has_them_too(at):
    page = at(ON + "&against=2020-21")
    page.wait_for_function("() => careAtlas.maps.map_before?.paints > 0")
    there = "careAtlas.maps.map_before.surface.painter.colours.glyphs.map(g => g?.length ?? 0)"
    assert page.evaluate(there) == FIVE


# One dot a code, drawn by the map's own painter with the page's own shapes, as grey on white.
STAMPS = """async ({codes, radius, isShaped}) => {
    const {Painter} = await import("./points/painter.js");
    const {colours} = careAtlas.maps.map.surface.painter;
    const painter = new Painter(document.createElement("canvas"));
    const [grey, white] = [[90, 90, 90], [255, 255, 255]];
    painter.setColours({bands: colours.bands.map(() => grey), muted: grey, ground: white,
                        glyphs: isShaped ? colours.glyphs : []});
    painter.resize(32, 32, 1);
    const cast = {order: [0], largest: 4 * radius, radius: [4 * radius]};
    return codes.map(code => {
        painter.paint({cast, codes: [code], show: 0xffff, x: [16], y: [16], growth: 1, top: -1});
        const {data} = painter.context.getImageData(0, 0, 32, 32);
        const over = (k) => Math.round(255 - (data[k + 3] * (255 - data[k])) / 255);
        return Array.from({length: 32 * 32}, (_, k) => over(4 * k));
    });
}"""


def stamps(page: Page, codes: list[int], isShaped: bool = True) -> list[list[int]]:
    """32 by 32 greys for each code, white where nothing is, at a practice's size."""
    return page.evaluate(STAMPS, {"codes": codes, "radius": 3, "isShaped": isShaped})


def apart(one: list[int], other: list[int]) -> int:
    """How many pixels differ by what can be seen."""
    return sum(abs(a - b) > 64 for a, b in zip(one, other, strict=True))


def ink(stamp: list[int]) -> int:
    return sum(255 - grey for grey in stamp)


@browser
def test_dots_of_any_two_bands_differ_without_their_colours(at):
    page = at(ON + TEN)
    drawn = stamps(page, list(range(10)))
    for band, one in enumerate(drawn):
        for other in drawn[:band]:
            assert apart(one, other) >= 10  # of the 28 or so that a dot has
    assert max(map(ink, drawn)) < 1.1 * min(map(ink, drawn))  # none looks larger
    assert len({str(stamp) for stamp in stamps(page, list(range(10)), isShaped=False)}) == 1


@browser
def test_every_mark_is_seen_on_every_shape(at):
    page = at(ON + TEN)
    bands = range(10)
    plain = stamps(page, list(bands))
    few = stamps(page, [band + SMALL_FLAG for band in bands])
    unsure = stamps(page, [band + UNCERTAIN_FLAG for band in bands])
    middle = 16 * 32 + 16
    for band in bands:
        assert ink(few[band]) < 0.5 * ink(plain[band])
        assert unsure[band][middle] > plain[band][middle] + 64
        changed = [k for k in range(32 * 32) if unsure[band][k] != plain[band][k]]
        assert all(hypot(k % 32 - 16, k // 32 - 16) < 2.5 for k in changed)  # the shape stays


@browser
def test_rings_stay_rings(at):
    page = at(ON)
    rings = [NOT_ELIGIBLE, NOT_REPORTED]
    assert stamps(page, rings) == stamps(page, rings, isShaped=False)
    for ring in stamps(page, rings):
        assert all(apart(ring, band) >= 6 for band in stamps(page, list(range(5))))


@browser
def test_the_ground_of_a_higher_band_is_hatched_closer(at):
    page = at(ON)
    lines = page.evaluate(
        """async () => {
        const {Outlines} = await import("./points/outlines.js");
        const outlines = new Outlines(document.createElement("canvas"));
        outlines.resize(500, 100, 1);
        outlines.colours = careAtlas.maps.map.surface.outlines.colours;
        const square = (left) => [[left, 0], [left + 100, 0], [left + 100, 100], [left, 100]];
        const of = [0, 1, 2, 3, 4], world = of.flatMap(band => square(100 * band).flat());
        const outline = {cast: "c", of, corners: [4, 4, 4, 4, 4], world};
        const atlas = {outline, cast: {key: "c"}, codes: of, show: 31, isOutlined: true};
        outlines.draw(atlas, {world: 1, corner: {x: 0, y: 0}});
        const {data} = outlines.context.getImageData(0, 50, 500, 1);
        return of.map(band => {
            const row = Array.from({length: 90}, (_, x) => data[4 * (100 * band + 5 + x) + 3]);
            const most = Math.min(...row) + 40;
            return row.filter((alpha, x) => alpha > most && !(row[x - 1] > most)).length;
        });
    }"""
    )
    assert lines == sorted(set(lines)) and lines[0] >= 1


# --- taken away


LEGEND = """async () => {
    const {compose} = await import("./picture.js");
    const {canvas, width, maps} = compose();
    const left = 2 * (width - 220 - 16), top = 2 * maps[0].top;
    const {data} = canvas.getContext("2d").getImageData(left, top, 44, 400);
    return Array.from(data).join();
}"""


@browser
def test_the_picture_has_the_shapes_in_its_legend(at):
    page = at(ASKED)
    plain = page.evaluate(LEGEND)
    tick(page).check()
    shaped = page.evaluate(LEGEND)
    assert shaped != plain
    tick(page).uncheck()
    assert page.evaluate(LEGEND) == plain


@browser
@pytest.mark.parametrize(
    ("said", "printed"), [("", "on"), ("&shapes=1", "on"), ("&shapes=0", "off")]
)
def test_a_print_has_shapes_unless_the_reader_wants_none(at, said: str, printed: str):
    page = at(ASKED + said)
    look = "document.documentElement.dataset.shapes ?? ''"
    before = page.evaluate(look)
    assert page.evaluate(f"dispatchEvent(new Event('beforeprint')), {look}") == printed
    assert bool(sum(shapes(page))) == (printed == "on")
    expect(page.locator(".atlas-print-picture")).to_be_attached()
    assert page.evaluate(f"dispatchEvent(new Event('afterprint')), {look}") == before


@browser
def test_the_help_beside_the_tick_says_what_the_shapes_mean(at):
    page = at(ASKED)
    page.get_by_role("button", name="Help on shapes").click()
    expect(page.get_by_role("note", name="On shapes")).to_contain_text("points down")


@browser
@pytest.mark.parametrize("asks", [{"contrast": "more"}, {"media": "print"}, {}])
def test_a_brief_has_shapes_on_paper_and_where_the_browser_asks(page: Page, atlas: str, asks):
    page.emulate_media(**asks)
    page.goto(f"{atlas}brief{ASKED}&area=england:ENG")
    clip = "dots => dots.map(dot => getComputedStyle(dot).clipPath.split('(')[0])"
    for dots in (".band-dot.b4", ".dot.b4"):
        assert set(page.locator(dots).evaluate_all(clip)) == {"polygon" if asks else "none"}
