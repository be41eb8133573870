"""Two organisations held against each other: PEERS wants 1 and 2, "compare two geographies"."""

import io
import re
from urllib.error import HTTPError
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import urlopen

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.drawing.comparison import in_short
from engine import Lake, Question, answer
from engine.atlas.comparability import NOTES
from engine.atlas.compare_pair import differences
from engine.atlas.years import qof_years
from tests.app.fuzz_links import HOSTILE

CODE = "organisation_code"
PHONE = {"width": 360, "height": 800}


def got(address: str) -> str:
    return urlopen(address).read().decode()


def refused(address: str) -> tuple[int, str]:
    """The status and the page where there is nothing to compare."""
    with pytest.raises(HTTPError) as error:
        urlopen(address)
    return error.value.code, error.value.read().decode()


@pytest.fixture(scope="module")
def boards(lake: Lake) -> list[dict]:
    """The ICBs of the newest year, by code."""
    there = lake.scan("organisation", qof_years(lake)[-1]).filter(level="icb")
    return there.sort("organisation_code").collect().to_dicts()


@pytest.fixture(scope="module")
def pair(boards: list[dict], lake: Lake) -> str:
    """The query of two boards in the newest year."""
    one, other = (f"icb:{board['organisation_code']}" for board in boards[:2])
    return f"one={one}&other={other}&year={qof_years(lake)[-1]}"


def rows_of(lake: Lake, query: str) -> pl.DataFrame:
    said = parse_qs(query)
    return differences(lake, said["year"][0], said["one"][0], said["other"][0]).collect()


def test_the_page_opens_with_how_many_are_lower_and_higher(
    atlas: str, lake: Lake, boards: list[dict], pair: str
):
    rows = rows_of(lake, pair)
    net = rows.filter(measure="net").drop_nulls("verdict")
    counted = {verdict: net.filter(verdict=verdict).height for verdict in set(net["verdict"])}
    page = got(f"{atlas}compare?{pair}")
    assert f"Of {net.height} indicators compared, {counted.get('lower', 0)} lower in " in page
    assert f", {counted.get('similar', 0)} similar, {counted.get('higher', 0)} higher" in page
    assert "About one in twenty would differ by chance alone" in page
    assert all(f'href="icb/{board["organisation_code"]}"' in page for board in boards[:2])
    assert "Higher is better." in page and "Neither high nor low is better." in page


def test_its_figures_are_those_of_the_answers_and_open_their_receipts(
    atlas: str, lake: Lake, pair: str
):
    said = parse_qs(pair)
    page = got(f"{atlas}compare?{pair}")
    asked = Question("HYP008", qof_years(lake)[-1], "icb")
    rows = answer(lake, asked).collect()
    for side in ("one", "other"):
        row = rows.filter(organisation_code=said[side][0].removeprefix("icb:")).row(0, named=True)
        assert f"{row['numerator']:,} of {row['denominator']:,}</a>" in page
        link = f"receipt?organisation={row['organisation_code']}&amp;indicator=HYP008"
        (found,) = re.findall(rf'href="({re.escape(link)}[^"]*)"', page)
        receipt = got(atlas + found.replace("&amp;", "&"))
        assert f"{row['numerator']:,} / {row['denominator']:,}" in receipt
        assert lake.id in receipt


def test_the_csv_has_the_same_rows_and_says_what_they_are_of(atlas: str, lake: Lake, pair: str):
    taken = pl.read_csv(io.StringIO(got(f"{atlas}compare?{pair}&format=csv")))
    rows = rows_of(lake, pair)
    assert taken["indicator_code"].to_list() == rows["indicator_code"].to_list()
    assert taken["difference"].to_list() == pytest.approx(rows["difference"].to_list())
    assert set(taken["snapshot"]) == {lake.id} and set(taken["year"]) == {qof_years(lake)[-1]}
    assert set(taken["one"]) == {parse_qs(pair)["one"][0]}


def test_a_board_is_held_against_the_rest_of_england(atlas: str, lake: Lake, boards: list[dict]):
    code = boards[0]["organisation_code"]
    query = f"one=icb:{code}&other=england&year={qof_years(lake)[-1]}"
    page = got(f"{atlas}compare?{query}")
    assert "held against the rest of England" in page
    both = answer(lake, Question("HYP008", qof_years(lake)[-1], "england")).collect()["numerator"][
        0
    ]
    own = answer(lake, Question("HYP008", qof_years(lake)[-1], "icb")).filter(
        organisation_code=code
    )
    assert f"{both - own.collect()['numerator'][0]:,} of " in page


def test_a_group_of_ones_own_has_receipts_of_its_own_practices(atlas: str, lake: Lake):
    year = qof_years(lake)[-1]
    rows = answer(lake, Question("HYP008", year)).drop_nulls("value").collect()
    codes = rows["organisation_code"].to_list()
    query = f"one=group:{codes[0]}.{codes[1]}.Z99999&other=practice:{codes[2]}&year={year}"
    page = got(f"{atlas}compare?{query}")
    said = f"{rows['numerator'][:2].sum():,} of {rows['denominator'][:2].sum():,}</a>"
    assert said in page and re.search(r"Of the group of \w+ and 2 more 2 are in the figures", page)
    link = re.findall(r'href="(receipt\?organisation=ENG&amp;indicator=HYP008[^"]*)"', page)[0]
    assert f"{rows['numerator'][:2].sum():,} / " in got(atlas + link.replace("&amp;", "&"))


def test_words_that_one_types_lead_to_the_one_address(atlas: str, boards: list[dict], pair: str):
    said = parse_qs(pair)
    name = f"{boards[1]['organisation_name']} ({boards[1]['organisation_code']})"
    for typed in (boards[1]["organisation_name"], boards[1]["organisation_code"].lower(), name):
        opened = urlopen(f"{atlas}compare?one={said['one'][0]}&other={quote(typed)}")
        led = parse_qs(urlsplit(opened.url).query)
        assert (led["one"], led["other"]) == (said["one"], said["other"])


def test_words_that_may_mean_several_are_asked_back(atlas: str, pair: str):
    page = got(f"{atlas}compare?one={parse_qs(pair)['one'][0]}&other=health")
    assert "Which one is meant by “health”?" in page
    assert re.search(r'href="compare\?one=icb:\w+&amp;other=\w+:\w+"', page)


def test_what_cannot_be_compared_is_said_with_a_way_out(
    atlas: str, lake: Lake, boards: list[dict], pair: str
):
    one = f"icb:{boards[0]['organisation_code']}"
    status, page = refused(f"{atlas}compare?one=icb:NOPE&other={one}")
    assert status == 404 and "Nobody is called “icb:NOPE”" in page
    status, page = refused(f"{atlas}compare?one={one}&other={one}")
    assert status == 422 and " twice. Choose another one" in page and "other=england" in page
    status, page = refused(f"{atlas}compare?{pair.replace(qof_years(lake)[-1], '1999-00')}")
    assert status == 404 and "There are no figures of 1999-00." in page
    assert f"year={qof_years(lake)[-1]}" in page
    status, page = refused(f"{atlas}compare?{pair}&snapshot=2019-01-01T00-00-00-deadbeef")
    assert status == 404 and "not kept any more" in page


def test_two_groups_that_share_a_practice_are_offered_without_it(atlas: str, lake: Lake):
    year = qof_years(lake)[-1]
    rows = answer(lake, Question("HYP008", year)).drop_nulls("value").collect()
    a, b, c = rows["organisation_code"].to_list()[:3]
    status, page = refused(f"{atlas}compare?one=group:{a}.{b}&other=group:{b}.{c}&year={year}")
    assert status == 422 and "share 1 practice" in page
    assert f"compare?one=group:{a}&amp;other=group:{b}.{c}" in page
    assert (
        "share" not in got(f"{atlas}compare?one=group:{a}&other=group:{b}.{c}&year={year}")[:9000]
    )


def test_a_year_that_lacks_one_of_them_names_the_years_that_have_both(atlas: str, lake: Lake):
    first, last = qof_years(lake)[0], qof_years(lake)[-1]
    codes = [
        set(answer(lake, Question("HYP", y, measure="prevalence")).collect()["organisation_code"])
        for y in (first, last)
    ]
    gone, stays = min(codes[0] - codes[1]), min(codes[0] & codes[1])
    query = f"one=practice:{gone}&other=practice:{stays}"
    status, page = refused(f"{atlas}compare?{query}&year={last}")
    assert status == 404 and f"has no practice in the figures of {last}." in page
    assert f"year={first}" in page
    assert "has no practice" not in got(f"{atlas}compare?{query}")


def test_a_disturbed_year_says_so(atlas: str, pair: str):
    page = got(f"{atlas}compare?{re.sub('year=.*', 'year=2020-21', pair)}")
    assert NOTES["2020-21"] in page


def test_todays_boundaries_are_asked_and_offered(atlas: str, lake: Lake):
    """A board that is there today only, or was there once, is found within its own boundaries."""
    year = qof_years(lake)[-1]
    then, now = (
        set(answer(lake, Question("HYP008", year, "icb", geography=whose)).collect()[CODE])
        for whose in ("published", "today")
    )
    one, other = sorted(then & now)[:2]
    page = got(f"{atlas}compare?one=icb:{one}&other=icb:{other}&year={year}&geography=today")
    assert re.search(r"receipt\?[^\"]*geography=today", page)
    gone = min(then - now)
    status, page = refused(
        f"{atlas}compare?one=icb:{gone}&other=icb:{one}&year={year}&geography=today"
    )
    assert status == 404 and f"figures of {year} within today’s boundaries." in page
    assert "Within each year’s own boundaries</a>" in page


def test_the_page_of_an_organisation_leads_here(atlas: str, lake: Lake):
    year = qof_years(lake)[-1]
    row = answer(lake, Question("HYP008", year)).drop_nulls("value").collect().row(0, named=True)
    page = got(f"{atlas}practice/{row['organisation_code']}?year={year}")
    assert 'action="../compare"' in page
    found = re.findall(r'href="(\.\./compare\?[^"]*)"', page)
    assert any("other=england" in link for link in found)
    assert any("other=icb:" in link for link in found)
    assert any("other=practice:" in link for link in found)
    for link in found:
        assert "compared" in got(atlas + link.removeprefix("../").replace("&amp;", "&"))


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_stands_in_the_address_gives_a_page_with_words(atlas: str, pair: str, text: str):
    asked = f"one={quote(text, errors='replace')}&other={parse_qs(pair)['other'][0]}"
    try:
        page = got(f"{atlas}compare?{asked}")
    except HTTPError as error:
        assert error.code in (404, 422)
        page = error.read().decode()
    assert "<script>alert" not in page and "<img" not in page and "<h1>" in page


def test_nothing_to_compare_is_not_counted():
    assert in_short([], "one", "other") == ""
    row = {"measure": "net", "verdict": None}
    assert in_short([row], "one", "other").startswith("1 not compared")


@pytest.mark.browser
def test_it_fits_a_phone_without_scrolling_sideways(page: Page, atlas: str, pair: str):
    page.set_viewport_size(PHONE)
    page.goto(f"{atlas}compare?{pair}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.browser
def test_the_box_suggests_and_what_is_chosen_is_compared(
    page: Page, atlas: str, boards: list[dict]
):
    one, other = boards[0], boards[1]
    page.goto(f"{atlas}icb/{one['organisation_code']}")
    box = page.get_by_label("Hold against another")
    box.press_sequentially(other["organisation_code"])
    offered = page.locator("#hold_other option").first
    expect(offered).to_have_attribute("value", re.compile(rf"\({other['organisation_code']}\)$"))
    box.fill(offered.get_attribute("value"))
    box.press("Enter")
    expect(page).to_have_url(re.compile(f"other=icb:{other['organisation_code']}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(" against ")
