"""What a monitor sees: series that Prometheus reads, health in two halves, logs, a dashboard.

Every number of the lake's is counted again here, by SQL over the ledger and from the files.
"""

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Thread
from typing import Any

import httpx
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app import main
from app.monitoring.lake_series import registry
from engine import Lake
from tests.app.reader import reading
from tests.app.serving import ROOT

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
FUNCTIONS = {
    "sum",
    "min",
    "max",
    "by",
    "rate",
    "increase",
    "time",
    "topk",
    "le",
    "histogram_quantile",
}


def samples(text: str) -> Samples:
    """Every sample of an exposition, by name and labels, as Prometheus' own parser reads it."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def of(found: Samples, name: str) -> dict[Any, float]:
    """The values of one series by its labels' values, in the labels' order; one label is bare."""
    there = {labels: value for (said, labels), value in found.items() if said == name}
    plain = {tuple(v for _, v in sorted(labels)): value for labels, value in there.items()}
    return {key[0] if len(key) == 1 else key: value for key, value in plain.items()}


@pytest.fixture
def get(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Callable[..., httpx.Response]:
    """The app, asked without a server."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    transport = httpx.ASGITransport(main.app)

    async def answer(path: str, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
            return await client.get(path, headers=headers)

    return lambda path, **headers: asyncio.run(answer(path, **headers))


@pytest.fixture
def told(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Samples:
    """The series of the lake, freshly counted."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    return samples(generate_latest(registry()).decode())


def ledger(lake: Lake, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(lake.layout.root / "registry.sqlite")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# The lake's series


def test_loads_are_those_of_the_ledger(lake: Lake, told: Samples):
    rows = ledger(lake, "SELECT source_code, status, count(*) FROM load_events GROUP BY 1, 2")
    assert of(told, "warehouse_loads_total") == {(code, word): n for code, word, n in rows}
    last = "SELECT source_code, rows_loaded FROM load_events WHERE load_id IN"
    newest = (
        "(SELECT max(load_id) FROM load_events WHERE status = 'completed' GROUP BY source_code)"
    )
    assert of(told, "warehouse_rows") == dict(ledger(lake, f"{last} {newest}"))
    at = "SELECT source_code, strftime('%s', max(completed_at)) FROM load_events GROUP BY 1"
    whole = {
        code: int(value) for code, value in of(told, "warehouse_last_success_timestamp").items()
    }
    assert whole == {code: int(seconds) for code, seconds in ledger(lake, at)}


def test_a_histogram_of_loads_counts_each_once(lake: Lake, told: Samples):
    [(ended, seconds)] = ledger(
        lake,
        "SELECT count(*), sum((julianday(completed_at) - julianday(started_at)) * 86400)"
        " FROM load_events",
    )
    buckets = of(told, "warehouse_load_duration_seconds_bucket")
    ordered = [buckets[key] for key in sorted(buckets, key=float)]
    assert ordered == sorted(ordered) and buckets["+Inf"] == ended
    assert told["warehouse_load_duration_seconds_count", frozenset()] == ended
    assert told["warehouse_load_duration_seconds_sum", frozenset()] == pytest.approx(
        seconds, abs=0.1
    )


def test_verdicts_are_those_of_the_ledger(lake: Lake, told: Samples):
    rows = ledger(
        lake, "SELECT validation_type, status, count(*) FROM validation_results GROUP BY 1, 2"
    )
    assert of(told, "warehouse_validation_total") == {(gate, word): n for gate, word, n in rows}


def test_tables_are_as_large_as_their_files(lake: Lake, told: Samples):
    size = of(told, "warehouse_table_bytes")
    assert sum(size.values()) == sum(path.stat().st_size for path in lake.paths)
    rows = of(told, "warehouse_table_rows")
    assert rows["prevalence"] == sum(file["rows"] for file in lake.files("prevalence"))
    assert told["care_atlas_snapshot_sealed_timestamp_seconds", frozenset()] == (
        lake.sealed_at.timestamp()
    )


def test_without_a_ledger_the_others_stand_and_none_is_made(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As a bundle is served: the lake alone, on a disk that nobody writes to."""
    shutil.copytree(lake.layout.root / "lake", tmp_path / "lake")
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    found = samples(generate_latest(registry()).decode())
    assert found["warehouse_ledger_readable", frozenset()] == 0
    assert of(found, "warehouse_table_rows") and not of(found, "warehouse_loads_total")
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_a_broken_ledger_takes_no_other_series_with_it(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(lake.layout.root / "lake", tmp_path / "lake")
    (tmp_path / "registry.sqlite").write_bytes(b"no database at all, though it is called so" * 50)
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    found = samples(generate_latest(registry()).decode())
    assert found["warehouse_ledger_readable", frozenset()] == 0
    assert found["care_atlas_ready", frozenset()] == 1


# The process's series


def test_requests_are_counted_by_address_without_what_is_typed(get: Callable[..., httpx.Response]):
    def counted() -> dict[Any, float]:
        return of(samples(get("/metrics").text), "care_atlas_request_seconds_count")

    before = counted()
    for path in ("/about", "/practice/A31001", "/practice/XYZ", "/wp-login.php", "/.env", "/x/y"):
        get(path)
    after = counted()
    grown = {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key)}
    assert grown.pop(("GET", "/metrics", "2xx")) == 1
    assert grown == {
        ("GET", "/about", "2xx"): 1,
        ("GET", "/practice", "2xx"): 1,
        ("GET", "/practice", "4xx"): 1,
        ("GET", "other", "4xx"): 3,
    }


def test_a_question_that_was_asked_before_is_not_timed_again(get: Callable[..., httpx.Response]):
    def asked() -> float:
        found = of(samples(get("/metrics").text), "care_atlas_question_seconds_count")
        return found.get(("atlas", "map"), 0)

    address = "/api/v1/achievement?indicator=HYP008&year=2023-24&level=pcn&bands=custom:1,2,3"
    before = asked()
    get(address)
    first = asked()
    get(address)
    assert (first - before, asked() - first) == (1, 0)


def test_they_can_be_left_out(get: Callable[..., httpx.Response], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_METRICS", "off")
    assert get("/metrics").status_code == 404


def test_several_processes_are_added_up_where_they_share_a_folder(tmp_path: Path):
    program = (
        "from app.monitoring.series import *\n"
        "from prometheus_client import generate_latest\n"
        "SESSIONS.inc(); WRITTEN.inc(2)\n"
        "with question_answered('atlas', 'map'): pass\n"
        "print(generate_latest(of_processes()).decode())"
    )
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    said = [
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True
        ).stdout
        for _ in range(2)
    ]
    found = samples(said[1])
    assert found["care_atlas_flushes_total", frozenset({("outcome", "written")})] == 4
    assert of(found, "care_atlas_question_seconds_count") == {("atlas", "map"): 2}


# A server


@pytest.fixture(scope="module")
def watched(lake: Lake) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The app as an operator starts it, with logs as JSON: its address, and the lines so far."""
    env = os.environ | {"CARE_ATLAS_DATA": str(lake.layout.root), "CARE_ATLAS_LOG": "json"}
    command = [sys.executable, "-m", "uvicorn", "--port", "0", "app.main:app"]
    with Popen(command, cwd=ROOT, env=env, stdout=DEVNULL, stderr=PIPE, text=True) as server:
        lines: list[dict[str, Any]] = []
        said = ""
        for text in server.stderr:
            said += text
            if "running on" in text:
                break
        address = re.search(r"(http://127[\d.:]+)", said)[1]
        reads = Thread(
            target=lambda: lines.extend(json.loads(text) for text in server.stderr), daemon=True
        )
        reads.start()
        try:
            yield f"{address}/", lines
        finally:
            server.terminate()
            # Before its pipe is closed: the last lines are JSON, too.
            reads.join(60)


def test_sessions_and_flushes_are_counted(watched: tuple[str, list[dict[str, Any]]]):
    address, _ = watched

    def value(name: str, labels: dict[str, str] | None = None) -> float:
        found = samples(httpx.get(f"{address}metrics").text)
        return found.get((name, frozenset((labels or {}).items())), 0)

    with reading(address) as reader:
        reader.hears("outlines")
        assert value("care_atlas_sessions") == 1
        assert value("care_atlas_flushes_total", {"outcome": "written"}) >= 1
    for _ in range(200):
        if value("care_atlas_sessions") == 0:
            break
    assert value("care_atlas_sessions") == 0 and value("care_atlas_sessions_opened_total") == 1


def test_a_request_has_one_number_from_the_proxy_to_the_log(
    watched: tuple[str, list[dict[str, Any]]],
):
    address, lines = watched
    said = httpx.get(f"{address}search?q=secret+words", headers={"X-Request-ID": "proxy-42"})
    assert said.headers["X-Request-ID"] == "proxy-42"
    # What is no plain number would let a stranger write into the log.
    forged = httpx.get(f"{address}about", headers={"X-Request-ID": 'x","level":"error'})
    assert re.fullmatch(r"[0-9a-f]{32}", forged.headers["X-Request-ID"])
    wanted = {"proxy-42", forged.headers["X-Request-ID"]}
    for _ in range(200):
        httpx.get(f"{address}healthz/live")
        if wanted <= {line.get("request_id") for line in lines}:
            break
    [line] = [line for line in lines if line.get("request_id") == "proxy-42"]
    assert {"method": "GET", "path": "/search", "status": 200}.items() <= line.items()
    assert line["seconds"] > 0 and line["level"] == "info" and line["time"].endswith("+00:00")
    assert not any("secret" in json.dumps(line) for line in lines)


# Health


def test_alive_and_ready_are_two_questions(
    get: Callable[..., httpx.Response], lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert get("/healthz/ready").json()["snapshot"] == lake.id == get("/healthz").json()["snapshot"]
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path))
    assert get("/healthz/live").status_code == 200
    assert get("/healthz/ready").status_code == get("/healthz").status_code == 503


# What is shipped beside it


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    return json.loads((ROOT / ".ci" / "grafana.json").read_text(encoding="utf-8"))


def queries(dashboard: dict[str, Any]) -> list[str]:
    panels = dashboard["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def test_the_dashboard_asks_for_series_that_there_are(
    dashboard: dict[str, Any], watched: tuple[str, list[dict[str, Any]]], told: Samples
):
    address, _ = watched
    names: dict[str, set[str]] = {}
    families = [*text_string_to_metric_families(httpx.get(f"{address}metrics").text)]
    for family in families:
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
        for suffix in suffixes.get(family.type, [""]):
            names[f"{family.name}{suffix}"] = {n for s in family.samples for n in s.labels}
    for expr in queries(dashboard):
        plain = re.sub(r'"[^"]*"', '""', expr)
        asked = {word for word in re.findall(r"[a-z_]{4,}", plain) if "_" in word} - FUNCTIONS
        assert asked and asked <= set(names) | {"care_atlas"}, expr
        # Labels: of a histogram whose label nobody has filled yet, what its declaration says.
        for group in re.findall(r"by \(([^)]*)\)", expr):
            told_labels = set().union(*(names[name] for name in asked)) or {"asker", "kind"}
            assert set(group.split(", ")) <= told_labels | {"le", "asker", "kind", "route"}, expr


def test_grafana_s_own_schema_takes_the_dashboard(dashboard: dict[str, Any]):
    """Read into Grafana's model and written again nothing is lost: it knows every word of it."""
    register_default_plugins()
    again = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard)))

    def lost(ours: Any, theirs: Any, where: str = "") -> Iterator[str]:
        if isinstance(ours, dict):
            for key, value in ours.items():
                if key not in theirs:
                    yield f"{where}.{key}"
                else:
                    yield from lost(value, theirs[key], f"{where}.{key}")
        elif isinstance(ours, list):
            for place, value in enumerate(ours):
                yield from lost(value, theirs[place], f"{where}[{place}]")
        elif ours != theirs:
            yield f"{where}: {ours!r} became {theirs!r}"

    assert list(lost(dashboard, again)) == []
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(ids)) == len(ids)


def test_no_two_panels_lie_over_each_other(dashboard: dict[str, Any]):
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells


def test_systemd_takes_the_unit():
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not here")
    unit = ROOT / ".ci" / "care-atlas.service"
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True
    )
    complaints = [line for line in done.stderr.splitlines() if "care-atlas.service" in line]
    # That nothing is installed at /opt on this machine is all it may say.
    assert [line for line in complaints if "is not executable" not in line] == []
