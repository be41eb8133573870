"""Two sets of rows beside each other, and what each group adds to the change. Numbers by hand."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Lake
from engine.claims.claims_behind import claims_behind
from engine.compared import compared, contributions
from engine.dimension import Dimension
from engine.errors import BadQuestion
from engine.metric import Metric, MetricWords
from engine.unit import Money
from engine.wings import table
from tests.conftest import rows, sealed

CLAIMS = """
claim_id|member_id|service_date|service_month|service_year|plan_id|diagnosis_code|paid_cents
C1      |M1       |2024-03-01  |2024-03-01   |2024        |P1     |A             |1000
C2      |M2       |2024-03-02  |2024-03-01   |2024        |P1     |B             |500
C3      |M3       |2024-03-03  |2024-03-01   |2024        |P2     |A             |300
C4      |M1       |2025-03-01  |2025-03-01   |2025        |P1     |A             |4000
C5      |M2       |2025-03-02  |2025-03-01   |2025        |P1     |B             |500
C6      |M3       |2025-03-03  |2025-03-01   |2025        |P2     |              |700
"""
COVER = """
member_id | plan_id | month      | year | days | days_of_month | member_months
M1        | P1      | 2024-03-01 | 2024 | 31   | 31            | 1
M2        | P1      | 2024-03-01 | 2024 | 31   | 31            | 1
M3        | P2      | 2024-03-01 | 2024 | 31   | 31            | 1
M1        | P1      | 2025-03-01 | 2025 | 31   | 31            | 1
M2        | P1      | 2025-03-01 | 2025 | 31   | 31            | 1
M3        | P2      | 2025-03-01 | 2025 | 31   | 31            | 1
M4        | P2      | 2025-03-01 | 2025 | 31   | 31            | 1
"""
SAID: dict[str, Any] = {
    "formula": "sum",
    "better": "neither",
    "words": MetricWords("paid"),
    "why": "A test.",
    "caveats": "None.",
    "owner": "Tests",
}
MONEY: dict[str, Any] = {"unit": "cents", "format": "money", "money": Money("USD")}
YEAR = Dimension("year", pl.col("service_year"))
OF_CLAIMS = (YEAR, Dimension("plan_id"), Dimension("diagnosis_code"))
MONTHS = Metric(
    name="months",
    label="Member months",
    table="member_month",
    numerator=pl.col("member_months"),
    dimensions=(Dimension("year"), Dimension("plan_id")),
    unit="months",
    format="number",
    **SAID,
)
PAID = Metric(
    name="paid_sum",
    label="Paid",
    table="fact_claim",
    numerator=pl.col("paid_cents"),
    dimensions=OF_CLAIMS,
    **MONEY,
    **SAID,
)
PMPM = Metric(
    name="per_month",
    label="Paid per member per month",
    table="fact_claim",
    numerator=pl.col("paid_cents"),
    over=MONTHS,
    beside_over=("diagnosis_code",),
    dimensions=OF_CLAIMS,
    **MONEY,
    **SAID,
)
PEOPLE = Metric(
    name="people",
    label="Members with a claim",
    table="fact_claim",
    numerator=pl.col("member_id"),
    aggregation="count_distinct",
    dimensions=OF_CLAIMS,
    unit="members",
    format="count",
    **SAID,
)
NOW, THEN = {"year": "2025"}, {"year": "2024"}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    drawn = {"fact_claim": CLAIMS, "member_month": COVER}
    frames = {name: rows(text, table(name)) for name, text in drawn.items()}
    return sealed(tmp_path_factory.mktemp("lake"), **frames)


def told(lf: pl.LazyFrame, *columns: str) -> list[Sequence[Any]]:
    return lf.select(columns).collect().rows()


def test_a_metric_stands_beside_what_it_was(lake: Lake):
    """5200 of 4 member months after 1800 of 3: 1300 after 600."""
    result = compared(lake, [PMPM, PAID], where=NOW, against=THEN)
    columns = ("per_month", "per_month_before", "change", "paid_sum", "paid_sum_before")
    assert told(result, *columns) == [(1300, 600, 700, 5200, 1800)]
    assert result.collect()["change_percent"].item() == pytest.approx(116.6667, abs=1e-4)


def test_a_group_that_one_of_the_two_lacks_is_there_without_a_change(lake: Lake):
    result = compared(lake, [PAID], ["diagnosis_code"], where=NOW, against=THEN)
    columns = ("diagnosis_code", "paid_sum", "paid_sum_before", "change")
    assert told(result, *columns) == [
        ("A", 4000, 1300, 2700),
        ("B", 500, 500, 0),
        (None, 700, None, None),
    ]


def test_two_groups_are_held_against_each_other(lake: Lake):
    """P1: 4500 of 2; P2: 700 of 2."""
    one, other = NOW | {"plan_id": "P1"}, NOW | {"plan_id": "P2"}
    result = compared(lake, [PMPM], where=one, against=other)
    assert told(result, "per_month", "per_month_before", "change") == [(2250, 350, 1900)]


def test_what_each_diagnosis_adds_is_its_cost_over_everybody(lake: Lake):
    """A: 4000/4 - 1300/3; not known: 700/4; B: 500/4 - 500/3. Together 700."""
    result = contributions(lake, PMPM, ["diagnosis_code"], where=NOW, against=THEN).collect()
    assert result["diagnosis_code"].to_list() == ["A", None, "B"]
    assert result["contribution"].to_list() == pytest.approx(
        [1000 - 1300 / 3, 175, 125 - 500 / 3]
    )
    assert result["contribution"].sum() == pytest.approx(700)
    assert result["share"].sum() == pytest.approx(1)


def test_a_plan_adds_by_how_many_it_holds_too(lake: Lake):
    """P1: 4500/4 - 1500/3; P2: 700/4 - 300/3: not the change of its own 1300 and 350."""
    result = contributions(lake, PMPM, ["plan_id"], where=NOW, against=THEN)
    assert told(result, "plan_id", "contribution") == [("P1", 625), ("P2", 75)]


@given(st.sampled_from([PMPM, PAID]), st.sampled_from(["plan_id", "diagnosis_code"]))
def test_parts_add_up_to_the_change(lake: Lake, metric: Metric, by: str):
    parts = contributions(lake, metric, [by], where=NOW, against=THEN).collect()
    whole = compared(lake, [metric], where=NOW, against=THEN).collect()
    assert parts["contribution"].sum() == pytest.approx(whole["change"].item())


def test_distinct_members_do_not_add_up_and_are_refused(lake: Lake):
    with pytest.raises(BadQuestion, match="do not add up"):
        contributions(lake, PEOPLE, ["plan_id"], where=NOW, against=THEN)


def test_the_claims_behind_a_number_come_largest_first_and_without_names(lake: Lake):
    result = claims_behind(lake, PMPM, NOW | {"plan_id": "P1"}).collect()
    assert result.select("claim_id", "member_id", "paid_cents").rows() == [
        ("C4", "M1", 4000),
        ("C5", "M2", 500),
    ]
    assert not [name for name in result.columns if "name" in name and name != "drug_name"]
