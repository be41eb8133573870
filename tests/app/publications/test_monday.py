"""Monday morning of a data steward: what broke, why, what to do, done, and the evidence of it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from engine import open_lake
from refresh.operate.handling import heed
from tests.app.serving import served
from tests.app.test_accessible import serious
from tests.app.waiting import comes
from tests.refresh.publications.feeds import ROWS, Feed, organisations

pytestmark = pytest.mark.browser
BROKEN, RUNBOOK = "A breaking change of columns", "runbooks/failed-load?source=beds"
TRIED = (
    "alerts/1",
    RUNBOOK,
    "runbooks",
    "evidence",
    "operations/reviews",
    "alerts?status=resolved",
)


@pytest.fixture(scope="module")
def weekend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Feed, str]]:
    """A lake whose publisher left a column out on Saturday, and the address of the app on it."""
    feed = Feed(tmp_path_factory.mktemp("weekend"))
    feed.register()
    feed.publish("2026-01", organisations())
    feed.publish("2026-02", [{"ORG": row["ORG"]} for row in organisations(ROWS + 5)])
    heed(feed.data)
    with served(feed.data, CARE_ATLAS_ACCESS="local") as address:
        yield feed, address


def alert(page: Page, title: str) -> None:
    """From any page of operations to an open alert."""
    page.get_by_role("link", name=re.compile("^Alerts")).click()
    page.get_by_role("link", name=title, exact=True).click()


def test_everybody_can_use_the_pages_of_the_way(page: Page, weekend: tuple[Feed, str]):
    page.set_viewport_size({"width": 360, "height": 780})
    for address in TRIED:
        page.goto(weekend[1] + address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        # Where one is stands in the window, however long the line of areas is.
        expect(page.locator("#areas [aria-current]")).to_be_in_viewport()
        assert serious(page, all_in_the_dark=True) == [], address


def test_the_same_way_is_there_without_scripts(browser: Browser, weekend: tuple[Feed, str]):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{weekend[1]}operations")
    alert(page, "A source that does not load")
    page.get_by_label("What you do about it").fill("I am asking the publisher.")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("status")).to_contain_text("Acknowledged")
    expect(page.get_by_text("I am asking the publisher.")).to_be_visible()
    context.close()


def test_from_what_broke_to_the_evidence(page: Page, weekend: tuple[Feed, str]):
    feed, address = weekend
    page.goto(f"{address}operations")
    expect(page.locator("#failed tbody tr")).to_have_count(1)
    # What broke: the alert, and what is known of it.
    alert(page, BROKEN)
    expect(page.get_by_text("gone: beds")).not_to_have_count(0)
    # Why: its runbook leads to the load, which says it.
    page.get_by_role("link", name="Runbook", exact=True).click()
    steps = page.locator("ol.runbook > li")
    steps.nth(0).get_by_role("link", name="Loads").click()
    page.locator("tr", has_text="failed").get_by_role("link").first.click()
    expect(page.get_by_role("note", name="What now")).to_contain_text(
        "columns that the load before"
    )
    page.get_by_role("link", name="runbook for a failed load").click()
    expect(page).to_have_url(address + RUNBOOK)
    # What to do: decided where its effect is shown, with a reason.
    steps.nth(1).get_by_role("link", name="Reviews").click()
    card = page.locator("article", has_text="Columns are gone in beds")
    expect(card).to_contain_text("1 release is read again")
    card.get_by_label("Why").fill("The publisher has dropped it.")
    card.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Done: approved.")).to_be_visible()
    # It is built again before the reader's eyes.
    expect(page.locator("#refresh progress")).to_have_count(0, timeout=120_000)
    # Done: what was refused is served, and the alert resolves by itself, once it is looked at.
    assert feed.table().height == ROWS + 5
    page.get_by_role("link", name=re.compile("^Alerts")).click()
    page.get_by_role("link", name=re.compile("^History")).click()
    expect(page).to_have_url(re.compile("status=resolved"))
    comes(page, page.get_by_role("link", name=BROKEN, exact=True))
    page.get_by_role("link", name=BROKEN, exact=True).click()
    expect(page.get_by_text("Resolved: the rule is kept again")).to_be_visible()
    # For the board: the week's loads, as the ledger has them.
    ended = open_lake(feed.data).scan("load_events").collect()["status"].to_list()
    assert ended.count("failed") == 1
    page.get_by_role("link", name="Evidence", exact=True).click()
    week = page.get_by_role("region", name="Load success by week")
    week.get_by_text("The same as a table").click()
    rate = f"{100 * ended.count('completed') / len(ended):.1f}"
    expect(week.locator("tbody tr td")).to_have_text([rate])
