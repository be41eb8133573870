"""Staging a release: what its findings name."""

from pathlib import Path

from tests.refresh import mirrors
from tests.refresh.files import workbook

ICB, NATIONAL = (f"qof-2324-{areas}-ach-prev-pca.xlsx" for areas in ("icb", "nat-reg"))


def test_of_loose_files_each_is_named_once_and_none_as_the_others_container(tmp_path: Path):
    """England stands in both, with two numbers: nobody can tell which holds."""
    books = {
        ICB: workbook(COPD=[["ICB ODS code", "Register"], ["QE1", 7], ["ENG", 7]]),
        NATIONAL: workbook(COPD=[["Region ODS code", "Register"], ["ENG", 9]]),
    }
    mirror = mirrors.lay_out(tmp_path / "mirror", mirrors.england(("2023-24",)) | books)
    outcome = mirrors.refresh(mirror, tmp_path / "data")
    (finding,) = mirrors.told(outcome.findings, "fail")
    assert (finding.check, finding.where) == ("one row a key", f"{ICB}, {NATIONAL}")
    assert "ENG" in finding.sample
