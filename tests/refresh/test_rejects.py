"""What is not staged is kept, with the reason, for as long as its release; and nothing is lost."""

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, current_id
from engine.lake import Layout
from refresh import shelf
from refresh.__main__ import main
from refresh.atlas.sources.qof import SOURCE as QOF
from refresh.operate.lifecycle import rollback
from refresh.operate.maintain import maintain
from refresh.pipeline import Outcome
from refresh.source import Release
from refresh.store.ledger import Ledger
from tests.conftest import rows
from tests.people import DBA
from tests.refresh import mirrors
from tests.refresh.read_again import read_again, unaccounted

YEAR = "2023-24"
FILE = "QOF2324.zip: PREVALENCE_2324.csv"
# Two in two hundred cannot be read, which is not too many; one says what another said.
BAD = ["A81000,AF,many,TOTAL,5000", "NA,AF,7,TOTAL,5000", "A81000,AST,300.0,06OV,4800"]
PUBLISHED = "PRACTICE_CODE GROUP_CODE REGISTER PATIENT_LIST_TYPE PRACTICE_LIST_SIZE"
TEXT = dict.fromkeys(["part", "file", "reason", *PUBLISHED.split()], pl.String)
KEPT = rows(
    f"""
    part       | file   | row | reason                           | PRACTICE_CODE | GROUP_CODE | REGISTER | PATIENT_LIST_TYPE | PRACTICE_LIST_SIZE
    prevalence | {FILE} | 211 | REGISTER is no whole number: many | A81000       | AF         | many     | TOTAL             | 5000
    prevalence | {FILE} | 212 | PRACTICE_CODE is missing          | NA           | AF         | 7        | TOTAL             | 5000
    prevalence | {FILE} | 213 | what is read of it is an exact repeat of a row before it | A81000 | AST | 300.0 | 06OV         | 4800
    """,  # noqa: E501
    TEXT | {"row": pl.UInt32},
)


def spoilt(lines: list[str]) -> dict[str, bytes]:
    """The year's zip with more lines at the end of its prevalence."""
    inside = mirrors.members(YEAR)
    inside["PREVALENCE_2324.csv"] += "".join(f"{line}\r\n" for line in lines).encode()
    return {mirrors.zip_of(YEAR): mirrors.packed(inside)}


def refreshed(root: Path, lines: list[str]) -> tuple[Path, Outcome]:
    files = mirrors.england((YEAR,)) | spoilt(lines)
    mirror = mirrors.lay_out(root / "mirror", files)
    return root / "data", mirrors.refresh(mirror, root / "data")


def qof(data: Path) -> list[tuple[Release, dict[str, Any]]]:
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        return ledger.releases("qof", demonstration=False)


def loads(data: Path) -> int:
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        return len(ledger.loads())


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pocket England of which three rows are not staged; not to be written to."""
    data, outcome = refreshed(tmp_path_factory.mktemp("few"), BAD)
    assert outcome.exit_code == 0 and outcome.is_new
    return data


@pytest.fixture
def data(few: Path, tmp_path: Path) -> Path:
    shutil.copytree(few.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / "data"


def test_rejected_rows_lie_beside_the_staged_ones_as_published_and_with_their_reason(few: Path):
    ((release, row),) = qof(few)
    kept = row["rejects"]["prevalence"]
    assert list(row["rejects"]) == ["prevalence"] and (kept["rows"], kept["kept"]) == (3, 3)
    path = few / kept["path"]
    assert path.parent == (few / row["parts"]["prevalence"]["path"]).parent
    assert_frame_equal(pl.read_parquet(path), KEPT)
    assert kept["sha256"][:12] in path.name and release.sha256[:12] == path.parent.name


def test_rows_read_are_rows_staged_and_rows_rejected(few: Path):
    told = {r.source: judged for r, judged in read_again(few, demonstration=False)}
    assert [unaccounted(judged) for judged in told.values()] == [{}] * len(told)
    judged = told["qof"]
    assert judged.given["prevalence"] == 213 and judged.parts["prevalence"].height == 210
    assert judged.rejected == 3 and judged.given["achievement"] == 700
    assert [rows.height for name, rows in judged.rejects.items() if name != "prevalence"] == [0] * 4


def test_so_it_is_with_every_publication_of_the_demonstration(lake: Lake):
    told = list(read_again(lake.layout.root, demonstration=True))
    assert len(told) > 30
    assert {r: wrong for r, judged in told if (wrong := unaccounted(judged))} == {}


def test_the_ledger_counts_what_was_rejected(few: Path):
    with closing(Ledger(Layout(few).registry_url)) as ledger:
        counted = {load["source_code"]: load["rows_rejected"] for load in ledger.loads()}
    assert counted["qof"] == 3 and sum(counted.values()) == 3


def test_of_a_part_that_is_refused_the_rejects_are_kept_too_and_the_walk_goes_on(tmp_path: Path):
    lines = [f"A81{i:03d},AF,many,TOTAL,5000" for i in range(20)]
    data, outcome = refreshed(tmp_path, lines)
    assert outcome.exit_code == 1 and outcome.is_new
    ((_, row),) = qof(data)
    assert row["status"] == "staged" and "prevalence" not in row["parts"]
    kept = pl.read_parquet(data / row["rejects"]["prevalence"]["path"])
    assert kept["row"].to_list() == list(range(211, 231))
    assert set(kept["reason"]) == {"REGISTER is no whole number: many"}
    before = loads(data)
    assert not mirrors.refresh(tmp_path / "mirror", data).is_new
    assert loads(data) == before, "what is refused is not read again at each run"


def test_rows_that_a_source_shapes_have_a_reason_but_no_place_in_the_file(tmp_path: Path):
    """As where one row of many columns becomes many rows."""
    twice = mirrors.ready() + mirrors.ready().splitlines(keepends=True)[1]
    files = mirrors.england((YEAR,)) | {mirrors.READY: twice}
    mirror, data = mirrors.lay_out(tmp_path / "mirror", files), tmp_path / "data"
    assert mirrors.refresh(mirror, data).is_new
    (path,) = [p for p in shelf.rows_kept(Layout(data)) if "-rejects-" in p.name]
    (reject,) = pl.read_parquet(path).rows(named=True)
    assert (reject["part"], reject["file"], reject["row"]) == (
        "ready_coordinates",
        "practice_coordinates.csv",
        None,
    )
    assert "repeat" in reject["reason"] and reject["PRACTICE_CODE"] == mirrors.code(0)


def test_a_file_of_rejects_that_is_gone_is_made_again_and_nothing_else_is_new(data: Path):
    ((_, row),) = qof(data)
    path, before = data / row["rejects"]["prevalence"]["path"], loads(data)
    was = path.read_bytes()
    path.unlink()
    assert not mirrors.refresh(data.parent / "mirror", data).is_new
    assert path.read_bytes() == was and loads(data) == before + 1
    assert not mirrors.refresh(data.parent / "mirror", data).is_new
    assert loads(data) == before + 1


def test_what_was_staged_before_rejects_were_kept_is_staged_once_more(data: Path):
    ((release, row),) = qof(data)
    (data / row["rejects"]["prevalence"]["path"]).unlink()
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        ledger.judge(release, status="staged", parts=row["parts"], by="as it was before")
    before = loads(data)
    for _ in range(2):
        assert not mirrors.refresh(data.parent / "mirror", data).is_new
        ((_, now),) = qof(data)
        assert now["rejects"] == row["rejects"] and now["parts"] == row["parts"]
        assert loads(data) == before + 1


def test_only_the_first_of_very_many_are_kept_and_all_are_counted(tmp_path: Path):
    many = pl.DataFrame({"row": range(shelf.REJECTS_KEPT + 1)})
    release = Release("qof", YEAR, 1, "ab" * 32)
    kept = shelf.write_rejects(Layout(tmp_path), QOF, release, "prevalence", many)
    assert (kept["rows"], kept["kept"]) == (100_001, 100_000)
    assert_frame_equal(pl.read_parquet(tmp_path / kept["path"]), many.head(100_000))


# Maintenance and status


def test_maintenance_removes_rejects_that_no_release_speaks_of_and_no_others(data: Path):
    """As of a release that was read by older rules and had others then."""
    ((_, row),) = qof(data)
    path = data / row["rejects"]["prevalence"]["path"]
    older = path.with_name("prevalence-rejects-000000000000.parquet")
    shutil.copy(path, older)
    swept = maintain(data, dry_run=True)
    assert [gone for gone, _ in swept.files] == [older] and older.is_file()
    assert maintain(data).files == ((older, path.stat().st_size),)
    assert path.is_file() and not older.exists()
    assert maintain(data).files == ()


def test_rejects_of_a_release_that_was_replaced_or_set_aside_stay(data: Path):
    ((_, row),) = qof(data)
    path, first = data / row["rejects"]["prevalence"]["path"], current_id(data)
    mirrors.lay_out(data.parent / "mirror", spoilt([BAD[0]]))
    assert mirrors.refresh(data.parent / "mirror", data).is_new
    rollback(data, first, by=DBA)
    statuses = {release.revision: row["status"] for release, row in qof(data)}
    assert statuses == {1: "staged", 2: "set_aside"}
    assert not [gone for gone, _ in maintain(data, keep=0).files if "rejects" in gone.name]
    there = [p for p in shelf.rows_kept(Layout(data)) if "-rejects-" in p.name]
    assert len(there) == 2 and path in there


def test_status_says_how_many_and_where(few: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["status", "--data", str(few), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (release,) = next(s["releases"] for s in told["sources"] if s["code"] == "qof")
    kept = release["rejects"]["prevalence"]
    assert (kept["rows"], kept["kept"]) == (3, 3) and Path(kept["path"]).is_file()
    others = [r["rejects"] for s in told["sources"] for r in s["releases"] if s["code"] != "qof"]
    assert others and not any(others)
    assert main(["status", "--data", str(few)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "rows rejected: see" in line]
    assert lines == [f"qof 2023-24: 3 rows rejected: see {kept['path']}"]
