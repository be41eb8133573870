"""A rule that changes is applied to what is stored: the lake is not left as the old one made it."""

import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from engine import Lake, current_id, open_lake
from engine.lake import Layout
from refresh.fingerprint import CARRIES, needed, text_of
from refresh.store.fold import as_folded
from refresh.store.ledger import Ledger
from tests.folders import HALF_WRITTEN
from tests.test_house import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The code in a folder of its own, to be changed."""
    for package in ("engine", "refresh"):
        shutil.copytree(ROOT / package, tmp_path / "code" / package, ignore=HALF_WRITTEN)
    return tmp_path / "code"


def file_of(module: str, root: Path = ROOT) -> Path:
    path = root.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def changed(root: Path, module: str, old: str, new: str) -> None:
    path = file_of(module, root)
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def run_of(code: Path, root: Path) -> str:
    """What a refresh by that code says at its end."""
    where = ["--mirror", str(root / "mirror"), "--data", str(root / "data")]
    done = subprocess.run(
        [sys.executable, "-m", "refresh", "run", "--quiet", *where],
        cwd=code,
        env=os.environ | {"PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def middle_of(lake: Lake) -> list[tuple[float, float]]:
    region = lake.scan("organisation", "2023-24").filter(organisation_code="Y61").collect()
    return region.select("longitude", "latitude").rows()


def test_a_rule_of_the_engine_that_changes_builds_the_lake_again(checkout: Path, root: Path):
    before, was = middle_of(open_lake(root / "data")), current_id(root / "data")
    assert "Nothing new" in run_of(checkout, root)
    size = 'pl.col("list_size").fill_null(0) + 1'
    changed(
        checkout, "engine.atlas.geography", size, 'pl.col("practice_code").str.slice(3).cast(int)'
    )
    assert "A new snapshot is live" in run_of(checkout, root)
    lake = open_lake(root / "data")
    assert lake.manifest["previous"] == was and middle_of(lake) != before


def test_a_release_is_staged_again_when_its_bytes_are_read_otherwise(checkout: Path, root: Path):
    def loads() -> int:
        ledger = Ledger(Layout(root / "data").registry_url)
        found = len(ledger.loads())
        ledger.close()
        return found

    before = loads()
    with file_of("refresh.extract.read", checkout).open("a", encoding="utf-8") as file:
        file.write("# a word more\n")
    assert "Nothing new" in run_of(checkout, root), "the same rows came of it"
    assert loads() == 2 * before


def inputs_of(data: Path) -> dict[tuple[str, str | None], str]:
    """What stands for the inputs of every file of the live snapshot."""
    tables = open_lake(data).manifest["tables"]
    return {
        (name, file["partition"]): file["inputs"]
        for name, table in tables.items()
        for file in table["files"]
    }


def test_a_word_that_is_mended_makes_only_its_own_table_again(checkout: Path, root: Path):
    run_of(checkout, root)
    before = inputs_of(root / "data")
    changed(checkout, "refresh.atlas.qof_words", '"Chronic kidney disease"', '"Kidney disease"')
    assert "A new snapshot is live" in run_of(checkout, root)
    after = inputs_of(root / "data")
    assert {name for name, _ in before.keys() | after.keys() if name == "indicator"}
    assert {key for key in before if before[key] != after[key]} == {("indicator", None)}


def test_what_a_maker_is_made_of_is_its_module_and_what_that_imports():
    assert needed("refresh.atlas.indicator_table") >= {
        *("refresh.atlas.indicator_table", "refresh.atlas.qof_words", "engine.table"),
        "engine.atlas.tables.qof_contracts",
    }
    assert "refresh.atlas.qof_words" not in needed("refresh.atlas.qof_tables")
    assert "engine.atlas.geography" in needed("refresh.atlas.qof_tables")
    assert not needed("refresh.atlas.qof_tables") & CARRIES


def test_a_maker_with_something_bound_is_another_with_something_else():
    made = [text_of(partial(as_folded, rows=name)) for name in ("a", "b")]
    assert made[0] != made[1] != text_of(as_folded)
