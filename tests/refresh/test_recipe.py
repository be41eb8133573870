"""A rule that changes is applied to what is stored: the lake is not left as the old one made it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import Lake, current_id, open_lake
from engine.lake import Layout
from refresh.store.ledger import Ledger
from tests.test_house import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The code in a folder of its own, to be changed."""
    for package in ("engine", "refresh"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / "code" / package, ignore=ignored)
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
