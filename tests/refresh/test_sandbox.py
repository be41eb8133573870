"""The sandbox: a user's own tables, never the lake's; quota, weekly wipe, pins, the way in."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from engine.errors import NoSnapshot, UnknownName
from engine.lake import open_lake
from refresh.__main__ import main
from refresh.operate import sandbox
from refresh.operate.sandbox import Quota, SandboxFull

MONDAY = date(2026, 11, 30)
ROWS = pl.LazyFrame({"plan_id": ["P1", "P2"], "pmpm": [470.25, None]})


def kept(data: Path, user: str = "ann") -> list[str]:
    return [one.name for one in sandbox.listed(data, user)]


def test_a_table_is_kept_read_back_and_belongs_to_one_user(tmp_path: Path):
    one = sandbox.keep(tmp_path, "ann", "pmpm", ROWS, today=MONDAY)
    assert (one.rows, one.until, one.is_pinned) == (2, date(2026, 12, 7), False)
    assert sandbox.read(tmp_path, "ann", "pmpm").collect().equals(ROWS.collect())
    assert kept(tmp_path) == ["pmpm"] and kept(tmp_path, "bob") == []
    with pytest.raises(UnknownName, match="`pmpm` is not kept"):
        sandbox.read(tmp_path, "bob", "pmpm")


def test_nothing_of_it_is_in_the_lake(tmp_path: Path):
    sandbox.keep(tmp_path, "ann", "fact_claim", ROWS, today=MONDAY)
    with pytest.raises(NoSnapshot):
        open_lake(tmp_path)
    assert not list((tmp_path / "lake").rglob("*.parquet"))


@pytest.mark.parametrize("name", ["", "..", "a/b", "../ann", "Ann", "a b", "x" * 64])
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str):
    for user, table in ((name, "pmpm"), ("ann", name)):
        with pytest.raises(UnknownName):
            sandbox.keep(tmp_path, user, table, ROWS, today=MONDAY)
    assert not list(tmp_path.rglob("*.parquet"))


def test_what_is_too_much_is_refused_and_what_was_there_stays(tmp_path: Path):
    first = sandbox.keep(tmp_path, "ann", "small", ROWS, today=MONDAY)
    room = Quota(size=first.size * 3 // 2)
    with pytest.raises(SandboxFull, match="no room for `other`"):
        sandbox.keep(tmp_path, "ann", "other", ROWS, today=MONDAY, quota=room)
    # In its own place it takes no more than before; and each has a quota of his own.
    sandbox.keep(tmp_path, "ann", "small", ROWS, today=MONDAY, quota=room)
    sandbox.keep(tmp_path, "bob", "other", ROWS, today=MONDAY, quota=room)
    assert kept(tmp_path) == ["small"]
    left = [path.name for path in tmp_path.rglob("*") if path.is_file() and "part" in path.name]
    assert left == []


def test_the_weekly_wipe_takes_what_is_a_week_old_and_leaves_what_is_pinned(tmp_path: Path):
    for name, day in (("old", 23), ("pinned", 23), ("new", 24)):
        sandbox.keep(tmp_path, "ann", name, ROWS, today=date(2026, 11, day))
    sandbox.pin(tmp_path, "ann", "pinned", today=date(2026, 11, 24))
    notice = sandbox.leaving(tmp_path, on=MONDAY)
    assert {user: [one.name for one in going] for user, going in notice.items()} == {"ann": ["old"]}
    assert kept(tmp_path) == ["new", "old", "pinned"]
    assert sandbox.wipe(tmp_path, today=MONDAY) == notice
    assert kept(tmp_path) == ["new", "pinned"]
    # A pin holds thirty days.
    sandbox.wipe(tmp_path, today=date(2026, 12, 23))
    assert kept(tmp_path) == ["pinned"]
    sandbox.wipe(tmp_path, today=date(2026, 12, 24))
    assert kept(tmp_path) == [] and not list(tmp_path.rglob("*.parquet"))


def test_what_is_handed_over_is_a_file_as_any_publication_is(tmp_path: Path):
    sandbox.keep(tmp_path / "data", "ann", "pmpm", ROWS, today=MONDAY)
    file = sandbox.hand_over(tmp_path / "data", "ann", "pmpm", tmp_path / "mirror")
    assert file.read_text(encoding="utf-8") == "plan_id,pmpm\nP1,470.25\nP2,\n"
    assert kept(tmp_path / "data") == ["pmpm"]


def test_the_verb_keeps_lists_pins_hands_over_and_wipes(tmp_path: Path, capsys):
    file = tmp_path / "given.csv"
    file.write_text("plan_id,pmpm\nP1,470.25\n", encoding="utf-8")

    def said(*words: str) -> str:
        assert main(["sandbox", *words, "--data", str(tmp_path / "data"), "--user", "ann"]) == 0
        return capsys.readouterr().out

    assert "pmpm  1 rows" in said("keep", "pmpm", str(file))
    assert "pinned until" in said("pin", "pmpm") and "pinned" in said("list")
    assert "pmpm.csv" in said("hand-over", "pmpm", str(tmp_path / "mirror"))
    assert said("wipe") == "" and said("drop", "pmpm") == "" and said("list") == ""
    lacking = ["sandbox", "keep", "pmpm", "--data", str(tmp_path / "data"), "--user", "ann"]
    assert main(lacking) == 2 and "`keep` needs a path" in capsys.readouterr().err
