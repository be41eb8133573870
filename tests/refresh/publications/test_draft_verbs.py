"""`manifest draft | validate | schema` as they are typed."""

import json
from pathlib import Path

import pytest

from refresh.__main__ import main
from refresh.publications.manifest_file import read

CSV = "Period,Org Code,Seen\n2025-05-01,R1H,10\n2025-05-01,RAL,*\n2025-05-01,RXF,30\n"


@pytest.fixture
def drafted(tmp_path: Path) -> Path:
    (tmp_path / "seen-may-2025.csv").write_text(CSV, encoding="utf-8")
    path = tmp_path / "m.yaml"
    assert main(["manifest", "draft", str(tmp_path / "seen-may-2025.csv"), "-o", str(path)]) == 0
    return path


def test_a_draft_says_what_was_seen(drafted: Path):
    (source,) = read(drafted).sources
    assert source.code == "seen" and source.grain == "trust"
    assert source.files[0].period == "2025-05"
    assert [column.dtype for column in source.columns] == ["date", "string", "int64"]
    assert source.columns[2].marks == {"*": "suppressed"}


def test_validate_finds_a_draft_sound_and_its_file_there(drafted: Path):
    assert main(["manifest", "validate", str(drafted), "--check-urls", "--strict"]) == 0


def test_validate_says_what_is_wrong(drafted: Path, capsys: pytest.CaptureFixture[str]):
    text = drafted.read_text(encoding="utf-8").replace("seen-may-2025.csv", "gone.csv")
    drafted.write_text(text, encoding="utf-8")
    assert main(["manifest", "validate", str(drafted), "--check-urls", "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert "gone.csv" in told["message"]


def test_a_file_that_is_no_table_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "notes.csv"
    path.write_text("Only words\n", encoding="utf-8")
    assert main(["manifest", "draft", str(path)]) == 2
    assert "no table was seen" in capsys.readouterr().err


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]):
    assert main(["manifest", "schema"]) == 0
    assert "$defs" in json.loads(capsys.readouterr().out)
