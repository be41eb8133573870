"""What leaves the page is the page: each of the ways out, held against figures worked out by hand.

By hand: from the counts as published (tests/app/leaving.py), the five bands of 20 points that the
page says, and the colours of the look; never from what the app itself answers.
"""

import re

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.drawing.words import short
from app.draw.ramp import RAMPS
from engine import Lake
from tests.app.leaving import (
    england,
    enough,
    nearer,
    painted,
    picture_of,
    published,
    saved,
    words_in,
)

pytestmark = pytest.mark.browser
FIRST, LAST = "2021-22", "2022-23"
BOTH = f"?indicator=DM020&year={LAST}&against={FIRST}"
CHANGE = f"{BOTH}&compare_as=change"
LEVELS = RAMPS["level"]["light"]
CHANGES = RAMPS["change"]["light"]
ONLY = "England’s most deprived fifth"


@pytest.fixture
def more(open_page):
    """The page at a query, in the light theme, with its maps painted and its menu open."""

    def go(query: str, *maps: str) -> Page:
        page = open_page(query)
        page.emulate_media(color_scheme="light")
        page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
        painted(page, *maps)
        page.locator(".atlas-more > summary").click()
        page.locator("#take_more a").first.wait_for(state="attached")
        return page

    return go


def band_of(share: float) -> int:
    """Of the five bands 0-20-40-60-80-100 the one a share falls in; 100 % is in the last."""
    return min(int(share // 20), 4)


def moved_band(before: float, after: float) -> int:
    """Fell by 5 or more, by 1 to 5, within 1, rose by 1 to 5, by 5 or more."""
    change = after - before
    return sum(change > edge for edge in (-5, -1)) + sum(change >= edge for edge in (1, 5))


# 1. Two years side by side


def test_the_picture_of_two_years_names_both_with_the_earlier_on_the_left(more, lake: Lake):
    page = more(BOTH, "map", "map_before")
    nearer(page)
    picture = picture_of(page)
    years = {year: published(lake, "DM020", year) for year in (FIRST, LAST)}
    places = [picture.place(f"{year} England {england(years[year])}") for year in (FIRST, LAST)]
    assert places[0][0] < places[1][0] and places[0][1] == places[1][1]
    assert f"{FIRST} and {LAST}" in picture.text
    for nth, year in enumerate((FIRST, LAST)):
        shares = dict(enough(years[year]).select("practice_code", "share").rows())
        drawn = {c: band for c, band in picture.bands(nth, LEVELS).items() if c in shares}
        assert len(drawn) > 5 and drawn == {code: band_of(shares[code]) for code in drawn}


def test_the_legend_of_two_years_counts_each_year_under_its_own_name(more, lake: Lake):
    page = more(BOTH, "map", "map_before")
    picture = picture_of(page)
    counts = []
    for year in (FIRST, LAST):
        shares = published(lake, "DM020", year)["share"].to_list()
        counts.append(sum(band_of(share) == 4 for share in shares))
    assert picture.counted("80 % and over") == [f"{count:,}" for count in counts]
    assert picture.place(FIRST)[0] < picture.place(LAST)[0]


# 2. A change


def test_the_picture_of_a_change_has_its_own_legend_and_colours(more, lake: Lake):
    page = more(CHANGE, "map_before")
    nearer(page, "map_before")
    picture = picture_of(page)
    before, after = (published(lake, "DM020", year) for year in (FIRST, LAST))
    both = before.join(after, on="practice_code", suffix="_after")
    bands = {
        code: moved_band(share, then)
        for code, share, then in both.select("practice_code", "share", "share_after").rows()
    }
    for band, words in ((0, "fell by 5 points or more"), (4, "rose by 5 points or more")):
        assert picture.counted(words) == [f"{list(bands.values()).count(band):,}"]
    assert "under 20 %" not in picture.text and f"Change from {FIRST} to {LAST}" in picture.text
    few = both.filter((pl.col("denominator") < 10) | (pl.col("denominator_after") < 10))
    known = bands.keys() - set(few["practice_code"])
    drawn = {c: band for c, band in picture.bands(0, CHANGES).items() if c in known}
    assert len(drawn) > 5 and drawn == {code: bands[code] for code in drawn}


def test_the_print_of_a_change_is_that_picture(more):
    page = more(CHANGE, "map_before")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".atlas-print-picture")).to_be_visible()
    expect(page.locator("#figure_before")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert "under 20 %" not in picture_of(page).text


# 3. A filter


def test_title_picture_and_file_names_say_who_alone_is_shown(more):
    page = more("?indicator=HYP008&year=2024-25&keep=deprived")
    expect(page.locator("#title h1")).to_contain_text(f"only: {ONLY}")
    assert ONLY in picture_of(page).text
    name, png = saved(page, "Picture (PNG)")
    said = words_in(png)
    assert "deprived" in name and ONLY in said["Title"] and "Demonstration" in said["Source"]
    for link in ("Download CSV", "Excel"):
        page.wait_for_function(
            "() => ![...document.querySelectorAll('a[download]')].some((a) => !a.href)"
        )
        name, _ = saved(page, link)
        assert re.match(r"care-atlas-HYP008-2024-25-practice-net-deprived\.", name), name


# 4. The frame


def test_the_frame_has_both_years_and_names_the_area(page: Page, atlas: str, lake: Lake):
    rows = lake.scan("organisation", LAST).filter(pl.col("level") == "icb").collect()
    board = rows.sort("practices", descending=True).row(0, named=True)
    page.goto(f"{atlas}embed/{BOTH}&area=icb:{board['organisation_code']}")
    page.wait_for_function(
        "() => careAtlas?.maps.map?.paints > 0 && careAtlas?.maps.map_before?.paints > 0"
    )
    expect(page.locator("header")).to_contain_text(short(board["organisation_name"]))
    expect(page.get_by_role("heading")).to_contain_text(f"{FIRST} and {LAST}")
    shares = [england(published(lake, "DM020", year)) for year in (FIRST, LAST)]
    before, now = page.locator("#caption_before"), page.locator("#caption_now")
    expect(before).to_have_text(f"{FIRST} England {shares[0]}")
    expect(now).to_have_text(f"{LAST} England {shares[1]}")
    assert before.bounding_box()["x"] < now.bounding_box()["x"]


def test_the_frame_of_a_change_has_the_legend_of_a_change(page: Page, atlas: str):
    page.goto(f"{atlas}embed/{CHANGE}")
    page.wait_for_function("() => careAtlas?.maps.map_before?.paints > 0")
    legend = page.get_by_role("list", name="Bands")
    expect(legend).to_contain_text("fell by 5 points or more")
    expect(legend).not_to_contain_text("under 20 %")
    expect(page.locator("#figure_now")).to_be_hidden()
    page.wait_for_function(
        "colour => getComputedStyle(document.querySelector('[aria-label=Bands] .b0'))"
        ".backgroundColor === colour",
        arg="rgb({}, {}, {})".format(*bytes.fromhex(CHANGES[0][1:])),
    )
