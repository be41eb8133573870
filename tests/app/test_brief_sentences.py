"""A brief begins with three sentences, as the published counts have them; it is two pages."""

import re
from dataclasses import replace

import httpx
import polars as pl
import pytest

from app.atlas import frames
from app.atlas.brief_data import Brief, brief_of
from app.atlas.drawing.brief_sentences import explanation, movement, sentences, standing
from app.atlas.view import View
from engine import Lake
from tests.app.leaving import published

INDICATOR, FIRST, LAST = "DM020", "2021-22", "2022-23"
# Typst writes each page as an object of its own, not compressed.
PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")


def sums(lake: Lake, year: str) -> pl.DataFrame:
    """Each board's sums of the counts as published, by the year's own mapping."""
    of = lake.scan("practice_geography", year).select("practice_code", "icb_code").collect()
    rows = published(lake, INDICATOR, year).join(of, on="practice_code", how="left")
    added = rows.group_by("icb_code").agg(pl.col("numerator", "denominator").sum())
    return added.with_columns(share=pl.col("numerator") * 100 / pl.col("denominator"))


@pytest.fixture(scope="module")
def board(lake: Lake) -> str:
    """The board with most patients of those that both years have."""
    there = sums(lake, FIRST).join(sums(lake, LAST), on="icb_code")
    return there.sort("denominator").drop_nulls("icb_code")["icb_code"][-1]


@pytest.fixture(scope="module")
def made(lake: Lake, board: str) -> Brief:
    view = View(INDICATOR, LAST, area=f"icb:{board}", against=FIRST)
    return brief_of(lake, view, frames.catalogue(lake))


def test_it_says_where_the_board_stands(lake: Lake, made: Brief, board: str):
    rows = sums(lake, LAST).drop_nulls("icb_code")
    own = rows.filter(icb_code=board)["share"][0]
    whole = published(lake, INDICATOR, LAST)
    england = whole["numerator"].sum() * 100 / whole["denominator"].sum()
    higher = (rows["share"] > own).sum()
    said = standing(made)
    assert f" has {own:.1f} % (" in said and f"England’s {england:.1f} %" in said
    assert f"; of {rows.height} ICBs {higher} " in said
    assert ("lower than" in said) == (own < england) or "similar to" in said


def test_it_says_how_far_the_board_moved(lake: Lake, made: Brief, board: str):
    was, now = (sums(lake, y).filter(icb_code=board)["share"][0] for y in (FIRST, LAST))
    said = movement(made)
    verb = "rose" if now > was else "fell"
    assert said.startswith(f"It {verb} from {was:.1f} % to {now:.1f} % between {FIRST} and {LAST}")
    assert "than chance alone would do" in said


def test_it_says_what_deprivation_accounts_for(lake: Lake, made: Brief, board: str):
    """Worked by hand: England's share in each fifth, weighted with the board's own patients."""
    tenths = frames.context(lake, LAST, "practice").select(
        practice_code="organisation_code", tenth="deprivation_decile"
    )
    of = lake.scan("practice_geography", LAST).select("practice_code", "icb_code").collect()
    rows = published(lake, INDICATOR, LAST).join(tenths, on="practice_code").drop_nulls("tenth")
    rows = rows.join(of, on="practice_code").with_columns(fifth=(pl.col("tenth") + 1) // 2)
    upper = lower = 0.0
    for fifth in range(1, 6):
        all_of = rows.filter(pl.col("fifth") == fifth)
        own = all_of.filter(icb_code=board)["denominator"].sum()
        if own:
            upper += own * all_of["numerator"].sum() / all_of["denominator"].sum()
            lower += own
    assert made.alike is not None and made.alike["expected"] == pytest.approx(upper * 100 / lower)
    assert f"practices as deprived as these have {upper * 100 / lower:.1f} % in England" in (
        explanation(made)
    )


@pytest.mark.parametrize(
    ("value", "expected", "england", "said"),
    [
        (60.0, 66.0, 70.0, "Deprivation accounts for 4.0 of the 10.0 points by which it is lower"),
        (60.0, 71.0, 70.0, "Deprivation does not account for its being lower"),
        (68.0, 67.0, 70.0, "Deprivation accounts for all of its being lower"),
        (75.0, 72.0, 70.0, "Deprivation accounts for 2.0 of the 5.0 points by which it is higher"),
        (70.0, 66.0, 70.0, "Deprivation sets it apart from nobody"),
    ],
)
def test_deprivation_accounts_for_what_practices_of_its_kind_share(
    made: Brief, value: float, expected: float, england: float, said: str
):
    alike = {"value": value, "expected": expected, "england": england, "practices": 9, "unknown": 0}
    assert explanation(replace(made, alike=alike)).startswith(said)


def test_across_a_break_no_movement_is_said(lake: Lake):
    view = View("OB", "2023-24", measure="prevalence", against="2022-23")
    said = movement(brief_of(lake, view, frames.catalogue(lake)))
    assert said.startswith("Whether it moved since 2022-23 cannot be said")


def test_a_group_and_a_filter_have_sentences_of_their_own(lake: Lake, board: str):
    there = frames.catalogue(lake)
    codes = ".".join(published(lake, INDICATOR, LAST)["practice_code"][:4])
    group = brief_of(lake, View(INDICATOR, LAST, area=f"group:{codes}", against=FIRST), there)
    assert standing(group).startswith("A group of 4 practices has") and "; of" not in standing(
        group
    )
    assert len(sentences(group)) == 3
    view = View(INDICATOR, LAST, area=f"icb:{board}", keep="large", against=FIRST)
    kept = brief_of(lake, view, there)
    assert standing(kept).startswith("These practices of ") and "together" not in standing(kept)
    assert movement(kept).startswith("All of ")
    assert standing(brief_of(lake, View(INDICATOR, LAST), there)).startswith("England has ")


@pytest.mark.parametrize("area", ["board", "", "group"])
def test_on_paper_it_is_two_pages_and_a_full_edition_has_every_practice(
    atlas: str, lake: Lake, board: str, area: str
):
    codes = published(lake, INDICATOR, LAST)["practice_code"].to_list()
    where = {"board": f"icb:{board}", "group": f"group:{'.'.join(codes[:40])}", "": ""}[area]
    asked = f"{atlas}brief?indicator={INDICATOR}&year={LAST}&against={FIRST}&area={where}"
    paper = httpx.get(f"{asked}&format=pdf", timeout=60).content
    assert 1 <= len(PAGE.findall(paper)) <= 2
    short, full = httpx.get(asked).text, httpx.get(f"{asked}&edition=full").text
    assert "Its practices" not in short and "Every practice" in short
    assert "Its practices" in full and "Two pages" in full
    assert len(PAGE.findall(httpx.get(f"{asked}&edition=full&format=pdf", timeout=60).content)) > 2
