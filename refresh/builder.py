"""Build: walks the recipes of all wings and fills a draft with the tables that they make.

Part of the walk: staged editions and made tables go to makers, what they give is checked and
written. A file whose contract, maker and inputs are those of the last snapshot is kept; a maker
that fails leaves a finding and the last file, so that one bad publication never stops another.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from engine.manifest import FileEntry
from engine.table import Table
from engine.table_rules import BetweenRule
from refresh.finding import Finding, failed
from refresh.fingerprint import BUILD, text_of
from refresh.pantry import Pantry
from refresh.progress import Progress
from refresh.recipe import (
    Answers,
    Asked,
    Built,
    Fact,
    Input,
    Named,
    Once,
    Recipe,
    Staged,
    Values,
)
from refresh.recipe_order import in_order
from refresh.store import fold
from refresh.store.fold import Edition
from refresh.store.seal import Draft
from refresh.validate.check import check, check_between

Frames = dict[str | None, pl.LazyFrame]


@dataclass
class Inputs:
    """The inputs of one partition, resolved: values by name, and what stands for them in a hash."""

    values: dict[str, Any] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)
    where: str = ""
    is_invented: bool = False


class Builder:
    """One build of one lake.

    ask  calls an `Asked`'s function with whatever it may use of the world outside
    """

    def __init__(
        self,
        recipes: Sequence[Recipe],
        *,
        draft: Draft,
        pantry: Pantry,
        ask: Callable[[Asked, dict[str, Any]], Answers],
        progress: Progress,
    ):
        self.recipes = in_order(recipes)
        self.draft, self.pantry, self.progress = draft, pantry, progress
        self.findings: list[Finding] = []
        self._ask = ask
        self._answers: dict[str, Answers] = {}
        self._frames: dict[str, Frames] = {}
        self._marks: dict[tuple[str, str | None], str] = {}
        self._invented: set[str] = set()
        self._known: dict[tuple[str, str, int], frozenset[str]] = {}

    def build(self) -> None:
        """Make every table that the editions allow."""
        for done, recipe in enumerate(self.recipes):
            for table in recipe.tables:
                self._frames.setdefault(table.name, {})
                self.draft.declare(table)
            for partition in self._partitions(recipe):
                words = f"tables: {recipe.name} {partition or ''}".strip()
                self.progress.step(words, done, len(self.recipes))
                self._make(recipe, partition)
        self.draft.invented |= self._invented

    def facts(self, facts: Iterable[Fact]) -> dict[str, Any]:
        """What is known now that every table is made, by name; what is found goes to `findings`."""
        told = {}
        for fact in facts:
            values = {name: self._built(of, None, Inputs())[0] for name, of in fact.of.items()}
            told[fact.name], found = fact.by(**values)
            self.findings += found
        return told

    def _partitions(self, recipe: Recipe) -> list[str | None]:
        per = recipe.per
        if isinstance(per, Once):
            return [None]
        if isinstance(per, Named):
            return [per.name]
        if isinstance(per, Values):
            every = self.pantry.editions.get(per.part, ())
            found = {v for e in every for v in self._values(per, e)}
            return [*sorted(found)]
        return [*sorted({e.period for part in per.parts for e in self._editions(part)})]

    def _editions(self, part: str) -> Sequence[Edition]:
        """The newest revision of every period."""
        return fold.newest_revisions(self.pantry.editions.get(part, ()))

    def _make(self, recipe: Recipe, partition: str | None) -> None:
        """Make the files of one partition, or keep those of the last snapshot."""
        try:
            inputs = self._inputs(recipe.of, partition, recipe.per)
            if inputs is None:
                return
            self._write(recipe, partition, inputs)
            self._find(recipe, partition, inputs)
        except OSError:
            raise  # the disk takes no more: that is not this recipe's doing
        # Whatever a maker does wrong is its tables' loss alone: all others are made, and this is
        # told.
        except Exception as error:
            self._keep_the_last(recipe, partition, error)

    def _write(self, recipe: Recipe, partition: str | None, inputs: Inputs) -> None:
        digests = {table.name: _digest(recipe, table, inputs) for table in recipe.tables}
        kept = {t.name: self.draft.kept(t.name, partition, digests[t.name]) for t in recipe.tables}
        made: Any = None
        if not all(kept.values()):
            made = recipe.by(**inputs.values)
            if made is None:
                return
        # Where all files are kept nothing was made, and none of these is looked at.
        frames = made if isinstance(made, tuple) else (made,) * len(recipe.tables)
        for table, rows in zip(recipe.tables, frames, strict=True):
            where = _where(table, partition, inputs)
            file = kept[table.name]
            if file is not None:
                # A file that is kept keeps what was said of it: else a warning would vanish with
                # the next run. But not what is asked anew: the tables that it is held against may
                # be others now.
                asked_anew = {rule.words for rule in _between(table)}
                before = (f for f in self.draft.found_before if f.check not in asked_anew)
                self.findings += (f for f in before if _is_of(f, where))
                self._judge(self._scan(file), table, where)
            else:
                file = self._written(recipe, table, rows, partition, digests[table.name], where)
            self._take(table, partition, file)
            if inputs.is_invented:
                self._invented.add(table.name)

    def _written(
        self,
        recipe: Recipe,
        table: Table,
        rows: pl.LazyFrame | Iterable[pl.DataFrame],
        partition: str | None,
        digest: str,
        where: str,
    ) -> FileEntry | None:
        """The new file, or the last one where this does not hold to its contract."""
        self.progress.beat()
        if recipe.large or not isinstance(rows, pl.LazyFrame):
            return self._streamed(recipe, table, rows, partition, digest, where)
        whole = rows.collect()
        if not self._holds(whole.lazy(), table, where):
            return self._last(recipe, table, partition)
        return self.draft.write(table, whole, partition=partition, inputs=digest)

    def _last(self, recipe: Recipe, table: Table, partition: str | None) -> FileEntry | None:
        """What stays where no new file can be had."""
        return self.draft.last(table.name, partition) if recipe.keeps_last else None

    def _streamed(
        self,
        recipe: Recipe,
        table: Table,
        rows: pl.LazyFrame | Iterable[pl.DataFrame],
        partition: str | None,
        digest: str,
        where: str,
    ) -> FileEntry | None:
        """The same of more rows than memory holds: written first, and checked on the file."""
        part = self.draft.sink(table, rows, partition=partition)
        if not self._holds(pl.scan_parquet(part, glob=False), table, where):
            part.unlink()
            return self._last(recipe, table, partition)
        return self.draft.name(table, part, partition=partition, inputs=digest)

    def _holds(self, rows: pl.LazyFrame, table: Table, where: str) -> bool:
        """Whether new rows may be served: they are what their contract says, to others too."""
        verdicts = check(rows, table, where=where)
        self.findings += verdicts
        return not failed([*verdicts, *self._judge(rows, table, where)])

    def _judge(self, rows: pl.LazyFrame, table: Table, where: str) -> list[Finding]:
        """What rows are to other tables as these are now: asked of a kept file, too."""
        names = {other for rule in _between(table) for other in rule.others}
        others = {
            name: pl.concat(frames.values()) for name in names if (frames := self._frames.get(name))
        }
        # Where the other table was not published, there is nothing to hold this one to.
        rules = tuple(rule for rule in _between(table) if others.keys() >= set(rule.others))
        verdicts = check_between(rows, replace(table, rules=rules), where=where, others=others)
        self.findings += verdicts
        return verdicts

    def _scan(self, file: FileEntry) -> pl.LazyFrame:
        return pl.scan_parquet(self.draft.layout.table_file(file["path"]), glob=False)

    def _take(self, table: Table, partition: str | None, file: FileEntry | None) -> None:
        if file is not None:
            self.draft.keep(table, file)
            # By content: a table that is made anew and comes out the same makes nothing after it
            # anew.
            self._marks[table.name, partition] = file["sha256"]
            # Read from the file, not handed on: makers get what readers get, and memory is free
            # again.
            self._frames[table.name][partition] = self._scan(file)

    def _find(self, recipe: Recipe, partition: str | None, inputs: Inputs) -> None:
        if recipe.finds is None:
            return
        frames = {t.name: self._frames[t.name].get(partition) for t in recipe.tables}
        known = {**inputs.values, "made": frames, "where": inputs.where}
        self.findings += recipe.finds(**{n: known[n] for n in _parameters(recipe.finds)})

    def _keep_the_last(self, recipe: Recipe, partition: str | None, error: Exception) -> None:
        for table in recipe.tables:
            self.findings.append(_broke(table, partition, error))
            # Of several tables one may be written already: that one is good and stays.
            if partition not in self._frames[table.name]:
                self._take(table, partition, self._last(recipe, table, partition))

    def _inputs(
        self, of: Mapping[str, Input], partition: str | None, per: Any = None
    ) -> Inputs | None:
        """The inputs of a partition; None where what it needs is not there."""
        found, are_there = Inputs(), []
        for name, given in of.items():
            if isinstance(given, Staged):
                value, is_there = self._staged(given, partition, per, found)
            elif isinstance(given, Built):
                value, is_there = self._built(given, partition, found)
            elif isinstance(given, Asked):
                value = self._asked(given, found)
                is_there = value is not None
            else:
                value, is_there = partition, None
            if is_there is False and not getattr(given, "optional", False):
                return None
            if is_there is not None:
                are_there.append(is_there)
            found.values[name] = value
        return found if any(are_there) or not are_there else None

    def _staged(
        self, given: Staged, partition: str | None, per: Any, found: Inputs
    ) -> tuple[Any, bool]:
        editions = list(self._editions(given.part))
        if given.take in ("revisions", "batches"):
            editions = list(self.pantry.editions.get(given.part, ()))
        if given.take == "batches":
            editions = fold.batches(editions)
        if isinstance(per, Values) and given.part == per.part:
            editions = [
                replace(e, rows=e.rows.filter(_as_text(per.by) == partition))
                for e in editions
                if partition in self._values(per, e)
            ]
        elif given.take == "same":
            editions = [e for e in editions if e.period == partition]
        elif given.take == "newest":
            editions = editions[-1:]
        # The period too: the same rows, filed under another month, make other rows.
        marks = [
            f"{e.period}={self.pantry.marks[given.part, e.period, e.revision]}" for e in editions
        ]
        found.marks.append(f"{given.part}:{','.join(marks)}")
        found.is_invented |= bool(editions) and given.part in self.pantry.invented
        if given.take == "same" and not given.optional and editions and not found.where:
            # The first required input names the file to look into; the others only add to it.
            found.where = editions[0].where
        if given.take in ("every", "revisions", "batches"):
            return editions, bool(editions)
        return (_folded(editions, given) if editions else None), bool(editions)

    def _built(self, given: Built, partition: str | None, found: Inputs) -> tuple[Any, bool]:
        name, frames = given.table.name, self._frames.get(given.table.name, {})
        found.is_invented |= bool(frames) and name in self._invented
        if given.every:
            marks = [f"{part}={self._marks[name, part]}" for part in sorted(frames, key=str)]
            found.marks.append(f"{name}:{','.join(marks)}")
            return {str(part): frames[part] for part in sorted(frames, key=str)}, bool(frames)
        at = partition if given.table.partition else None
        found.marks.append(f"{name}:{self._marks.get((name, at), '')}")
        return frames.get(at, given.table.empty()), at in frames

    def _asked(self, given: Asked, found: Inputs) -> Answers | None:
        """What came of asking, once a build."""
        # Once a build: the network is asked for, and a second answer might differ from the first.
        if given.name not in self._answers:
            inputs = self._inputs(given.of, None)
            if inputs is None:
                return None
            answers = self._ask(given, inputs.values)
            self.findings += answers.findings
            self._answers[given.name] = answers
            found.is_invented |= inputs.is_invented
        answers = self._answers[given.name]
        found.marks.append(f"{given.name}:{_mark(answers)}")
        return answers

    def _values(self, per: Values, edition: Edition) -> frozenset[str]:
        """Which partitions an edition has rows for; kept, for each is asked for many times."""
        key = (per.part, edition.period, edition.revision)
        if key not in self._known:
            rows = edition.rows.select(per.by.alias("value"))
            # A span of cover lies in several years: each is a partition.
            if isinstance(rows.collect_schema()["value"], pl.List):
                rows = rows.explode("value")
            found = rows.select(_as_text(pl.col("value"))).unique().collect(engine="streaming")
            self._known[key] = frozenset(found["value"].drop_nulls())
        return self._known[key]


def _between(table: Table) -> list[BetweenRule]:
    return [rule for rule in table.rules if isinstance(rule, BetweenRule)]


def _folded(editions: list[Edition], given: Staged) -> pl.LazyFrame:
    if given.take == "append":
        return fold.append(editions)
    if given.take == "upsert":
        return fold.upsert(editions, given.key)
    if given.take == "history":
        return fold.history(editions, given.key)
    return editions[-1].rows


def _digest(recipe: Recipe, table: Table, inputs: Inputs) -> str:
    """What a file is made of: its contract, the maker's code with what it imports, its inputs."""
    said = [table.fingerprint, recipe.words, text_of(recipe.by), text_of(*BUILD), *inputs.marks]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _mark(answers: Answers) -> str:
    frames = answers.frames.items()
    # By row and added up: what was asked comes back in any order, and the same rows are the same
    # answer.
    return ",".join(f"{name}={df.height}:{df.hash_rows().sum()}" for name, df in frames)


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    # Only what it names is handed over: a check of one input need not take the other nine.
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _as_text(by: pl.Expr) -> pl.Expr:
    return by.cast(pl.String)


def _where(table: Table, partition: str | None, inputs: Inputs) -> str:
    where = f"table {table.name} {partition or ''}".strip()
    return f"{where} (of {inputs.where})" if inputs.where else where


def _is_of(finding: Finding, where: str) -> bool:
    # A finding before may have named other files of the same table.
    plain = where.partition(" (of ")[0]
    return finding.where == plain or finding.where.startswith(f"{plain} (of ")


def _broke(table: Table, partition: str | None, error: Exception) -> Finding:
    """The finding that a maker leaves which failed."""
    return Finding(
        "fail",
        "schema",
        "made by its recipe",
        f"table {table.name} {partition or ''}".strip(),
        f"it could not be made: {type(error).__name__}: {str(error).splitlines()[0]}",
        next_step="the last good file is still served, and all other tables are new; mend the"
        " recipe or what it is made of, then run again",
    )
