"""A figure at a glance: its interval, England's mark, where it came from, how far from others."""

import re
from xml.etree import ElementTree

import polars as pl

from app.atlas.drawing import comparison_table
from app.atlas.drawing.context_words import AddedColumn
from app.atlas.drawing.organisation_profile import held_against, interval_bar

FELL = {
    "value": 55.6,
    "value_low": 51.0,
    "value_high": 60.0,
    "england_value": 80.7,
    "parent_value": 56.0,
    "change": -28.9,
    "value_before": 84.5,
    "against_england": "lower",
    "against_parent": "similar",
}


def bullet(**other: object) -> ElementTree.Element:
    return ElementTree.fromstring(str(interval_bar(FELL | other)))


def marks(of: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {part.get("class"): part for part in of if part.get("class")}


def test_a_bullet_has_its_interval_its_value_and_both_marks_where_they_lie_of_a_hundred():
    drawn = marks(bullet())
    places = {name: float(part.get("x")) for name, part in drawn.items() if name != "moved"}
    assert places == {"own": 51.0, "value": 55.6, "england": 80.7, "parent": 56.0}
    assert float(drawn["own"].get("width")) == 9.0


def test_an_arrow_leads_from_where_it_was_to_where_it_is_whichever_way():
    for before, tip_is_left in ((84.5, True), (30.0, False)):
        path = marks(bullet(value_before=before))["moved"].get("d")
        across = [float(x) for x in re.findall(r"[MHL](\d+\.\d)", path)]
        assert across[0] == before and 55.6 in across
        assert (min(across) == 55.6) == tip_is_left and (max(across) == 55.6) != tip_is_left


def test_a_step_shorter_than_an_arrows_head_does_not_begin_beyond_where_it_came_from():
    path = marks(bullet(value_before=56.0))["moved"].get("d")
    across = [float(x) for x in re.findall(r"[MHL](\d+\.\d)", path)]
    assert min(across) == 55.6 and max(across) == 56.0


def test_what_the_bullet_shows_is_said_in_words():
    said = bullet().find("title").text
    assert said == "51.0 to 60.0 %, on a line from 0 to 100 %; England 80.7 %; before 84.5 %"


def test_a_difference_is_an_arrow_and_points_and_what_is_alike_is_only_heard():
    england = str(held_against(FELL, "england", "England"))
    seen = re.sub(r'<span class="(word|than)">.*?</span>', "", england)
    assert re.sub("<.*?>", "", seen) == "◂ 25.1" + "80.7 %"
    parent = str(held_against(FELL, "parent", "PCN"))
    assert "similar to PCN’s" in re.sub("<.*?>", "", parent)
    assert (
        re.sub("<.*?>", "", re.sub(r'<span class="(word|than)">.*?</span>', "", parent)) == "56.0 %"
    )


def test_the_maps_table_marks_england_in_every_bar_and_keeps_its_width_with_three_more_columns():
    row = {
        "organisation_code": "A81001",
        "organisation_name": "The Ash Surgery",
        "parent_name": "Trees PCN",
        "value": 40.0,
        "value_low": 30.0,
        "value_high": 50.0,
        "numerator": 40,
        "denominator": 100,
        "pcas": 2,
        "band": 1,
        "reported": True,
        "small": False,
        "uncertain": False,
        "practices": 1,
        "members": 1,
    }

    def table(added: int, england: float | None) -> str:
        return comparison_table.render(
            pl.DataFrame([row]),
            level="practice",
            measure="net",
            sort="value",
            selected="",
            top=80,
            bands=["low", "high"],
            caption="COPD010",
            extra=[
                AddedColumn(f"c{at}", "Added", "", lambda row: "1", is_word=False)
                for at in range(added)
            ],
            england=england,
        )

    assert 'style="--e:75.0%"' in table(0, 60.0) and "--e" not in table(0, None)
    # What is cut where a line is too long is never what tells two places apart.
    assert "<small>A81001 · Trees PCN</small>" in table(0, None)
    kinds = [re.search(r'class="atlas-table([^"]*)"', table(n, 60.0)).group(1) for n in range(5)]
    assert kinds == ["", " atlas-close", " atlas-close", " atlas-close", " atlas-wide"]
