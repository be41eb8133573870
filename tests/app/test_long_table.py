"""A table of hundreds of rows: those in sight at once, all of them in the end (long-table.js)."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

PLACED = """async (sizes) => {
  const { placeTable } = await import("./long-table.js");
  const place = document.getElementById("comparison");
  const row = (n) => `<tr data-code="R${n}"><td>${n}</td></tr>`;
  const rows = (size) => [...Array(size).keys()].map(row).join("");
  for (const size of sizes)
    placeTable(place, `<table><thead><tr></tr></thead><tbody>${rows(size)}</tbody></table>`);
  return place.querySelectorAll("tbody tr").length;
}"""


def test_the_rows_in_sight_come_at_once_and_in_the_end_all_in_order(page: Page, atlas: str):
    page.goto(atlas)
    shown = page.locator("#comparison tbody tr")
    shown.first.wait_for()
    assert page.evaluate(PLACED, [250]) == 100
    expect(shown).to_have_count(250)
    assert shown.evaluate_all("rows => rows.map((row) => row.dataset.code)") == [
        f"R{n}" for n in range(250)
    ]
    # Who has scrolled down is left where they are.
    scroller = page.locator("#comparison")
    assert (at := scroller.evaluate("e => (e.scrollTop = 4000, e.scrollTop)")) > 0
    assert page.evaluate(PLACED, [240]) == 240
    assert scroller.evaluate("e => e.scrollTop") == at
    # What is left of a table that is gone comes no more: nothing behind the last is idle work.
    scroller.evaluate("e => (e.scrollTop = 0)")
    assert page.evaluate(PLACED, [400, 3]) == 3
    page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
    expect(shown).to_have_count(3)
