"""Golden datasets: what a release that was once looked at must give again, and what it gave. Pure.

A golden dataset is a folder with a manifest and what is expected of it, `expected.yaml`. Its files
are pinned by hash: where the bytes are others, the publisher has changed them ("source changed");
where they are the same and the numbers are not, we have ("regression").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Literal

from refresh.publications.manifest import Manifest, Struct

Outcome = Literal["pass", "regression", "source changed", "not here"]
_CLOSE = 1e-9
"""How far two sums of fractions may lie apart, for one reader adds in another order."""


class ExpectedTable(Struct):
    """What one source gives of one period.

    columns  as published, in their order; none: not looked at
    sums     of numbers, by the column as published
    nulls    cells without a value, likewise
    """

    source: str
    rows: int
    period: str = ""
    columns: list[str] = []
    sums: dict[str, float] = {}
    nulls: dict[str, int] = {}


class Expected(Struct):
    """What a golden dataset is, where its figures come from, and what it must give.

    invented      whether its files were made up here
    least_loaded  the share of its sources that must load, 0 to 1; those expected must all be right
    """

    name: str
    what: str
    truth: str
    invented: bool = False
    least_loaded: float = 1.0
    tables: list[ExpectedTable] = []


@dataclass(frozen=True)
class TableSeen:
    """What one source gave of one period; several files of one period are added up."""

    source: str
    period: str
    is_loaded: bool
    rows: int
    columns: tuple[str, ...] = ()
    sums: Mapping[str, float] | None = None
    nulls: Mapping[str, int] | None = None
    why: str = ""


@dataclass(frozen=True)
class Report:
    """What came of one golden dataset, every difference in words.

    tables   how many were found and loaded, of those expected; columns: how many facts of columns
             (names, sums, empty cells) are as expected, of those that are told
    """

    name: str
    outcome: Outcome
    differences: tuple[str, ...]
    sources: int
    rows: int
    expected_rows: int
    tables: tuple[int, int] = (0, 0)
    columns: tuple[int, int] = (0, 0)

    @property
    def is_bad(self) -> bool:
        """Whether somebody must look: our own change, not the publisher's."""
        return self.outcome == "regression"


def changed_files(
    manifest: Manifest, found: Mapping[str, str | None]
) -> tuple[list[str], list[str]]:
    """The files that are not here, and those whose bytes are others than were pinned.

    Takes:  the sha256 of each file by its address, None where it is not here.
    """
    files = [file for source in manifest.sources if source.enabled for file in source.files]
    missing = dict.fromkeys(file.url for file in files if found.get(file.url) is None)
    changed = {
        file.url: None
        for file in files
        if file.url not in missing and file.sha256 and found[file.url] != file.sha256
    }
    return list(missing), list(changed)


def judged(
    expected: Expected,
    seen: Sequence[TableSeen],
    *,
    missing: Sequence[str] = (),
    changed: Sequence[str] = (),
) -> Report:
    """What a run of a golden dataset shows.

    Takes:  what is expected, what was seen, the files that are not here or not the same.
    """
    by_key = {(one.source, one.period): one for one in seen}
    loaded = [one for one in seen if one.is_loaded]
    differences = [words for table in expected.tables for words in _between(table, by_key)]
    told = {one.source for one in seen}
    share = len({one.source for one in loaded}) / len(told) if told else 0.0
    if share < expected.least_loaded:
        differences.append(
            f"{share:.0%} of the sources loaded, of {expected.least_loaded:.0%} expected"
        )
    outcome: Outcome = "regression" if differences else "pass"
    if changed and differences:
        outcome = "source changed"
    if missing:
        outcome, differences = "not here", [f"{name} is not here" for name in missing]
    return Report(
        expected.name,
        outcome,
        (*(f"{name} is not what was pinned" for name in changed), *differences),
        sources=len(told),
        rows=sum(one.rows for one in loaded),
        expected_rows=sum(table.rows for table in expected.tables),
        tables=(
            sum(
                bool((one := _found(table, by_key)) and one.is_loaded) for table in expected.tables
            ),
            len(expected.tables),
        ),
        columns=_columns_right(expected, by_key),
    )


def _found(table: ExpectedTable, seen: Mapping[tuple[str, str], TableSeen]) -> TableSeen | None:
    if table.period:
        return seen.get((table.source, table.period))
    return next((one for (source, _), one in seen.items() if source == table.source), None)


def _columns_right(
    expected: Expected, seen: Mapping[tuple[str, str], TableSeen]
) -> tuple[int, int]:
    """How many facts of columns are as expected, of how many."""
    right = told = 0
    for table in expected.tables:
        found = _found(table, seen)
        told += len(table.columns) + len(table.sums) + len(table.nulls)
        if found is None or not found.is_loaded:
            continue
        right += sum(name in found.columns for name in table.columns)
        for facts, got in ((table.sums, found.sums or {}), (table.nulls, found.nulls or {})):
            right += sum(
                name in got and isclose(got[name], value, rel_tol=_CLOSE)
                for name, value in facts.items()
            )
    return right, told


def _between(table: ExpectedTable, seen: Mapping[tuple[str, str], TableSeen]) -> list[str]:
    periods = [one for (source, _), one in seen.items() if source == table.source]
    found = _found(table, seen)
    where = f"{table.source} {table.period}".strip()
    if found is None:
        return [
            f"{where}: not there; there are {', '.join(one.period for one in periods) or 'none'}"
        ]
    if not found.is_loaded:
        return [f"{where}: did not load: {found.why}"]
    said = []
    if found.rows != table.rows:
        said.append(f"{where}: {found.rows:,} rows, of {table.rows:,} expected")
    if table.columns and list(found.columns) != table.columns:
        said.append(f"{where}: {_columns(table.columns, found.columns)}")
    for kind, expected, got in (
        ("sum", table.sums, found.sums or {}),
        ("cells without a value", table.nulls, found.nulls or {}),
    ):
        for column, value in expected.items():
            other = got.get(column)
            if other is None or not isclose(other, value, rel_tol=_CLOSE):
                said.append(f"{where}: `{column}`, {kind}: {other}, of {value} expected")
    return said


def _columns(expected: Sequence[str], found: Sequence[str]) -> str:
    missing = [name for name in expected if name not in found]
    more = [name for name in found if name not in expected]
    parts = [
        f"columns missing: {', '.join(missing)}" if missing else "",
        f"columns more: {', '.join(more)}" if more else "",
    ]
    return "; ".join(filter(None, parts)) or "the columns stand in another order"
