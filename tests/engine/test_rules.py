"""Rules of a value and of a row: what each says, and what breaks it."""

import polars as pl
import pytest

from engine.rules import (
    Between,
    CheckDigit,
    Holds,
    Matches,
    NoMoreThan,
    NotNull,
    OneOf,
    RowRule,
    Rule,
    When,
)
from tests.conftest import rows

CLAIM = {"status": pl.String, "billed": pl.Int64, "paid": pl.Int64, "paid_on": pl.Date}
CLAIMS = rows(
    """
    status   | billed | paid | paid_on
    approved |    100 |   90 | 2026-02-01
    approved |    100 |  110 |
    denied   |    100 |    0 |
    denied   |    100 |    5 | 2026-02-01
    pending  |    100 |      |
    pending  |        |    7 |
             |    100 |    8 |
    """,
    CLAIM,
)


def broken(rule: Rule, *values, other: list | None = None) -> list[bool]:
    frame = pl.DataFrame({"x": values, "y": other or [None] * len(values)}, strict=False)
    return frame.select(rule.broken("x").alias("b"))["b"].to_list()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (NotNull(), "is always given"),
        (Between(), "is 0 or more"),
        (Between(low=1, high=200), "is 1 or more and at most 200"),
        (Between(low=-90, high=0), "is -90 or more and at most 0"),
        (Between(0, 0), "is 0"),
        (Between(low=0.5, high=1_000_000), "is 0.5 or more and at most 1,000,000"),
        (Matches(pattern="A[0-9]", example="A1"), "looks like A1"),
        (OneOf(values=("a", "b")), "is one of a, b"),
        (NoMoreThan(other="denominator"), "is not more than `denominator`"),
    ],
)
def test_every_rule_describes_itself(rule: Rule, words: str):
    assert rule.words == words


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        (NotNull(), ["a", None], [False, True]),
        (Between(), [-1, 0, 1, None], [True, False, False, False]),
        (Between(low=1, high=2), [0, 1, 2, 3, None], [True, False, False, True, False]),
        (Between(low=-5, high=0), [0, 1], [False, True]),
        (
            Matches(pattern="A[0-9]"),
            ["A1", "A12", " A1", "a1", None],
            [False] + [True] * 3 + [False],
        ),
        (Matches(pattern="A|BC"), ["A", "BC", "AC"], [False, False, True]),
        (OneOf(values=("a",)), ["a", "b", None], [False, True, False]),
    ],
)
def test_a_rule_is_broken_by_what_it_forbids_and_a_null_breaks_only_not_null(
    rule: Rule, values: list, expected: list[bool]
):
    assert broken(rule, *values) == expected


def test_no_more_than_compares_within_the_row():
    result = broken(NoMoreThan(other="y"), 1, 2, 3, None, 1, other=[2, 2, 2, 2, None])
    assert result == [False, False, True, False, False]


def test_a_rule_of_no_kind_says_nothing():
    with pytest.raises(NotImplementedError):
        _ = Rule().words
    with pytest.raises(NotImplementedError):
        Rule().broken("x")


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            When("status", ("denied", "pending"), "paid", Between(0, 0)),
            "where `status` is denied or pending, `paid` is 0",
        ),
        (
            When("status", ("approved",), "paid_on", NotNull()),
            "where `status` is approved, `paid_on` is always given",
        ),
        (Holds("no more is paid than billed", lambda: pl.lit(True)), "no more is paid than billed"),
    ],
)
def test_a_rule_of_a_row_says_itself(rule: RowRule, words: str):
    assert rule.words == words


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        (When("status", ("denied", "pending"), "paid", Between(0, 0)), [4, 6]),
        (When("status", ("approved",), "paid_on", NotNull()), [2]),
        (When("status", ("approved",), "paid", NoMoreThan(other="billed")), [2]),
        (Holds("never above", lambda: pl.col("paid") <= pl.col("billed")), [2]),
        (
            Holds("unpaid is undated", lambda: (pl.col("paid") > 0) | pl.col("paid_on").is_null()),
            [],
        ),
    ],
    ids=["denied", "approved", "other column", "compared", "any expression"],
)
def test_a_rule_of_a_row_is_broken_by_the_row_and_by_nothing_unknown(
    rule: RowRule, lines: list[int]
):
    numbered = CLAIMS.with_row_index("line", offset=1)
    assert numbered.filter(rule.broken())["line"].to_list() == lines


def test_a_rule_of_a_row_names_each_column_that_it_looks_at_once():
    twice = Holds("x", lambda: (pl.col("paid") <= pl.col("billed")) & (pl.col("paid") >= 0))
    assert twice.columns == ("paid", "billed")
    assert When("status", ("denied",), "paid", Between(0, 0)).columns == ("status", "paid")


def test_a_rule_of_a_row_of_no_kind_says_nothing():
    for what in (lambda: RowRule().columns, lambda: RowRule().broken()):
        with pytest.raises(NotImplementedError):
            what()


def test_severity_and_allowance_are_named_wherever_they_are_given():
    with pytest.raises(TypeError):
        NotNull("warn")
    rule = When("status", ("denied",), "paid", Between(0, 0), severity="warn", allow=0.1)
    assert (rule.severity, rule.allow) == ("warn", 0.1)


def test_an_npi_ends_in_its_check_digit():
    # 1234567893 is the example of the NPI standard (CMS): 24 + 43 + 3 = 70.
    values = ("1234567893", "1234567890", "123456789", "123456789X", None)
    assert broken(CheckDigit(before="80840"), *values) == [False, True, True, True, False]
    # The card number of every explanation of the formula.
    assert broken(CheckDigit(digits=11), "79927398713", "79927398710") == [False, True]
