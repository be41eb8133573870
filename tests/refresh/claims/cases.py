"""Runner of the shared claims cases: feeds after public bug reports, with their right answers.

A case is a folder of files as a payer would send them and an `expected.json`. It is loaded as any
mirror is, all at once or file by file; what must come of it is said by the case, never by us.
"""

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine import Lake, open_lake
from refresh.claims.batches import Absent
from refresh.claims.recipe import recipes
from refresh.claims.wing import CLAIMS
from refresh.pipeline import Outcome, run
from refresh.wing import Wings

SHARED = Path(__file__).parents[4] / "shared"
CASES = SHARED / "claims" / "cases"


def folder_of(number: int) -> Path:
    """A case's folder; skips where the shared files are not beside the project."""
    found = sorted(CASES.glob(f"{number:02d}-*"))
    if not found:
        pytest.skip("../shared/claims/cases is not beside the project")
    return found[0]


def expected(number: int) -> Any:
    """The case's right answer."""
    return json.loads((folder_of(number) / "expected.json").read_text(encoding="utf-8"))


def loaded(files: Iterable[Path], root: Path, *, absent: Absent = "ignore") -> Lake:
    """These files more in a mirror of their own, and the lake after a refresh from it.

    Takes:  files; a folder for mirror and lake, in which there may be both already; what becomes
            of who is absent from a batch.
    """
    mirror = root / "mirror"
    mirror.mkdir(parents=True, exist_ok=True)
    for path in files:
        if path.suffix == ".csv":
            shutil.copy2(path, mirror / path.name)
    outcome = refreshed(root, absent=absent)
    assert outcome.exit_code == 0, [str(f) for f in outcome.findings if f.status == "fail"]
    return open_lake(root / "data")


def refreshed(root: Path, *, absent: Absent = "ignore") -> Outcome:
    """A refresh of the claims wing from the mirror in that folder."""
    payer = Wings((replace(CLAIMS, recipes=recipes(absent=absent)),))
    return run(data=root / "data", mirror=str(root / "mirror"), wings=payer)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Lake]:
    """The lake of all files of a case, loaded once a module."""
    kept: dict[int, Lake] = {}

    def lake(number: int) -> Lake:
        if number not in kept:
            files = folder_of(number).iterdir()
            kept[number] = loaded(files, tmp_path_factory.mktemp(f"case{number}"))
        return kept[number]

    return lake


def rows(lake: Lake, table: str) -> pl.DataFrame:
    """All rows of a table."""
    return lake.scan(table).collect()


def dollars(cents: int | None) -> str:
    """Whole cents as the cases write money."""
    return f"{(cents or 0) / 100:.2f}"
