"""A1 to A5 and A7: each finds what was put in, and little on clean claims; case 21 as published."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from engine.claims.analytics.anomaly import ANOMALY, ranked
from engine.claims.analytics.claim_anomalies import (
    amount_scores,
    duplicates,
    impossible,
    odd_amounts,
    odd_units,
    too_many_a_day,
    uncovered,
)
from engine.claims.analytics.spread import score, spread
from engine.claims.tables.fact_contracts import FACT_CLAIM
from tests.conftest import rows, whole
from tests.engine.claims.invented import payer

CASE = Path(__file__).parents[3] / "../shared/claims/cases/21-anomaly-zero-spread-and-tiny-groups"
CLEAN = payer()
FACTS = {
    "claim_id": pl.String,
    "member_id": pl.String,
    "provider_id": pl.String,
    "cpt": pl.String,
    "service_date": pl.Date,
    "billed_cents": pl.Int64,
    "paid_cents": pl.Int64,
}


def drawn(text: str) -> pl.LazyFrame:
    return whole(rows(text, FACTS), FACT_CLAIM).lazy()


def ids(found: pl.LazyFrame) -> list[str]:
    frame = found.collect()
    assert frame.schema == ANOMALY
    assert frame.null_count().sum_horizontal().item() == 0
    return frame.sort("anomaly_id")["anomaly_id"].to_list()


@pytest.fixture(scope="module")
def case() -> pl.DataFrame:
    if not CASE.is_dir():
        pytest.skip("the published cases are not here: ../shared/claims/cases")
    given = pl.read_csv(CASE / "claims.csv", schema_overrides={"cpt": pl.String})
    amounts = {
        f"{name}_cents": (pl.col(f"{column}_amount").cast(pl.Decimal(12, 2)) * 100).cast(pl.Int64)
        for name, column in (("billed", "claim"), ("allowed", "allowed"), ("paid", "paid"))
    }
    return whole(given.with_columns(**amounts), FACT_CLAIM)


def test_case_21_a_spread_of_zero_hides_nothing_and_a_group_of_one_is_not_judged(case):
    right = json.loads((CASE / "expected.json").read_text(encoding="utf-8"))
    scores = amount_scores(case.lazy()).collect()
    odd, unjudged = (scores.filter(pl.col("verdict") == v) for v in ("odd", "too few to judge"))
    assert sorted(odd["claim_id"]) == right["flagged"]
    assert unjudged["claim_id"].to_list() == right["not_judged"]
    assert scores["score"].is_infinite().any() is False and not scores["score"].is_nan().any()
    by_category = scores.filter(pl.col("among").str.starts_with("Imaging"))
    z = dict(by_category.select("claim_id", "score").rows())
    assert z["CLM078"] == pytest.approx(right["z"]["CLM078"], abs=0.0005)
    # All 43 of the category, of which 40 have a code of their own to be judged among.
    log = (
        case.filter(major_service_category="Imaging").select(x=pl.col("billed_cents").log()).lazy()
    )
    z = log.join(spread(log.with_columns(g=1), "x", ["g"], floor=0.1), how="cross")
    others = z.select(score("x").abs().sort()).collect().to_series().to_list()[:-1]
    assert max(others) == pytest.approx(right["max_other_abs_z_imaging"], abs=0.0005)


def test_an_odd_amount_is_explained_and_costs_what_is_beyond_the_usual(case):
    found = odd_amounts(case.lazy()).collect().row(by_predicate=pl.col("subject") == "CLM035",
                                                   named=True)  # fmt: skip
    # Billed 10,000 where 100 is usual, and 5,000 paid: 99 % of that.
    paid = case.filter(pl.col("claim_id") == "CLM035")["paid_cents"].item()
    assert (found["observed"], round(found["expected"])) == (1_000_000, 10_000)
    assert found["effect_cents"] == round(paid * 0.99)
    assert found["claim_ids"] == ["CLM035"]
    assert "$10,000 was billed; half of the 35 claims of 99213" in found["explanation"]


DAYS = """
    claim_id | member_id | provider_id | cpt   | service_date | billed_cents | paid_cents
    C1       | M1        | P1          | 99213 | 2025-03-01   | 10000        | 8000
    C2       | M1        | P1          | 99213 | 2025-03-02   | 10099        | 8000
    C3       | M1        | P1          | 99213 | 2025-03-04   | 10000        | 8000
    C4       | M1        | P1          | 99214 | 2025-03-01   | 10000        | 8000
    C5       | M2        | P1          | 99213 | 2025-03-01   | 10000        | 8000
    C6       | M1        | P2          | 99213 | 2025-03-01   | 10000        | 8000
    C7       | M1        | P1          | 99213 | 2025-03-01   | 10200        | 8000
"""


def test_a_duplicate_is_a_day_and_a_hundredth_apart_at_most():
    # C2 is within 1 % of C1, and of C7 (10,200 less 101), which is within 2 % of C1.
    assert ids(duplicates(drawn(DAYS))) == ["A2:C2"]
    found = duplicates(drawn(DAYS)).collect().row(0, named=True)
    assert found["claim_ids"] == ["C1", "C2", "C7"] and found["effect_cents"] == 8000
    assert "nearly once more: claim C1" in found["explanation"]


BACK = """
    claim_id | member_id | provider_id | cpt   | service_date | billed_cents | paid_cents
    C1       | M1        | P1          | 99213 | 2025-03-01   | 10000        | 8000
    C2       | M1        | P1          | 99213 | 2025-03-01   | -10000       | -8000
    C3       | M1        | P1          | 99213 | 2025-03-01   | 10000        | 8000
"""


def test_what_was_reversed_and_billed_again_is_no_duplicate_but_a_third_time_is():
    assert ids(duplicates(drawn(BACK))) == []
    thrice = drawn(BACK + "    C4 | M1 | P1 | 99213 | 2025-03-01 | 10000 | 8000")
    assert ids(duplicates(thrice)) == ["A2:C3", "A2:C4"]


def test_a_service_outside_cover_says_how_far_and_from_what():
    covered = rows(
        """
        member_id | start_date | end_date
        M1        | 2025-01-01 | 2025-02-28
        M1        | 2025-04-01 | 2025-06-30
        M2        | 2025-03-02 | 2025-12-31
        """,
        {"member_id": pl.String, "start_date": pl.Date, "end_date": pl.Date},
    ).lazy()
    claims = drawn(
        """
        claim_id | member_id | service_date | paid_cents
        C1       | M1        | 2025-03-02   | 100
        C2       | M1        | 2025-06-30   | 100
        C3       | M2        | 2025-03-01   | 100
        C4       | M3        | 2025-03-01   | 100
        C5       | M1        | 2025-02-28   | 100
        """
    )
    found = uncovered(claims, covered).sort("anomaly_id").collect()
    assert found.select("subject", "observed").rows() == [("C1", 2), ("C3", -1), ("C4", 0)]
    assert "2 days after cover ended" in found["explanation"][0]
    assert "1 days before cover began" in found["explanation"][1]
    assert "never had cover" in found["explanation"][2]


def test_each_impossible_combination_is_named():
    women = CLEAN.members.filter(pl.col("gender") == "F", pl.col("dob") < date(1990, 1, 1))
    some = CLEAN.claims.join(women, on="member_id", how="semi").head(5).with_row_index("i")
    i = pl.col("i")
    spoilt = some.with_columns(
        diagnosis_code=pl.when(i == 0).then(pl.lit("C61")).when(i == 1).then(pl.lit("P07.3"))
        .otherwise("diagnosis_code"),
        channel=pl.when(i == 2).then(pl.lit("IP")).otherwise("channel"),
        units_days=pl.when(i == 2).then(0).otherwise("units_days"),
        provider_specialty=pl.when(i == 3).then(pl.lit("Urology")).otherwise("provider_specialty"),
    )  # fmt: skip
    number = some["claim_id"]
    found = impossible(spoilt.lazy(), CLEAN.members.lazy(), CLEAN.providers.lazy())
    kinds = ("sex", "age", "stay", "specialty")
    assert ids(found) == sorted(f"A4:{number[n]}:{kind}" for n, kind in enumerate(kinds))


def test_units_are_odd_only_far_beyond_the_ninety_ninth_percentile_of_a_large_group():
    n = 200
    claims = CLEAN.claims.head(n).with_row_index("i").with_columns(
        major_service_category=pl.lit("Inpatient"), units_days=(pl.col("i") % 10 + 1).cast(pl.Int64)
    )  # fmt: skip
    # Days 1 to 10: the 99th percentile is 10, so 20 is not odd and 21 is.
    far = claims.with_columns(units_days=pl.when(pl.col("i") == 0).then(21).otherwise("units_days"))
    near = claims.with_columns(
        units_days=pl.when(pl.col("i") == 0).then(20).otherwise("units_days")
    )
    assert ids(odd_units(far.lazy())) == [f"A5:{claims['claim_id'][0]}"]
    assert ids(odd_units(near.lazy())) == ids(odd_units(far.head(99).lazy())) == []


def test_more_claims_than_a_day_holds_are_one_anomaly():
    many = "\n".join(f"C{i} | M1 | P1 | 9921{i} | 2025-03-01 | 1000 | 600" for i in range(7))
    head = "claim_id | member_id | provider_id | cpt | service_date | billed_cents | paid_cents\n"
    found = too_many_a_day(drawn(head + many)).collect()
    # Two of seven are beyond five: 2/7 of 4,200 cents.
    assert found.select("subject", "observed", "effect_cents", "claim_count").rows() == [
        ("M1 P1 2025-03-01", 7, 1200, 7)
    ]
    assert ids(too_many_a_day(drawn(head + "\n".join(many.splitlines()[:5])))) == []


def test_clean_claims_raise_less_than_one_alarm_in_a_thousand():
    claims = CLEAN.claims.lazy()
    found = ranked(
        [
            odd_amounts(claims),
            duplicates(claims),
            uncovered(claims, CLEAN.enrollments.lazy()),
            impossible(claims, CLEAN.members.lazy(), CLEAN.providers.lazy()),
            odd_units(claims),
            too_many_a_day(claims),
        ]
    ).collect()
    assert found.height <= CLEAN.claims.height / 1_000
    assert found["place"].to_list() == list(range(1, found.height + 1))
