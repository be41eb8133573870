"""Answers are kept for all sessions, and no answer is taken for another's."""

from dataclasses import replace

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from app.atlas.answered import Answered, ask
from app.atlas.drawing.comparison_table import render
from app.atlas.drawing.headline import boxes
from app.atlas.effects.organisation_tab import card_of
from engine import Lake, Question, numbers
from engine.atlas.receipt import receipt


def test_an_answer_is_collected_once_for_all_who_ask_it(lake: Lake):
    question = Question("COPD010", "2021-22")
    assert ask(lake, question) is ask(lake, replace(question))


def test_another_snapshot_has_an_answer_of_its_own(lake: Lake):
    again = Lake(lake.layout, lake.manifest | {"id": "another"})
    question = Question("COPD010", "2021-22")
    assert ask(again, question).cast != ask(lake, question).cast


def test_what_is_kept_is_what_the_engine_says(lake: Lake):
    for level in ("practice", "icb"):
        question = Question("COPD010", "2021-22", level=level)
        for _ in range(2):
            want = numbers(lake, question).collect()
            assert_frame_equal(ask(lake, question).rows.select(want.columns), want)


@pytest.fixture(scope="module")
def partly(lake: Lake) -> Answered:
    """Networks, of which the largest lies with one of its practices in the area: a group."""
    networks = ask(lake, Question("COPD010", "2021-22", "pcn")).rows
    code = networks.sort("members")["organisation_code"][-1]
    whose = lake.scan("practice_geography", "2021-22").filter(pl.col("pcn_code") == code)
    one = whose.sort("practice_code").collect()["practice_code"][0]
    return ask(lake, Question("COPD010", "2021-22", "pcn", area=f"group:{one}"))


def test_what_lies_in_an_area_in_part_says_so_and_its_receipt_is_of_that_part(partly: Answered):
    """DOMAIN 1.6: a network may span two areas; a part's number is not the whole's."""
    (row,) = partly.here.to_dicts()
    assert row["inside"] == 1 < row["members"]
    said = f"1 of its {row['members']} practices lies in this area"
    how = {"sort": "value", "selected": "", "top": 100, "bands": partly.band_words, "caption": ""}
    assert said in render(partly.here, level="pcn", measure="net", **how)
    sums = {"england": partly.england, "here": partly.summary}
    box = str(boxes(partly.question, area="A group", picked=row, **sums))
    assert said in box and f"area={partly.question.area}" in box
    code, area = row["organisation_code"], partly.question.area
    made = receipt(partly.lake, Question("COPD010", "2021-22", "pcn", area=area), code)
    parts = ("numerator", "denominator", "value")
    assert made.number.select(parts).collect().row(0) == tuple(row[name] for name in parts)


def test_a_card_is_of_the_whole_organisation_wherever_it_lies(partly: Answered):
    code = partly.here["organisation_code"][0]
    whole = ask(partly.lake, Question("COPD010", "2021-22", "pcn")).rows
    own = whole.filter(pl.col("organisation_code") == code)["value"][0]
    assert card_of(partly, code).row["value"] == own != partly.here["value"][0]


def test_who_lies_in_an_area_altogether_is_not_said_to_lie_there_in_part(partly: Answered):
    boards = ask(partly.lake, Question("COPD010", "2021-22", "icb")).rows
    area = f"icb:{boards['organisation_code'][0]}"
    whole = ask(partly.lake, Question("COPD010", "2021-22", "sub_icb", area=area)).here
    assert whole.height and (whole["inside"] == whole["members"]).all()
