"""Tables: each says what it is, in words a reader of a finding understands."""

import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import polars as pl
import pytest

from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED, PREVALENCE, PUBLISHED_MEASURES
from engine.claims.summaries import SUMMARIES
from engine.errors import ContractBroken, LakeError, NoSnapshot, UnknownName
from engine.rules import Between, Matches, NoMoreThan, NotNull, Rule, When
from engine.table import Column, Table
from engine.table_rules import References, Unique
from engine.wings import TABLES, table

EVERY_TABLE = pytest.mark.parametrize("of", TABLES.values(), ids=TABLES)


@EVERY_TABLE
def test_every_declared_rule_speaks_and_allows_a_sensible_share(of: Table):
    for rule in (*(rule for column in of.columns for rule in column.rules), *of.rules):
        assert rule.words.strip() and "None" not in rule.words
        assert not re.search(r"\de[+-]?\d", rule.words), "a number that nobody reads"
        assert 0 <= rule.allow < 0.5
        if isinstance(rule, Matches):
            examples = rule.example.split(" or ")
            assert [e for e in examples if not re.fullmatch(rule.pattern, e)] == []


@EVERY_TABLE
def test_every_declared_column_is_complete(of: Table):
    for column in of.columns:
        assert column.meaning.strip(), column.name
        assert column.unit or not column.dtype.is_numeric(), f"{column.name} has no unit"
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name)
        assert all(re.fullmatch(r"[A-Z0-9_]+", name) for name in column.published_as)


@EVERY_TABLE
def test_every_declared_table_is_complete(of: Table):
    names = [column.name for column in of.columns]
    assert {name for rule in of.rules for name in rule.columns} <= set(names)
    assert of.name and of.grain and of.meaning and of.owner
    assert len(set(names)) == len(names)
    assert set(of.key) <= set(names) and of.key
    assert set(of.sort) <= set(names)
    assert of.partition is None or of.partition in names
    assert of.row_group > 0


@EVERY_TABLE
def test_every_part_of_a_key_is_always_given(of: Table):
    needed = {c.name for c in of.columns if any(isinstance(r, NotNull) for r in c.rules)}
    # Of sums, what is unknown of a dimension is a group like any other.
    groups = next((one.columns for one in SUMMARIES if one.table is of), [])
    assert set(of.key) <= needed | set(groups)


@EVERY_TABLE
def test_no_published_name_stands_for_two_columns(of: Table):
    names = [name for column in of.published for name in column.published_as]
    assert sorted(names) == sorted(set(names))


def test_no_rule_compares_with_a_column_that_is_not_there():
    for of in TABLES.values():
        for contract in (of, of.staged):
            names = {column.name for column in contract.columns}
            rules = [rule for column in contract.columns for rule in column.rules]
            assert {r.other for r in rules if isinstance(r, NoMoreThan)} <= names


def test_a_column_is_looked_for_by_all_its_names_the_preferred_first():
    column = Column("list_size", pl.Int64, "People", aka=("PRACTICE_LIST_SIZE",))
    assert column.published_as == ("PRACTICE_LIST_SIZE", "LIST_SIZE")


def test_staged_leaves_out_what_a_fold_adds_also_from_the_key():
    assert "year" in PREVALENCE.schema and "year" not in PREVALENCE.staged.schema
    assert PREVALENCE.staged.key == ("practice_code", "group_code")


def test_the_fingerprint_changes_with_the_contract_and_only_with_it():
    assert PREVALENCE.fingerprint == replace(PREVALENCE).fingerprint
    other = replace(PREVALENCE, columns=PREVALENCE.columns[:-1])
    assert other.fingerprint != PREVALENCE.fingerprint
    narrower = replace(PREVALENCE.columns[3], rules=(Between(high=1),))
    assert replace(PREVALENCE, columns=(narrower,)).fingerprint != other.fingerprint
    assert len({t.fingerprint for t in TABLES.values()}) == len(TABLES)


def test_the_fingerprint_is_the_same_in_another_process():
    code = "from engine.wings import table; print(table('percent_achieved').fingerprint)"
    root, call = Path(__file__).parents[2], [sys.executable, "-c", code]
    said = subprocess.run(call, cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == PERCENT_ACHIEVED.fingerprint


def test_so_it_is_with_a_comparison_in_words_of_its_own():
    """Which holds a function: where that lies in memory differs at each start."""
    code = (
        "import polars as pl; from dataclasses import replace; from engine.rules import Holds;"
        " from engine.wings import table; words = [str(i) for i in range(99)];"
        " rule = Holds('fine', lambda: pl.col('list_type').is_in(words));"
        " print(replace(table('prevalence'), rules=(rule,)).fingerprint);"
        " words[50] = 'other'; print(replace(table('prevalence'), rules=(rule,)).fingerprint)"
    )
    root, call = Path(__file__).parents[2], [sys.executable, "-c", code]
    one, two = (
        subprocess.run(call, cwd=root, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(2)
    )
    assert one == two and one[0] != one[1]


def test_staged_leaves_out_the_rules_of_what_a_fold_adds():
    of_year, of_row = Unique(("year",)), When("list_type", ("TOTAL",), "register", Between())
    told = replace(PREVALENCE, rules=(of_year, of_row))
    assert told.staged.rules == (of_row,)
    assert told.fingerprint != PREVALENCE.fingerprint


def test_a_table_names_those_that_it_must_be_judged_with_once():
    rules = (
        References(("practice_code",), "practice"),
        References(("practice_code",), "practice", as_of="year"),
        References(("group_code",), "indicator"),
        Unique(("year",)),
    )
    assert replace(PREVALENCE, rules=rules).refers_to == ("practice", "indicator")
    assert PREVALENCE.refers_to == ()


def test_an_empty_table_has_all_columns():
    assert PREVALENCE.empty().collect_schema() == PREVALENCE.schema
    assert PREVALENCE.empty().collect().is_empty()


def test_a_table_nobody_declared_is_told_with_those_there_are():
    with pytest.raises(UnknownName, match="prevalence"):
        table("registers")


@pytest.mark.parametrize(
    "name",
    "year practice_code indicator_code register numerator denominator pcas points newly_diagnosed"
    " percent_net percent_pri".split(),
)
def test_columns_that_others_rely_on_stay(name: str):
    assert name in PERCENT_ACHIEVED.schema


def test_newly_diagnosed_is_no_register_and_exceptions_are_adjustments():
    assert PUBLISHED_MEASURES["NEWLY_DIAGNOSED"] == "newly_diagnosed"
    assert PUBLISHED_MEASURES["EXCEPTIONS"] == PUBLISHED_MEASURES["PCAS"] == "pcas"
    assert set(PUBLISHED_MEASURES.values()) <= set(PERCENT_ACHIEVED.schema)


def test_an_error_says_what_broke_where_and_what_to_do_next():
    error = ContractBroken(
        "column `x` is missing", where="a.csv", expected="X", found="Y", next="add it"
    )
    assert str(error).splitlines() == [
        "ContractBroken: a.csv: column `x` is missing",
        "  expected: X",
        "  found: Y",
        "  next: add it",
    ]
    assert str(NoSnapshot("nothing")) == "NoSnapshot: nothing"
    assert (error.where, error.found, error.exit_code) == ("a.csv", "Y", 1)


def test_every_error_of_ours_has_an_exit_code_and_a_meaning():
    kinds = LakeError.__subclasses__()
    assert {kind.exit_code for kind in kinds} == {1, 2}
    assert all(kind.__doc__ for kind in kinds)
    assert [f.name for f in fields(Rule)] == ["severity", "allow"]
