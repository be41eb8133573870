"""A brief's years: its own line, its board's and England's, joined only where they may be."""

import re

import polars as pl
import pytest

from app.atlas.brief_data import brief_of
from app.atlas.catalogue import Catalogue
from app.atlas.drawing.brief_document import document
from app.atlas.drawing.brief_trend import HIGH, in_words, years
from app.atlas.view import View
from app.draw.document import Picture
from app.draw.spell import percent
from engine import Lake, Question, answer
from engine.atlas.years import qof_years

NAMES = ("Boston PCN", "Lincolnshire ICB", "England")


def row(year: str, own: float | None, board: float, england: float, segment: int = 1) -> dict:
    figures = {"value": own, "parent_value": board, "england_value": england}
    return {"year": year, "segment": segment} | figures


def lines(drawn: str, name: str) -> list[list[tuple[float, float]]]:
    found = re.findall(rf'<polyline class="{name}" points="([^"]+)"', drawn)
    return [[tuple(map(float, at.split(","))) for at in line.split()] for line in found]


def test_a_line_ends_at_a_break_and_at_a_year_without_a_figure():
    rows = [
        row("2019-20", 60, 70, 80),
        row("2020-21", 62, 71, 81),
        row("2021-22", 50, 60, 70, segment=2),
        row("2022-23", None, 61, 71, segment=2),
        row("2023-24", 55, 62, 72, segment=2),
    ]
    drawn = years(rows, NAMES, lambda name: name)
    assert [len(line) for line in lines(drawn, "value")] == [2, 1, 1]
    assert [len(line) for line in lines(drawn, "parent_value")] == [2, 3]
    first, second = lines(drawn, "value")[0]
    assert first[0] < second[0] and first[1] > second[1]  # later is right, more is up
    assert in_words(rows, NAMES).startswith("Boston PCN 60.0 % in 2019-20, 55.0 % in 2023-24; ")


def test_labels_that_would_meet_keep_apart_and_above_the_years():
    rows = [row("2022-23", 70, 70, 70), row("2023-24", 70.1, 70.1, 70)]
    drawn = years(rows, NAMES, lambda name: name)
    places = sorted(float(y) for y in re.findall(r'<text x="338" y="([\d.]+)"', drawn))
    assert len(places) == 3 and places[-1] < HIGH - 12
    assert all(after - before > 9.5 for before, after in zip(places, places[1:], strict=False))


@pytest.mark.parametrize(("level", "above"), [("pcn", "icb"), ("icb", "region"), ("", "")])
def test_the_lines_are_the_engines_figures(lake: Lake, level: str, above: str):
    year = qof_years(lake)[-1]
    there = lake.scan("organisation", year).filter(level=level or "england").collect()
    code = there.sort("practices")["organisation_code"][-1]
    rows = lake.scan("indicator").filter(pl.col("practices") > 0).collect()
    view = View(indicator="HYP008", year=year, area=f"{level}:{code}" if level else "")
    made = brief_of(lake, view, Catalogue(rows))
    [picture] = [
        block
        for section in document(made, today="2026-11-20", link="").sections
        if section.title == "What moved"
        for block in section.blocks
        if isinstance(block, Picture)
    ]
    own = answer(lake, Question("HYP008", year, level or "england"))
    value = own.filter(organisation_code=code).collect()["value"][0]
    assert f"{percent(value)} in {year}" in picture.says
    whole = answer(lake, Question("HYP008", year, "england")).collect()["value"][0]
    assert picture.says.count(";") == (2 if above else 0)
    assert not above or f"England {percent(whole)}" not in picture.says.split(";")[0]
    assert f"{percent(whole)} in {year}" in picture.says.split("; ")[-1]
