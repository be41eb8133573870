"""Context on the practices page, in Chromium: who is shown, colour, size, columns, tooltip."""

import io
import re

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from engine import Lake, Question, answer
from engine.atlas.context import context, fifths
from engine.atlas.gap import next_band
from engine.atlas.metrics.context_filters import passes
from engine.atlas.metrics.context_measures import CONTEXT, NOT_RATED
from engine.atlas.standing import standing
from engine.bands import Bands, edges

pytestmark = pytest.mark.browser
YEAR = "2021-22"
ASKED = f"?indicator=COPD010&year={YEAR}"
CODE = "organisation_code"


def around(lake: Lake, level: str = "practice") -> pl.DataFrame:
    return context(lake, YEAR, level).collect()


def drawn(page: Page) -> None:
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")


def codes_shown(page: Page) -> int:
    return page.evaluate("() => careAtlas.maps.map.codes.filter(c => c !== 63).length")


def rows_of(page: Page) -> list[str]:
    return page.locator("#comparison tbody tr").evaluate_all(
        "rows => rows.map(r => r.dataset.code)"
    )


def saved(page: Page, link: str) -> bytes:
    if not page.get_by_role("link", name=link).is_visible():
        page.get_by_text("More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name=link).click()
    return download.value.path().read_bytes()


def test_only_those_whose_context_is_asked_for_are_on_map_table_and_legend(open_page, lake: Lake):
    page = open_page(ASKED + "&keep=older")
    drawn(page)
    told = around(lake).select(CODE, kept=passes(["older"]))
    codes = set(told.filter("kept")[CODE])
    assert codes_shown(page) == len(codes)
    rows = answer(lake, Question("COPD010", YEAR)).collect().filter(pl.col(CODE).is_in(codes))
    for band in range(5):
        want = f"{rows.filter(pl.col('band') == band).height:,}"
        expect(page.locator(f"#band .band-count[data-band='{band}']")).to_have_text(want)
    assert set(rows_of(page)) <= codes
    share = rows["numerator"].sum() * 100 / rows["denominator"].sum()
    expect(page.locator(".atlas-boxes")).to_contain_text(f"{share:.1f} %")


def test_how_many_are_left_out_for_want_of_knowing_is_said(open_page, lake: Lake):
    """PEERS 8, DOMAIN: unknown is neither kept nor a zero."""
    page = open_page(ASKED + "&keep=rated_good")
    told = around(lake).select(kept=passes(["rated_good"]))["kept"]
    said = page.locator("#context_notes")
    expect(said).to_contain_text(f"Only: Rated Good or Outstanding: {told.sum():,} shown")
    expect(said).to_contain_text(f"{told.null_count():,} left out")


def test_a_filter_of_practices_only_is_said_to_be_ignored_above_them(open_page, lake: Lake):
    page = open_page(ASKED + "&keep=deprived&level=icb")
    drawn(page)
    expect(page.locator("#notes")).to_contain_text("Known of practices only, so ignored here")
    assert codes_shown(page) == answer(lake, Question("COPD010", YEAR, "icb")).collect().height


def test_england_stays_england_whoever_is_kept(open_page, lake: Lake):
    page = open_page(ASKED + "&keep=large")
    england = answer(lake, Question("COPD010", YEAR, "england")).collect()["value"][0]
    expect(page.locator(".atlas-boxes > div").first).to_contain_text(f"{england:.1f} %")


def test_dots_are_coloured_by_fifths_of_a_context_measure(open_page, lake: Lake):
    page = open_page(ASKED + "&colour=aged_65_and_over")
    drawn(page)
    measure = CONTEXT["aged_65_and_over"]
    cut = fifths(around(lake).with_columns(shown=pl.lit(True)).lazy(), measure).collect()
    for band in range(5):
        want = f"{(cut['band'] == band).sum():,}"
        expect(page.locator(f"#band .band-count[data-band='{band}']")).to_have_text(want)
    first = edges(cut.lazy(), Bands.parse("quintiles")).collect().row(0)[0]
    expect(page.locator("#band .band-words").first).to_have_text(f"under {first:.1f} %")
    expect(page.locator("#band-label")).to_have_text("Aged 65 and over")
    expect(page.get_by_role("heading", level=1)).to_contain_text("coloured by aged 65 and over")


def test_a_tick_filters_by_what_colours_the_dots(open_page, lake: Lake):
    page = open_page(ASKED + "&colour=aged_65_and_over&hide=0,1,2,3,none,unreported&rows=500")
    measure = CONTEXT["aged_65_and_over"]
    cut = fifths(around(lake).with_columns(shown=pl.lit(True)).lazy(), measure).collect()
    oldest = set(cut.filter(pl.col("band") == 4)[CODE])
    expect(page.locator("#turn")).to_contain_text(f"of {len(oldest):,}")
    assert set(rows_of(page)) <= oldest


def test_a_rating_colours_by_its_words_and_not_rated_is_hollow(open_page, lake: Lake):
    """DOMAIN 1.9: ratings are ordinal, never averaged; not rated is a category of its own."""
    page = open_page(ASKED + "&colour=cqc_rating")
    words = page.locator("#band .checkbox:visible .band-words")
    order = ["Outstanding", "Good", "Requires improvement", "Inadequate", NOT_RATED]
    expect(words).to_have_text(order)
    ratings = around(lake)["cqc_rating"]
    for band, word in enumerate(order[:4]):
        want = f"{(ratings == word).sum():,}"
        expect(page.locator(f"#band .band-count[data-band='{band}']")).to_have_text(want)


def test_colours_can_be_chosen_and_taken_back_on_the_page(open_page):
    page = open_page(ASKED)
    drawn(page)
    before = page.evaluate("() => [...careAtlas.maps.map.codes].join()")
    page.get_by_text("Compare like with like").click()
    page.get_by_label("Colour by").select_option("cqc_rating")
    expect(page.locator("#band-label")).to_have_text("CQC rating")
    expect(page).to_have_url(re.compile("colour=cqc_rating"))
    page.get_by_label("Colour by").select_option("")
    expect(page.locator("#band-label")).to_have_text("Achievement band")
    page.wait_for_function(f"() => [...careAtlas.maps.map.codes].join() === '{before}'")


def test_a_dots_area_grows_with_what_sizes_it_and_goes_back(open_page, lake: Lake):
    page = open_page(ASKED)
    drawn(page)
    sizes = "() => [...careAtlas.maps.map.cast.radius]"
    assert set(page.evaluate(sizes)) == {12}
    page.get_by_text("Compare like with like").click()
    page.get_by_label("Size by").select_option("list_size")
    page.wait_for_function("() => new Set(careAtlas.maps.map.cast.radius).size > 3")
    radii, lists = page.evaluate(sizes), around(lake)["list_size"].to_list()
    assert radii[lists.index(max(lists))] == max(radii)
    page.get_by_label("Size by").select_option("")
    page.wait_for_function("() => new Set(careAtlas.maps.map.cast.radius).size === 1")


def test_columns_that_are_ticked_hold_the_engines_numbers(open_page, lake: Lake):
    """PEERS 10: population context beside the result; wants 9 and 11: in neutral words."""
    ticked = "against_england,percentile_icb,patients_to_next,list_size,deprivation_decile"
    page = open_page(f"{ASKED}&columns={ticked},cqc_rating&sort=-list_size")
    code = rows_of(page)[0]
    known = around(lake)
    assert code == known.sort("list_size", descending=True)[CODE][0]
    row = page.locator(f"#comparison tr[data-code='{code}']")
    here = known.row(by_predicate=pl.col(CODE) == code, named=True)
    expect(row.locator(".c-list_size")).to_have_text(f"{here['list_size']:,}")
    expect(row.locator(".c-cqc_rating")).to_contain_text(here["cqc_rating"])
    question = Question("COPD010", YEAR)
    place = standing(lake, question).filter(pl.col(CODE) == code).collect().row(0, named=True)
    expect(row.locator(".c-against_england")).to_contain_text(place["against_england"])
    expect(row.locator(".c-percentile_icb")).to_have_text(f"{place['percentile_icb']:,.0f}")
    bands = Bands.parse(question.bands).edges
    short = next_band(answer(lake, question), bands).filter(pl.col(CODE) == code).collect()
    more = short["patients_to_next"][0]
    expect(row.locator(".c-patients_to_next")).to_contain_text("–" if more is None else f"{more:,}")


def test_what_is_not_known_is_a_dash_that_says_so_and_sorts_last(open_page, lake: Lake):
    page = open_page(ASKED + "&columns=deprivation&sort=deprivation&rows=500")
    known = around(lake).sort("deprivation", CODE, nulls_last=True)
    assert rows_of(page)[0] == known[CODE][0]
    head = page.locator("th.c-deprivation button")
    count = known["deprivation"].count()
    title = re.compile(f"known for {count:,} of {known.height:,}; as of ")
    expect(head).to_have_attribute("title", title)
    if count < known.height:
        last = page.locator("#comparison tbody tr .c-deprivation", has_text="not known")
        expect(last.first).to_be_attached()


def test_downloads_have_the_columns_that_are_ticked(open_page, lake: Lake):
    page = open_page(ASKED + "&columns=list_size,cqc_rating,pca_rate&sort=name")
    taken = pl.read_csv(io.BytesIO(saved(page, "Download CSV")))
    wanted = around(lake).sort(CODE).select(CODE, "list_size", "cqc_rating")
    found = taken.sort(CODE).filter(pl.col(CODE).is_in(wanted[CODE]))
    assert {"pca_rate", "cqc_rating_rated_on", "list_size_as_of"} <= set(taken.columns)
    both = found.join(wanted, on=CODE, suffix="_engine")
    assert (both["list_size"] == both["list_size_engine"]).all()
    assert (both["cqc_rating"] == both["cqc_rating_engine"]).all()
    parquet = pl.read_parquet(io.BytesIO(saved(page, "Download Parquet")))
    assert parquet.columns == taken.columns


def test_a_link_with_context_reopens_the_same_thing(open_page, lake: Lake):
    query = f"{ASKED}&keep=large,older&colour=deprivation&size=list_size&columns=list_size"
    page = open_page(query + "&sort=-list_size")
    drawn(page)
    expect(page).to_have_url(re.compile("keep=large,older"))
    shown, rows = codes_shown(page), rows_of(page)
    page.goto(page.url)
    page.get_by_role("table").wait_for()
    drawn(page)
    assert (codes_shown(page), rows_of(page)) == (shown, rows)


def test_a_link_whose_context_means_nothing_opens_the_plain_page(open_page, lake: Lake):
    """DOMAIN trap: a bookmark that names what is gone degrades with a message."""
    page = open_page(ASKED + "&keep=rich&colour=height&size=cqc_rating&columns=shoes&sort=shoes")
    drawn(page)
    expect(page.locator("#notes")).to_contain_text("a filter that there is not")
    assert codes_shown(page) == answer(lake, Question("COPD010", YEAR)).collect().height


def test_the_tooltip_says_what_surrounds_a_practice(open_page, lake: Lake):
    page = open_page(ASKED)
    drawn(page)
    page.wait_for_function("() => careAtlas.maps.map.cast.codes?.length")
    known = around(lake)
    place = page.evaluate(
        "() => [...careAtlas.maps.map.codes.keys()].find(i => careAtlas.maps.map.pointToPixel(i))"
    )
    code = page.evaluate(f"() => careAtlas.maps.map.cast.codes[{place}]")
    patients = known.row(by_predicate=pl.col(CODE) == code, named=True)["list_size"]
    page.evaluate("() => careAtlas.maps.map.surface.canvas.focus()")
    page.evaluate(f"() => careAtlas.maps.map.pointer.point({place})")
    expect(page.locator(".points-tip-about").first).to_contain_text(f"{patients:,} patients")


def test_nobody_who_matches_is_said_with_a_next_step(open_page):
    page = open_page(ASKED)
    drawn(page)
    query = "&level=region&keep=small"
    page.goto(page.url.split("?")[0] + ASKED + query)
    expect(page.locator("#comparison")).to_contain_text("Choose fewer filters there")


def test_a_colour_that_no_area_has_is_said_to_be_practices_only(open_page):
    """DOMAIN trap: ratings and tenths are never rolled up."""
    page = open_page(ASKED + "&colour=cqc_rating&level=icb")
    expect(page.locator("#context_notes")).to_contain_text("known of practices only")
    expect(page.locator("#band .band-count[data-band='0']")).to_have_text("0")
