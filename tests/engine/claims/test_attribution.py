"""Attribution of a change of PMPM: by hand, and parts that add up to the whole."""

from datetime import date

import polars as pl
import pytest

from engine.claims.analytics.attribution import Span, attribution
from engine.claims.analytics.segments import DIAGNOSIS, REGION, SEGMENTS, exposure, segmented
from tests.conftest import rows
from tests.engine.claims.invented import outbreak, payer

FEBRUARY, MARCH = (Span(date(2025, m, 1), date(2025, m, 1)) for m in (2, 3))
CLAIMS = (
    rows(
        """
    diagnosis | region | month      | paid_cents
    A         | North  | 2025-02-01 | 100
    A         | North  | 2025-03-01 | 150
    A         | South  | 2025-03-01 | 150
    B         | South  | 2025-02-01 | 300
    C         | North  | 2025-03-01 | 500
    """,
        {"diagnosis": pl.String, "region": pl.String, "month": pl.Date, "paid_cents": pl.Int64},
    )
    .lazy()
    .with_columns(claim_count=1)
)
# Ten member months in February, half of each region; twenty in March, fifteen of the North.
EXPOSED = rows(
    """
    month      | region | member_months
    2025-02-01 | North  | 5
    2025-02-01 | South  | 5
    2025-03-01 | North  | 15
    2025-03-01 | South  | 5
    """,
    {"month": pl.Date, "region": pl.String, "member_months": pl.Float64},
).lazy()


def test_a_change_is_parted_into_more_of_it_and_dearer_each():
    found = attribution(CLAIMS, EXPOSED, DIAGNOSIS, now=MARCH, before=FEBRUARY).collect()
    # PMPM went from 400/10 to 800/20: nothing in all, but A +5, B -30, C +25.
    # A: one claim in ten months of 100 each, then two in twenty of 150: only dearer.
    assert found.select(pl.exclude("share")).rows() == [
        ("B", 30.0, 0.0, -30.0, -30.0, 0.0),
        ("C", 0.0, 25.0, 25.0, 25.0, 0.0),
        ("A", 10.0, 15.0, 5.0, 0.0, 5.0),
    ]
    assert found["share"].null_count() == 3


def test_of_what_belongs_to_members_count_is_their_share_of_all():
    found = attribution(CLAIMS, EXPOSED, REGION, now=MARCH, before=FEBRUARY).collect()
    # North: 100 of 5 months is 20 each, half of all months; then 650 of 15, three quarters of all.
    north = found.row(by_predicate=pl.col("value") == "North", named=True)
    assert (north["before_cents"], north["now_cents"]) == (10.0, 32.5)
    assert north["from_count_cents"] == pytest.approx((0.75 - 0.5) * 20)
    assert north["from_cost_cents"] == pytest.approx(0.75 * (650 / 15 - 20))


@pytest.mark.parametrize("segment", SEGMENTS, ids=lambda segment: segment.name)
def test_parts_add_up_to_the_change_and_name_the_outbreak(segment):
    clean = payer(claims=4_000)
    struck = outbreak(clean, seed=1, diagnosis="A98.4", provider="PRV00101", year=2024,
                      claims=200, dollars=(50_000, 90_000), months=(3, 3))  # fmt: skip
    of = (struck.members.lazy(), struck.plans.lazy())
    cut, exposed = segmented(struck.claims.lazy(), *of), exposure(struck.months.lazy(), *of)
    now, before = (Span(date(2024, m, 1), date(2024, m, 1)) for m in (3, 2))
    found = attribution(cut, exposed, segment, now=now, before=before).collect()
    paid = struck.claims.group_by("service_month").agg(pl.col("paid_cents").sum())
    of_month = dict(paid.rows())
    change = (of_month[now.first] - of_month[before.first]) / 400
    assert found["change_cents"].sum() == pytest.approx(change)
    assert found["share"].sum() == pytest.approx(1)
    first = {"diagnosis": "A98.4", "provider": "PRV00101", "specialty": "Infectious Disease"}
    if segment.name in first:
        assert found["value"][0] == first[segment.name] and found["share"][0] > 0.9
