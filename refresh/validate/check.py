"""Check: all rules of a table on its rows; every verdict is a Finding.

Pure: frames in, findings out. What a rule says, and which rows break it, comes from the contract.
Rows may be a scan of a file larger than memory: they stream, and only what breaks a rule is held.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from engine.rules import AnyRule, RowRule
from engine.table import Table
from engine.table_rules import BetweenRule, TableRule, Unique
from engine.vocabulary import Gate, Verdict
from refresh.finding import Finding, failed
from refresh.validate.gates import THERE_ARE_ROWS, judged
from refresh.validate.seen import Seen

_SHOWN = 2  # rows in a sample
_Kind = TypeVar("_Kind", RowRule, TableRule, BetweenRule)


def check(
    rows: pl.DataFrame | pl.LazyFrame,
    table: Table,
    *,
    where: str,
    others: Mapping[str, pl.LazyFrame] | None = None,
) -> list[Finding]:
    """Every rule of every column and row, that the key is unique, and that there are rows at all.

    Takes:  rows to the contract (staged or folded), held or scanned; `where` names the file or
            table; `others`, the tables by name that rules between tables look at (None: those
            rules are not judged).
    Gives:  one Finding a rule, passes too, so that history can be charted. A rule of which a
            column is not there is not judged. Structure comes first: that there are rows, one a
            key, and in each column what it may hold. Where that fails, rules of rows, of the table
            and between tables are a warning each that says so: what they saw would mislead.
    """
    lazy = rows.lazy()
    names = lazy.collect_schema().names()
    alone = [*_of_values(table, names), *_of_rows(table, names)]
    counts = (one.broken.sum().alias(str(i)) for i, one in enumerate(alone))
    # All rules of rows in one pass: a table may be larger than memory, and is read once.
    total, *broken = _collect(lazy.select(pl.len(), *counts)).row(0)
    by_itself = dict(zip(alone, broken, strict=True))
    key = tuple(name for name in table.key if name in names)
    structure = [
        *judged(Seen(total, may_be_empty=table.may_be_empty), [THERE_ARE_ROWS], where=where),
        _unique_key(lazy, key, total, where),
        *(_of_one(lazy, one, n, total, where) for one, n in by_itself.items() if one.is_structure),
    ]
    if failed(structure):
        rules = (rule for rule in table.rules if set(names).issuperset(rule.columns))
        is_asked = (r for r in rules if others is not None or not isinstance(r, BetweenRule))
        return [*structure, *(_not_judged(rule, where) for rule in is_asked)]
    return [
        *structure,
        *(
            _of_one(lazy, one, n, total, where)
            for one, n in by_itself.items()
            if not one.is_structure
        ),
        *(_of_table(lazy, rule, where) for rule in _declared(table, names, TableRule)),
        *(() if others is None else check_between(lazy, table, where=where, others=others)),
    ]


def check_between(
    rows: pl.DataFrame | pl.LazyFrame,
    table: Table,
    *,
    where: str,
    others: Mapping[str, pl.LazyFrame],
) -> list[Finding]:
    """What a table must be to others: a Finding a rule, passes too.

    Takes:  rows to the contract, held or scanned; the other tables by name. Where one that a rule
            looks at is not among them, the finding is a warning that says so.
    """
    lazy = rows.lazy()
    rules = _declared(table, lazy.collect_schema().names(), BetweenRule)
    return [_between(lazy, rule, others, where) for rule in rules]


@dataclass(frozen=True, eq=False)
class _OfOne:
    """A rule that each row breaks or not by itself, and what it is called here.

    is_structure  it is of one value, not of several columns
    """

    rule: AnyRule
    check: str
    sentence: str
    column: str
    broken: pl.Expr
    is_structure: bool = True


def _of_values(table: Table, names: Sequence[str]) -> Iterator[_OfOne]:
    for column in (column for column in table.columns if column.name in names):
        name = column.name
        for rule in column.rules:
            words = rule.words
            yield _OfOne(rule, f"{name} {words}", f"`{name}` {words}", name, rule.broken(name))


def _of_rows(table: Table, names: Sequence[str]) -> Iterator[_OfOne]:
    for rule in _declared(table, names, RowRule):
        yield _OfOne(rule, rule.words, rule.words, " + ".join(rule.columns), rule.broken(), False)


def _declared(table: Table, names: Sequence[str], kind: type[_Kind]) -> list[_Kind]:
    """The table's rules of a kind of which every column is there."""
    rules = (rule for rule in table.rules if set(names).issuperset(rule.columns))
    return [rule for rule in rules if isinstance(rule, kind)]


def _collect(plan: pl.LazyFrame) -> pl.DataFrame:
    # Streaming: the rows of a large file are never in memory together.
    return plan.collect(engine="streaming")


def _unique_key(rows: pl.LazyFrame, key: tuple[str, ...], total: int, where: str) -> Finding:
    """That the key is one: every contract says so by having a key."""
    rule = Unique(key)
    repeats, sample = _broken(rule.broken(rows), key) if key else (0, [])
    return Finding(
        "fail" if repeats else "pass",
        rule.gate,
        rule.words,
        where,
        rule.complaint(repeats, total) if repeats else rule.words,
        column=" + ".join(key),
        expected=rule.words,
        observed=f"{repeats:,} rows",
        rows_failed=repeats,
        rows_total=total,
        sample=str(sample[:1]) if repeats else "",
        next_step="look the key up: where two files of the release overlap, keep the newer one in"
        " the mirror; where one file has it twice, ask the publisher which row holds"
        if repeats
        else "",
    )


def _of_one(rows: pl.LazyFrame, one: _OfOne, broken: int, total: int, where: str) -> Finding:
    # A second pass only where something is wrong, which is rare.
    sample = _collect(rows.filter(one.broken).head(_SHOWN)).rows() if broken else []
    seen = _Seen(broken, total, sample, f"{one.sentence}{_but(broken, total, 'rows')}")
    return _verdict(one.rule, seen, check=one.check, column=one.column, where=where)


def _of_table(rows: pl.LazyFrame, rule: TableRule, where: str) -> Finding:
    broken, sample = _broken(rule.broken(rows), rule.columns)
    total = _count(rule.units(rows))
    message = rule.complaint(broken, total) if broken else rule.words
    seen = _Seen(broken, total, sample, message)
    return _verdict(rule, seen, column=" + ".join(rule.columns), where=where, gate=rule.gate)


def _between(
    rows: pl.LazyFrame, rule: BetweenRule, others: Mapping[str, pl.LazyFrame], where: str
) -> Finding:
    column = " + ".join(rule.columns)
    if absent := [name for name in rule.others if name not in others]:
        return Finding(
            "warn",
            "quality",
            rule.words,
            where,
            f"nobody can tell whether {rule.words}: there is no `{'`, `'.join(absent)}`",
            column=column,
            expected=rule.words,
            next_step="bring that table's source up to date: python -m refresh run",
        )
    broken, sample = _broken(rule.broken(rows, others), rule.columns)
    total = _count(rule.units(rows))
    seen = _Seen(broken, total, sample, f"{rule.words}{_but(broken, total, rule.unit)}")
    return _verdict(rule, seen, column=column, where=where)


def _broken(broken: pl.LazyFrame, shown: Sequence[str]) -> tuple[int, list[tuple[object, ...]]]:
    """How many there are, and the first few: in one pass, for the plan may be a long one."""
    names = [*shown] or broken.collect_schema().names()
    few = pl.struct(names).head(_SHOWN).implode().alias("few")
    count, some = _collect(broken.select(pl.len(), few)).row(0)
    return count, [tuple(row.values()) for row in some]


def _count(rows: pl.LazyFrame) -> int:
    count: int = _collect(rows.select(pl.len())).item()
    return count


def _not_judged(rule: AnyRule, where: str) -> Finding:
    message = f"not judged, for the structure is not sound: whether {rule.words}"
    step = "mend what failed above; then this is judged"
    return Finding("warn", "quality", rule.words, where, message, "", rule.words, next_step=step)


def _but(broken: int, total: int, unit: str) -> str:
    return f", but not in {broken:,} of {total:,} {unit}" if broken else ""


@dataclass(frozen=True)
class _Seen:
    """What was seen of a rule: how much breaks it, the first of that, and a sentence of it."""

    broken: int
    total: int
    sample: list[tuple[object, ...]]
    message: str


def _verdict(
    rule: AnyRule,
    seen: _Seen,
    *,
    column: str,
    where: str,
    check: str = "",
    gate: Gate = "quality",
) -> Finding:
    is_little = seen.broken / max(seen.total, 1) <= rule.allow
    status: Verdict = "pass" if not seen.broken else "warn" if is_little else rule.severity
    return Finding(
        status,
        gate,
        check or rule.words,
        where,
        seen.message,
        column=column,
        expected=rule.words,
        observed=str(seen.sample[0]) if seen.sample else "",
        rows_failed=seen.broken,
        rows_total=seen.total,
        sample=str(seen.sample) if seen.sample else "",
        next_step=_next_step(status, column),
    )


def _next_step(status: Verdict, column: str) -> str:
    if status == "pass":
        return ""
    if status == "warn":
        return "kept as published; worth a question to the publisher"
    return (
        f"look these rows up in the file; if they are right, the rule for `{column}` in"
        " engine/*/tables/ is too narrow"
    )
