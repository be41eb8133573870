"""Rows that look up the same are added up before it is looked up; the sums are as by hand."""

from dataclasses import replace

import polars as pl
import pytest

from engine import Lake, measure
from engine.dimension import Dimension
from engine.errors import BadDeclaration
from engine.metric import Metric, MetricWords
from tests.engine.made import made

TIER = Dimension("tier", table="plans", on=("plan",))
OWN = Dimension("month")
SAID = {
    "formula": "f",
    "unit": "u",
    "better": "lower",
    "words": MetricWords("paid"),
    "why": "w",
    "caveats": "c",
    "owner": "o",
    "format": "number",
    "table": "claims",
    "dimensions": (TIER, OWN),
}
PAID = Metric(name="paid", label="Paid", numerator=pl.col("cents"), **SAID)
CLAIMS = Metric(name="claims", label="Claims", numerator=pl.lit(1), **SAID)
PEOPLE = Metric(
    name="people",
    label="People",
    numerator=pl.col("person"),
    aggregation="count_distinct",
    **SAID,
)
MONTHS = Metric(name="months", label="Months", numerator=pl.col("share"), parts=93, **SAID)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Forty claims each of plan 1 (gold), 2 (silver) and 3, that nobody knows: 1, 2 and no cents.

    Every second claim is of February; four people a plan. Two plans are known: few beside 120.
    """
    claims = pl.DataFrame(
        [
            {
                "plan": plan,
                "month": 1 + i % 2,
                "cents": None if plan == 3 else plan,
                "person": f"{plan}-{i % 4}",
                "share": 1 / 3 if i % 2 else 1 / 31,
            }
            for plan in (1, 2, 3)
            for i in range(40)
        ]
    )
    plans = pl.DataFrame({"plan": [1, 2], "tier": ["gold", "silver"]})
    return made(tmp_path_factory.mktemp("compact"), {"claims": claims, "plans": plans})


def test_sums_and_counts_of_compact_rows_are_those_of_all_rows(lake: Lake):
    rows = measure(lake, [PAID, CLAIMS], ["tier"]).collect()
    assert rows.rows() == [("gold", 40, 40), ("silver", 80, 40), (None, None, 40)]
    february = measure(lake, [PAID, CLAIMS], ["tier"], {"month": 2}).collect()
    assert february.rows() == [("gold", 20, 20), ("silver", 40, 20), (None, None, 20)]
    gold = measure(lake, [CLAIMS], ["month"], {"tier": "gold"}).collect()
    assert gold.rows() == [(1, 20), (2, 20)]


def test_distinct_people_are_not_added_up(lake: Lake):
    """Four a plan, whatever the month: by month they are two each, and two and two are four."""
    assert measure(lake, [PEOPLE], ["tier"]).collect()["people"].to_list() == [4, 4, 4]


def test_they_are_added_up_before_the_plan_is_looked_up(lake: Lake):
    plan = measure(lake, [PAID, CLAIMS], ["tier"]).explain()
    above, joined, below = plan.partition("LEFT JOIN")
    assert joined and "AGGREGATE" in above and "AGGREGATE" in below
    assert measure(lake, [PEOPLE], ["tier"]).explain().count("AGGREGATE") == 1


def test_parts_are_added_up_as_whole_numbers(lake: Lake):
    """Twenty thirds and twenty 31sts are 620 + 60 = 680 parts of 93."""
    rows = measure(lake, [MONTHS], ["tier"]).collect()
    assert rows["months"].to_list() == pytest.approx([680 / 93] * 3, rel=1e-15)
    with pytest.raises(BadDeclaration, match="parts that are not added up"):
        replace(PEOPLE, parts=93)
