"""Rules against another table: the rows or sums that break them, told by hand."""

import polars as pl
import pytest

from engine.between_rules import Beside, Ended, RatioBetween, SumNoMoreThan
from engine.rules import Between, Holds
from engine.table_rules import BetweenRule
from tests.conftest import rows

CLAIMS = rows(
    """
    line | member | plan | year | service_on | sex_for | allowed | paid
    1    | M1     | P1   | 2025 | 2025-03-01 | F       | 100     | 40
    2    | M1     | P1   | 2025 | 2025-08-01 | F       | 100     | 60
    3    | M2     | P1   | 2025 | 2025-03-01 | M       | 90      | 90
    4    | M2     | P2   | 2025 | 2025-03-01 |         | 500     | 100
    5    | M9     | P9   | 2025 | 2025-03-01 | F       | 10      | 0
    6    | M1     | P1   | 2026 | 2026-01-01 | F       | 130     | 10
    """,
    {
        "line": pl.Int64,
        "member": pl.String,
        "plan": pl.String,
        "year": pl.String,
        "service_on": pl.Date,
        "sex_for": pl.String,
        "allowed": pl.Int64,
        "paid": pl.Int64,
    },
)
# M1 was told as F until July 2025, then as M; the year of a plan is a number here.
MEMBER = rows(
    """
    member | sex | valid_from | valid_to
    M1     | F   | 2020-01-01 | 2025-07-01
    M1     | M   | 2025-07-01 | 9999-12-31
    M2     | F   | 2020-01-01 | 9999-12-31
    M2     | F   | 2020-01-01 | 9999-12-31
    """,
    {"member": pl.String, "sex": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
)
PLAN = rows(
    """
    plan | of_year | most | months
    P1   | 2025    | 99   | 20
    P1   | 2026    | 120  | 1
    P2   | 2025    | 500  | 10
    """,
    {"plan": pl.String, "of_year": pl.Int64, "most": pl.Int64, "months": pl.Float64},
)
SEX = Holds("the sex is the one it is for", lambda: pl.col("sex_for") == pl.col("there_sex"))


def broken(rule: BetweenRule, **others: pl.DataFrame) -> list[tuple]:
    lazy = {name: frame.lazy() for name, frame in others.items()}
    found = rule.broken(CLAIMS.lazy(), lazy).collect(engine="streaming")
    assert set(rule.columns) <= set(found.columns)
    return found.select("line" if "line" in found.columns else rule.columns).rows()


def test_a_row_is_held_against_the_version_that_was_valid_on_its_day_and_told_once():
    on_its_day = Beside(("member",), "member", ("sex",), SEX, as_of="service_on")
    assert on_its_day.words == (
        "beside its row of `member` on its `service_on`, the sex is the one it is for"
    )
    # 1 was F in March, 2 and 6 no longer; 3 has two equal rows there; 4 is for nobody in particular
    # and 5 is not known there: References' business.
    assert broken(on_its_day, member=MEMBER) == [(2,), (3,), (6,)]


def test_the_key_may_be_called_and_typed_otherwise_there():
    rule = Beside(
        ("plan", "year"),
        "plan",
        ("most",),
        Holds("paid is under the most", lambda: pl.col("paid") < pl.col("there_most")),
        to=("plan", "of_year"),
    )
    assert broken(rule, plan=PLAN) == []
    assert broken(rule, plan=PLAN.with_columns(most=pl.lit(60))) == [(2,), (3,), (4,)]


def test_a_sum_is_held_against_the_limit_of_its_own_row_there():
    # M1 in P1 in 2025: 200 allowed less 100 paid are 100, one over the 99 that the plan says.
    rule = SumNoMoreThan(
        ("plan", "year"),
        "plan",
        "allowed",
        "most",
        to=("plan", "of_year"),
        less="paid",
        by=("member",),
    )
    assert broken(rule, plan=PLAN) == [("M1", "P1", "2025", 100, None)]
    assert rule.unit == "sums" and rule.units(CLAIMS.lazy()).collect().height == 5


@pytest.mark.parametrize(
    ("enough", "expected"),
    [(0, [("P1", "2026", 130.0), ("P2", "2025", 50.0)]), (1, [("P2", "2025", 50.0)])],
)
def test_a_ratio_is_of_two_sums_and_not_judged_over_next_to_nothing(enough, expected):
    # P1 2025: 290 over 20; P1 2026: 130 over 1; P2: 500 over 10; P9 is not there.
    rule = RatioBetween(
        ("plan", "year"),
        "plan",
        "allowed",
        "months",
        Between(0, 40),
        to=("plan", "of_year"),
        enough=enough,
    )
    assert broken(rule, plan=PLAN) == expected
    assert rule.words == (
        "`allowed` over `months` of `plan`, for each `plan` + `year`, is 0 or more and at most 40"
    )


def test_what_has_not_ended_in_earlier_files_is_told():
    """A and B reach into 2025, B on its last day alone; C ends the day before."""
    kinds = {"member": pl.String, "from_on": pl.Date, "to_on": pl.Date}
    earlier = rows(
        """
        member | from_on    | to_on
        A      | 2024-02-01 | 2025-06-30
        A      | 2024-09-01 | 2024-10-31
        B      | 2024-05-01 | 2025-03-01
        C      | 2024-05-01 | 2025-02-28
        """,
        kinds,
    )
    now = rows(
        """
        member | from_on    | to_on
        C      | 2025-03-01 | 2025-12-31
        B      | 2025-03-01 | 2025-12-31
        A      | 2025-07-01 | 2025-12-31
        A      | 2025-06-01 | 2025-06-02
        D      | 2025-01-01 | 2025-12-31
        """,
        kinds,
    )
    for last, wanted in ((True, ["B", "A"]), (False, ["A"])):
        rule = Ended(("member",), "span", "from_on", "to_on", last=last)
        told = rule.broken(now.lazy(), {"span": earlier.lazy()}).collect()
        assert told["member"].to_list() == wanted and told.columns == now.columns
