"""What each group adds to a change, and the claims behind a number. Numbers by hand."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Lake, measure
from engine.claims.claims_behind import claims_behind
from engine.contributions import contributions
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


def test_what_each_diagnosis_adds_is_its_cost_over_everybody(lake: Lake):
    """A: 4000/4 - 1300/3; not known: 700/4; B: 500/4 - 500/3. Together 700."""
    result = contributions(lake, PMPM, ["diagnosis_code"], where=NOW, against=THEN).collect()
    assert result["diagnosis_code"].to_list() == ["A", None, "B"]
    assert result["contribution"].to_list() == pytest.approx([1000 - 1300 / 3, 175, 125 - 500 / 3])
    assert result["contribution"].sum() == pytest.approx(700)
    assert result["share"].sum() == pytest.approx(1)


def test_a_plan_adds_by_how_many_it_holds_too(lake: Lake):
    """P1: 4500/4 - 1500/3; P2: 700/4 - 300/3: not the change of its own 1300 and 350."""
    result = contributions(lake, PMPM, ["plan_id"], where=NOW, against=THEN)
    assert told(result, "plan_id", "contribution") == [("P1", 625), ("P2", 75)]


@given(st.sampled_from([PMPM, PAID]), st.sampled_from(["plan_id", "diagnosis_code"]))
def test_parts_add_up_to_the_change(lake: Lake, metric: Metric, by: str):
    parts = contributions(lake, metric, [by], where=NOW, against=THEN).collect()
    now, then = (measure(lake, [metric], (), where).collect().item() for where in (NOW, THEN))
    assert parts["contribution"].sum() == pytest.approx(now - then)


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
