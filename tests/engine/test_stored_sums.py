"""Sums that are kept beside a fact: which questions they answer, and that nobody can tell."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from engine import Lake, measure, stored_sums
from engine.claims.summaries import SUMMARIES
from engine.claims.tables.dimension_contracts import DIM_MEMBER, DIM_PLAN
from engine.dimension import Dimension
from engine.errors import BadDeclaration
from engine.metric import Metric, MetricWords
from engine.summary import ROWS, Summary, summary
from engine.table import Column, Table
from tests.engine.made import made

TREE = Dimension("tree")
YEAR = Dimension("year")
WOOD = Dimension("wood", table="trees", on=("tree",))
_declared = partial(
    Metric,
    formula="f",
    unit="u",
    better="lower",
    words=MetricWords("felled"),
    why="w",
    caveats="c",
    owner="o",
    format="number",
    table="felled",
    dimensions=(TREE, YEAR, WOOD),
)
LOGS = _declared(name="logs", label="Logs", numerator=pl.col("logs"))
TIMES = _declared(name="times", label="Times", numerator=pl.lit(1))
EACH = _declared(name="each", label="Logs each", numerator=pl.col("logs"), denominator=pl.lit(1))
SHARE = _declared(name="share", label="Share", numerator=pl.col("share"), parts=4)
WEIGHT = _declared(name="weight", label="Weight", numerator=pl.col("weight"))
HANDS = _declared(
    name="hands", label="Hands", numerator=pl.col("hand"), aggregation="count_distinct"
)
ROWS_OF_IT = pl.DataFrame(
    {
        "tree": ["ash", "ash", "oak", "fir", "fir", None],
        "year": ["1", "1", "1", "1", "2", "2"],
        "logs": [1, 2, None, 8, 16, 32],
        "share": [0.25, 0.5, 0.75, 0.25, 1.0, 0.5],
        "weight": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
        "hand": ["ann", "bob", "ann", "ann", "bob", "cy"],
    }
)
TREES = pl.DataFrame({"tree": ["ash", "fir"], "wood": ["hard", "soft"]})


def contract(name: str, rows: pl.DataFrame, partition: str | None = None) -> Table:
    columns = tuple(Column(n, dtype, "as given") for n, dtype in rows.schema.items())
    return Table(name, "one row", "As given.", (), columns, "tests", partition=partition)


FELLED = contract("felled", ROWS_OF_IT, "year")
BY_WOOD = summary(
    "felled_by_wood",
    "Felled by wood.",
    of=FELLED,
    by=(YEAR, WOOD),
    metrics=(LOGS, TIMES, EACH, SHARE, WEIGHT, HANDS),
    tables=(contract("trees", TREES),),
)


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Lake]:
    """A lake of felled trees with a summary that says ten times as much, to be told apart by."""
    monkeypatch.setattr(stored_sums, "SUMMARIES", {"felled": (BY_WOOD,)})

    def with_years(*years: str) -> Lake:
        sums = stored_sums.summed(BY_WOOD, ROWS_OF_IT.lazy(), lambda _: TREES.lazy()).collect()
        told = sums.filter(pl.col("year").is_in(years)).with_columns(
            pl.col(ROWS, *BY_WOOD.sums) * 10
        )
        tables = {"felled": ROWS_OF_IT, "trees": TREES, "felled_by_wood": told}
        by = {"felled": "year", "felled_by_wood": "year"}
        return made(tmp_path / "-".join(years), tables, by)

    return with_years


def test_a_summary_has_a_row_for_all_that_are_alike_what_is_unknown_among_them():
    """By hand: ash is hard, fir is soft, of oak and of the nameless nobody knows the wood."""
    rows = stored_sums.summed(BY_WOOD, ROWS_OF_IT.lazy(), lambda _: TREES.lazy()).collect()
    told = rows.select("year", "wood", ROWS, "logs", "share").sort("year", "wood").rows()
    assert told == [
        ("1", None, 1, None, 3),
        ("1", "hard", 2, 3, 3),
        ("1", "soft", 1, 8, 1),
        ("2", None, 1, 32, 2),
        ("2", "soft", 1, 16, 4),
    ]


def test_what_adds_up_is_asked_of_the_summary(lake: Callable[..., Lake]):
    asked = partial(measure, lake("1", "2"), by=["wood"], where={"year": ["1", "2"]})
    told = {"hard": (30, 20, 1.5, 7.5), "soft": (240, 20, 12.0, 12.5), None: (320, 20, 16.0, 12.5)}
    rows = asked([LOGS, TIMES, EACH, SHARE]).collect()
    assert {wood: tuple(values) for wood, *values in rows.rows()} == told
    assert measure(lake("1", "2"), [TIMES]).collect().item() == 60
    assert measure(lake("1", "2"), [LOGS], ["year"]).collect().rows() == [("1", 110), ("2", 480)]


def test_what_does_not_add_up_or_is_not_in_it_is_asked_of_the_fact(lake: Callable[..., Lake]):
    both = lake("1", "2")
    # Distinct hands, beside logs of the summary; fractions, whose sum hangs on their order.
    rows = measure(both, [HANDS, LOGS, WEIGHT], ["year"]).collect()
    assert rows["hands"].to_list() == [2, 2] and rows["logs"].to_list() == [110, 480]
    assert rows["weight"].to_list() == pytest.approx([1.0, 1.1])
    # A dimension that it lacks, and one of the same name that is another.
    assert measure(both, [LOGS], where={"tree": "ash"}).collect().item() == 3
    other = replace(LOGS, dimensions=(TREE, YEAR, Dimension("wood", pl.lit("any"))))
    assert measure(both, [other], ["wood"]).collect().rows() == [("any", 59)]


def test_a_summary_of_some_years_alone_answers_nothing(lake: Callable[..., Lake]):
    """Its maker failed for the second year: the fact is whole, and is asked."""
    assert measure(lake("1"), [LOGS], ["year"]).collect().rows() == [("1", 11), ("2", 48)]


@pytest.mark.parametrize("one", SUMMARIES, ids=lambda one: one.name)
def test_the_types_of_a_summary_are_those_that_polars_gives(one: Summary):
    """They are told without it, for to plan a query starts threads at import."""
    fact = pl.LazyFrame(schema=one.of.schema)
    sums = fact.select(**one.sums).collect_schema()
    assert all(dtype.is_integer() for dtype in sums.values())
    others = {DIM_MEMBER.name: DIM_MEMBER, DIM_PLAN.name: DIM_PLAN, "": one.of}
    for dimension in one.dimensions:
        rows = pl.LazyFrame(schema=others[dimension.table].schema)
        told = rows.select(dimension.column.alias("is")).collect_schema()["is"]
        assert one.table.schema[dimension.name] == told, dimension.name


FORKED = """
import os, signal, sys
import polars as pl
import engine, refresh.__main__
child = os.fork()
if not child:
    signal.alarm(60)
    pl.LazyFrame({"a": [1, 2]}).filter(pl.col("a") > 1).sink_parquet(sys.argv[1])
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_what_imports_us_can_be_forked(tmp_path: Path):
    """A plan of Polars made at import leaves threads that a child waits for without end."""
    command = (sys.executable, "-c", FORKED, str(tmp_path / "written.parquet"))
    assert subprocess.check_output(command, text=True) == "0\n"


def test_a_summary_lies_as_its_fact_does():
    with pytest.raises(BadDeclaration, match="lies as its fact"):
        summary("felled_by_wood", "No year.", of=FELLED, by=(TREE,), metrics=(LOGS,))
