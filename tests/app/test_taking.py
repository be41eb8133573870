"""Taking it away: files that equal the screen, the picture, and links that open the same data.

Covers PEERS wants 4 (raw numbers, not only percentages), 5 (links that keep their meaning) and 13
(cite, embed, print), and the traps: absent is not zero, a link to data that is gone gets words.
"""

import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import polars as pl
import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request

from app.atlas.drawing.citation import LINK, citation, made_of
from app.atlas.drawing.workbook import workbook
from app.atlas.pages.area_download import whole_area
from app.live import pinned
from engine import Lake, Question, answer
from engine.atlas.area_extract import area_extract
from engine.lake import Layout
from tests.app.serving import served

YEAR = "2024-25"
OTHER = "20200101T000000Z-0ther000"


@pytest.fixture(scope="module")
def board(lake: Lake) -> str:
    rows = lake.scan("organisation", YEAR).filter(pl.col("level") == "icb")
    return rows.sort("practices", descending=True).collect()["organisation_code"][0]


# The workbook


def rows_of(**columns: list) -> pl.DataFrame:
    usual = {"organisation_name": ["A", "B"], "organisation_code": ["A00001", "A00002"]}
    return pl.DataFrame(usual | columns)


def test_a_workbook_has_numbers_as_numbers_and_nothing_for_what_is_absent():
    rows = rows_of(value=[29.004, None], numerator=[29, None], denominator=[100, 0])
    book = workbook(rows, measure="net", about=[("Question", "words")])
    read = pl.read_excel(io.BytesIO(book), sheet_name="Rows")
    assert read["Value (%)"].to_list() == [29.004, None]
    assert read["Achieved"].to_list() == [29, None] and read["Eligible"].to_list() == [100, 0]


def test_a_name_that_looks_like_a_formula_stays_a_name():
    rows = rows_of(organisation_name=["=1+1", "@SUM(A1)"], value=[1.0, 2.0])
    read = pl.read_excel(io.BytesIO(workbook(rows, measure="net", about=[])), sheet_name="Rows")
    assert read["Organisation"].to_list() == ["=1+1", "@SUM(A1)"]


def test_a_citation_names_all_that_finds_the_figure_again():
    manifest = {
        "id": "S1",
        "tables": {"percent_achieved": {"demonstration": False}},
        "releases": [
            {
                "source": "qof",
                "name": "Quality and Outcomes Framework",
                "publisher": "NHS England",
                "period": YEAR,
                "revision": 1,
                "published_on": "2025-08-28",
            }
        ],
    }
    said = citation(manifest, "A question", year=YEAR, today="2026-11-20", link=LINK)
    assert said == (
        "NHS England, Quality and Outcomes Framework, 2024-25, published 28 August 2025."
        " A question. Care Atlas, snapshot S1, seen on 20 November 2026. {link}"
    )
    assert made_of(manifest, YEAR) == [
        "Quality and Outcomes Framework, NHS England: 2024-25 (28 August 2025)"
    ]


# The whole area


def test_the_whole_area_has_every_indicator_of_every_practice_with_its_raw_counts(lake, board):
    rows = area_extract(lake, YEAR, area=f"icb:{board}").collect()
    asked = Question("HYP008", YEAR, area=f"icb:{board}")
    one = rows.filter(indicator_code="HYP008").sort("practice_code")
    want = answer(lake, asked).filter(pl.col("numerator").is_not_null()).collect()
    assert one["practice_code"].to_list() == want["organisation_code"].to_list()
    for name in ("numerator", "denominator", "pcas"):
        assert one[name].to_list() == want[name].to_list()
    codes = set(lake.scan("percent_achieved", YEAR).collect()["indicator_code"])
    assert codes <= set(rows["indicator_code"]) and set(rows["kind"]) == {"indicator", "register"}


def test_one_click_gives_the_same_as_csv_and_as_parquet(atlas: str, lake: Lake, board: str):
    want = area_extract(lake, YEAR, area=f"icb:{board}").collect()
    query = f"{atlas}whole?year={YEAR}&area=icb:{board}&snapshot={lake.id}"
    parquet = httpx.get(f"{query}&format=parquet")
    assert pl.read_parquet(io.BytesIO(parquet.content)).equals(want)
    csv = httpx.get(f"{query}&format=csv")
    assert pl.read_csv(io.BytesIO(csv.content), schema=want.schema).equals(want)
    assert board in csv.headers["content-disposition"]


def test_a_reader_of_parquet_asks_for_parts_of_the_whole(atlas: str, board: str):
    """DuckDB and Polars ask HEAD how long it is, then for ranges; each offers to unpack."""
    asked = f"{atlas}whole?year={YEAR}&area=icb:{board}&format=parquet"
    file, head = httpx.get(asked), httpx.head(asked)
    assert "Content-Encoding" not in file.headers and not file.headers["ETag"].startswith("W/")
    for name in ("ETag", "Content-Length", "Content-Disposition", "X-Snapshot"):
        assert head.headers[name] == file.headers[name]
    part = httpx.get(asked, headers={"Range": "bytes=-8", "If-Range": file.headers["ETag"]})
    assert (part.status_code, part.content) == (206, file.content[-8:])
    known = httpx.get(asked, headers={"If-None-Match": file.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    "query",
    ["format=xml", "year=1999-00", "area=icb:NOPE", "area=nope:X", "geography=yesterday"],
)
def test_a_whole_of_nothing_is_refused_in_words(atlas: str, query: str):
    refused = httpx.get(f"{atlas}whole?{query}")
    assert refused.status_code == 422 and len(refused.text) > 20


@pytest.mark.parametrize("snapshot", [OTHER, "../CURRENT", "%00"])
def test_a_whole_that_is_pinned_to_what_is_gone_is_not_another_one(atlas: str, snapshot: str):
    refused = httpx.get(f"{atlas}whole?area=icb:QOP&snapshot={snapshot}")
    assert (refused.status_code, "not kept" in refused.text) == (404, True)


def test_a_whole_of_no_data_says_so_and_not_where_our_disk_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    request = Request({"type": "http", "method": "GET", "query_string": b"", "headers": []})
    refused = whole_area(request)
    assert refused.status_code == 503 and str(tmp_path) not in refused.body.decode()


# The page


@pytest.fixture
def more(open_page: Callable[[str], Page]) -> Callable[[str], Page]:
    """The page with its menu open."""

    def go(query: str = "") -> Page:
        page = open_page(query)
        page.locator(".atlas-more > summary").click()
        page.locator("#take_more a").first.wait_for()
        return page

    return go


def saved(page: Page, press: Callable[[], None]) -> bytes:
    with page.expect_download() as download:
        press()
    return download.value.path().read_bytes()


@pytest.mark.browser
def test_the_excel_equals_the_screen(open_page, lake: Lake, board: str):
    page = open_page(f"?indicator=HYP008&year={YEAR}&area=icb:{board}&sort=-value")
    page.locator("#provenance footer").wait_for()
    link = page.get_by_role("link", name="Excel")
    expect(link).not_to_have_attribute("href", "")
    book = io.BytesIO(saved(page, link.click))
    rows = pl.read_excel(book, sheet_name="Rows")
    shown = page.locator("#comparison tbody tr")
    codes = shown.evaluate_all("rows => rows.map(row => row.dataset.code)")
    assert rows["Code"].head(len(codes)).to_list() == codes
    values = shown.locator("td.c-value").evaluate_all("cells => cells.map(c => c.textContent)")
    for said, value in zip(values, rows["Value (%)"], strict=False):
        assert value is None or f"{value:.1f} %" in said
    want = answer(lake, Question("HYP008", YEAR, area=f"icb:{board}")).collect()
    assert rows["Achieved"].sum() == want["numerator"].sum() and rows.height == want.height
    about = dict(pl.read_excel(book, sheet_name="About", has_header=False).rows())
    assert lake.id in about["Snapshot"] and f"snapshot={lake.id}" in about["Link"]
    assert "invented" in about["Data"] and "Open Government Licence v3.0" in about["Licence"]


@pytest.mark.browser
def test_the_picture_has_a_practice_in_the_colour_of_its_band(more, lake: Lake, board: str):
    page = more(f"?indicator=HYP008&year={YEAR}&area=icb:{board}")
    page.wait_for_function("window.careAtlas?.maps.map?.surface?.x?.length > 0")
    found = page.evaluate(
        """async () => {
          const { compose, SCALE } = await import('./picture.js');
          const { canvas, maps: [{ left, top }] } = compose();
          const { surface, codes, cast } = careAtlas.maps.map;
          const plain = [...codes.keys()].filter((i) => codes[i] < 14 && surface.inView(i));
          const alone = plain.find((i) => plain.every((j) => i === j ||
            Math.hypot(surface.x[i] - surface.x[j], surface.y[i] - surface.y[j]) > 12));
          const at = [left + surface.x[alone], top + surface.y[alone]];
          const [x, y] = at.map((part) => Math.round(part * SCALE));
          const pixel = canvas.getContext('2d').getImageData(x, y, 1, 1);
          const band = surface.painter.colours.bands[codes[alone]];
          return { pixel: [...pixel.data].slice(0, 3), band, width: canvas.width };
        }"""
    )
    assert found["pixel"] == found["band"]
    picture = saved(page, page.get_by_role("button", name="Picture (PNG)").click)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture[16:20], "big") == found["width"]


@pytest.mark.browser
def test_print_is_one_page_on_its_side_with_the_map_in_it(open_page):
    page = open_page(f"?indicator=HYP008&year={YEAR}")
    page.wait_for_function("window.careAtlas?.maps.map?.surface?.x?.length > 0")
    paper = page.pdf(prefer_css_page_size=True)
    assert re.search(rb"/Type /Pages\s*/Count 1\b", paper)
    assert re.search(rb"/MediaBox \[0 0 84[12][.\d]* 59[45][.\d]*\]", paper)
    assert b"/Subtype /Image" in paper
    expect(page.locator(".atlas-print-picture")).to_have_count(0)


@pytest.mark.browser
def test_the_menu_works_by_keyboard_and_at_360_pixels(open_page):
    page = open_page("")
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.locator("#download_csv")).to_have_attribute("href", re.compile("download"))
    assert page.locator("#take_more a").count() == 0, "a closed menu is not drawn"
    summary = page.locator(".atlas-more > summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.locator("#take_more a").first.wait_for()
    box = page.locator(".atlas-menu").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["y"] >= 0
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Download Parquet"
    page.keyboard.press("Escape")
    expect(page.locator(".atlas-menu")).to_be_hidden()
    expect(summary).to_be_focused()


@pytest.mark.browser
def test_cite_and_embed_say_the_link_of_what_is_shown(more, lake: Lake, board: str):
    page = more(f"?indicator=HYP008&year={YEAR}&area=icb:{board}")
    page.get_by_text("Cite", exact=True).click()
    box = page.get_by_role("textbox", name="Cite")
    expect(box).to_have_value(re.compile(f"area=icb:{board}&snapshot={lake.id}"))
    cite = box.input_value()
    assert "{link}" not in cite
    assert "invented" in cite.lower() and "HYP008" in cite
    page.get_by_text("Embed", exact=True).click()
    box = page.get_by_role("textbox", name="Embed")
    expect(box).to_have_value(re.compile("/embed/"))
    frame = box.input_value()
    address = frame.split('src="')[1].split('"')[0].replace("&amp;", "&")
    assert "/embed/?" in address and httpx.get(address).status_code == 200


@pytest.mark.browser
def test_the_brief_is_of_what_is_shown(open_page, board: str):
    page = open_page(f"?indicator=HYP008&year={YEAR}&area=icb:{board}")
    page.locator("#provenance footer").wait_for()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Area brief").click()
    brief = opened.value
    expect(brief).to_have_url(re.compile(f"area=icb:{board}"))
    expect(brief.get_by_role("heading", name="Who holds the gap")).to_be_visible()


# Pinned links


@pytest.fixture(scope="module")
def newer(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same lake with a snapshot sealed after it, which lacks the newest year's achievements."""
    data = tmp_path_factory.mktemp("newer") / "data"
    shutil.copytree(lake.layout.root, data)
    layout = Layout(data)
    manifest = json.loads((layout.snapshots / f"{lake.id}.json").read_text(encoding="utf-8"))
    manifest |= {"id": "29991231T000000Z-newest00", "sealed_at": "2999-12-31T00:00:00+00:00"}
    path = layout.snapshots / f"{manifest['id']}.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    layout.current.write_text(manifest["id"], encoding="utf-8")
    return data


def test_a_snapshot_is_found_by_its_id_only(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    assert pinned(lake.id).id == lake.id
    for name in ("", OTHER, f"../snapshots/{lake.id}", "/etc/passwd"):
        assert pinned(name) is None


@pytest.mark.browser
def test_a_pinned_link_shows_its_snapshot_though_there_is_a_newer(page: Page, newer, lake: Lake):
    with served(newer) as address:
        page.goto(f"{address}?indicator=HYP008&year={YEAR}&snapshot={lake.id}")
        expect(page.locator("#provenance")).to_contain_text(lake.id[-8:])
        expect(page.locator("#pinned")).to_contain_text("This link shows the snapshot of")
        page.reload()
        expect(page.locator("#provenance")).to_contain_text(lake.id[-8:])
        assert f"snapshot={lake.id}" in page.url
        page.get_by_role("button", name="Show the newest").click()
        expect(page.locator("#provenance")).to_contain_text("newest00")
        expect(page).not_to_have_url(re.compile("snapshot="))
        expect(page).to_have_url(re.compile(f"year={YEAR}"))
        expect(page.locator("#pinned")).to_be_empty()


@pytest.mark.browser
def test_a_snapshot_that_is_gone_gets_a_sentence_and_the_newest(open_page, lake: Lake):
    page = open_page(f"?indicator=HYP008&year={YEAR}&snapshot={OTHER}")
    expect(page.locator("#notes")).to_contain_text("not kept any more")
    expect(page.locator("#provenance")).to_contain_text(lake.id[-8:])
    page.wait_for_function("!location.search.includes('snapshot')")


@pytest.mark.browser
def test_the_menu_is_about_the_board_that_is_selected_and_leads_to_its_feed(
    page: Page, atlas: str, board: str
):
    """PEERS want 13: an alert for an area. As the brief and the gap, of the one selected."""
    page.goto(f"{atlas}?indicator=HYP008&year={YEAR}&level=icb&selected={board}")
    page.locator(".atlas-more > summary").click()
    whole_area = page.get_by_role("link", name="Whole area, CSV")
    expect(whole_area).to_have_attribute("href", re.compile(f"area=icb:{board}"))
    follow = page.get_by_role("link", name="Follow this figure (Atom feed)")
    expect(follow).to_have_attribute("href", f"changes.atom?indicator=HYP008&area=icb:{board}")
    said = httpx.get(f"{atlas}{follow.get_attribute('href')}")
    assert said.headers["content-type"] == "application/atom+xml"
    assert f"{YEAR}" in said.text and f"icb:{board}" in said.text


def test_a_group_has_no_feed_and_a_board_s_brief_leads_to_its_own(atlas: str, lake, board: str):
    brief = httpx.get(f"{atlas}brief?indicator=HYP008&year={YEAR}&area=icb:{board}").text
    assert f"changes.atom?indicator=HYP008&amp;area=icb:{board}" in brief
    codes = answer(lake, Question("HYP008", YEAR)).collect()["organisation_code"][:3]
    group = httpx.get(f"{atlas}brief?indicator=HYP008&year={YEAR}&area=group:{'.'.join(codes)}")
    assert group.status_code == 200 and "changes.atom" not in group.text
