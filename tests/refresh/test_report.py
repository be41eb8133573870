"""What a run says at its end: a demonstration's own gaps are no warnings, a publisher's are."""

import io
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from engine import Lake
from refresh.finding import Finding
from refresh.operate.report import print_outcome, print_status, status
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


def test_what_was_never_loaded_is_not_late_and_neither_is_what_is_invented(
    original: Path, lake: Lake
):
    """Thirty years on everything real is late, and nothing else."""
    said = status(original / "data", today=date(2056, 1, 1))
    late = {source["code"] for source in said["sources"] if source["is_late"]}
    assert late == {"qof", "ods_practices", "ods_networks", "postcode_directory"}
    out = io.StringIO()
    print_status(Console(file=out, width=120), said)
    lines = out.getvalue().splitlines()
    (line,) = (line for line in lines if line.startswith("gp_patient_survey"))
    assert line.split()[-2:] == ["not", "loaded"]
    invented = status(lake.layout.root, today=date(2056, 1, 1))
    assert not [source for source in invented["sources"] if source["is_late"]]


def test_status_says_in_one_line_what_was_rejected_of_a_release_and_how_much_of_it_is_kept():
    few = {"rows": 17, "kept": 17, "path": "data/staged/x/2021-04/ab/a-rejects-1.parquet"}
    many = {
        "rows": 120_000,
        "kept": 100_000,
        "path": "data/staged/x/2021-05/cd/b-rejects-2.parquet",
    }
    releases = [
        {"period": period, "rejects": rejects, "findings": []}
        for period, rejects in (
            ("2021-04", {"a": few}),
            ("2021-05", {"a": few, "b": many}),
            ("2021-06", {}),
        )
    ]
    source = {"code": "x", "newest": None, "expected": "", "is_late": False, "releases": releases}
    out = io.StringIO()
    told = {"snapshot": None, "sources": [source], "refresh": None}
    print_status(Console(file=out, width=80), told)
    lines = [line for line in out.getvalue().splitlines() if "rejected" in line]
    assert lines == [
        f"x 2021-04: 17 rows rejected: see {few['path']}",
        f"x 2021-05: 120,017 rows rejected, 100,017 of them kept: see {few['path']},"
        f" {many['path']}",
    ]
