"""Answers are kept for all sessions, and no answer is taken for another's."""

from dataclasses import replace

from polars.testing import assert_frame_equal

from app.answered import ask
from engine import Lake, Question, numbers


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
