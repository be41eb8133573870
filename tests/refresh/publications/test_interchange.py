"""Contracts and loads in words that others use: what their specifications ask for."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.errors import PublisherUnreachable
from refresh.finding import Finding
from refresh.publications.interchange import LoadTold, data_package, run_event, table_schema
from refresh.publications.lineage_out import tell
from refresh.publications.manifest import Described, File, Layout, Manifest, ManifestColumn, TableOf
from tests.refresh.publisher import Publisher, Reply

REGISTERED = TableOf(
    code="prac_all", name="All practices", table="tbl_prac_all", key=["code"],
    layout=Layout(encoding="cp1252", delimiter=";", header_rows=[1]),
    files=[File(url="https://files.publisher.test/a/gp-reg.csv", sha256="ab" * 32)],
    columns=[
        ManifestColumn(name="code", original_name="CODE", description="ODS code"),
        ManifestColumn(name="extract_date", original_name="EXTRACT_DATE", dtype="date"),
        ManifestColumn(
            name="patients", original_name="NUMBER_OF_PATIENTS", dtype="int64", unit="patients",
            marks={"*": "below 5", "-": "not applicable"},
        ),
    ],
)  # fmt: skip
PACKAGE = Manifest(
    manifest=Described(
        name="Patients registered 20261130", publication="Patients Registered",
        publisher="NHS England",
        source_url="https://publisher.test/registered", licence="Open Government Licence v3.0",
    ),
    sources=[REGISTERED, TableOf(code="notes", name="Notes", table="tbl_notes")],
)  # fmt: skip
LOAD = LoadTold(
    load_id=7, source="prac_all", period="2026-06", status="completed",
    started_at=datetime(2026, 11, 30, 9, 0, tzinfo=UTC),
    completed_at=datetime(2026, 11, 30, 9, 1, tzinfo=UTC),
    table="tbl_prac_all", rows_read=12, rows_loaded=10, rows_rejected=2,
    files=(("https://files.publisher.test/a/gp%20reg.csv", "ab" * 32, 512),),
    columns=(("code", "string", "ODS code"),),
    findings=(
        Finding("warn", "quality", "nulls", "f", "some"),
        Finding("fail", "quality", "key", "f", "twice", "code"),
    ),
)  # fmt: skip


def test_a_contract_as_table_schema():
    assert table_schema(REGISTERED) == {
        "fields": [
            {
                "name": "code",
                "type": "string",
                "title": "CODE",
                "description": "ODS code",
                "constraints": {"required": True, "unique": True},
            },
            {"name": "extract_date", "type": "date", "title": "EXTRACT_DATE"},
            {
                "name": "patients",
                "type": "integer",
                "title": "NUMBER_OF_PATIENTS",
                "unit": "patients",
            },
        ],
        "missingValues": ["", "*", "-"],
        "primaryKey": ["code"],
    }


def test_a_manifest_as_data_package_that_reads_its_files_as_published():
    package = data_package(PACKAGE)
    assert package["name"] == "patients-registered-20261130"
    assert package["licenses"][0]["name"] == "OGL-UK-3.0"
    (resource,) = package["resources"]  # what has no files is no resource
    assert resource["path"] == "https://files.publisher.test/a/gp-reg.csv"
    assert resource["hash"] == f"sha256:{'ab' * 32}"
    assert resource["dialect"] == {"delimiter": ";", "quoteChar": '"', "header": True}
    assert [f["name"] for f in resource["schema"]["fields"]] == [
        "CODE", "EXTRACT_DATE", "NUMBER_OF_PATIENTS",
    ]  # fmt: skip


def test_a_load_as_openlineage_event():
    event = run_event(LOAD)
    assert set(event) == {
        "eventType", "eventTime", "run", "job", "inputs", "outputs", "producer", "schemaURL",
    }  # fmt: skip
    assert (event["eventType"], event["eventTime"]) == ("COMPLETE", "2026-11-30T09:01:00+00:00")
    assert event["run"]["runId"] == run_event(LOAD)["run"]["runId"]
    (read,), (written,) = event["inputs"], event["outputs"]
    assert (read["namespace"], read["name"]) == ("https://files.publisher.test", "/a/gp reg.csv")
    told = read["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert told == [
        {"assertion": "nulls", "success": True},
        {"assertion": "key", "success": False, "column": "code"},
    ]
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 10
    facets = [*read["facets"].values(), *written["facets"].values(), *read["inputFacets"].values()]
    assert all(
        f["_producer"] and f["_schemaURL"].startswith("https://openlineage.io/") for f in facets
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("in_progress", "START"),
        ("completed", "COMPLETE"),
        ("failed", "FAIL"),
        ("rolled_back", "FAIL"),
    ],
)
def test_a_load_begins_and_ends_as_one_run(status: str, kind: str):
    event = run_event(replace(LOAD, status=status, error="no disk" if kind == "FAIL" else ""))
    assert event["eventType"] == kind
    assert event["run"]["runId"] == run_event(LOAD)["run"]["runId"]
    assert bool(event["outputs"]) == (kind == "COMPLETE")
    if kind == "FAIL":
        assert event["run"]["facets"]["errorMessage"]["message"] == "no disk"


def test_events_are_lines_of_a_file(tmp_path: Path):
    to = tmp_path / "deep" / "events.jsonl"
    tell(run_event(LOAD), str(to))
    tell(run_event(LOAD), str(to))
    lines = to.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["eventType"] for line in lines] == ["COMPLETE", "COMPLETE"]


def test_events_are_posted_to_a_collector_that_may_refuse(tmp_path: Path):
    got: list[bytes] = []

    def take(method: str, path: str, body: bytes) -> Reply:
        got.append(body)
        return Reply(201 if len(got) == 1 else 503)

    with Publisher(tmp_path) as collector:
        collector.answer("/api/v1/lineage", take)
        tell(run_event(LOAD), f"{collector.url}/api/v1/lineage")
        assert json.loads(got[0])["job"] == {"namespace": "care-atlas", "name": "load.prac_all"}
        with pytest.raises(PublisherUnreachable, match="the load itself is done"):
            tell(run_event(LOAD), f"{collector.url}/api/v1/lineage")
