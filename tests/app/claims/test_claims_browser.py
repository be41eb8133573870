"""The claims page in a browser: it changes in place, Back undoes, everybody can use it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.claims.people_view import TABS as OF_MEMBERS
from app.claims.tabs import TABS
from tests.app.test_accessible import serious

pytestmark = pytest.mark.browser
MARCH = "?from=2025-03&to=2025-03&against=period"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
STATES = {
    "cost": "claims",
    "two dimensions": "claims?by=region&then=metal_tier",
    "why": f"claims{MARCH}",
    "nobody": "claims?region=Atlantis",
    "a list": "claims-list?diagnosis_code=A98.4",
    "a receipt": "claims-metric",
}
EVERY_TAB = (*(f"claims?tab={tab.name}" for tab in TABS), *(f"members?tab={t}" for t in OF_MEMBERS))
OF_LATER = (
    *("claims-why", "claims-beside?tab=network", "claims-beside?tab=trends", "claims-list"),
    *("members-anomalies", "members?tab=find&need=Cardiology"),
)
TOO_WIDE = """() => [...document.querySelectorAll("main table")]
  .filter((table) => table.scrollWidth > table.clientWidth).map((table) => table.innerText)"""


@pytest.fixture
def market_page(page: Page, claims: str) -> Iterator[Page]:
    """The page of cost, drawn; fails if one of its scripts does."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size(WIDE)
    page.goto(f"{claims}claims")
    expect(page.locator("#plot_main[data-drawn]")).to_be_visible()
    yield page
    assert errors == []


def test_a_choice_changes_the_page_in_place_and_back_undoes_it(market_page: Page):
    page = market_page
    page.evaluate("window.isTheSame = true")
    by = page.get_by_label("By", exact=True)
    by.focus()  # as the keyboard leaves it
    by.select_option(label="region")
    expect(page.get_by_role("heading", level=1)).to_contain_text("by region")
    expect(page.get_by_role("table", name="by region")).to_contain_text("Midwest")
    assert "by=region" in page.url
    assert page.evaluate("document.activeElement.name") == "by"
    page.get_by_role("link", name="Midwest").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("only region Midwest")
    page.go_back()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text("by metal tier")
    expect(page.get_by_label("By", exact=True)).to_have_value("metal_tier")
    assert page.evaluate("window.isTheSame")


def test_the_walk_of_an_analyst_from_a_jump_to_its_claims(market_page: Page, claims: str):
    """Accept 9: why did March jump, who is it, what shall my director see?"""
    page = market_page
    page.goto(f"{claims}claims{MARCH}")
    why = page.locator("#why")
    expect(why).to_contain_text("Diagnosis A98.4 · Ebola: +$3,600.00")
    why.get_by_role("link", name="provider", exact=True).click()
    expect(why.get_by_role("table")).to_contain_text("PRV00007 · Infectious Disease")
    why.get_by_role("link", name="A98.4 · Ebola").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("only diagnosis A98.4")
    expect(page.get_by_text("12 claims. Names are masked.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("only diagnosis")
    link = page.get_by_role("link", name="A link to these very figures")
    expect(link).to_have_attribute("href", re.compile("snapshot="))
    expect(link).to_have_attribute("href", re.compile("from=2025-03"))


def test_without_scripts_the_form_asks_and_the_numbers_are_in_a_table(browser, claims: str):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{claims}claims")
        page.get_by_label("By", exact=True).select_option("region")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("by region")
        expect(page.get_by_role("link", name="What the change against")).to_be_visible()


def test_every_state_is_for_everybody_and_fits_a_phone(page: Page, claims: str):
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size(PHONE)
    for state, address in STATES.items():
        page.goto(claims + address)
        if page.locator(".plot").count():
            expect(page.locator(".plot[data-drawn]").first).to_be_attached()
        assert serious(page, all_in_the_dark=True) == [], state
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state


@pytest.mark.parametrize("width, height", [(1280, 800), (360, 740)])
def test_every_tab_says_that_it_is_synthetic_before_anybody_scrolls(
    page: Page, claims: str, width: int, height: int
):
    page.set_viewport_size({"width": width, "height": height})
    for tab in EVERY_TAB:
        page.goto(claims + tab)
        box = page.locator("main").get_by_text("Synthetic data", exact=True).bounding_box()
        assert box and box["x"] >= 0 and box["y"] >= 0, tab
        assert box["x"] + box["width"] <= width and box["y"] + box["height"] <= height, tab


def test_no_table_is_wider_than_a_phone_and_each_number_has_its_heading(page: Page, claims: str):
    page.set_viewport_size(PHONE)
    for address in (*EVERY_TAB, *OF_LATER):
        page.goto(claims + address)
        for folded in page.locator("details:has(table)").all():
            folded.evaluate("(details) => { details.open = true; }")
        assert page.evaluate(TOO_WIDE) == [], address
    page.goto(f"{claims}claims")
    paid = page.get_by_role("table", name="by metal tier").get_by_role("row").last.locator("td")
    heads = paid.evaluate_all(
        "(cells) => cells.map((cell) => getComputedStyle(cell, '::before').content)"
    )
    label = '"Paid per member per month"'
    assert heads == [label, '"Change"', '"Member months"', '"Paid"', '"Allowed"']
