"""Publishers, disks and neighbours that fail: the last good snapshot is served all the while.

Every fault comes over HTTP, or from the operating system, to the real code; the command line runs
as a process of its own where its exit code or its words are what counts.
"""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import Question, answer, current_id, open_lake
from engine.lake import Layout, read_progress
from refresh.__main__ import main
from refresh.extract.ask import Patience
from refresh.pipeline import Outcome, run
from refresh.sources import SOURCES
from refresh.store.seal import writing
from tests.refresh.mirrors import (
    DIRECTORY,
    PRACTICES,
    READY,
    code,
    contents,
    counts,
    directory,
    england,
    epcn,
    epraccur,
    lay_out,
    members,
    packed,
    refresh,
    told,
    zip_of,
)
from tests.refresh.publisher import (
    Publisher,
    Reply,
    Step,
    claim,
    close_early,
    hang,
    html,
    slow,
    status,
    truncate,
)

ROOT = Path(__file__).parents[2]
YEAR, ZIP = "2023-24", zip_of("2023-24")
YEARS = ("2022-23", YEAR)
QUICK = Patience(attempts=2, first=0, longest=0, total=20)
HASTY = Patience(attempts=2, first=0, longest=0, total=0.6)
GOOD = packed(members(YEAR, issue=2))
WRONG = packed(members(YEAR, 2) | {"PREVALENCE_2324.csv": b"PRACTICE,GROUP\r\nA81000,AF\r\n"})


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """A pocket England, refreshed once over HTTP: `mirror` and `data`."""
    root = tmp_path_factory.mktemp("original")
    lay_out(root / "mirror", england(YEARS))
    assert refresh(root / "mirror", root / "data").exit_code == 0
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "root"))


@pytest.fixture
def publisher(root: Path) -> Iterator[Publisher]:
    with Publisher(root / "mirror") as publisher:
        yield publisher


def held(data: Path) -> dict:
    return contents(open_lake(data))


def net(data: Path) -> float:
    question = Question(indicator="COPD010", year=YEAR, level="england")
    return answer(open_lake(data), question).collect()["value"].item()


def expected_net(issue: int) -> float:
    given = [counts(i, YEAR, issue)["COPD010"] for i in PRACTICES]
    return 100 * sum(g["NUMERATOR"] for g in given) / sum(g["DENOMINATOR"] for g in given)


# A publisher that fails

FAULTS: dict[str, tuple[list[Step], Patience, str]] = {
    "404": ([status(404)], QUICK, "404"),
    "403": ([status(403)], QUICK, "403"),
    "500 and again": ([status(500), status(503)], QUICK, "503"),
    "no answer": ([hang()], HASTY, "Timeout"),
    "half an answer": ([hang(after=2_000)], HASTY, "Timeout"),
    "too slow": ([slow(2_000)], HASTY, "bytes in all the time"),
    "cut short": ([truncate(4_000)], QUICK, "4,000 bytes"),
    "nothing": ([truncate(0)], QUICK, "0 bytes"),
    "a page for the zip": ([html()], QUICK, "Access denied"),
    "more than a publication": ([claim(10**12)], QUICK, "larger"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_publisher_that_fails_is_told_and_the_next_run_repairs(
    root: Path, publisher: Publisher, fault: str
):
    steps, patience, found = FAULTS[fault]
    data, during = root / "data", []
    before, live = held(data), current_id(data)
    lay_out(root / "mirror", {ZIP: GOOD})
    publisher.fault(r"QOF2324\.zip", *(looking(step, data, during) for step in steps))

    outcome = run(data=data, mirror=publisher.url, patience=patience)

    (failure,) = told(outcome.findings, "fail")
    assert (outcome.exit_code, failure.source, failure.period) == (1, "qof", YEAR)
    assert "QOF2324.zip" in failure.where and failure.next_step
    assert found in failure.observed + failure.message
    assert set(during) == {(live, net(data))} and held(data) == before
    said = read_progress(data)
    assert said["state"] == "failed" and "QOF2324.zip" in said["findings"][0]

    assert run(data=data, mirror=publisher.url, patience=QUICK).exit_code == 0
    assert net(data) == pytest.approx(expected_net(issue=2))
    assert read_progress(data)["state"] == "done"


@pytest.mark.parametrize(
    "steps",
    [[status(500)], [status(429, Retry_After="0")], [close_early(2_000)]],
    ids=["500 then 200", "429 then 200", "broken off, then gone on with"],
)
def test_a_publisher_that_stumbles_is_asked_again(root: Path, publisher: Publisher, steps):
    lay_out(root / "mirror", {ZIP: GOOD})
    publisher.fault(r"QOF2324\.zip", *steps)
    outcome = run(data=root / "data", mirror=publisher.url, patience=QUICK)
    assert (outcome.exit_code, told(outcome.findings)) == (0, [])
    assert net(root / "data") == pytest.approx(expected_net(issue=2))


def test_wrong_columns_over_http_are_refused_part_by_part(root: Path, publisher: Publisher):
    lay_out(root / "mirror", {ZIP: WRONG})
    outcome = run(data=root / "data", mirror=publisher.url, patience=QUICK)
    (failure,) = told(outcome.findings, "fail")
    assert (outcome.exit_code, failure.where) == (1, "QOF2324.zip: PREVALENCE_2324.csv")
    assert "`practice_code` is missing" in failure.message and "`aka`" in failure.next_step
    assert net(root / "data") == pytest.approx(expected_net(issue=2)), "achievement is good"


@pytest.mark.parametrize(
    ("step", "exit_code"),
    [(status(404), 1), (hang(), 1), (html(), 0)],
    ids=["404", "no answer", "a page without files"],
)
def test_a_listing_that_fails_leaves_everything_as_it_was(
    root: Path, publisher: Publisher, step: Step, exit_code: int
):
    before = held(root / "data")
    publisher.fault(r"^/qof/$", *[step] * 10)
    outcome = run(data=root / "data", mirror=publisher.url, patience=HASTY)
    assert held(root / "data") == before
    assert outcome.exit_code == exit_code
    assert all(f.next_step for f in told(outcome.findings))


def test_nobody_there_is_told_for_every_source(root: Path):
    outcome = run(data=root / "data", mirror="http://127.0.0.1:1", patience=QUICK)
    assert {f.source for f in told(outcome.findings, "fail")} == set(SOURCES)
    assert net(root / "data") == pytest.approx(expected_net(issue=1))


def looking(step: Step, data: Path, seen: list) -> Step:
    """The step, and what a reader sees while it happens."""

    def both(exchange) -> None:
        seen.append((current_id(data), net(data)))
        step(exchange)

    return both


# The web, from landing page to lake

SERIES = "/statistical/quality-and-outcomes-framework-achievement"


def page(*links: str) -> Callable[..., Reply]:
    body = "".join(f'<p><a href="{link}">{link[-12:]}</a>' for link in links)
    html = f"<!DOCTYPE html><title>Publications</title>{body}".encode()
    return lambda *_: Reply(body=html, headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """Landing page, a page a year, files below unguessable names; sources that lead there."""
    files = {f"files/{i}A/F{i}/{Path(zip_of(y)).name}": y for i, y in enumerate(YEARS)}
    lay_out(tmp_path / "site", {path: packed(members(y)) for path, y in files.items()})
    lay_out(tmp_path / "site", {"assets/ods/current/ePCN.xlsx": epcn()})
    lay_out(tmp_path / "places", {DIRECTORY: directory(practices=PRACTICES)})
    with Publisher(tmp_path / "site") as publisher:
        named = {"Content-Type": "text/csv", "Content-Disposition": 'filename="epraccur.csv"'}
        publisher.answer("report=epraccur", lambda *_: Reply(body=epraccur(), headers=named))
        for path, year in files.items():
            publisher.answer(f"{SERIES}/{year}$", page("/help", "/" + path.replace(" ", "%20")))
        publisher.answer(f"{SERIES}$", page("/", *(f"{SERIES}/{year}" for year in YEARS)))
        here = {
            "qof": (publisher.url + SERIES,),
            "ods_practices": (f"{publisher.url}/api/getReport?report=epraccur",),
            "ods_networks": (f"{publisher.url}/assets/ods/current/ePCN.xlsx",),
        }
        for name, source in SOURCES.items():
            moved = dataclasses.replace(source, pages=here.get(name, ()))
            monkeypatch.setitem(SOURCES, name, moved)
        yield publisher


def from_the_web(data: Path, **options) -> Outcome:
    """A run on the publishers' own pages, once a mirror has brought all places."""
    if not data.is_dir():
        run(("postcode_directory",), data=data, mirror=str(data.parent / "places"))
    return run(data=data, patience=QUICK, **options)


def test_the_web_walk_from_landing_page_to_lake(web: Publisher, original: Path, tmp_path: Path):
    outcome = from_the_web(tmp_path / "data")
    assert (outcome.exit_code, told(outcome.findings)) == (0, [])
    lake = open_lake(tmp_path / "data")
    same = ("percent_achieved", "prevalence", "practice_geography", "indicator", "pcn")
    expected = {k: v for k, v in held(original / "data").items() if k[0] in same}
    assert {k: v for k, v in held(tmp_path / "data").items() if k[0] in same} == expected
    said = next(r for r in lake.manifest["releases"] if (r["source"], r["period"]) == ("qof", YEAR))
    assert said["files"][0]["url"] == f"{web.url}/files/1A/F1/QOF2324.zip"
    assert from_the_web(tmp_path / "data").is_new is False


def test_a_year_page_that_is_gone_leaves_the_other_years_to_load(web: Publisher, tmp_path: Path):
    web.fault(f"{SERIES}/2022-23", status(404))
    outcome = from_the_web(tmp_path / "data")
    assert open_lake(tmp_path / "data").years == (YEAR,) and outcome.exit_code == 0
    assert from_the_web(tmp_path / "data").is_new
    assert open_lake(tmp_path / "data").years == YEARS


def test_a_landing_page_that_leads_nowhere_any_more_is_told(web: Publisher, tmp_path: Path):
    from_the_web(tmp_path / "data")
    before = held(tmp_path / "data")
    web.fault(f"{SERIES}$", html())
    outcome = from_the_web(tmp_path / "data")
    (failure,) = told(outcome.findings, "fail")
    assert (failure.source, failure.where) == ("qof", web.url + SERIES)
    assert "refresh/sources/" in failure.next_step
    assert held(tmp_path / "data") == before


def test_postcodes_nobody_could_be_asked_for_are_asked_for_again(
    web: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody is there
    lay_out(tmp_path / "places", {DIRECTORY: directory()})
    for _ in range(2):
        outcome = from_the_web(tmp_path / "data")
        assert [f.where for f in told(outcome.findings, "warn")] == ["postcodes.io"]
        assert "10 postcodes" in told(outcome.findings, "warn")[0].message


# The disk, the ledger, the neighbour


def command(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """`python -m refresh` as a process of its own; it never shows a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "refresh", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture
def room() -> Iterator[Callable[[bool], None]]:
    """Whether the disk has room: without it, no file takes a byte more."""
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def has_room(is_there: bool) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, before if is_there else (1, before[1]))

    yield has_room
    has_room(True)


@pytest.mark.parametrize("files", [0, 2, 6, 10, 16, 20, 26], ids="after {} files".format)
def test_a_disk_that_fills_up_stops_the_run_and_nothing_else(
    root: Path, room, monkeypatch: pytest.MonkeyPatch, capsys, files: int
):
    mirror, data = root / "mirror", root / "data"
    before = held(data)
    lay_out(mirror, {ZIP: GOOD, zip_of("2024-25"): packed(members("2024-25"))})
    written, replace = iter(range(1, 1_000)), os.replace

    def fill(source, target) -> None:
        replace(source, target)
        room(next(written) < files)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", fill)
        room(files > 0)
        assert main(["run", "--mirror", str(mirror), "--data", str(data), "--quiet"]) == 1
    room(True)
    said = " ".join(capsys.readouterr().err.split())
    assert str(data) in said and "next: make room" in said
    assert held(data) == before and not list(data.rglob("*.part*"))
    assert refresh(mirror, data).exit_code == 0
    assert net(data) == pytest.approx(expected_net(issue=2))


def test_two_runs_at_once_are_one_run(root: Path):
    with writing(Layout(root / "data")):
        done = command("run", "--mirror", str(root / "mirror"), "--data", str(root / "data"))
    assert done.returncode == 1
    assert "LakeBusy" in done.stderr and "next: wait" in done.stderr
    assert refresh(root / "mirror", root / "data").exit_code == 0


def test_a_ledger_that_cannot_be_read_is_told_without_traceback(root: Path):
    for path in (root / "data").glob("registry.sqlite*"):
        path.write_bytes(b"this is no database, and long enough to be taken for one" * 40)
    done = command("run", "--mirror", str(root / "mirror"), "--data", str(root / "data"))
    assert done.returncode == 1 and "LedgerBroken" in done.stderr and "next:" in done.stderr
    assert net(root / "data") == pytest.approx(expected_net(issue=1))


def test_a_data_folder_that_is_a_file_is_told_without_traceback(tmp_path: Path):
    (tmp_path / "data").write_text("no folder", encoding="utf-8")
    done = command("run", "--mirror", str(tmp_path), "--data", str(tmp_path / "data"))
    assert done.returncode == 1 and str(tmp_path / "data") in done.stderr.replace("\n", "")


def test_a_stored_file_that_was_damaged_is_fetched_again(original: Path, root: Path):
    (stored,) = (root / "data" / "raw" / "qof" / YEAR).glob("*/QOF2324.zip")
    stored.write_bytes(stored.read_bytes()[:-100])
    shutil.rmtree(root / "data" / "staged")
    outcome = refresh(root / "mirror", root / "data")
    assert outcome.exit_code == 1
    (failure,) = told(outcome.findings, "fail")
    assert "QOF2324.zip" in failure.where and "data/raw" in failure.next_step
    stored.unlink()
    assert refresh(root / "mirror", root / "data").exit_code == 0
    assert held(root / "data") == held(original / "data")


# The command line


def test_exit_codes_say_how_it_went(root: Path):
    mirror, data = str(root / "mirror"), str(root / "data")
    good = command("run", "--mirror", mirror, "--data", data, "--quiet")
    assert good.returncode == 0 and "Nothing new" in good.stdout
    lay_out(root / "mirror", {ZIP: WRONG})
    bad = command("run", "--mirror", mirror, "--data", data, "--quiet")
    assert bad.returncode == 1
    assert re.search(r"fail qof 2023-24: QOF2324\.zip: PREVALENCE_2324\.csv", bad.stdout)
    assert command("run", "qoff", "--data", data).returncode == 2
    with pytest.raises(SystemExit) as caught:
        main(["fly"])
    assert caught.value.code == 2


def test_status_tells_every_source_release_row_count_and_finding(root: Path):
    data = root / "data"
    lay_out(root / "mirror", {ZIP: WRONG})
    refresh(root / "mirror", data)
    said = json.loads(command("status", "--json", "--data", str(data)).stdout)
    assert {s["code"] for s in said["sources"]} == set(SOURCES)
    qof = next(s for s in said["sources"] if s["code"] == "qof")
    assert [(r["period"], r["revision"]) for r in qof["releases"]] == [
        ("2022-23", 1),
        ("2023-24", 1),
        ("2023-24", 2),
    ]
    first, second = qof["releases"][1:]
    assert first["rows"]["prevalence"] == 210 and "prevalence" not in second["rows"]
    assert {f["status"] for f in first["findings"]} == {"pass"}
    assert [f["where"] for f in second["findings"] if f["status"] == "fail"] == [
        "QOF2324.zip: PREVALENCE_2324.csv"
    ]
    tables = said["snapshot"]["tables"]
    assert tables["percent_achieved"] == {"rows": 420, "partitions": list(YEARS)}
    assert said["refresh"]["state"] == "failed"
    words = command("status", "--data", str(data)).stdout
    assert "percent_achieved" in words and "`practice_code` is missing" in words


def test_status_tells_what_failed_for_the_lake_as_a_whole(tmp_path: Path):
    lay_out(tmp_path / "mirror", {n: c for n, c in england(YEARS).items() if n != READY})
    refresh(tmp_path / "mirror", tmp_path / "data")
    said = json.loads(command("status", "--json", "--data", str(tmp_path / "data")).stdout)
    (finding,) = said["snapshot"]["findings"]
    assert (finding["status"], finding["observed"]) == ("fail", "85.7%")


def test_a_reader_of_an_old_snapshot_is_not_disturbed_by_new_ones(root: Path):
    old = open_lake(root / "data")
    for issue in (2, 3):
        lay_out(root / "mirror", {ZIP: packed(members(YEAR, issue))})
        refresh(root / "mirror", root / "data")
    rows = old.scan("percent_achieved", YEAR).collect()
    ours = rows.filter(practice_code=code(0), indicator_code="COPD010")["numerator"].item()
    assert ours == counts(0, YEAR)["COPD010"]["NUMERATOR"]
