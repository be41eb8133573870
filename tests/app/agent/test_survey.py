"""The confidence survey, on the demonstration: all goes well but what the clock says."""

import pytest

from app.agent.sql import end_workers
from app.agent.survey import IN_TIME, QUESTIONS, Answers, Survey, report, survey
from engine import Lake


@pytest.fixture(scope="module")
def made(lake: Lake):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
        yield survey()
    end_workers()


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_without_fail(made: Survey, question: str):
    assert made.answers[question].wrong == [] and made.answers[question].right > 5


def test_the_report_says_what_went_wrong_and_counts_it(made: Survey, lake: Lake):
    assert len(made.answers) == 10 and made.snapshot == lake.id
    some = Survey({"Is it so?": Answers(3, ["pcn"]), IN_TIME: Answers(4)}, {"list": [5.0, 7.0]})
    said = report(some)
    # Three of four, and four of four: 87.5 %, and 1 + 4 x 0.75.
    assert "Confidence 87.5 %: under the 95 %" in said
    assert (
        "| 1 | Is it so? | 4.0 | 3 of 4 | pcn |" in said and "| list | 2 | 7 | 100 | yes |" in said
    )
