"""The question suite, asked through a real client; right is what DuckDB says of the same files."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.app.agent.conftest import Agent
from tests.app.agent.questions import QUESTIONS, Question


@pytest.mark.parametrize("question", QUESTIONS, ids=[q.words for q in QUESTIONS])
def test_a_question_is_answered_right(
    question: Question, agent: Agent, truth: Callable[[str], Any]
):
    answer = agent.ask(question.tool, **question.given)
    found = question.found(answer)
    right = truth(question.right) if question.is_sql else question.right
    if question.is_sql and isinstance(right, list) and isinstance(right[0], tuple):
        right = right[0]
    assert found == (pytest.approx(right, rel=1e-9) if isinstance(right, float) else right)
    assert answer["provenance"]["snapshot"] and answer["provenance"]["demonstration"]


def test_there_are_forty_and_of_every_kind():
    assert len(QUESTIONS) >= 40
    kinds = {question.kind for question in QUESTIONS}
    assert kinds == {"phrasing", "narrowing", "comparison", "choice", "finding"}
