"""Staging a release: what makes it be staged again, and what its findings name."""

import inspect
from pathlib import Path
from types import ModuleType

import pytest

from refresh.extract import decode, geojson, parse, sheets
from refresh.sources import qof_totals
from refresh.staging import judged_by
from tests.refresh import mirrors
from tests.refresh.files import workbook

ICB, NATIONAL = (f"qof-2324-{areas}-ach-prev-pca.xlsx" for areas in ("icb", "nat-reg"))


@pytest.mark.parametrize("reader", [decode, geojson, parse, sheets], ids=lambda m: m.__name__)
def test_a_release_is_staged_again_when_its_bytes_are_read_otherwise(
    monkeypatch: pytest.MonkeyPatch, reader: ModuleType
):
    before, source_of = judged_by(qof_totals.SOURCE), inspect.getsource
    assert judged_by(qof_totals.SOURCE) == before
    monkeypatch.setattr(inspect, "getsource", lambda one: source_of(one) + "#" * (one is reader))
    assert judged_by(qof_totals.SOURCE) != before


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
