"""An area brief: its numbers are the engine's, on the page and on paper, and it heeds the traps.

Covers the wants of the trade press and of ICB analysts (PEERS 13: a brief in one click) and the
traps of DOMAIN 3: breaks in series, few patients, absent is not zero.
"""

import re
from time import perf_counter

import httpx
import polars as pl
import pytest

from app.atlas.answered import ask
from app.atlas.brief_data import brief_of
from app.atlas.catalogue import Catalogue
from app.atlas.drawing.brief_document import document
from app.atlas.drawing.brief_pictures import points
from app.atlas.drawing.words import against
from app.atlas.view import View
from app.draw.document import Document, Figures, TextTable, Words, html
from app.draw.spell import count, percent
from engine import Lake, Question, answer
from engine.atlas.context import context
from engine.atlas.gap import holders
from engine.atlas.territory import territories
from engine.atlas.year_change import breaks_between, change

YEAR = "2024-25"


@pytest.fixture(scope="module")
def catalogue(lake: Lake) -> Catalogue:
    rows = lake.scan("indicator").filter(pl.col("practices") > 0)
    return Catalogue(rows.collect())


@pytest.fixture(scope="module")
def board(lake: Lake) -> str:
    """The board with most practices."""
    rows = lake.scan("organisation", YEAR).filter(pl.col("level") == "icb")
    return rows.sort("practices", descending=True).collect()["organisation_code"][0]


def told(lake: Lake, catalogue: Catalogue, **view: str) -> dict:
    """The blocks of a brief by their section."""
    made = brief_of(lake, View(**view), catalogue)
    drawn = document(made, today="2026-11-20", link="https://atlas.example/")
    return {section.title: section.blocks for section in drawn.sections}


def words(blocks: list) -> str:
    return " ".join(block.text for block in blocks if isinstance(block, Words))


def tables(blocks: list) -> list[TextTable]:
    return [block for block in blocks if isinstance(block, TextTable)]


def test_the_area_is_the_sum_of_its_practices_and_stands_beside_england(lake, catalogue, board):
    said = told(lake, catalogue, indicator="HYP008", year=YEAR, area=f"icb:{board}")
    [shown] = [block for block in said["In short"] if isinstance(block, Figures)]
    figures = {name: (value, more) for name, value, more in shown.rows}
    asked = Question("HYP008", YEAR, "icb")
    own = answer(lake, asked).filter(organisation_code=board).collect().row(0, named=True)
    whole = answer(lake, Question("HYP008", YEAR, "england")).collect().row(0, named=True)
    shown = next(iter(figures.values()))
    assert shown[0] == percent(own["value"]) and figures["England"][0] == percent(whole["value"])
    assert f"{count(own['numerator'])} of {count(own['denominator'])}" in shown[1]


def test_its_practices_are_those_of_the_area_and_nobody_else(lake, catalogue, board):
    said = told(lake, catalogue, indicator="HYP008", year=YEAR, area=f"icb:{board}")
    listed = {re.search(r"\((\w+)\)$", row[0])[1] for row in tables(said["Its practices"])[0].rows}
    rows = answer(lake, Question("HYP008", YEAR, area=f"icb:{board}")).collect()
    assert listed == set(rows["organisation_code"])


def test_who_holds_the_gap_is_the_engines_answer(lake, catalogue, board):
    said = told(lake, catalogue, indicator="HYP008", year=YEAR, area=f"icb:{board}")
    asked = Question("HYP008", YEAR, area=f"icb:{board}")
    england = answer(lake, Question("HYP008", YEAR, "england")).collect()["value"][0]
    held = holders(answer(lake, asked), england).collect()
    assert f"the gap of {count(held['shortfall'].sum())} patients" in words(
        said["Who holds the gap"]
    )
    first = tables(said["Who holds the gap"])[0].rows[0]
    assert first[2] == count(held["shortfall"][0])


def test_movers_are_those_whose_interval_leaves_out_zero(lake, catalogue, board):
    said = told(lake, catalogue, indicator="AF006", year="2023-24", area=f"icb:{board}")
    before = catalogue.years_of("AF006")
    before = before[before.index("2023-24") - 1]
    asked = Question("AF006", "2023-24", area=f"icb:{board}")
    rows = change(lake, asked, before).filter(
        pl.col("change_low") > 0, pl.col("denominator_after") >= 10
    )
    up = rows.collect().height
    assert f"{up:,} of " in words(said["What moved"])


def test_no_mover_is_shown_across_a_break_in_series(lake, catalogue):
    """DOMAIN 1: figures on both sides of a break are never subtracted."""
    broken = [
        (code, years[place], years[place - 1])
        for code in catalogue.by_code
        for years in [catalogue.years_of(code)]
        for place in range(1, len(years))
        if breaks_between(lake, code, years[place - 1], years[place]).collect().height
    ]
    assert broken, "the demonstration has a break in series"
    code, year, before = broken[0]
    measure = next(iter(catalogue.measures_of(code)))
    said = told(lake, catalogue, indicator=code, year=year, measure=measure)["What moved"]
    assert f"{before} and {year} cannot be compared" in words(said) and not tables(said)


def test_a_code_that_follows_another_is_linked_and_not_joined(lake, catalogue):
    first = catalogue.years_of("HYP008")[0]
    said = words(told(lake, catalogue, indicator="HYP008", year=first)["What moved"])
    assert "It follows HYP003, linked with a break" in said


def test_a_measure_that_is_no_share_of_patients_has_no_gap(lake, catalogue):
    said = told(lake, catalogue, indicator="HYP008", year=YEAR, measure="points")
    assert "has no gap in patients" in words(said["Who holds the gap"])


def test_no_practice_has_few_patients_where_points_are_counted(lake, catalogue, board):
    for measure in ("net", "points"):
        asked = {"indicator": "HYP008", "year": YEAR, "area": f"icb:{board}", "measure": measure}
        caption = tables(told(lake, catalogue, **asked)["Its practices"])[0].caption
        assert caption.endswith("without a value last.")
        assert ("10 patients" in caption) == (measure == "net")


def test_a_group_of_ones_own_has_a_brief_and_no_invented_context(lake, catalogue):
    codes = answer(lake, Question("HYP008", YEAR)).collect()["organisation_code"].to_list()[:3]
    area = "group:" + ".".join(codes)
    said = told(lake, catalogue, indicator="HYP008", year=YEAR, area=area)
    assert len(tables(said["Its practices"])[0].rows) == 3
    assert "not of a group" in words(said["What surrounds it"])


@pytest.mark.parametrize(
    ("low", "high", "patients", "said"),
    [(61, 65, 900, "lower"), (67, 70, 900, "higher"), (60, 70, 900, "similar"), (1, 2, 9, "few")],
)
def test_it_says_lower_or_higher_by_the_interval(low, high, patients, said):
    row = {"value_low": float(low), "value_high": float(high), "denominator": patients}
    assert against(row, 66.1) == said


def test_the_citation_names_publisher_year_indicator_snapshot_day_and_link(lake, catalogue):
    said = words(told(lake, catalogue, indicator="HYP008", year=YEAR)["Where this comes from"])
    for part in (
        "NHS England",
        YEAR,
        "HYP008",
        lake.id,
        "20 November 2026",
        "https://atlas.example/",
    ):
        assert part in said.split("Cite as: ")[1]
    assert "Open Government Licence v3.0" in said and "invented" in said


# By its address


def test_the_page_and_the_pdf_are_there_within_five_seconds(atlas: str, lake: Lake, board: str):
    address = f"{atlas}brief?area=icb:{board}&indicator=HYP008&year={YEAR}"
    page = httpx.get(address)
    began = perf_counter()
    paper = httpx.get(f"{address}&format=pdf", timeout=60)
    assert perf_counter() - began < 5
    own = ask(lake, Question("HYP008", YEAR, area=f"icb:{board}")).summary
    assert page.status_code == 200 and percent(own["value"]) in page.text
    assert page.text.count("<h1") == 1 and "<svg" in page.text and 'scope="col"' in page.text
    assert paper.headers["content-type"] == "application/pdf" and paper.content[:5] == b"%PDF-"
    assert b"/StructTreeRoot" in paper.content or b"pdfuaid" in paper.content


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("area=icb:NOPE", 404, "Choose an area"),
        ("indicator=NOPE9", 200, "NOPE9"),
        ("snapshot=../../etc/passwd", 200, "England"),
        ("area=pcn:&year=1999-00&measure=x", 200, "England"),
    ],
)
def test_what_is_not_there_gets_a_sentence(atlas: str, query: str, status: int, said: str):
    answer_ = httpx.get(f"{atlas}brief?{query}")
    assert answer_.status_code == status and said in answer_.text


def test_a_name_is_never_read_as_markup(lake, catalogue, board):
    """Publishers' names go into SVG and typst as data: `#` and `<` stay what they are."""
    pytest.importorskip("typst")
    from app.draw.document import Document, Section
    from app.typeset import pdf

    evil = Document("#panic() <b>", "$x", "a", 5, [Section("*", [Words('#image("/etc/passwd")')])])
    assert pdf(evil)[:5] == b"%PDF-"


# It is about what the page shows


def test_a_filter_holds_in_the_brief_and_is_said(lake, catalogue, board):
    view = View(indicator="HYP008", year=YEAR, area=f"icb:{board}", keep="large")
    made = brief_of(lake, view, catalogue)
    drawn = document(made, today="2026-11-20", link="https://atlas.example/")
    said = {section.title: section.blocks for section in drawn.sections}
    around = context(lake, YEAR, "practice").filter(pl.col("list_size") >= 10_000)
    rows = answer(lake, view.question).join(around, on="organisation_code", how="semi").collect()
    everybody = answer(lake, view.question).collect()
    assert 0 < rows.height < everybody.height
    listed = {re.search(r"\((\w+)\)$", row[0])[1] for row in tables(said["Its practices"])[0].rows}
    assert listed == set(rows["organisation_code"])
    figures = next(block for block in said["In short"] if isinstance(block, Figures)).rows
    share = rows["numerator"].sum() * 100 / rows["denominator"].sum()
    england = answer(lake, Question("HYP008", YEAR, "england")).collect()["value"][0]
    assert [value for _, value, _ in figures][:2] == [percent(share), percent(england)]
    assert "Only: Lists of 10,000 and over" in drawn.title
    assert f"{rows.height} practice" in words(said["In short"])
    assert "only: Lists of 10,000 and over" in words(said["Where this comes from"])


def test_it_is_held_against_the_other_year_that_the_page_has(lake, catalogue, board):
    code, year = "AF006", "2023-24"
    other = min(y for y in catalogue.years_of(code) if not _broken(lake, code, y, year))
    assert other != year
    area = f"icb:{board}"
    said = told(lake, catalogue, indicator=code, year=year, area=area, against=other)["What moved"]
    assert f"From {other} to {year}" in words(said)


def test_its_parts_are_those_that_the_page_shows(lake, catalogue):
    asked = {"indicator": "HYP008", "year": YEAR}
    for level, name in (("practice", "regions"), ("icb", "ICBs"), ("sub_icb", "sub-ICB locations")):
        assert f"Its {name}" in told(lake, catalogue, level=level, **asked)


def test_above_practices_it_is_of_the_one_that_is_selected(lake, catalogue, board):
    """As the Gap tab beside it: a board that is selected is what one asks a brief of."""
    asked = {"indicator": "HYP008", "year": YEAR, "level": "icb"}
    assert brief_of(lake, View(selected=board, **asked), catalogue).view.area == f"icb:{board}"
    assert brief_of(lake, View(selected="NOPE", **asked), catalogue).view.area == ""


def test_todays_boundaries_bands_and_a_measure_are_the_page_s(lake, catalogue):
    view = {"geography": "today", "bands": "custom:50,90", "measure": "pri"}
    asked = View(indicator="HYP008", year="2023-24", **view)
    made = brief_of(lake, asked, catalogue)
    drawn = document(made, today="2026-11-20", link="https://atlas.example/")
    assert drawn.bands == 3 and "In today’s boundaries." in drawn.subtitle
    assert made.now.question.measure == "pri" and made.parts.question.geography == "today"


def test_what_of_the_page_plays_no_part_is_said(lake, catalogue):
    view = {"colour": "deprivation", "hide": "0,unreported", "find": "<b>"}
    said = told(lake, catalogue, indicator="HYP008", year=YEAR, **view)["Where this comes from"]
    assert "coloured by deprivation" in words(said) and "“<b>”" in words(said)
    assert "some bands are not ticked" in words(said)
    plain = told(lake, catalogue, indicator="HYP008", year=YEAR)["Where this comes from"]
    assert "plays no part" not in words(plain)


def test_the_page_and_the_paper_of_a_filter_say_it(atlas: str, board: str):
    address = f"{atlas}brief?area=icb:{board}&indicator=HYP008&year={YEAR}&keep=large&level=icb"
    page, paper = httpx.get(address), httpx.get(f"{address}&format=pdf", timeout=60)
    assert "Only: Lists of 10,000 and over" in page.text and f"area=icb:{board}" in page.text
    assert paper.content[:5] == b"%PDF-" and "-large.pdf" in paper.headers["content-disposition"]
    nobody = httpx.get(f"{address}&keep=large,deprived,older,few_gps,rated_low")
    assert "ignored here" not in nobody.text  # known of practices only, and a brief is of practices


def _broken(lake: Lake, code: str, one: str, other: str) -> bool:
    return one >= other or breaks_between(lake, code, one, other).collect().height > 0


def test_a_brief_that_is_pinned_to_what_is_gone_says_that_it_is_of_the_newest(atlas, board):
    asked = f"{atlas}brief?indicator=HYP008&year={YEAR}&area=icb:{board}&snapshot="
    said = "pinned to a snapshot that is not kept"
    assert said in httpx.get(f"{asked}20200101T000000Z-0ther000").text
    assert said not in httpx.get(asked).text


def test_the_map_shows_its_land_whole_its_own_line_and_its_boards(lake, catalogue):
    """Every corner of the area's own land lies in the picture, and a network's board is broken."""
    shown = lake.scan("organisation", YEAR).filter(pl.col("level") == "pcn")
    network = shown.sort("practices", "organisation_code").collect()["organisation_code"][-1]
    made = brief_of(lake, View(indicator="HYP008", year=YEAR, area=f"pcn:{network}"), catalogue)
    drawn = points(made.now.here, lambda name: name, made.lines)
    paths = dict(re.findall(r'<path class="(\w+)" d="([^"]+)"', drawn))
    assert set(paths) >= {"own", "board"}
    wide, high = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn).groups())
    places = [tuple(map(float, at)) for at in re.findall(r"([-\d.]+) ([-\d.]+)", paths["own"])]
    assert all(0 <= x <= wide and 0 <= y <= high for x, y in places)
    own = territories(lake, "pcn", YEAR).filter(organisation_code=network).collect()
    assert len(places) == own["ring"].list.len().sum()
    where = words(
        told(lake, catalogue, indicator="HYP008", year=YEAR, area=f"pcn:{network}")[
            "Where, and how they spread"
        ]
    )
    assert "no official boundary" in where and "The broken one is its board’s" in where


def test_england_has_its_land_and_no_line_and_a_group_has_no_line(lake, catalogue):
    england = brief_of(lake, View(indicator="HYP008", year=YEAR), catalogue)
    there = england.now.here.filter(pl.col("latitude").is_not_null())
    drawn = points(there, lambda name: name, england.lines)
    assert re.findall(r'<path class="(\w+)"', drawn) == ["land"]
    codes = ".".join(england.now.here["organisation_code"][:3])
    group = brief_of(lake, View(indicator="HYP008", year=YEAR, area=f"group:{codes}"), catalogue)
    assert (group.lines.own, group.lines.board) == ((), ())


@pytest.mark.parametrize(("is_invented", "marks"), [(True, 1), (False, 0)])
def test_only_invented_data_wears_the_colour_of_a_warning(is_invented: bool, marks: int):
    one = Document("A board", "HYP008", "what it is", 5, [], is_invented=is_invented)
    assert str(html(one)).count('class="atlas-badge"') == marks
