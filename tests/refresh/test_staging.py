"""Staging a release: what its findings name, and how many rows it says it read."""

from dataclasses import replace
from pathlib import Path

import pytest

from refresh.atlas.sources import registrations
from refresh.finding import failed
from refresh.source import Source
from refresh.wings import SOURCES
from tests.refresh import mirrors
from tests.refresh.files import workbook
from tests.refresh.test_context_tables import judged, stacked

ICB, NATIONAL = (f"qof-2324-{areas}-ach-prev-pca.xlsx" for areas in ("icb", "nat-reg"))


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_a_source_declares_is_said_alike_in_every_process(source: Source):
    """A set comes in another order at each start, and then everything would be staged again."""
    assert "set(" not in repr(source.parts)


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


AGES = "gp-reg-pat-prac-quin-age.csv"


def test_rows_are_counted_as_they_stand_in_the_file_whatever_is_made_of_them(tmp_path: Path):
    """Most rows of this one are of areas, and left out; of the other nothing can be used at all."""
    published = len(stacked().splitlines()) - 1
    files = {AGES: stacked(), "gp-reg-pat-prac-all.csv": "CODE,SEX\nA81001,ALL\nA81002,ALL\n"}
    result = judged(tmp_path, registrations.SOURCE, files, "2026-07")
    assert list(result.parts) == ["registered_by_age"] and failed(result.findings)
    assert 0 < result.parts["registered_by_age"].height < published
    assert result.source_rows == published + 2


def test_rows_of_a_file_that_two_parts_are_made_of_are_counted_once(tmp_path: Path):
    totals, ages, _ = registrations.SOURCE.parts
    source = replace(registrations.SOURCE, parts=(replace(totals, members=(AGES,)), ages))
    result = judged(tmp_path, source, {AGES: stacked()}, "2026-07")
    assert result.parts.keys() == {"registered", "registered_by_age"}
    assert result.source_rows == len(stacked().splitlines()) - 1
