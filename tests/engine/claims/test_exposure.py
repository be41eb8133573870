"""Exposure: days of cover become months; published answers, and a count of days by hand."""

import json
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.claims.exposure import exposure, member_months, once_a_day
from tests.conftest import rows
from tests.engine.claims.lakes import ACA, published, read

SPAN = {
    "member_id": pl.String,
    "plan_id": pl.String,
    "start_date": pl.Date,
    "end_date": pl.Date,
    "premium_cents": pl.Int64,
}


def test_months_of_the_calendar_as_published():
    there = published("cases", "13-member-months-on-the-calendar")
    expected = json.loads((there / "expected.json").read_text(encoding="utf-8"))
    months = member_months(read(there / "enrollments.csv").lazy()).collect()
    total, by_month = (
        months["member_months"].sum(),
        months.group_by("month").agg(pl.col("member_months").sum()),
    )
    assert round(total, 6) == expected["member_months_exact"]
    assert months.height == expected["member_months_touched"]
    assert months["days"].sum() == expected["coverage_days"]
    assert f"{months['premium_cents'].sum() / 100:.2f}" == expected["premium_earned"]
    found = {f"{month:%Y-%m}": round(value, 6) for month, value in by_month.rows()}
    assert expected["by_month"].items() <= found.items()
    assert "MBR7" not in months["member_id"].to_list()


def test_a_day_that_two_spans_of_a_plan_share_counts_once_and_with_the_first_premium():
    drawn = """
    member_id | plan_id | start_date | end_date   | premium_cents
    A         | P       | 2024-01-01 | 2024-01-31 | 3100
    A         | P       | 2024-01-10 | 2024-01-20 | 9999
    A         | P       | 2024-01-25 | 2024-02-10 | 2900
    A         | Q       | 2024-01-31 | 2024-01-31 | 6200
    """
    months = member_months(rows(drawn, SPAN).lazy()).sort("plan_id", "month").collect()
    assert months.select("plan_id", "days", "premium_cents").rows() == [
        ("P", 31, 3100.0),
        ("P", 10, 1000.0),
        ("Q", 1, 200.0),
    ]


def test_the_sample_of_a_real_layout_has_the_months_that_were_published_of_it():
    if not ACA.is_dir():
        pytest.skip("not here: ../shared/real/claims")
    spans = read(ACA / "enrollments.csv").lazy()
    assert round(member_months(spans).collect()["member_months"].sum(), 6) == 12_378.919972
    assert round(exposure(once_a_day(spans), []).collect()["member_months"].sum(), 6) == (
        12_378.919972
    )


days = st.dates(date(2023, 11, 20), date(2024, 4, 10))


@given(st.lists(st.tuples(st.sampled_from("PQ"), days, days), min_size=1, max_size=8))
def test_heads_and_tails_come_to_what_a_count_of_every_day_does(spans: list[tuple]):
    frame = pl.DataFrame(
        [(f"m{i}", *span, 100) for i, span in enumerate(spans)], schema=SPAN, orient="row"
    )
    counted: dict[tuple, float] = {}
    for plan, first, last in spans:
        for day in (first + timedelta(n) for n in range((last - first).days + 1)):
            length = ((day.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)).day
            key = plan, day.replace(day=1)
            counted[key] = counted.get(key, 0) + 1 / length
    found = {
        (plan, month): value
        for plan, month, value in exposure(frame.lazy(), ["plan_id"]).collect().rows()
    }
    assert found.keys() == counted.keys()
    assert all(abs(found[key] - counted[key]) < 1e-9 for key in counted)
