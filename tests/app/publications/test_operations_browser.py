"""The operations pages as a steward meets them on a Monday: read in a browser, wide and on a phone.

The same numbers as the ledger's rows give, once more where they are seen; every page usable by all.
"""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from engine import Lake
from refresh.progress import Progress
from tests.app.publications.conftest import Told
from tests.app.publications.history import NOW, SOURCES_SAID
from tests.app.publications.test_operations import is_bad, rate, since
from tests.app.test_accessible import serious

pytestmark = pytest.mark.browser
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
PAGES = (
    "operations",
    "operations?source=nobody",
    "operations/freshness",
    "operations/storage",
    "operations/schema",
    "operations/reviews",
    "operations/loads",
    "operations/load?id=1",
    "operations/refresh",
)


@pytest.fixture
def seen(page: Page) -> Iterator[Page]:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_viewport_size(WIDE)
    yield page
    assert errors == []


def figure(page: Page, words: str) -> str:
    box = page.locator(".publications-boxes > div", has_text=words)
    return box.locator(".publications-figure").inner_text()


def test_every_dashboard_says_in_the_browser_what_the_rows_say(
    seen: Page, operated: str, told: Told
):
    seen.goto(f"{operated}operations")
    assert figure(seen, "Load success, 7 days") == rate(since(told, 7))
    assert figure(seen, "Failed, 7 days") == str(sum(map(is_bad, since(told, 7))))
    row = seen.locator("#sources tr", has_text="appointments")
    expect(row.locator("td").nth(4)).to_have_text(rate(since(told, 30, "appointments")))
    expect(seen.locator("#plot_over_time[data-drawn]")).to_be_visible()
    seen.get_by_role("link", name="Late sources").click()
    expect(seen.locator("#fresh tbody tr")).to_have_count(2)
    seen.get_by_role("link", name="Storage", exact=True).click()
    expect(seen.locator("#domain_sizes tbody tr")).to_have_count(4)
    expect(seen.locator("#domain_sizes")).to_contain_text("runaway")
    seen.get_by_role("link", name="Schema", exact=True).click()
    expect(seen.locator("#drift tbody tr")).to_have_count(
        len(
            {
                event["canonical_code"]
                for event in told["drift_events"]
                if event["detected_at"] >= NOW - timedelta(days=30)
            }
        )
    )


def test_a_choice_narrows_in_place_and_back_undoes_it(seen: Page, operated: str, told: Told):
    seen.goto(f"{operated}operations")
    seen.evaluate("window.isTheSame = true")
    box = seen.get_by_label("Source", exact=True)
    box.focus()
    box.select_option(value="beds")
    expect(seen.locator("#sources tbody tr")).to_have_count(1)
    assert figure(seen, "Load success, 7 days") == rate(since(told, 7, "beds"))
    assert "source=beds" in seen.url
    seen.go_back()
    expect(seen.locator("#sources tbody tr")).to_have_count(len(SOURCES_SAID))
    assert seen.evaluate("window.isTheSame")


def test_the_walk_from_what_broke_to_why_by_the_keyboard(seen: Page, operated: str, told: Told):
    newest = next(row for row in reversed(told["load_events"]) if row["status"] == "failed")
    seen.goto(f"{operated}operations")
    link = seen.locator("#failed").get_by_role("link", name=f"{newest['load_id']}", exact=True)
    link.focus()
    seen.keyboard.press("Enter")
    expect(seen.get_by_role("heading", level=1)).to_contain_text(newest["source_code"])
    expect(seen.get_by_role("note", name="What now")).to_contain_text("no column `rate`")
    seen.get_by_role("link", name="All loads of this source").press("Enter")
    mine = [row for row in told["load_events"] if row["source_code"] == newest["source_code"]]
    expect(seen.get_by_role("status")).to_have_text(f"{len(mine)} loads.")


def test_a_refresh_is_watched_without_a_click_until_it_has_ended(
    seen: Page, operated: str, told_lake: tuple[Lake, Told]
):
    path = told_lake[0].layout.progress
    progress = Progress(path)
    try:
        progress.step("reading beds", 3, 9)
        seen.goto(f"{operated}operations")
        part = seen.locator("#refresh")
        expect(part).to_contain_text("reading beds … 3 of 9")
        progress.step("making tbl_beds", 8, 9)
        expect(part).to_contain_text("making tbl_beds … 8 of 9")
        progress.end("done", "a new snapshot is live")
        expect(part).to_contain_text("A new snapshot is live.")
        expect(part).not_to_have_attribute("data-watch", re.compile("."))
    finally:
        path.unlink()  # other tests have a lake that nobody refreshed


def test_everybody_can_use_every_page_and_none_is_wider_than_a_phone(seen: Page, operated: str):
    for address in PAGES:
        for size in (WIDE, PHONE):
            seen.set_viewport_size(size)
            seen.goto(operated + address)
            assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
            assert serious(seen, all_in_the_dark=True) == [], address
