"""A group of one's own (PEERS want 2): pasted, uploaded or drawn; in the link; compared as one."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zipfile import ZIP_DEFLATED, ZipFile

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.effects.own_group import listed_in, said_of_dropped
from engine import Lake, Question, answer
from engine.atlas.groups import MOST, area_of, codes_of, parse_codes, without_codes
from tests.refresh.files import CASES, needs_cases

UPLOADS = CASES / "20-group-uploads"
ASKED = "?indicator=COPD010&year=2021-22"
COPD = Question("COPD010", "2021-22")


@pytest.fixture(scope="module")
def some(lake: Lake) -> list[str]:
    """Seven practices that reported, here and there."""
    rows = answer(lake, COPD).collect().filter(pl.col("value").is_not_null())
    return rows["organisation_code"].gather_every(9).head(7).to_list()


def as_one(lake: Lake, codes: list[str]) -> dict:
    """The group's sums, added up by hand."""
    rows = answer(lake, COPD).collect()
    rows = rows.filter(pl.col("organisation_code").is_in(codes))
    return {name: rows[name].sum() for name in ("numerator", "denominator")}


# What a group is


@pytest.mark.parametrize("level", ["practice", "pcn", "sub_icb", "icb", "region", "england"])
def test_an_area_within_a_group_sums_its_practices_only(lake: Lake, some: list[str], level: str):
    geography = lake.scan("practice_geography", "2021-22").collect()
    inside = geography.filter(pl.col("practice_code").is_in(some))
    if level == "pcn":  # the trap: `U` is no network
        some = inside.filter(pl.col("pcn_code") != "U")["practice_code"].to_list()
    result = answer(lake, Question("COPD010", "2021-22", level, area=area_of(some))).collect()
    assert result["numerator"].sum() == as_one(lake, some)["numerator"]
    assert result["denominator"].sum() == as_one(lake, some)["denominator"]
    if level != "england":
        assert (
            result.height
            == inside.filter(pl.col("practice_code").is_in(some))[f"{level}_code"].n_unique()
        )


def test_a_link_holds_five_hundred_practices_and_brings_them_back(lake: Lake):
    catalogue = Catalogue(lake.scan("indicator").filter(pl.col("practices") > 0).collect())
    area = area_of([f"A{i:05}" for i in range(MOST)])
    view, told = read({"indicator": "COPD010", "year": "2021-22", "area": area}, catalogue)
    query = dict(part.split("=") for part in view.address().removeprefix("?").split("&"))
    assert read(query, catalogue)[0] == view and not told
    assert len(codes_of(view.area)) == MOST


@pytest.mark.parametrize("area", ["group:", "group:..", "group:<script>", "group:hello.world"])
def test_a_link_with_a_group_of_no_codes_is_all_of_england(lake: Lake, area: str):
    catalogue = Catalogue(lake.scan("indicator").filter(pl.col("practices") > 0).collect())
    assert read({"indicator": "COPD010", "area": area}, catalogue)[0].area == ""


@pytest.mark.parametrize("name", ["mine.csv", "mine.txt", "mine.xlsx"])
def test_a_list_is_read_from_its_first_column(tmp_path, name: str):
    path = tmp_path / name
    frame = pl.DataFrame({"Code": ["A81001", "A81002"], "Near": ["B82001", "B82002"]})
    if name.endswith("xlsx"):
        frame.write_excel(path)
    else:
        frame.select("Code" if name.endswith("txt") else ["Code", "Near"]).write_csv(path)
    assert listed_in(path, name).split() == ["Code", "A81001", "A81002"]


@needs_cases
@pytest.mark.parametrize("path", sorted(UPLOADS.glob("*")), ids=lambda path: path.name)
def test_a_list_as_people_keep_it_gives_its_practices(path: Path):
    """Row numbers, titles, quotes, another width or encoding; a letter for a figure is named."""
    meant = ("A8I001", "A81OO2") if path.stem == "wrong-o" else ("A81001", "A81002")
    assert parse_codes(listed_in(path, path.name)) == meant


def test_what_a_list_holds_beside_codes_is_named(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("No,Code\n1,A81001\n2,the hub\n3,A81002\n", encoding="utf-8")
    cells = listed_in(path, path.name).split("\n")
    assert parse_codes("\n".join(cells)) == ("A81001", "A81002")
    assert "“the hub”" in str(said_of_dropped(without_codes(cells)))
    assert said_of_dropped(()) is None


def test_a_page_named_as_a_workbook_has_no_codes_and_breaks_nothing(tmp_path):
    path = tmp_path / "mine.xlsx"
    path.write_text("<html>A81001</html>", encoding="utf-8")
    assert listed_in(path, path.name) == ""


def test_a_small_zip_that_holds_a_very_large_file_is_not_unpacked(tmp_path):
    path = tmp_path / "mine.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", " " * 30_000_000)
    assert path.stat().st_size < 1_000_000
    assert listed_in(path, path.name) == ""


# What people do with it


def area_in(page: Page) -> tuple[str, ...]:
    return codes_of(parse_qs(urlsplit(page.url).query).get("area", [""])[0])


def pasted(page: Page, text: str) -> None:
    page.get_by_text("My group of practices").click()
    page.get_by_label("ODS codes of practices").fill(text)
    page.get_by_role("button", name="Compare as one").click()


def is_group_of(page: Page, lake: Lake, codes: list[str]) -> None:
    want = as_one(lake, codes)
    box = page.locator(".atlas-boxes > div", has_text="This group")
    expect(box).to_contain_text(f"{want['numerator'] * 100 / want['denominator']:.1f} %")
    expect(box).to_contain_text(f"{want['numerator']:,} of {want['denominator']:,}")
    expect(page.locator("#area + .selectize-control .item")).to_have_text(
        f"My group, {len(codes)} practices"
    )


@pytest.mark.browser
def test_pasted_codes_become_one_group_and_the_unknown_one_is_named(open_page, lake, some):
    page = open_page(ASKED)
    pasted(page, f"  {some[0].lower()};{', '.join(some[1:])}\nour friends at A99999 ZZZ99")
    is_group_of(page, lake, some)
    expect(page.locator("#group_said")).to_contain_text(
        "A99999 is not a practice of 2021-22: no such practice is known"
    )
    expect(page.locator("#group_said")).to_contain_text("ZZZ99 is not a practice of 2021-22")
    page.wait_for_function("() => location.search.includes('ZZZ99')")
    expect(page.locator("#comparison tbody tr")).to_have_count(len(some))
    page.wait_for_function(
        f"[...careAtlas.maps.map.codes].filter(code => code !== 63).length === {len(some)}"
    )


@pytest.mark.browser
def test_a_group_is_in_the_link_and_cleared_by_one_button(open_page, lake, some):
    page = open_page(f"{ASKED}&area={area_of([*some, 'A99999'])}")
    is_group_of(page, lake, some)
    expect(page.locator("#group_said")).to_contain_text("A99999")
    page.get_by_role("button", name="Clear the group").click()
    expect(page.locator(".atlas-boxes")).not_to_contain_text("This group")
    expect(page.locator("#area + .selectize-control .item")).to_have_text("All of England")
    page.wait_for_function("() => !location.search.includes('group:')")
    page.go_back()
    is_group_of(page, lake, some)


@pytest.mark.browser
def test_codes_that_nobody_knows_change_nothing_and_are_named(open_page):
    page = open_page(ASKED)
    pasted(page, "Z99999")
    expect(page.locator("#group_said")).to_contain_text("0 of 1 codes are practices of 2021-22")
    assert area_in(page) == ()


@pytest.mark.browser
def test_an_uploaded_list_becomes_a_group(open_page, lake, some, tmp_path):
    page = open_page(ASKED)
    path = tmp_path / "our practices.csv"
    path.write_text("code,name\n" + "".join(f"{code},x\n" for code in some), encoding="utf-8")
    page.get_by_text("My group of practices").click()
    page.locator("#group_file").set_input_files(path)
    is_group_of(page, lake, some)


@pytest.mark.browser
def test_a_file_that_is_too_large_is_not_even_sent(open_page, tmp_path):
    page = open_page(ASKED)
    path = tmp_path / "large.csv"
    path.write_text("A81001\n" * 150_000, encoding="utf-8")
    page.get_by_text("My group of practices").click()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.locator("#group_file").set_input_files(path)
    expect(page.locator("#lasso_said")).to_contain_text("larger than 1 MB")
    assert sent == []


@pytest.mark.browser
@pytest.mark.parametrize("level", ["practice", "icb"])
def test_what_is_drawn_round_on_the_map_becomes_a_group(open_page, lake, level: str):
    page = open_page(f"{ASKED}&level={level}")
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    page.get_by_text("My group of practices").click()
    page.get_by_role("button", name="Draw round practices").click()
    sheet = page.locator(".atlas-lasso").bounding_box()
    left, top = sheet["x"] + 2, sheet["y"] + 2
    right, bottom = sheet["x"] + sheet["width"] - 80, sheet["y"] + sheet["height"] / 2
    drawn = page.evaluate(
        """([right, bottom]) => {
          const { surface, cast } = careAtlas.maps.map;
          const is = (i) => surface.x[i] > 2 && surface.y[i] > 2 && surface.x[i] < right;
          const all = [...Array(cast.length).keys()];
          return all.filter((i) => surface.shows(i) && is(i) && surface.y[i] < bottom);
        }""",
        [right - sheet["x"], bottom - sheet["y"]],
    )
    page.mouse.move(left, top)
    page.mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom)):
        page.mouse.move(*corner)
    page.mouse.up()
    expect(page.locator(".atlas-boxes")).to_contain_text("This group")
    page.wait_for_function("() => location.search.includes('group:')")
    codes = answer(lake, Question("COPD010", "2021-22", level)).collect()["organisation_code"]
    chosen = [codes[i] for i in drawn]
    geography = lake.scan("practice_geography", "2021-22").collect()
    want = geography.filter(pl.col(f"{level}_code").is_in(chosen))["practice_code"]
    assert sorted(area_in(page)) == sorted(want)


@pytest.mark.browser
def test_escape_stops_the_drawing(open_page):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    page.get_by_text("My group of practices").click()
    page.get_by_role("button", name="Draw round practices").click()
    expect(page.locator(".atlas-lasso")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".atlas-lasso")).to_have_count(0)
