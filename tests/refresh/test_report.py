"""What a run says at its end: a demonstration's own gaps are no warnings, a publisher's are."""

import io

import pytest
from rich.console import Console

from refresh.finding import Finding
from refresh.operate.report import print_outcome
from refresh.pipeline import Outcome

LEFT_OUT = "the release has no file of `registered`; its other parts are used"


def finding(status: str, check: str, message: str) -> Finding:
    return Finding(status, "schema", check, "somewhere", message, source="x", period="2021-04")


def said(*findings: Finding, invented: bool) -> str:
    out = io.StringIO()
    outcome = Outcome("s", is_new=True, findings=findings, releases=1)
    print_outcome(Console(file=out, width=200), outcome, invented=invented)
    return out.getvalue()


@pytest.mark.parametrize("invented", [True, False])
def test_left_out_parts_are_one_calm_line_in_a_demonstration_only(invented: bool):
    left_out = finding("warn", "parts of the release", LEFT_OUT)
    result = said(left_out, left_out, invented=invented)
    assert ("warn" in result) != invented
    assert result.count("lack some optional parts") == invented


def test_what_is_wrong_in_a_demonstration_is_still_said():
    wrong = finding("fail", "parts of the release", "nothing in it is known")
    assert "nothing in it is known" in said(wrong, invented=True)
