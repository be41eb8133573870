"""A table of hundreds of rows: those in sight at once, all of them in the end (long-table.js)."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

# The table put in again: whether any row is drawn before its turn; then the last row's name.
AGAIN = """async () => {
  const { placeTable } = await import("./long-table.js");
  const place = document.getElementById("comparison");
  placeTable(place, place.innerHTML.replaceAll(' class="is-drawn"', ""));
  const rows = [...place.querySelectorAll("tbody tr")];
  const spared = rows.filter((row) => getComputedStyle(row).contentVisibility === "auto");
  return [rows.length, spared.length, rows.at(-1).querySelector("button").textContent];
}"""
# Where each column ends: the same in every row, the head's too.
ENDS = """rows => [...new Set(rows.map((row) =>
  [...row.cells].map((cell) => Math.round(cell.getBoundingClientRect().right)).join()))]"""

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


def test_rows_out_of_sight_are_there_and_drawn_once_somebody_stays(page: Page, atlas: str):
    page.goto(atlas)
    drawn = page.locator("#comparison tr.is-drawn")
    drawn.first.wait_for()
    rows, spared, last = page.evaluate(AGAIN)
    assert rows == spared > 20
    # The browser's own search finds what is not drawn, too.
    assert page.evaluate("words => window.find(words)", last)
    expect(drawn).to_have_count(rows)
    # Whoever has scrolled down stands among rows that are drawn, as high as they are.
    page.locator("#comparison").evaluate("e => (e.scrollTop = 400)")
    assert page.evaluate(AGAIN)[1] == 0


@pytest.mark.parametrize("wide", [360, 1280])
@pytest.mark.parametrize("level", ["practice", "icb"])
def test_columns_stand_below_one_another(page: Page, atlas: str, wide: int, level: str):
    page.set_viewport_size({"width": wide, "height": 900})
    page.goto(f"{atlas}?level={level}")
    if wide < 861:
        page.locator("[data-shows-part=table]").click()
    page.locator("#comparison tr.is-drawn").last.wait_for()
    ends = page.locator("#comparison tr").evaluate_all(ENDS)
    assert len(ends) == 1
    # Turned on its side, a phone's columns have the room that they need there.
    page.set_viewport_size({"width": 900, "height": 900})
    turned = page.locator("#comparison tr").evaluate_all(ENDS)
    assert len(turned) == 1 and turned != ends
