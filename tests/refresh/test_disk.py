"""Disks, ledgers and neighbours that fail, and what the command line says: no traceback, ever.

The last good snapshot is served all the while, and the next run repairs. The command line runs as
a process of its own once for each verb and kind of failure (`command`), else in this one (`asked`).
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import open_lake
from engine.lake import Layout
from refresh.__main__ import main
from refresh.store.seal import writing
from refresh.wings import SOURCES
from tests.refresh.mirrors import (
    READY,
    code,
    counts,
    england,
    expected_net,
    held,
    lay_out,
    members,
    net,
    packed,
    refresh,
    told,
    zip_of,
)

ROOT = Path(__file__).parents[2]
YEAR, ZIP = "2023-24", zip_of("2023-24")
YEARS = ("2022-23", YEAR)
GOOD = packed(members(YEAR, issue=2))
WRONG = packed(members(YEAR, 2) | {"PREVALENCE_2324.csv": b"PRACTICE,GROUP\r\nA81000,AF\r\n"})


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


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The same in this process: its exit code, what it printed, and its errors."""
    capsys.readouterr()
    code = main([*arguments])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    return code, said.out, said.err


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
    assert net(open_lake(data)) == pytest.approx(expected_net(issue=2))


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
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=1))


def test_a_data_folder_that_is_a_file_is_told_without_traceback(tmp_path: Path, capsys):
    (tmp_path / "data").write_text("no folder", encoding="utf-8")
    code, _, errors = asked(
        capsys, "run", "--mirror", str(tmp_path), "--data", str(tmp_path / "data")
    )
    assert code == 1 and str(tmp_path / "data") in errors.replace("\n", "")


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


def test_exit_codes_say_how_it_went(root: Path, capsys):
    mirror, data = str(root / "mirror"), str(root / "data")
    good = command("run", "--mirror", mirror, "--data", data, "--quiet")
    assert good.returncode == 0 and "Nothing new" in good.stdout
    lay_out(root / "mirror", {ZIP: WRONG})
    bad, words, _ = asked(capsys, "run", "--mirror", mirror, "--data", data, "--quiet")
    assert bad == 1
    assert re.search(r"fail qof 2023-24: QOF2324\.zip: PREVALENCE_2324\.csv", words)
    assert command("run", "qoff", "--data", data).returncode == 2
    with pytest.raises(SystemExit) as caught:
        main(["fly"])
    assert caught.value.code == 2


def test_status_tells_every_source_release_row_count_and_finding(root: Path, capsys):
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
    published = sum(content.count(b"\n") - 1 for content in members(YEAR).values())
    assert (first["rows_read"], first["rows_rejected"]) == (published, 0)
    assert first["rows_read"] == sum(first["rows"].values())
    assert second["rows_read"] == published - first["rows"]["prevalence"] + 1
    assert {f["status"] for f in first["findings"]} == {"pass"}
    assert [f["where"] for f in second["findings"] if f["status"] == "fail"] == [
        "QOF2324.zip: PREVALENCE_2324.csv"
    ]
    tables = said["snapshot"]["tables"]
    assert tables["percent_achieved"] == {"rows": 420, "partitions": list(YEARS)}
    assert said["refresh"]["state"] == "failed"
    _, words, _ = asked(capsys, "status", "--data", str(data))
    assert "percent_achieved" in words and "`practice_code` is missing" in words


def test_status_tells_what_failed_for_the_lake_as_a_whole(tmp_path: Path, capsys):
    lay_out(tmp_path / "mirror", {n: c for n, c in england(YEARS).items() if n != READY})
    refresh(tmp_path / "mirror", tmp_path / "data")
    _, words, _ = asked(capsys, "status", "--json", "--data", str(tmp_path / "data"))
    (finding,) = json.loads(words)["snapshot"]["findings"]
    assert (finding["status"], finding["observed"]) == ("fail", "85.7%")


def test_a_reader_of_an_old_snapshot_is_not_disturbed_by_new_ones(root: Path):
    old = open_lake(root / "data")
    for issue in (2, 3):
        lay_out(root / "mirror", {ZIP: packed(members(YEAR, issue))})
        refresh(root / "mirror", root / "data")
    rows = old.scan("percent_achieved", YEAR).collect()
    ours = rows.filter(practice_code=code(0), indicator_code="COPD010")["numerator"].item()
    assert ours == counts(0, YEAR)["COPD010"]["NUMERATOR"]
