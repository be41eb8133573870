"""Receipts: the rows add up to the number, and so does the SQL that they give, run by DuckDB."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from engine import Lake, Question, answer
from engine.atlas.receipt import Receipt, receipt
from engine.atlas.receipt_sql import from_csv, from_parquet
from tests.engine.universe import england

YEAR = "2021-22"
COPD = Question("COPD010", YEAR)


def release(source: str, period: str, *files: str) -> dict[str, Any]:
    said = {"name": source, "publisher": "Somebody", "revision": 1, "published_on": None}
    listed = [{"name": name, "url": "", "sha256": "f" * 64, "size": 1} for name in files]
    of = {"source": source, "period": period, "sha256": "f" * 64, "demonstration": False}
    return {**said, **of, "files": listed}


RELEASES = [
    release("qof", "2022-23", "qof.zip"),
    release("qof", YEAR, "ACHIEVEMENT_LONDON.csv", "MAPPING_NHS_GEOGRAPHIES.csv", "notes.pdf"),
    release("epcn", YEAR, "ePCN.zip"),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("receipts"), {"releases": RELEASES})


QUESTIONS = [
    (replace(COPD, level="practice"), "A00001"),
    (replace(COPD, level="practice"), "C00005"),
    (replace(COPD, level="pcn"), "U00002"),
    (replace(COPD, level="icb"), "QBB"),
    (replace(COPD, level="england"), "ENG"),
    (replace(COPD, level="icb", measure="pri"), "QAA"),
    (replace(COPD, level="icb", measure="points"), "QBB"),
    (replace(COPD, level="pcn", area="icb:QAA"), "U00002"),
    (replace(COPD, level="icb", area="group:A00001.B00002"), "QBB"),
    (replace(COPD, level="icb", geography="today"), "QAA"),
    (Question("DM", YEAR, level="icb", measure="prevalence"), "QBB"),
]
IDS = [f"{q.measure} {q.level} {q.area} {q.geography}" for q, _ in QUESTIONS]


def numbers(made: Receipt) -> tuple[int | None, int | None, float | None]:
    row = made.number.collect().row(0, named=True)
    return row["numerator"], row["denominator"], row["value"]


@pytest.mark.parametrize(("question", "organisation"), QUESTIONS, ids=IDS)
def test_its_number_is_the_answers_and_its_rows_add_up_to_it(
    lake: Lake, question: Question, organisation: str
):
    made = receipt(lake, replace(question, keep="1"), organisation)
    expected = answer(lake, question).collect().filter(organisation_code=organisation)
    assert made.number.collect().equals(expected) and expected.height == 1
    rows = made.practices.collect()
    above, below = rows["adds_numerator"], rows["adds_denominator"]
    found = tuple(part.sum() if part.count() else None for part in (above, below))
    assert found == pytest.approx(numbers(made)[:2])


@pytest.mark.parametrize(("question", "organisation"), QUESTIONS, ids=IDS)
def test_its_sql_comes_to_the_same_from_the_snapshots_files(
    lake: Lake, question: Question, organisation: str, monkeypatch: pytest.MonkeyPatch
):
    made = receipt(lake, question, organisation)
    codes = made.practices.collect()["practice_code"].to_list()
    monkeypatch.chdir(lake.layout.root)
    query = from_parquet(lake, made.question, organisation, practices=codes)
    assert duckdb.sql(query).fetchall()[0] == pytest.approx(numbers(made))


@pytest.mark.parametrize(("question", "organisation"), QUESTIONS, ids=IDS)
def test_its_sql_comes_to_the_same_from_its_own_csv(
    lake: Lake, question: Question, organisation: str, tmp_path: Path
):
    made, file = receipt(lake, question, organisation), tmp_path / "it's a receipt.csv"
    made.practices.collect().write_csv(file)
    query = from_csv(question.measure, file.as_posix())
    assert duckdb.sql(query).fetchall()[0] == pytest.approx(numbers(made))


def test_its_evidence_is_the_releases_of_the_year_and_where_its_rows_are(lake: Lake):
    (used,) = receipt(lake, replace(COPD, level="icb"), "QAA").evidence
    assert (used["source"], used["period"]) == ("qof", YEAR)
    achieved = used["holds"]["percent_achieved"]["files"]
    assert achieved == ["ACHIEVEMENT_LONDON.csv"] and set(used["holds"]) == {
        "percent_achieved",
        "practice_geography",
    }
    assert used["files"][0]["path"] == f"raw/qof/{YEAR}/{'f' * 12}/ACHIEVEMENT_LONDON.csv"
    assert not used["files"][0]["is_kept"]


def test_a_number_by_todays_boundaries_needs_the_newest_mapping_too(lake: Lake):
    made = receipt(lake, replace(COPD, level="icb", geography="today"), "QAA")
    assert [(e["period"], list(e["holds"])) for e in made.evidence] == [
        (YEAR, ["percent_achieved"]),
        ("2022-23", ["practice_geography"]),
    ]


def test_points_need_what_was_possible(lake: Lake):
    (used,) = receipt(lake, replace(COPD, level="practice", measure="points"), "A00001").evidence
    assert list(used["holds"]) == ["percent_achieved", "indicator"]


def test_an_organisation_that_is_not_there_has_no_number(lake: Lake):
    made = receipt(lake, replace(COPD, level="icb"), "QZZ")
    assert made.number.collect().is_empty() and made.practices.collect().is_empty()


def test_a_release_from_a_mirror_has_the_page_of_its_publisher(lake: Lake):
    evidence = receipt(lake, COPD, "A00001").evidence
    assert all(release["page"].startswith("https://digital.nhs.uk/") for release in evidence)
    assert [file["url"] for release in evidence for file in release["files"]] == ["", "", ""]
