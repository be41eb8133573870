"""The main task by keyboard alone: from the skip link to a download, without a mouse or a trap.

Acceptance 1 of issue 4. Every stop on the way must show that it has the focus.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from engine import Lake, Question, answer

pytestmark = pytest.mark.browser

ASKED = "?indicator=DM020&year=2021-22"
MOST_STOPS = 120
# What has the focus, and whether that is to be seen: an outline or a ring of its own, or of the
# label or the box that stands for it.
FOCUSED = """() => {
  const at = document.activeElement;
  const ring = (one) => {
    if (!one) return false;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  };
  const isThere = at.getBoundingClientRect().width > 2;
  const shown = isThere && [at, at.nextElementSibling, at.closest('.selectize-input')].some(ring);
  const name = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent;
  const met = (window.met ??= new Set());
  const again = met.has(at);
  met.add(at);
  return { id: at.id, tag: at.tagName, name: name.trim().slice(0, 60), shown, again };
}"""


def stops(page: Page, key: str = "Tab") -> Iterator[dict]:
    """Each place that the key leads to, until it has led out of the page."""
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        at = page.evaluate(FOCUSED)
        if at["tag"] in ("BODY", "HTML"):
            return
        yield at


def tab_to(page: Page, found, key: str = "Tab") -> dict:
    """Press Tab until a place is reached."""
    way = []
    for at in stops(page, key):
        way.append(at["name"])
        if found(at):
            assert at["shown"], f"the focus cannot be seen on {at}"
            return at
    raise AssertionError(f"never reached; the way was {way}")


def ready(page: Page) -> None:
    page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")


def test_the_main_task_by_keyboard_alone(open_page, lake: Lake):
    page = open_page(ASKED)
    ready(page)
    assert tab_to(page, lambda at: at["name"] == "Skip to the table")

    tab_to(page, lambda at: at["id"] == "indicator-selectized")
    page.keyboard.type("COPD010")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("indicator=COPD010"))

    tab_to(page, lambda at: at["id"].startswith("level") or at["tag"] == "INPUT" and is_level(page))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("level=pcn"))
    page.keyboard.press("ArrowLeft")
    expect(page).not_to_have_url(re.compile("level="))

    tab_to(page, lambda at: page.evaluate("document.activeElement.closest('#band') !== null"))
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("hide=0"))
    page.keyboard.press("Space")
    expect(page).not_to_have_url(re.compile("hide="))

    tab_to(page, lambda at: at["name"].startswith("Map."))
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => careAtlas.maps.map.hovered >= 0")
    expect(page.locator("#map .points-heard[aria-live]")).to_contain_text("%")
    page.keyboard.press("Enter")
    chosen = page.locator("tr[aria-current=true]")
    expect(chosen).to_have_count(1)
    code = chosen.get_attribute("data-code")

    tab_to(page, lambda at: at["id"] == "tab_table")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab_one")).to_be_focused()
    rows = answer(lake, Question("COPD010", "2021-22")).collect()
    row = next(r for r in rows.iter_rows(named=True) if r["organisation_code"] == code)
    expect(page.locator("#one")).to_contain_text(f"{row['value']:.1f} %")
    page.keyboard.press("ArrowLeft")

    tab_to(page, lambda at: at["name"].startswith("Value"))
    page.keyboard.press("Enter")
    expect(page.locator("th.c-value")).to_have_attribute("aria-sort", "descending")

    tab_to(page, lambda at: at["name"].startswith("Excel"))


def is_level(page: Page) -> bool:
    return page.evaluate("document.activeElement.name === 'level'")


def test_nothing_traps_the_focus_and_it_is_always_seen(open_page):
    page = open_page(ASKED + "&level=region&rows=50&against=2020-21")
    ready(page)
    way = list(stops(page))
    assert len(way) < MOST_STOPS, f"no way out: {[at['name'] for at in way[-6:]]}"
    assert [at for at in way if not at["shown"]] == []
    assert [at for at in way if at["again"]] == []


def test_the_skip_link_leads_to_the_table(open_page):
    page = open_page(ASKED)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#comparison') !== null")


def test_help_opens_is_read_and_gives_the_focus_back(open_page):
    page = open_page(ASKED)
    ready(page)
    tab_to(page, lambda at: at["name"] == "Help on what is counted")
    page.keyboard.press("Enter")
    expect(page.locator("#help_measure")).to_be_focused()
    expect(page.locator("#help_measure")).to_contain_text("Personalised care adjustment")
    page.keyboard.press("Escape")
    expect(page.locator("#help_measure")).to_be_hidden()
    expect(page.get_by_role("button", name="Help on what is counted")).to_be_focused()


def test_the_hint_of_a_first_visit_goes_and_stays_away(open_page):
    page = open_page()
    ready(page)
    covered = page.evaluate(
        "() => { const map = careAtlas.maps.map;"
        " const box = document.querySelector('#map').getBoundingClientRect();"
        " const hint = document.querySelector('.atlas-hint').getBoundingClientRect();"
        " return [...Array(map.cast.length).keys()].map(i => map.pointToPixel(i)).filter(at => at"
        " && at.x + box.x > hint.left && at.x + box.x < hint.right"
        " && at.y + box.y > hint.top && at.y + box.y < hint.bottom).length; }"
    )
    assert covered == 0
    tab_to(page, lambda at: at["name"] == "Got it")
    page.keyboard.press("Enter")
    expect(page.locator(".atlas-hint")).to_have_count(0)
    page.goto(page.url.partition("?")[0])  # with a question there is none anyway
    ready(page)
    expect(page.locator(".atlas-hint")).to_have_count(0)


def test_a_hint_never_lies_over_the_controls_of_a_phones_map(open_page):
    page = open_page()
    page.get_by_role("radio", name="ICB", exact=True).check(force=True)
    page.set_viewport_size({"width": 360, "height": 740})
    ready(page)
    expect(page.get_by_label("Outlines")).to_be_visible()
    hint = page.locator(".atlas-hint").bounding_box()
    zoom = page.locator("#map .leaflet-control-zoom").bounding_box()
    outlines = page.locator(".atlas-outlined").bounding_box()
    assert hint["x"] + hint["width"] <= zoom["x"]
    assert hint["y"] >= outlines["y"] + outlines["height"]


def test_a_change_of_question_is_said_in_one_sentence(open_page, lake: Lake):
    page = open_page(ASKED)
    heard = page.locator("#said")
    expect(heard).to_have_attribute("role", "status")
    page.locator("#year").select_option("2020-21")
    rows = answer(lake, Question("DM020", "2020-21")).collect()
    shown = rows["value"].count()
    expect(heard).to_contain_text(f"2020-21, practices: {shown:,} shown, England ")
    page.evaluate(
        "() => { window.heard = []; new MutationObserver(() => heard.push(1))"
        ".observe(document.getElementById('said'), { childList: true }); }"
    )
    page.locator("#band input").first.uncheck()
    expect(page).to_have_url(re.compile("hide=0"))
    assert page.evaluate("heard.length") == 0


def test_a_lost_connection_is_said_and_the_page_comes_back_as_it_was(open_page):
    page = open_page(ASKED + "&level=icb")
    ready(page)
    page.evaluate("window.before = true")
    page.context.set_offline(True)
    page.evaluate("window.Shiny.shinyapp.$socket.close()")
    said = page.get_by_role("alert")
    expect(said).to_contain_text("The connection to the server is lost.")
    expect(said.get_by_role("button", name="Reload")).to_be_visible()
    page.get_by_role("row").last.click(trial=True)  # nothing lies over what can be read
    page.context.set_offline(False)
    page.wait_for_function("() => !window.before && window.Shiny?.shinyapp?.isConnected()")
    ready(page)
    expect(page).to_have_url(re.compile("level=icb"))


def test_both_boxes_of_the_searchs_own_page_say_what_they_suggest(page: Page, atlas: str):
    page.goto(f"{atlas}search")
    for box in page.get_by_role("combobox", name="Find a practice or an area").all():
        box.fill("medical")
        listed = page.locator(f"#{box.get_attribute('aria-controls')}")
        expect(listed.get_by_role("option").first).to_be_visible()
        box.press("ArrowDown")
        chosen = box.get_attribute("aria-activedescendant")
        expect(page.locator(f"#{chosen}[aria-selected=true]")).to_be_visible()
        box.press("Escape")
