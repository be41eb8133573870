"""What OpenTelemetry is told of requests, questions, sessions and a refresh; and how it is off."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine import Lake
from tests.app.reader import reading
from tests.app.serving import ROOT, served
from tests.refresh.mirrors import england, lay_out

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@pytest.fixture(scope="module")
def spans(lake: Lake) -> Iterator[list[dict[str, Any]]]:
    """What is told of a question within a proxy's trace, a page that is opened, and a 404."""
    with served(lake.layout.root, app="tests.app.harness.traced_app:app") as address:
        asked = "api/v1/achievement?indicator=HYP008&level=icb&year=2024-25"
        within = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
        assert httpx.get(f"{address}{asked}", headers=within).status_code == 200
        assert httpx.get(f"{address}practice/NOBODY?q=secret").status_code == 404
        with reading(address) as reader:
            reader.hears("outlines")
        yield httpx.get(f"{address}spans").json()


def named(spans: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [span for span in spans if span["name"] == name]


def test_a_request_goes_on_with_the_proxy_s_trace_and_its_question_lies_within(
    spans: list[dict[str, Any]],
):
    [request] = named(spans, "GET /api")
    assert (request["trace"], request["parent"]) == (TRACE, PARENT)
    assert request["facts"] == {
        "http.request.method": "GET",
        "http.route": "/api",
        "http.response.status_code": 200,
    }
    [question] = [span for span in named(spans, "atlas map") if span["trace"] == TRACE]
    assert question["parent"] == request["span"]


def test_what_went_wrong_is_told_and_nothing_that_was_typed(spans: list[dict[str, Any]]):
    [request] = named(spans, "GET /practice")
    assert request["facts"]["http.response.status_code"] == 404
    ours = [span for span in spans if span["by"] == "care_atlas.app"]
    assert "secret" not in json.dumps(ours) and "NOBODY" not in json.dumps(ours)


def test_shiny_tells_of_its_sessions_and_reactions(spans: list[dict[str, Any]]):
    theirs = {span["name"] for span in spans if "shiny" in span["by"]}
    assert any("session" in name for name in theirs) and any("reactive" in name for name in theirs)


PROGRAM = """
import sys
from pathlib import Path
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
kept, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
from refresh.__main__ import main
main(["run", "--mirror", sys.argv[1], "--data", sys.argv[2], "--quiet"])
ids = {span.context.span_id: span.name for span in kept.get_finished_spans()}
for span in kept.get_finished_spans():
    print(span.name, ids.get(span.parent.span_id) if span.parent else None, dict(span.attributes))
"""


def test_a_refresh_tells_its_walk(tmp_path: Path):
    mirror = lay_out(tmp_path / "mirror", england())
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(mirror), str(tmp_path / "data")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = said.splitlines()
    assert "bring refresh run {'source': 'qof'}" in lines
    assert "stage refresh run {'source': 'qof', 'period': '2023-24'}" in lines
    assert "fold refresh run {}" in lines and "refresh run None {}" in lines


def test_without_a_provider_nothing_is_prepared_though_the_sdk_is_installed():
    program = (
        "import sys, app.main\n"
        "from shiny.otel._core import is_otel_tracing_enabled\n"
        "print(is_otel_tracing_enabled(), sys.modules.get('opentelemetry.sdk.trace'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.split() == ["False", "None"]
