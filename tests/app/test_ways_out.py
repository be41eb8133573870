"""Twenty views by every way out: picture, print, frame, link, file and brief say what is shown.

The page is read as a reader sees it; each way out is then read back and held against that.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from engine import Lake
from tests.app.leaving import painted, picture_of, printed, published, saved, words_in
from tests.app.waiting import PATIENCE

pytestmark = pytest.mark.browser
HYP, DM = "?indicator=HYP008&year=2024-25", "?indicator=DM020&year=2022-23"
BOARD, GROUP, PRACTICE = "{board}", "{group}", "{practice}"
VIEWS = {
    "practices": HYP,
    "a board": f"{HYP}&area=icb:{BOARD}",
    "networks of a board": f"{HYP}&level=pcn&area=icb:{BOARD}",
    "sub-ICBs": f"{HYP}&level=sub_icb",
    "boards": f"{HYP}&level=icb",
    "regions": f"{HYP}&level=region",
    "a group": f"{HYP}&area=group:{GROUP}",
    "a group, one selected": f"{HYP}&area=group:{GROUP}&selected={PRACTICE}",
    "a filter": f"{HYP}&keep=deprived",
    "two filters": f"{HYP}&keep=large,older",
    "a filter in a board": f"{HYP}&keep=large&area=icb:{BOARD}",
    "two bands": f"{HYP}&hide=2,3,4,unreported",
    "edges of one's own": f"{HYP}&bands=custom:65,70,80&level=icb",
    "coloured by deprivation": f"{HYP}&colour=deprivation&size=list_size",
    "a PCA rate": f"{HYP}&measure=pca_rate",
    "a prevalence": "?indicator=HYP&measure=prevalence&year=2024-25&level=icb",
    "today's boundaries": f"{DM}&geography=today&level=icb",
    "a year of the pandemic": "?indicator=DM020&year=2020-21",
    "side by side": f"{DM}&against=2021-22",
    "side by side in a board": f"{DM}&against=2023-24&area=icb:{BOARD}&keep=large",
    "a change": f"{DM}&against=2021-22&compare_as=change",
    "a change of boards": f"{DM}&against=2021-22&compare_as=change&level=icb",
    "a change on a phone": f"{DM}&against=2021-22&compare_as=change&area=icb:{BOARD}",
    "a board on a phone": f"{HYP}&area=icb:{BOARD}&selected={PRACTICE}",
}
# A row of a legend as it is read: its words and its count; of the page's, only what is ticked.
LEGEND = """() => {
  const change = document.querySelector('.atlas-maps').dataset.compare === 'change';
  const rows = change ? [...document.querySelectorAll('.change-key li')].map((row) =>
    [row.querySelector('i').nextSibling.textContent, row.querySelector('span').textContent])
    : [...document.querySelectorAll('#band input:checked')].map((box) => box.closest('label'))
      .map((row) => ['.band-words', '.band-count'].map((part) =>
        row.querySelector(part).textContent.trim()));
  return rows;
}"""
SHOWN = """(id) => {
  const { cast, codes, surface } = careAtlas.maps[id];
  return [...codes.keys()].filter((i) => surface.shows(i)).map((i) => cast.codes?.[i] ?? i).length;
}"""
LOOKS = """(id) => {
  const at = careAtlas.maps[id].surface.map.getBounds();
  return [at.getSouth(), at.getWest(), at.getNorth(), at.getEast()];
}"""


@dataclass(frozen=True)
class Seen:
    """What a reader sees of a view."""

    title: str
    place: str
    over: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    note: str
    maps: tuple[str, ...]
    dots: tuple[int, ...]


def seen_on(page: Page) -> Seen:
    compared = page.locator(".atlas-maps").get_attribute("data-compare") or ""
    maps = {"": ("map",), "change": ("map_before",)}.get(compared, ("map", "map_before"))
    painted(page, *maps)
    over = [page.locator(f"#caption_{name}").inner_text() for name in ("before", "now")]
    return Seen(
        title=page.locator("#title h1").inner_text(),
        place=page.locator("#crumbs li").last.inner_text().replace("›", "").strip(),
        over=tuple(line.split("\n")[0].strip() for line in over if line),
        legend=tuple((words, count) for words, count in page.evaluate(LEGEND)),
        note=page.locator("#year_note").text_content().strip(),
        maps=maps,
        dots=tuple(page.evaluate(SHOWN, each) for each in maps),
    )


@pytest.fixture(scope="module")
def names(lake: Lake) -> dict[str, str]:
    """A board with many practices, four practices of it, and one."""
    of = lake.scan("practice_geography", "2024-25").select("practice_code", "icb_code").collect()
    rows = published(lake, "HYP008", "2024-25").join(of, on="practice_code")
    board = rows.group_by("icb_code").len().sort("len", "icb_code")["icb_code"][-1]
    codes = rows.filter(icb_code=board).sort("practice_code")["practice_code"].to_list()
    return {"board": board, "group": ".".join(codes[:4]), "practice": codes[0]}


@pytest.fixture(scope="module")
def elsewhere(browser: Browser) -> Iterator[Page]:
    """A window of somebody else's, for links and frames: a new one compiles all scripts anew."""
    context = browser.new_context()
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(params=VIEWS)
def view(request: pytest.FixtureRequest, page: Page, atlas: str, names: dict[str, str]) -> Page:
    """The page of a view, with its words and its table there."""
    if "phone" in request.param:
        page.set_viewport_size({"width": 390, "height": 780})
    page.goto(atlas + VIEWS[request.param].format(**names))
    page.wait_for_function("document.getElementById('shown')?.textContent")
    seen_on(page)
    return page


def test_every_way_out_says_what_the_page_says(view: Page, elsewhere: Page, atlas: str):
    seen = seen_on(view)
    _the_picture(view, seen)
    _the_print(view, seen)
    _the_file(view, seen)
    _the_link(view, elsewhere, seen)
    _the_frame(view, elsewhere, seen)
    _the_brief(view, seen, atlas)


def _the_picture(page: Page, seen: Seen) -> None:
    picture = picture_of(page)
    _says_it_all(picture.text, seen)
    for words, count in seen.legend:
        assert count in picture.counted(words)
    assert len(picture.maps) == len(seen.maps)
    page.evaluate("document.querySelector('.atlas-more').open = true")
    with page.expect_download() as download:
        page.evaluate("document.querySelector('[data-take=picture]').click()")
    said = words_in(download.value.path().read_bytes())
    assert seen.title in said["Title"] and "Demonstration" in said["Source"]
    _is_named_for(download.value.suggested_filename, page)
    for words, count in seen.legend:
        assert f"{words} (" in said["Description"] and count in said["Description"]


def _the_print(page: Page, seen: Seen) -> None:
    """The print has the picture of that very moment in the place of the maps."""
    words = printed(page)
    page.emulate_media(media="print")
    expect(page.locator(".atlas-print-picture")).to_be_visible()
    expect(page.locator(".atlas-maps")).to_be_hidden()
    _says_it_all(words, seen)
    for _, count in seen.legend:
        assert count in words
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator(".atlas-print-picture")).to_have_count(0)


def _the_file(page: Page, seen: Seen) -> None:
    link = page.locator("#download_csv")
    expect(link).not_to_have_attribute("href", "")
    if page.viewport_size["width"] < 861:
        page.get_by_role("button", name="Table", exact=True).click()
    name, content = saved(page, "Download CSV")
    _is_named_for(name, page)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    shown = page.locator("#turn span").inner_text()
    total = int(re.search(r"of ([\d,]+)$", shown)[1].replace(",", "")) if shown != "none" else 0
    assert len(rows) == total and {row["data"] for row in rows} <= {"demonstration"}
    drawn = page.locator("#comparison tbody tr:not([aria-current])")
    codes = drawn.evaluate_all("rows => rows.map((row) => row.dataset.code)")
    own = [row for row in rows if row["organisation_code"] in codes]
    assert [row["organisation_code"] for row in own][: len(codes)] == codes[: len(own)]
    values = drawn.locator("td.c-value").evaluate_all("all => all.map((one) => one.textContent)")
    for row, value in zip(own, values, strict=False):
        assert not row["value"] or f"{float(row['value']):.1f} %" in value
    said = seen.title.partition("; only: ")[2].partition(", coloured by")[0]
    assert all(row["only"] == said for row in rows)
    if page.viewport_size["width"] < 861:
        page.get_by_role("button", name="Map", exact=True).click()


def _the_link(page: Page, other: Page, seen: Seen) -> None:
    """Opened elsewhere: the same in a window of the same size, and looking at the same."""
    for each in seen.maps:  # on a phone the table has just been in their place
        page.wait_for_function("id => careAtlas.maps[id].surface.map.getSize().x > 0", arg=each)
    there = [page.evaluate(LOOKS, each) for each in seen.maps]
    other.set_viewport_size(page.viewport_size)
    other.goto(page.url)
    other.locator("#provenance footer").wait_for(state="attached")
    if seen.over:
        other.locator(".atlas-maps[data-compare]").wait_for()
    assert seen_on(other) == seen
    for each, looks in zip(seen.maps, there, strict=True):
        assert other.evaluate(LOOKS, each) == pytest.approx(looks, abs=0.02)


def _the_frame(page: Page, other: Page, seen: Seen) -> None:
    address = page.url.replace("/?", "/embed/?")
    other.goto(address)
    expect(other.get_by_role("heading")).to_have_text(seen.title)
    header = other.locator("header").inner_text()
    place = other.locator(".atlas-embed-place").inner_text()
    assert seen.place in place or "group" in place
    for words, count in seen.legend:
        assert words in header and count in header
    assert seen.note.split(". ")[0].rstrip(".") in header
    for each, dots in zip(seen.maps, seen.dots, strict=True):
        other.wait_for_function(
            f"([id, dots]) => careAtlas?.maps[id]?.paints > 0 && ({SHOWN})(id) === dots",
            arg=[each, dots],
        )
    for words in seen.over:
        expect(other.locator(".atlas-maps")).to_contain_text(words)
    expect(other.locator("footer")).to_contain_text("Demonstration data")
    other.goto("about:blank")


def _the_brief(page: Page, seen: Seen, atlas: str) -> None:
    """Of practices and of no colour, and it says so; the rest is the page's."""
    query = page.url.partition("?")[2]
    brief = httpx.get(f"{atlas}brief?{query}").text
    text = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", brief))
    title = seen.title.partition(", coloured by")[0]
    what, _, only = title.partition("; only: ")
    assert what.rpartition(", ")[0].partition(", change from")[0][:40] in text
    assert not only or f"Only: {only}" in text
    year = re.search(r"year=([\d-]+)", query)[1]
    assert year in text and "Demonstration data" in text
    selected = re.search("selected=(\\w+)", query)
    if "level=" in query or selected:
        return
    england = page.locator("#boxes dd").first.inner_text()
    assert england in text


def _says_it_all(text: str, seen: Seen) -> None:
    text = re.sub(r"\s+", " ", text)
    for said in (seen.title, *seen.over, *(words for words, _ in seen.legend)):
        assert said in text, said
    assert seen.place in text or "group" in text
    assert seen.note.split(". ")[0].rstrip(".") in text and "Demonstration data" in text


def _is_named_for(name: str, page: Page) -> None:
    """A file is named for everything that makes it another file."""
    asked = dict(part.split("=") for part in page.url.partition("?")[2].split("&"))
    for field in ("indicator", "year", "against"):
        assert asked.get(field, "") in name
    for only in filter(None, asked.get("keep", "").split(",")):
        assert only.replace("_", "-") in name
    if asked.get("area", "").startswith("icb:"):
        assert asked["area"].partition(":")[2] in name
    assert ("group" in name) == asked.get("area", "").startswith("group:")
    assert ("change" in name) == (asked.get("compare_as") == "change")
