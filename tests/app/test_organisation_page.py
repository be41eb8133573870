"""An organisation's own page and search: wants 3 and 12 of PEERS (a dashboard at every level, the
neighbours) and the search by name, code, network, town or postcode.
"""

import json
import re
from fractions import Fraction
from math import ceil
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request

from app.atlas.pages.organisation import organisation_page
from engine import Lake, Question, answer
from engine.atlas.compare_years import changes_since
from engine.atlas.profile import profile
from engine.atlas.search import find, near, places
from engine.atlas.years import qof_years
from tests.conftest import sealed


def got(address: str) -> str:
    return urlopen(address).read().decode()


@pytest.fixture(scope="module")
def practice(lake: Lake) -> dict:
    """A practice of the newest year with a place, a network and a postcode."""
    rows = places(lake).filter(
        pl.col("level") == "practice", "is_current", pl.col("latitude").is_not_null()
    )
    return rows.drop_nulls(["parent_name", "postcode"]).collect().row(0, named=True)


@pytest.mark.parametrize("around", ["{}%20", "{}/", "%20{}.", "{}%C2%A0", "{}%20/", "{}%E2%80%8B"])
def test_an_address_with_what_was_copied_with_the_code_leads_to_the_code(
    atlas: str, practice: dict, around: str
):
    code = practice["organisation_code"]
    answered = urlopen(f"{atlas}practice/{around.format(code)}?year={practice['year']}")
    assert answered.url == f"{atlas}practice/{code}?year={practice['year']}"
    assert practice["organisation_code"] in answered.read().decode()


def test_a_slash_too_many_leads_to_the_page(atlas: str):
    assert urlopen(f"{atlas}search/?q=leeds").url == f"{atlas}search?q=leeds"


def test_several_codes_are_all_found(atlas: str, lake: Lake):
    two = places(lake).filter(level="practice", is_current=True).head(2).collect()
    wanted = two["organisation_code"].to_list()
    assert hits(atlas, ",".join(wanted).lower()) == wanted


def hits(atlas: str, text: str) -> list[str]:
    return [hit["code"] for hit in json.loads(got(f"{atlas}search.json?q={quote(text)}"))]


@pytest.mark.parametrize("level", ["practice", "pcn", "sub_icb", "icb", "region"])
def test_every_level_has_a_page_whose_numbers_are_the_answers(atlas: str, lake: Lake, level: str):
    year = qof_years(lake)[-1]
    rows = answer(lake, Question("HYP008", year, level=level)).collect()
    row = rows.filter(pl.col("value").is_not_null()).row(0, named=True)
    page = got(f"{atlas}{level.replace('_', '-')}/{row['organisation_code']}?year={year}")
    assert f"{row['numerator']:,} of {row['denominator']:,}" in page
    assert f"{row['value']:.1f} %" in page
    assert "Demonstration data" in page


def test_the_profile_of_an_area_is_its_answer_for_every_indicator(lake: Lake):
    year, level = qof_years(lake)[-1], "icb"
    code = answer(lake, Question("HYP008", year, level=level)).collect()["organisation_code"][0]
    for row in profile(lake, year, level, code).collect().to_dicts():
        question = Question(row["indicator_code"], year, level=level, measure=row["measure"])
        want = answer(lake, question).filter(pl.col("organisation_code") == code).collect()
        for name in ("numerator", "denominator", "value", "value_low", "value_high"):
            assert row[name] == pytest.approx(want[name][0]), (row["indicator_code"], name)


def test_lower_and_higher_are_said_by_the_interval(lake: Lake, practice: dict):
    rows = profile(lake, qof_years(lake)[-1], "practice", practice["organisation_code"]).collect()
    few = rows.filter(pl.col("denominator") < 10)
    assert few["against_england"].null_count() == few.height
    told = rows.filter(pl.col("denominator") >= 10).drop_nulls(["value_low", "england_value"])
    lower = told.filter(pl.col("value_high") < pl.col("england_value"))
    assert set(lower["against_england"]) <= {"lower"}
    similar = told.filter(pl.col("against_england") == "similar")
    inside = pl.col("england_value").is_between("value_low", "value_high")
    assert similar.filter(~inside).is_empty()


def test_a_practice_that_closed_is_still_reachable_and_labelled(atlas: str, lake: Lake):
    gone = places(lake).filter(pl.col("level") == "practice", ~pl.col("is_current")).collect()
    row = gone.row(0, named=True)
    page = got(f"{atlas}practice/{row['organisation_code'].lower()}")
    assert f"Its last figures are those of {row['year']}" in page


def test_a_code_that_nobody_has_is_told_in_words(atlas: str):
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{atlas}practice/NOBODY")
    assert refused.value.code == 404
    assert "No practice has the code NOBODY" in refused.value.read().decode()


def test_search_finds_by_code_name_and_network(atlas: str, practice: dict):
    code = practice["organisation_code"]
    assert hits(atlas, code.lower())[0] == code
    assert code in hits(atlas, practice["organisation_name"])
    network = json.loads(got(f"{atlas}search.json?q={quote(practice['parent_name'])}"))
    assert network[0]["level"] == "PCN"


def test_a_postcode_gives_the_nearest_practices_first(atlas: str, lake: Lake, practice: dict):
    found = find(places(lake), practice["postcode"]).collect()
    far = found["kilometres"].to_list()
    assert far == sorted(far) and far[0] < 0.1
    assert (
        practice["organisation_code"]
        in found.filter(pl.col("kilometres") < 0.1)["organisation_code"].to_list()
    )
    without_space = practice["postcode"].replace(" ", "").lower()
    assert hits(atlas, without_space) == found["organisation_code"].to_list()[:8]


@pytest.mark.parametrize("text", ["", " ", "%", "zzzzqqq", "<script>", "ZZ99 9ZZ", "'" * 300])
def test_whatever_is_typed_gives_a_page_with_words(atlas: str, text: str):
    page = got(f"{atlas}search?q={quote(text)}")
    assert "<script>alert" not in page and re.search("role=.status.|atlas-found", page)


@pytest.mark.browser
def test_the_search_box_suggests_and_the_keyboard_goes_there(open_page, practice: dict):
    page: Page = open_page()
    box = page.get_by_role("combobox", name="Find a practice or an area")
    box.press_sequentially(practice["organisation_code"])
    expect(page.get_by_role("option").first).to_contain_text(practice["organisation_code"])
    box.press("ArrowDown")
    box.press("Enter")
    expect(page).to_have_url(re.compile(f"practice/{practice['organisation_code']}$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def misspelt(name: str) -> str:
    """A name whose first long word lacks a letter."""
    word = next(word for word in re.findall(r"[A-Za-z]+", name) if len(word) > 5)
    return word[:3] + word[4:]


def test_a_misspelt_name_finds_what_is_spelt_much_like_it(atlas: str, lake: Lake, practice: dict):
    name = practice["organisation_name"]
    typed = misspelt(name)
    assert find(places(lake), typed).collect().is_empty()
    word = next(word for word in re.findall(r"[A-Za-z]+", name) if len(word) > 5).lower()
    found = near(places(lake), typed, most=10_000).collect()
    assert practice["organisation_code"] in found["organisation_code"].to_list()
    assert word in str(found["organisation_name"][0]).lower()
    page = got(f"{atlas}search?q={typed}")
    assert f"Nothing is called “{typed}”; near to it:" in page
    assert all(hit["near"] for hit in json.loads(got(f"{atlas}search.json?q={typed}")))


@pytest.mark.parametrize("typed", ["qqqqq", "", "  ", "a", "%_.*", "(", "é" * 80])
def test_what_is_like_nothing_finds_nothing_near(lake: Lake, typed: str):
    assert near(places(lake), typed).collect().is_empty()


def test_a_condition_offers_its_indicators_current_ones_before_the_register(atlas: str):
    codes = [code for code in hits(atlas, "hypertension") if code.startswith("HYP")]
    assert codes[0] == "HYP008" and codes.index("HYP") > codes.index("HYP008")
    assert 'href="./?indicator=HYP008' in got(f"{atlas}search?q=hypertension")


def test_a_postcode_that_nobody_has_is_said_to_be_unknown(atlas: str):
    assert "that postcode is not known here" in got(f"{atlas}search?q=ZZ99%209ZZ")


@pytest.mark.parametrize("narrow", [True, False], ids=["its district", "its area alone"])
def test_a_postcode_that_no_practice_has_is_placed_by_the_practices_about_it_and_says_so(
    atlas: str, lake: Lake, narrow: bool
):
    """PEERS 13: people type where they live, not where a surgery is; no distance is invented."""
    known = places(lake).filter("is_current", pl.col("latitude").is_not_null())
    district = known.collect()["postcode"].drop_nulls()[0].split()[0]
    area = re.match("[A-Z]+", district)[0]
    typed, part = (f"{district} 9ZZ", district) if narrow else (f"{area}98 9ZZ", area)
    found = find(places(lake), typed).collect()
    assert found["placed_by"].unique().to_list() == [part]
    page = got(f"{atlas}search?q={typed.replace(' ', '%20')}")
    assert f"from the middle of the practices of {part}." in page
    shown = [
        hit["far"] for hit in json.loads(got(f"{atlas}search.json?q={typed.replace(' ', '+')}"))
    ]
    assert shown and all(re.fullmatch(r"under 1 km|about \d+ km", far) for far in shown)


def test_it_says_how_it_moved_since_the_year_before(atlas: str, lake: Lake):
    """PEERS want 1: the change against an earlier period, on the page one is sent."""
    year, before = qof_years(lake)[-1], qof_years(lake)[-2]
    code = answer(lake, Question("HYP008", year, level="icb")).collect()["organisation_code"][0]
    rows = changes_since(lake, year, before, "icb", code).collect()
    page = got(f"{atlas}icb/{code}?year={year}")
    assert f"Against {before}" in page
    net = rows.filter(measure="net")
    fell, rose = net.filter(moved="fell").height, net.filter(moved="rose").height
    similar = net.filter(moved="similar").height
    assert f"Against {before}: {fell} fell, {similar} similar, {rose} rose." in page
    first = qof_years(lake)[0]
    assert "Against 20" not in got(f"{atlas}icb/{_of_the_first_year(lake)}?year={first}")


def test_a_year_before_that_is_not_loaded_is_said_and_no_older_one_taken(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The obesity register was defined anew in 2023-24: 2022-23 is not held against 2024-25."""
    names = ("organisation", "practice_geography", "practice", "prevalence", "indicator")
    tables = {name: lake.scan(name).collect() for name in (*names, "percent_achieved")}
    kept = {
        name: rows.filter(pl.col("year") != "2023-24") if "year" in rows.columns else rows
        for name, rows in tables.items()
    }
    sealed(tmp_path, **kept)
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    code = _of_the_first_year(lake)
    page = _page("icb", code, "2024-25")
    assert "2023-24, the year before, is not loaded: no change is shown." in page
    assert "Against 20" not in page and "rose" not in page.split("<table")[1]
    after = _page("icb", code, "2025-26")
    assert "is not loaded" not in after and "Against 2024-25" in after


def _page(level: str, code: str, year: str) -> str:
    scope = {"type": "http", "query_string": f"year={year}".encode(), "headers": []}
    return organisation_page(Request(scope | {"path_params": {"code": code}}), level).body.decode()


def _of_the_first_year(lake: Lake) -> str:
    rows = lake.scan("organisation", qof_years(lake)[0]).filter(pl.col("level") == "icb")
    return rows.collect()["organisation_code"][0]


def test_the_practices_of_a_network_stand_beside_each_other_the_lowest_first(
    atlas: str, lake: Lake
):
    """Counted from the rows as they are published, in whole numbers."""
    year = qof_years(lake)[-1]
    places_ = lake.scan("practice_geography", year).select("practice_code", "pcn_code").collect()
    sizes = places_.drop_nulls().group_by("pcn_code").len().sort("len", "pcn_code")
    network = sizes["pcn_code"][-1]
    inside = places_.filter(pcn_code=network)["practice_code"]
    rows = (
        lake.scan("percent_achieved", year)
        .filter(pl.col("numerator").is_not_null(), pl.col("denominator") > 0)
        .select("practice_code", "indicator_code", "numerator", "denominator")
        .collect()
    )
    england = {
        code: Fraction(n, d)
        for code, n, d in rows.group_by("indicator_code")
        .agg(pl.col("numerator", "denominator").sum())
        .rows()
    }
    own = rows.filter(pl.col("practice_code").is_in(inside.implode()))
    lacks = {
        code: ceil(england[code] * d) - n
        for code, n, d in own.group_by("indicator_code")
        .agg(pl.col("numerator", "denominator").sum())
        .rows()
    }
    most = max(lacks.values())
    assert most > 0
    page = got(f"{atlas}pcn/{network}?year={year}")
    part = page.split('id="beside"')[1].split("</table>")[0]
    chosen = re.search(r'<option value="([^"]+)" selected', part)
    assert chosen and lacks[chosen[1]] == most
    asked = "HYP008"
    part = got(f"{atlas}pcn/{network}?year={year}&beside={asked}").split('id="beside"')[1]
    part = part.split("</table>")[0]
    shares = {code: Fraction(n, d) for code, _, n, d in own.filter(indicator_code=asked).rows()}
    assert re.findall(r"/practice/(\w+)\?", part) == sorted(shares, key=lambda c: (shares[c], c))
    short = {
        c: ceil(england[asked] * d) - n for c, _, n, d in own.filter(indicator_code=asked).rows()
    }
    for code, number in short.items():
        row = part.split(f"/practice/{code}?")[1].split("</tr>")[0]
        said = re.search(r"([\d,]+) patients?<", row)
        assert (int(said[1].replace(",", "")) if said else 0) == max(number, 0)
    one = inside.sort()[0]
    beside = got(f"{atlas}practice/{one}?year={year}&beside={asked}").split('id="beside"')[1]
    marked = re.search(r'<tr aria-current="true">.*?/practice/(\w+)\?', beside, re.DOTALL)
    assert marked and marked[1] == one
    assert f"../pcn/{network}" in beside


def test_a_board_has_no_section_of_a_network(atlas: str, lake: Lake):
    rows = lake.scan("organisation", qof_years(lake)[-1]).filter(level="icb").collect()
    assert "beside each other" not in got(f"{atlas}icb/{rows['organisation_code'][0]}")


@pytest.mark.parametrize("level", ["practice", "icb"])
def test_what_a_level_cannot_have_is_not_said_to_be_unknown(atlas: str, lake: Lake, level: str):
    """As the card of the map says it: a tenth and a rating are a practice's own."""
    rows = lake.scan("organisation", qof_years(lake)[-1]).filter(pl.col("level") == level).collect()
    page = got(f"{atlas}{level}/{rows['organisation_code'][0]}")
    assert ("Practices rated Good or Outstanding" in page) == (level != "practice")
    assert ("practices only" in page) == (level != "practice")


@pytest.mark.browser
def test_a_page_of_text_turns_dark_and_the_next_one_stays_so(
    page: Page, atlas: str, practice: dict
):
    page.emulate_media(color_scheme="light")
    page.goto(f"{atlas}practice/{practice['organisation_code']}")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Light or dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto(f"{atlas}about")
    assert page.evaluate(ground) == dark


@pytest.mark.browser
def test_a_dark_page_prints_light_on_a4_with_what_is_folded(page: Page, atlas: str, practice: dict):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{atlas}practice/{practice['organisation_code']}")
    theme = "document.documentElement.dataset.bsTheme"
    folded = "document.querySelectorAll('details:not([open])').length"
    assert page.evaluate(theme) == "dark" and page.evaluate(folded) > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(theme) == "light" and page.evaluate(folded) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(theme) == "dark" and page.evaluate(folded) > 0
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page.pdf(prefer_css_page_size=True))
    wide, high = {(round(float(wide)), round(float(high))) for wide, high in boxes}.pop()
    assert (wide, high) == (595, 842)
