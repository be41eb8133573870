"""Killed runs: what was live stays live, and the next run makes the lake that none disturbed.

Every run here is a process that is really killed: right before each file is given its name, right
before each transaction of the ledger, and wherever it happens to be.
"""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import Question, answer, current_id, open_lake
from engine.lake import Layout
from refresh.pipeline import Outcome
from refresh.store.ledger import Ledger
from refresh.wing import Wings
from refresh.wings import WINGS
from tests.refresh.forked import Forking, forking
from tests.refresh.mirrors import (
    DIRECTORY,
    contents,
    directory,
    england,
    lay_out,
    packed,
    zip_of,
)
from tests.refresh.mirrors import members as published
from tests.refresh.mirrors import refresh as refreshed

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")

YEAR = "2021-22"
# The other wings have nothing here: what of claims is killed is in claims/test_feed_killed.py.
ATLAS = Wings(tuple(wing for wing in WINGS.wings if wing.name == "atlas"))
QUESTIONS = (
    Question(indicator="COPD010", year=YEAR, level="england"),
    Question(indicator="AST007", year=YEAR, level="icb", measure="pri"),
    Question(indicator="AF", year=YEAR, level="pcn", measure="prevalence"),
    Question(indicator="COPD010", year=YEAR, measure="points"),
)


class Killer:
    """The process that forks runs and tells how they ended; and lakes to run them on."""

    def __init__(self, process: Forking, folder: Path):
        self._forking, self._folder, self._runs = process, folder, 0
        self.old = folder / "old"
        lay_out(self.old / "mirror", england((YEAR, "2022-23")))
        refresh(self.old / "mirror", self.old / "data")
        lay_out(self.old / "mirror", {zip_of(YEAR): packed(published(YEAR, issue=2))})
        lay_out(self.old / "mirror", {DIRECTORY: directory(issue=2)})
        self.new = self.copy()
        self.steps = self.run(self.new)
        self.said = [answers(root) for root in (self.old, self.new)]
        self.made = contents(open_lake(self.new / "data"))

    def copy(self) -> Path:
        """A lake, and a mirror that has moved on."""
        self._runs += 1
        return Path(shutil.copytree(self.old, self._folder / str(self._runs)))

    def run(self, root: Path, **moment: object) -> dict[str, int]:
        """Run and be killed; without a moment, run to the end: how many steps of each kind."""
        where = {"mirror": str(root / "mirror"), "data": str(root / "data")}
        asked = {**where, "wing": ATLAS.wings[0].name, **moment}
        return self._forking.run(asked, ends=("-9", "-14"))


@pytest.fixture(scope="module")
def killer(tmp_path_factory) -> Iterator[Killer]:
    with forking("tests.refresh.killed") as process:
        yield Killer(process, tmp_path_factory.mktemp("killed"))


def refresh(mirror: Path, data: Path) -> Outcome:
    return refreshed(mirror, data, wings=ATLAS)


def answers(root: Path) -> list[list[tuple]]:
    lake = open_lake(root / "data")
    return [answer(lake, question).collect().rows() for question in QUESTIONS]


def assert_unharmed(killer: Killer, root: Path, what: str) -> None:
    """The lake answers as before or, once CURRENT says so, as after; the next run mends it."""
    is_old = current_id(root / "data") == current_id(killer.old / "data")
    assert answers(root) == killer.said[0 if is_old else 1], what
    assert statuses(root) <= {"completed", "in_progress", "rolled_back"}, what
    outcome = refresh(root / "mirror", root / "data")
    assert outcome.exit_code == 0, what
    assert contents(open_lake(root / "data")) == killer.made, what
    assert statuses(root) <= {"completed", "rolled_back"}, what
    shutil.rmtree(root)


def statuses(root: Path) -> set[str]:
    ledger = Ledger(Layout(root / "data").registry_url)
    try:
        return {load["status"] for load in ledger.loads()}
    finally:
        ledger.close()


@pytest.mark.parametrize("kind", ["file", "ledger", "progress"])
def test_killed_before_every_step_that_counts(killer: Killer, kind: str):
    assert killer.steps[kind] >= {"file": 12, "ledger": 20, "progress": 20}[kind]
    # Between two words of progress something else is done, at which it is killed as well.
    for at in range(1, killer.steps[kind] + 1, 5 if kind == "progress" else 1):
        root = killer.copy()
        survived = killer.run(root, kind=kind, at=at)
        assert not survived or kind == "progress", f"{kind} {at} never came"
        assert_unharmed(killer, root, f"killed before {kind} {at}")


def test_killed_wherever_it_happens_to_be(killer: Killer):
    moments = random.Random(20)
    killed = 0
    for _ in range(10):
        root, at = killer.copy(), moments.uniform(0.01, 0.2)
        killed += not killer.run(root, kind="seconds", at=at)
        assert_unharmed(killer, root, f"killed after {at:.3f} seconds")
    assert killed >= 5


def test_killed_again_and_again_it_still_gets_there(killer: Killer):
    """No run is let finish, each is killed a step later; nothing piles up that stops the last."""
    root = killer.copy()
    for at in range(1, killer.steps["file"], 3):
        killer.run(root, kind="file", at=at)
    assert_unharmed(killer, root, "killed many times")


def test_a_first_run_that_is_killed_leaves_nothing_and_the_next_makes_all_of_it(killer: Killer):
    for at in (1, 3, 8, 15, 25):
        root = killer.copy()
        shutil.rmtree(root / "data")
        killer.run(root, kind="file", at=at)
        assert current_id(root / "data") is None
        assert refresh(root / "mirror", root / "data").exit_code == 0
        assert contents(open_lake(root / "data")) == killer.made
