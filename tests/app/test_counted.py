"""What a share is of: patients, or points that could be achieved; and what is said of none at all.

In 2021-22 CAN004 had no points: its practices have patients, and no share of points.
"""

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request

from app.atlas.answered import ask
from app.atlas.dot_colour import colour
from app.atlas.drawing.organisation_card import card
from app.atlas.drawing.trend_chart import panel
from app.atlas.drawing.trend_lines import Shown
from app.atlas.drawing.words import COUNTED, NOBODY
from app.atlas.effects.organisation_tab import card_of
from app.atlas.pages.receipt import receipt_page
from app.atlas.view import NONE
from app.draw.spell import count
from engine import Lake, Question, answer
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.trend import trend

browser = pytest.mark.browser
POINTLESS = Question("CAN004", "2021-22", measure="points")


def test_only_points_are_no_patients():
    assert [name for name in MEASURES if COUNTED[name] != "patients"] == ["points"]
    assert [name for name in MEASURES if "patients" not in NOBODY[name]] == ["points", "prevalence"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (POINTLESS, "no points could be achieved"),
        (Question("COPD", "2021-22", measure="prevalence"), "nobody on the list"),
        (Question("COPD010", "2021-22"), "no eligible patients"),
    ],
)
def test_map_legend_and_table_have_the_same_words_for_those_without_a_share(
    lake: Lake, asked: Question, words: str
):
    dots = colour(ask(lake, asked), "")
    assert dots.special[NONE] == words and dots.nobody == words.capitalize()
    assert "eligible" not in colour(ask(lake, asked), "deprivation").special[NONE]


def test_an_indicator_without_points_is_not_said_to_have_no_patients(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
):
    now = ask(lake, POINTLESS)
    code = now.rows.filter("reported", pl.col("value").is_null())["organisation_code"][0]
    assert ask(lake, Question("CAN004", "2021-22")).rows["denominator"].sum() > 0
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    query = f"indicator=CAN004&year=2021-22&level=practice&measure=points&organisation={code}"
    asked = {"type": "http", "path": "/receipt", "query_string": query.encode(), "headers": []}
    shown = receipt_page(Request(asked | {"server": ("atlas.example", 80)})).body.decode()
    for page in (shown, str(card(card_of(now, code)))):
        assert "no points could be achieved" in page and "eligible" not in page


@pytest.mark.parametrize(
    ("measure", "code", "who"),
    [
        ("points", "COPD010", "all practices with a value. "),
        ("prevalence", "COPD", "all practices with 10 or more patients on the list. "),
        ("net", "COPD010", "all practices with 10 or more eligible patients. "),
    ],
)
def test_the_fan_says_whose_deciles_it_is_of(lake: Lake, measure: str, code: str, who: str):
    asked = Question(code, "2021-22", measure=measure)
    rows = trend(lake, asked, answer(lake, asked).first().collect()["organisation_code"][0])
    shown = Shown(rows.collect().to_dicts(), "A", "", "practice", measure, "today", "", False, [])
    assert f"The grey fan is the deciles of {who}" in str(panel(shown))


@browser
@pytest.mark.parametrize("where", ["", "embed/"])
def test_the_tooltip_of_points_counts_points_to_two_decimals(
    page: Page, atlas: str, lake: Lake, where: str
):
    asked = Question("COPD010", "2022-23", measure="points")
    odd = answer(lake, asked).filter(pl.col("numerator") % 1 > 0).collect()
    page.goto(f"{atlas}{where}?indicator=COPD010&year=2022-23&measure=points")
    page.wait_for_function("() => careAtlas?.maps.map?.paints > 0 && careAtlas.maps.map.cast.codes")
    place = page.evaluate(
        "codes => { const map = careAtlas.maps.map;"
        " const isOdd = (code, i) => codes.includes(code) && map.pointToPixel(i);"
        " return map.cast.codes.findIndex(isOdd); }",
        odd["organisation_code"].to_list(),
    )
    code = page.evaluate(f"careAtlas.maps.map.cast.codes[{place}]")
    row = odd.row(by_predicate=pl.col("organisation_code") == code, named=True)
    page.evaluate("() => careAtlas.maps.map.surface.canvas.focus()")
    page.evaluate(f"() => careAtlas.maps.map.pointer.point({place})")
    said = f"{count(row['numerator'])} of {count(row['denominator'])} points"
    expect(page.locator(".points-tip-count").first).to_have_text(said)


@browser
def test_the_legend_counts_those_without_points_under_their_own_words(open_page, lake: Lake):
    page = open_page("?indicator=CAN004&year=2021-22&measure=points")
    without = ask(lake, POINTLESS).rows.filter("reported", pl.col("value").is_null()).height
    row = page.locator("#band .checkbox").filter(has=page.locator("input[value='none']"))
    expect(row.locator(".band-words")).to_have_text("no points could be achieved")
    expect(row.locator(".band-count")).to_have_text(f"{without:,}")
    expect(page.locator("#comparison tbody tr").first).to_contain_text(
        "no points could be achieved"
    )
    map_says = "window.careAtlas?.maps.map?.nobody === 'No points could be achieved'"
    page.wait_for_function(map_says)
