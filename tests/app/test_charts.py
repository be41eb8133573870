"""The charts beside the map, in Chromium: the engine's numbers, one selection, a link reopens."""

from base64 import b64decode
from collections.abc import Callable
from struct import unpack

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from shiny.playwright.controller import InputSelect

from app.atlas.drawing import funnel_plot, scatter_plot
from app.atlas.drawing.value_axis import value_axis
from app.atlas.view import View
from app.draw import chart
from engine import Lake, Question, answer
from engine.atlas.context import context
from engine.atlas.correlation import relation, steps
from engine.atlas.funnel import PLACES, Z998, dispersion
from engine.atlas.funnel import funnel as placed

browser = pytest.mark.browser
ASKED = "?indicator=COPD010&year=2021-22"
QUESTION = Question("COPD010", "2021-22")
DATA = "name => Array.from(careAtlasCharts.{chart}.data[name], n => isNaN(n) ? null : n)"


@pytest.fixture
def open_chart(page: Page, atlas: str) -> Callable[[str, str], Page]:
    """Open the page on a chart's tab and wait until it is drawn and named."""

    def go(name: str, query: str = ASKED) -> Page:
        page.goto(f"{atlas}{query}&tab={name}")
        page.wait_for_function(f"() => window.careAtlasCharts?.{name}?.paints > 0")
        page.wait_for_function("() => window.careAtlas.maps.map.cast.names")
        return page

    return go


def numbers(page: Page, name: str, axis: str) -> list[float | None]:
    return page.evaluate(DATA.format(chart=name), axis)


def beside(lake: Lake, measure: str) -> pl.LazyFrame:
    known = context(lake, "2021-22", measures=(measure,))
    return answer(lake, QUESTION).join(
        known, on="organisation_code", how="left", maintain_order="left"
    )


def spot(page: Page, name: str, point: int) -> tuple[float, float]:
    """Where a point of a chart is on the screen."""
    return tuple(
        page.evaluate(
            """([name, i]) => {
              const c = careAtlasCharts[name], box = c.over.getBoundingClientRect();
              return [box.x + c.x[i], box.y + c.y[i]];
            }""",
            [name, point],
        )
    )


def selected(page: Page) -> int:
    return page.evaluate("() => careAtlas.maps.map.selected")


# --- pure


def test_unknown_is_no_number_and_never_zero():
    written = b64decode(chart.floats(pl.Series([1.5, None, 0.0])))
    first, unknown, nought = unpack("<3f", written)
    assert (first, nought) == (1.5, 0.0) and unknown != unknown


def test_the_upright_axis_starts_at_zero_or_well_away_from_it():
    near, far = (value_axis(pl.Series(values), QUESTION) for values in ([5.0, 60.0], [70.0, 80.0]))
    assert near["low"] == 0 and 60 < near["high"] <= 100
    assert 60 < far["low"] < 70 and 80 < far["high"] < 90


def test_a_place_is_told_by_the_limit_it_lies_beyond():
    rows = pl.DataFrame({"value": [10.0] * 6, "denominator": [20] * 6, "shown": [True] * 6})
    limited = pl.DataFrame({"england_value": [50.0] * 6, "place": [*PLACES, None]})
    said = funnel_plot.message(rows, limited, cast="c", question=QUESTION, title="COPD")
    *told, unknown = unpack("<6f", b64decode(said["places"]))
    assert told == [-2, -1, 0, 1, 2] and unknown != unknown


def test_words_are_neutral():
    """PEERS want 9: users read “worst” as an accusation."""
    rows = {"organisations": 40, "unknown": 1, "correlation": -0.42}
    said = str(
        scatter_plot.words(rows, pl.DataFrame(), question=QUESTION, across="deprivation", at_edge=2)
    )
    assert "more deprivation goes with a lower value: rank correlation −0.42" in said
    assert not {"cause", "worst", "poor", "because of"} & set(said.lower().split())
    assert "Chance alone" not in said
    rows["correlation"] = -0.19
    said = str(
        scatter_plot.words(rows, pl.DataFrame(), question=QUESTION, across="deprivation", at_edge=0)
    )
    assert "Chance alone could give as much" in said


# --- in the browser


@browser
def test_nothing_is_sent_while_the_tabs_are_closed(open_page):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.cast?.names")
    assert page.evaluate("() => Object.values(careAtlasCharts).map(c => c.data)") == [None, None]


@browser
def test_the_scatter_has_the_engines_numbers_and_leaves_out_the_unknown(open_chart, lake: Lake):
    """DOMAIN trap: NA full-time equivalents are unknown, not zero doctors."""
    page = open_chart("scatter", ASKED + "&across=gps_per_10_000")
    rows = beside(lake, "gps_per_10_000").collect()
    for axis, column in (("x", "gps_per_10_000"), ("y", "value")):
        drawn = pl.Series(numbers(page, "scatter", axis), dtype=pl.Float64)
        assert drawn.is_null().to_list() == rows[column].is_null().to_list()
        assert (drawn - rows[column]).abs().max() < 0.01
    told = relation(rows.lazy(), "gps_per_10_000").collect().row(0, named=True)
    body = page.locator("#scatter")
    expect(body).to_contain_text(f"Among {told['organisations']:,} practices")
    expect(body).to_contain_text(f"{told['correlation']:.2f}".replace("-", "−"))
    if told["unknown"]:
        expect(body).to_contain_text(f"not known for {told['unknown']:,} practice")


@browser
def test_the_table_behind_the_scatter_is_sum_over_sum(open_chart, lake: Lake):
    """DOMAIN trap: mean-of-percent roll-up."""
    page = open_chart("scatter")
    fifths = steps(beside(lake, "deprivation"), "deprivation").collect()
    shown = page.locator("#scatter tbody tr")
    expect(shown).to_have_count(fifths.height)
    for place, row in enumerate(fifths.to_dicts()):
        counts = [f"{row[name]:,}" for name in ("organisations", "numerator", "denominator")]
        cells = [*counts, f"{row['value']:.1f} %"]
        expect(shown.nth(place).locator("td")).to_have_text(cells, use_inner_text=True)


@browser
def test_a_link_reopens_the_scatter_and_a_bad_measure_becomes_the_usual(open_chart):
    page = open_chart("scatter", ASKED + "&across=list_size")
    InputSelect(page, "across").expect_selected("list_size")
    assert page.evaluate("() => careAtlasCharts.scatter.data.across.kind") == "log"
    page = open_chart("scatter", ASKED + "&across=shoe_size")
    InputSelect(page, "across").expect_selected(View().across)


@browser
def test_another_measure_is_in_the_address_and_back_returns(open_chart):
    page = open_chart("scatter")
    label = "() => careAtlasCharts.scatter.data.across.label === '{}'"
    InputSelect(page, "across").set("aged_65_and_over")
    page.wait_for_function(label.format("Aged 65 and over"))
    page.wait_for_url("**across=aged_65_and_over**")
    page.go_back()
    page.wait_for_function(label.format("Deprivation (IMD score)"))


@browser
def test_ratings_are_categories_across(open_chart, lake: Lake):
    """DOMAIN 1.9: ratings are words, many are old, none is averaged."""
    page = open_chart("scatter", ASKED + "&across=cqc_rating")
    by_word = steps(beside(lake, "cqc_rating"), "cqc_rating").collect()
    expect(page.locator("#scatter tbody tr")).to_have_count(by_word.height)
    expect(page.locator("#scatter")).not_to_contain_text("rank correlation")


@browser
def test_what_areas_have_not_is_said_with_a_next_step(page: Page, atlas: str):
    page.goto(f"{atlas}{ASKED}&tab=scatter&across=deprivation_decile&level=icb")
    expect(page.locator("#scatter")).to_contain_text("single practices only. Choose the level")
    expect(page.locator("[data-chart=scatter]")).to_be_hidden()


@browser
@pytest.mark.parametrize("name", ["scatter", "funnel"])
def test_a_click_selects_the_same_organisation_everywhere(open_chart, lake: Lake, name: str):
    page = open_chart(name)
    alone = page.evaluate(
        """name => { const c = careAtlasCharts[name];
          return [...c.x.keys()].find(i => c.shows(i) && c.reader.at(c.x[i], c.y[i]) === i); }""",
        name,
    )
    page.mouse.click(*spot(page, name, alone))
    code = answer(lake, QUESTION).collect()["organisation_code"][alone]
    page.wait_for_url(f"**selected={code}**")
    assert selected(page) == alone
    expect(page.locator(f"[data-chart={name}] .points-ring-selected")).to_be_visible()
    page.get_by_role("tab", name="Table").click()
    expect(page.locator(f'#comparison tr[data-code="{code}"]')).to_have_attribute(
        "aria-current", "true"
    )


@browser
@pytest.mark.parametrize("name", ["scatter", "funnel"])
def test_arrows_walk_along_the_axis_enter_selects_and_it_is_said(open_chart, name: str):
    page = open_chart(name)
    page.locator(f"[data-chart={name}] canvas[tabindex]").focus()
    walked = []
    for _ in range(3):
        page.keyboard.press("ArrowRight")
        walked.append(page.evaluate(f"() => careAtlasCharts.{name}.reader.point"))
    across = [page.evaluate(f"i => careAtlasCharts.{name}.x[i]", i) for i in walked]
    assert len(set(walked)) == 3 and across == sorted(across)
    expected = page.evaluate("i => careAtlas.maps.map.cast.names[i]", walked[-1])
    expect(page.locator(f"[data-chart={name}] [aria-live]")).to_contain_text(expected)
    page.keyboard.press("Enter")
    assert selected(page) == walked[-1]


@browser
def test_ticks_of_the_legend_hide_points_of_the_chart_at_once(open_chart):
    page = open_chart("scatter")
    chart = "careAtlasCharts.scatter"
    count = f"() => {chart}.cast.order.filter(i => {chart}.shows(i)).length"
    before = page.evaluate(count)
    # In one go: a legend that comes late says its ticks, too.
    assert before > 0 == page.evaluate(f"() => {{ careAtlas.show('map', 0); return ({count})(); }}")


@browser
def test_the_funnel_says_the_engines_counts_beside_those_of_chance(open_chart, lake: Lake):
    """DOMAIN 1.8: 95 % limits flag many by chance; large denominators are overdispersed."""
    page = open_chart("funnel")
    told = dispersion(placed(lake, QUESTION)).collect().row(0, named=True)
    body = page.locator("#funnel")
    expect(body).to_contain_text(
        f"{told['flagged_998']:,} of {told['organisations']:,} practices compared"
    )
    expect(body).to_contain_text(f"{told['flagged_95']:,} lie outside the 95 % limits")
    if told["overdispersed"]:
        expect(body).to_contain_text(f"over-dispersion ({told['ratio']:.1f} times the variance")
        expect(body).to_contain_text(f"allowed for, {told['beyond_998']:,} lie outside")


@browser
def test_those_outside_are_a_list_by_name_that_selects(open_chart, lake: Lake):
    page = open_chart("funnel")
    page.locator("#funnel summary").click()
    limited = placed(lake, QUESTION)
    factor = dispersion(limited).collect()["factor"][0]
    outside = limited.filter(pl.col("z").abs() > factor * Z998).collect()
    rows = page.locator(".chart-list tbody tr")
    expect(rows).to_have_count(outside.height)
    names = page.locator(".chart-list button").all_inner_texts()
    assert names == sorted(names, key=str.casefold)
    sides = page.locator(".chart-list td:last-child").all_inner_texts()
    assert sides.count("lower") == outside["place"].eq("below_998").sum()
    page.locator(".chart-list button").first.click()
    page.wait_for_url("**selected=**")
    assert (
        page.evaluate("() => careAtlas.maps.map.cast.names[careAtlas.maps.map.selected]")
        == (names[0])
    )


@browser
def test_points_have_no_funnel_and_the_page_says_why(page: Page, atlas: str):
    page.goto(f"{atlas}{ASKED}&tab=funnel&measure=points")
    expect(page.locator("#funnel")).to_contain_text("Points are no share of patients")
    expect(page.locator("#funnel")).to_contain_text("Choose another measure")
    expect(page.locator("[data-chart=funnel]")).to_be_hidden()


@browser
def test_an_area_has_only_its_own_organisations_drawn(open_chart, lake: Lake):
    code = lake.scan("practice_geography", "2021-22").collect()["icb_code"][0]
    page = open_chart("funnel", f"{ASKED}&area=icb:{code}")
    inside = answer(lake, Question("COPD010", "2021-22", area=f"icb:{code}")).collect()
    drawn = [y for y in numbers(page, "funnel", "y") if y is not None]
    assert len(drawn) == inside["value"].count() > 0
