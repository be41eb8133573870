"""Every page and state, looked through by axe-core: nothing serious or critical of WCAG 2.2 AA.

Acceptance 1 of issue 4. axe finds what a machine can: names, roles, contrast, target size, ids;
the keyboard's way through the page is test_keyboard.py. A page is opened once and looked through in
both themes: by all rules in the light, by those that look at colours again in the dark.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import pytest
from playwright.sync_api import Page, expect

from engine import Lake
from tests.app.waiting import PATIENCE

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# axe reads the text of a colour again for every element before or behind every other: a third of
# its time. What it made of a text it makes again.
KNOWN_COLOURS = """() => {
  const { Color } = axe.commons.color, parse = Color.prototype.parseString, known = new Map();
  Color.prototype.parseString = function (text) {
    if (known.has(text)) return Object.assign(this, known.get(text));
    parse.call(this, text);
    const { r, g, b, alpha } = this;
    known.set(text, { r, g, b, alpha });
    return this;
  };
}"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The themes differ in colours alone, and these are the rules of axe that look at them.
OF_COLOURS = ["color-contrast", "link-in-text-block"]
YEAR = "2021-22"
ASKED = f"?indicator=COPD010&year={YEAR}"
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
STATES = {
    "ICBs in fifths": "&level=icb&tab=scatter",
    "bands close together": "&bands=custom:50,70,72&tab=funnel",
    "coloured": "&colour=deprivation&size=list_size&columns=deprivation&keep=most_deprived",
    "a change": "&against=2020-21&compare_as=change&tab=gap",
    "a group": "&area=group:A81001.B81001.Z99999",
    "nothing there": "&area=pcn:U99999&measure=prevalence&bands=custom:90,10&find=no",
}
TABS_OF_ONE = ("one", "trend", "gap", "peers")
PLAIN = (
    "about",
    "changes",
    "api/v1",
    "search",
    "search?q=health",
    "search?q=zzzz",
    "receipt",
    "compare",
    "embed/" + ASKED,
    "brief" + ASKED,
    "alerts",
    "catalogue",
    "catalogue/practice_geography",
    "catalogue/metric/net?by=icb_code",
    "nothing-here",
)


@pytest.fixture(scope="module")
def seen(browser) -> Iterator[Page]:
    """One page for all states: a new browser page for each would take minutes."""
    context = browser.new_context(color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def board(lake: Lake) -> str:
    """The board with most practices: a page of it has every part, and a sixth of the rows."""
    there = lake.scan("practice_geography", YEAR).collect()
    return there["icb_code"].value_counts().sort("count", "icb_code")["icb_code"][-1]


@pytest.mark.parametrize("state", STATES)
def test_the_practices_page(seen: Page, atlas: str, state: str):
    seen.set_viewport_size(WIDE)
    seen.goto(atlas + ASKED + STATES[state])
    drawn(seen)
    assert serious(seen) == []


def test_the_tabs_of_a_selected_practice_and_an_open_help(
    seen: Page, atlas: str, lake: Lake, board: str
):
    there = lake.scan("practice_geography", YEAR).collect().filter(icb_code=board)
    seen.set_viewport_size(WIDE)
    seen.goto(f"{atlas}{ASKED}&area=icb:{board}&selected={there['practice_code'].min()}")
    drawn(seen)
    for tab in TABS_OF_ONE:
        seen.locator(f"#tab_{tab}").click()
        expect(seen.locator(f"#{tab}")).not_to_be_empty()
        assert serious(seen) == [], tab
    seen.get_by_role("button", name="Help on what is counted").click()
    expect(seen.locator("#help_measure")).to_contain_text("Personalised care adjustment")
    assert serious(seen) == []


def test_the_open_tab_is_told_apart_in_the_systems_own_colours(page: Page, atlas: str):
    page.emulate_media(forced_colors="active")
    page.goto(atlas + ASKED)
    drawn(page)
    ground = "(tab) => getComputedStyle(tab).backgroundColor"
    assert page.locator("#tab_table").evaluate(ground) != page.locator("#tab_one").evaluate(ground)
    chosen = page.get_by_role("row").nth(1)
    chosen.click()
    expect(page.locator("tr[aria-current=true]")).to_have_css("outline-style", "solid")


def test_words_that_are_spaced_out_are_all_there(page: Page, atlas: str):
    """WCAG 1.4.12: with more room between lines, words and letters nothing is cut off."""
    page.set_viewport_size(WIDE)
    page.goto(atlas + ASKED)
    drawn(page)
    page.add_style_tag(
        content="* { line-height: 1.5 !important; letter-spacing: .12em !important;"
        " word-spacing: .16em !important }"
    )
    for part in ("#title h1", "#title p"):
        cut = "(words) => words.scrollHeight - words.clientHeight"
        assert page.locator(part).evaluate(cut) <= 1, part
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_map_table_and_sheet(seen: Page, atlas: str, board: str):
    seen.set_viewport_size(PHONE)
    seen.goto(f"{atlas}{ASKED}&area=icb:{board}")
    drawn(seen)
    assert serious(seen) == []
    seen.get_by_role("button", name="Table", exact=True).click()
    assert serious(seen) == []
    seen.locator(".atlas-controls > summary").click()
    assert serious(seen) == []


@pytest.mark.parametrize("path", PLAIN)
def test_the_pages_without_a_map(seen: Page, atlas: str, path: str):
    seen.set_viewport_size(PHONE)
    seen.goto(atlas + path)
    if path.startswith("embed"):
        seen.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")
    assert serious(seen) == []


def test_the_pages_of_organisations_and_a_receipt(seen: Page, atlas: str, lake: Lake):
    there = lake.scan("organisation", YEAR).collect()
    seen.set_viewport_size(PHONE)
    for level in ("practice", "icb"):
        code = there.filter(level=level)["organisation_code"].min()
        seen.goto(f"{atlas}{level}/{code}")
        assert serious(seen) == [], level
    seen.goto(f"{atlas}receipt{ASKED}&level=icb&organisation={code}")
    assert serious(seen) == []
    seen.goto(f"{atlas}compare?one=icb:{code}&other=england&year={YEAR}")
    assert serious(seen) == []


def serious(page: Page, *, all_in_the_dark: bool = False) -> list[tuple[str, str, list[str]]]:
    """What axe calls serious or critical in either theme: the theme, the rule, and where.

    In the dark by the rules of colours, or by all.
    """
    every = {"type": "tag", "values": RULES}
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
        page.evaluate(KNOWN_COLOURS)
    found = told(page, "light", every)
    of_colours = {"type": "rule", "values": OF_COLOURS}
    with in_the_dark(page):
        return found + told(page, "dark", every if all_in_the_dark else of_colours)


def told(page: Page, theme: str, rules: dict) -> list[tuple[str, str, list[str]]]:
    asked = {"resultTypes": ["violations"], "runOnly": rules}
    return [
        (theme, each["id"], [str(node["target"]) for node in each["nodes"]])
        for each in page.evaluate("asked => axe.run(document, asked)", asked)["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@contextmanager
def in_the_dark(page: Page) -> Iterator[None]:
    """The open page as a system that wants it dark shows it, and as the page's own switch does."""
    before = page.evaluate("() => document.documentElement.dataset.bsTheme ?? null")
    turn(page, "dark", "dark")
    yield
    turn(page, "light", before)


def turn(page: Page, wanted: str, said: str | None) -> None:
    page.emulate_media(color_scheme=wanted)
    page.evaluate(
        """said => {
            const root = document.documentElement;
            if (said) root.dataset.bsTheme = said;
            else delete root.dataset.bsTheme;
        }""",
        said,
    )
    page.wait_for_function("() => new Promise(requestAnimationFrame)")  # charts are drawn anew


def drawn(page: Page) -> None:
    """Waits until a map is painted and the words that follow it are there."""
    page.wait_for_function(
        "() => Object.values(window.careAtlas?.maps ?? {}).some(map => map.paints > 0)"
        " && document.querySelector('.atlas-footer')"
        " && !document.documentElement.matches('.shiny-busy')"
    )
