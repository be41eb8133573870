"""Broken publications: a finding says what, where and what next; no wrong number is ever served.

Each variant arrives on top of a good lake, as a re-issue, and then as a first release where it
brings numbers. What is served meanwhile, and that the good file is all it takes afterwards, is
compared byte by byte with the lakes that good files make.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from refresh.finding import Finding, failed
from tests.refresh.broken import (
    LOADED,
    REFUSED,
    SPLIT,
    VARIANTS,
    YEAR,
    Broken,
    Partly,
    achievements,
    lists,
)
from tests.refresh.mirrors import england, held, lay_out, refresh, served, told

FACTS = {"achievement": "percent_achieved", "prevalence": "prevalence"}
Contents = dict[tuple[str, str | None], str]


class Lakes:
    """Mirrors of some years, and the lakes that good files make; each is made once."""

    def __init__(self, root: Path):
        self._root = root
        self._made: dict[object, Path] = {}

    def mirror(self, *years: str) -> Path:
        """A mirror's folder; whoever changes it puts everything back (see `put_back`)."""
        return lay_out(self._root / "mirrors" / "-".join(years), england(years))

    def data(self, *years: str, mended: dict[str, bytes] | None = None) -> Path:
        """The data folder of a lake of these years, `mended` laid out and refreshed after them."""
        key = (years, *(mended or {}).items())
        if key not in self._made:
            mirror = self.mirror(*years)
            data = self._root / f"data-{len(self._made)}"
            if mended:
                shutil.copytree(self.data(*years), data)
            with put_back(mirror):
                lay_out(mirror, mended or {})
                outcome = refresh(mirror, data)
            assert (outcome.exit_code, told(outcome.findings)) == (0, [])
            self._made[key] = data
        return self._made[key]


@contextmanager
def put_back(mirror: Path) -> Iterator[None]:
    """Afterwards every file of the mirror is as it was, its modification time too."""
    before = {p: (p.read_bytes(), p.stat()) for p in mirror.rglob("*") if p.is_file()}
    yield
    for path in [p for p in mirror.rglob("*") if p.is_file()]:
        if path not in before:
            path.unlink()
    for path, (content, stat) in before.items():
        if not path.is_file() or path.stat().st_mtime_ns != stat.st_mtime_ns:
            path.write_bytes(content)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.fixture(scope="module")
def lakes(tmp_path_factory) -> Lakes:
    return Lakes(tmp_path_factory.mktemp("lakes"))


def is_named(finding: Finding, broken: Broken) -> bool:
    """Whether a finding says where it is, in which column, and what to do."""
    column = broken.column
    names = column == finding.column or f"`{column}`" in finding.message or column in finding.column
    return broken.where in finding.where and names and bool(finding.next_step)


@pytest.mark.parametrize("broken", VARIANTS, ids=lambda broken: broken.name)
def test_a_broken_re_issue_serves_no_wrong_number_and_is_mended_by_a_good_one(
    broken: Broken, lakes: Lakes, tmp_path: Path
):
    good = lakes.data(YEAR, SPLIT)
    mended = lakes.data(YEAR, SPLIT, mended=broken.mended)
    data = Path(shutil.copytree(good, tmp_path / "data"))
    mirror = lakes.mirror(YEAR, SPLIT)
    with put_back(mirror):
        lay_out(mirror, broken.files)
        outcome = refresh(mirror, data, codes=broken.sources)

        assert outcome.exit_code == (1 if broken.ends == REFUSED else 0)
        if broken.where:
            assert any(is_named(f, broken) for f in told(outcome.findings)), told(outcome.findings)
        else:
            assert told(outcome.findings) == []
        if isinstance(broken.ends, Partly):
            assert_served_but_for(broken.ends, broken.year, data, mended)
        else:
            assert held(data) == held(mended if broken.ends == LOADED else good)

        lay_out(mirror, broken.mended)
        assert not failed(refresh(mirror, data, codes=broken.sources).findings)
        assert held(data) == held(mended)


FIRST = [b for b in (*lists(), *achievements()) if b.parts and b.ends == REFUSED]


@pytest.mark.parametrize("broken", FIRST, ids=lambda broken: broken.name)
def test_a_broken_first_release_brings_the_good_parts_and_nothing_of_the_broken(
    broken: Broken, lakes: Lakes, tmp_path: Path
):
    year, other = broken.year, YEAR if broken.year == SPLIT else SPLIT
    before, whole = held(lakes.data(other)), held(lakes.data(other, mended=broken.mended))
    data = Path(shutil.copytree(lakes.data(other), tmp_path / "data"))
    mirror = lakes.mirror(other)
    with put_back(mirror):
        lay_out(mirror, broken.files)
        assert refresh(mirror, data, codes=broken.sources).exit_code == 1
        now = held(data)
        for part, table in FACTS.items():
            assert now[table, other] == before[table, other]
            assert now.get((table, year)) == (None if part in broken.parts else whole[table, year])
        lay_out(mirror, broken.mended)
        assert not failed(refresh(mirror, data, codes=broken.sources).findings)
        assert held(data) == whole


def assert_served_but_for(ends: Partly, year: str, data: Path, mended: Path) -> None:
    """The new numbers, but for the rows told of; all other tables of numbers as they should be."""
    now, new = held(data), held(mended)
    others = {key for key in new if key[0] in FACTS.values()} - {(ends.table, year)}
    assert {key: now[key] for key in others} == {key: new[key] for key in others}
    rows, expected = (served(folder, ends.table, year) for folder in (data, mended))
    assert rows.filter(~ends.rows).equals(expected.filter(~ends.rows))
    concerned = rows.filter(ends.rows).to_dicts()
    assert len(concerned) == len(ends.gives)
    for row, gives in zip(concerned, ends.gives, strict=True):
        assert gives.items() <= row.items()


def test_there_are_enough_variants_and_each_has_its_own_name():
    assert len({broken.name for broken in VARIANTS}) == len(VARIANTS) >= 100
    assert all(set(broken.files) == set(broken.mended) for broken in VARIANTS)
