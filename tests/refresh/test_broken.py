"""Broken publications: a finding says what, where and what next; no wrong number is ever served.

Each variant arrives on top of a good lake, as a re-issue, and then as a first release where it
brings numbers. What is served meanwhile, and that the good file is all it takes afterwards, is
compared byte by byte with the lakes that good files make.
"""

import shutil
from pathlib import Path

import pytest

from engine import open_lake
from refresh.finding import Finding, failed
from tests.refresh.broken import (
    BEFORE,
    LOADED,
    REFUSED,
    VARIANTS,
    YEAR,
    Broken,
    Partly,
    achievements,
    lists,
)
from tests.refresh.mirrors import contents, england, lay_out, refresh, served, told

FACTS = {"achievement": "percent_achieved", "prevalence": "prevalence"}
Contents = dict[tuple[str, str | None], str]


class Lakes:
    """Lakes that good files make, each made once, and copies of them to break."""

    def __init__(self, root: Path):
        self._root = root
        self._made: dict[object, Path] = {}

    def of(self, *years: str, mended: dict[str, bytes] | None = None) -> Path:
        """A mirror of these years and its lake; then `mended` laid out and refreshed, too."""
        key = (years, *(mended or {}).items())
        if key not in self._made:
            base = self.of(*years) if mended else None
            root = self._root / str(len(self._made))
            if base:
                shutil.copytree(base, root)
            lay_out(root / "mirror", mended or england(years))
            outcome = refresh(root / "mirror", root / "data")
            assert (outcome.exit_code, told(outcome.findings)) == (0, [])
            self._made[key] = root
        return self._made[key]

    def copy(self, original: Path, to: Path) -> Path:
        return shutil.copytree(original, to / "lake")


@pytest.fixture(scope="module")
def lakes(tmp_path_factory) -> Lakes:
    return Lakes(tmp_path_factory.mktemp("lakes"))


def held(root: Path) -> Contents:
    return contents(open_lake(root / "data"))


def is_named(finding: Finding, broken: Broken) -> bool:
    """Whether a finding says where it is, in which column, and what to do."""
    column = broken.column
    names = column == finding.column or f"`{column}`" in finding.message or column in finding.column
    return broken.where in finding.where and names and bool(finding.next_step)


@pytest.mark.parametrize("broken", VARIANTS, ids=lambda broken: broken.name)
def test_a_broken_re_issue_serves_no_wrong_number_and_is_mended_by_a_good_one(
    broken: Broken, lakes: Lakes, tmp_path: Path
):
    good = lakes.of(BEFORE, YEAR)
    mended = lakes.of(BEFORE, YEAR, mended=broken.mended)
    root = lakes.copy(good, tmp_path)
    lay_out(root / "mirror", broken.files)

    outcome = refresh(root / "mirror", root / "data")

    assert outcome.exit_code == (1 if broken.ends == REFUSED else 0)
    if broken.where:
        assert any(is_named(f, broken) for f in told(outcome.findings)), told(outcome.findings)
    else:
        assert told(outcome.findings) == []
    if isinstance(broken.ends, Partly):
        assert_served_but_for(broken.ends, root, mended)
    else:
        assert held(root) == held(mended if broken.ends == LOADED else good)

    lay_out(root / "mirror", broken.mended)
    assert not failed(refresh(root / "mirror", root / "data").findings)
    assert held(root) == held(mended)


FIRST = [b for b in (*lists(), *achievements()) if b.parts and b.ends == REFUSED]


@pytest.mark.parametrize("broken", FIRST, ids=lambda broken: broken.name)
def test_a_broken_first_release_brings_the_good_parts_and_nothing_of_the_broken(
    broken: Broken, lakes: Lakes, tmp_path: Path
):
    mended = lakes.of(BEFORE, mended=broken.mended)
    root = lakes.copy(lakes.of(BEFORE), tmp_path)
    before = held(root)
    lay_out(root / "mirror", broken.files)

    outcome = refresh(root / "mirror", root / "data")

    assert outcome.exit_code == 1
    now, whole = held(root), held(mended)
    for part, table in FACTS.items():
        assert now[table, BEFORE] == before[table, BEFORE]
        assert now.get((table, YEAR)) == (None if part in broken.parts else whole[table, YEAR])
    lay_out(root / "mirror", broken.mended)
    assert not failed(refresh(root / "mirror", root / "data").findings)
    assert held(root) == whole


def assert_served_but_for(ends: Partly, root: Path, mended: Path) -> None:
    """The new numbers, but for the rows told of; all other tables of numbers as they should be."""
    now, new = held(root), held(mended)
    for table in FACTS.values():
        for year in (BEFORE, YEAR):
            if (table, year) != (ends.table, YEAR):
                assert now[table, year] == new[table, year]
    rows, expected = (served(r / "data", ends.table, YEAR) for r in (root, mended))
    assert rows.filter(~ends.rows).equals(expected.filter(~ends.rows))
    concerned = rows.filter(ends.rows).to_dicts()
    assert len(concerned) == len(ends.gives)
    for row, gives in zip(concerned, ends.gives, strict=True):
        assert gives.items() <= row.items()


def test_there_are_enough_variants_and_each_has_its_own_name():
    assert len({broken.name for broken in VARIANTS}) == len(VARIANTS) >= 100
    assert all(set(broken.files) == set(broken.mended) for broken in VARIANTS)
