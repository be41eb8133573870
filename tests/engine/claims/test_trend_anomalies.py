"""A8: outbreaks that were put in come first, with their diagnosis and provider; chance does not."""

from datetime import date

import polars as pl
import pytest

from engine.claims.analytics.anomaly import ANOMALY, ranked
from engine.claims.analytics.claim_anomalies import duplicates, odd_amounts
from engine.claims.analytics.segments import DIAGNOSIS, exposure, segmented
from engine.claims.analytics.trend_anomalies import month_scores, odd_trends
from tests.engine.claims.invented import Payer, outbreak, payer

CLEAN = payer()


def trends(of: Payer, **given) -> pl.DataFrame:
    found = odd_trends(
        of.claims.lazy(), of.months.lazy(), of.members.lazy(), of.plans.lazy(), **given
    )
    return found.collect()


@pytest.fixture(scope="module")
def struck() -> Payer:
    """1,000 claims of A98.4 by PRV00101 in 2024, and radiation sickness by PRV00007 in May 2025."""
    ebola = outbreak(CLEAN, seed=1, diagnosis="A98.4", provider="PRV00101", year=2024, claims=1_000,
                     dollars=(50_000, 500_000))  # fmt: skip
    return outbreak(ebola, seed=2, diagnosis="T66", provider="PRV00007", year=2025, claims=120,
                    dollars=(20_000, 90_000), months=(5, 5), cpt="77427")  # fmt: skip


def test_both_outbreaks_come_first_with_diagnosis_provider_and_period(struck: Payer):
    claims = struck.claims.lazy()
    found = odd_trends(claims, struck.months.lazy(), struck.members.lazy(), struck.plans.lazy())
    result = ranked([found, odd_amounts(claims), duplicates(claims)]).collect()
    assert result.schema == ANOMALY | {"place": pl.Int64}
    first, second = result.head(2).rows(named=True)
    assert (first["subject"], first["period"]) == ("diagnosis=A98.4", "2024-01/2024-12")
    assert (second["subject"], second["period"]) == ("diagnosis=T66", "2025-05")
    assert "provider PRV00101 (100 %)" in first["explanation"]
    assert "provider PRV00007 (100 %)" in second["explanation"]
    paid = struck.claims.filter(pl.col("diagnosis_code") == "A98.4")["paid_cents"].sum()
    assert (first["effect_cents"], first["claim_count"]) == (paid, 1_000)
    assert first["expected"] == 0 and len(first["claim_ids"]) == 50
    # 400 members covered through 2024: 4,800 member months.
    assert first["observed"] == pytest.approx(paid / 4_800)


def test_what_a_diagnosis_explains_is_told_once(struck: Payer):
    found = trends(struck)
    assert sorted(found["subject"]) == ["diagnosis=A98.4", "diagnosis=T66"]


def test_a_provider_who_bills_more_of_everything_is_told_himself():
    """No one diagnosis is odd; the provider is."""
    more = CLEAN.claims.filter(
        pl.col("provider_id") == "PRV00002", pl.col("service_year") == "2024"
    )
    more = pl.concat([more] * 40).with_columns(
        claim_id=pl.format("MORE{}", pl.int_range(pl.len())),
        diagnosis_code=pl.format("X{}", pl.int_range(pl.len()) % 97),
        paid_cents=pl.lit(90_000, pl.Int64),
    )
    of = Payer(**{**CLEAN.__dict__, "claims": CLEAN.claims.vstack(more)})
    assert "provider=PRV00002" in set(trends(of)["subject"])


def test_clean_claims_and_one_claim_of_two_million_raise_no_alarm():
    assert trends(CLEAN).height == 0
    dear = CLEAN.claims.head(1).with_columns(
        claim_id=pl.lit("DEAR"),
        diagnosis_code=pl.lit("G12.0"),
        paid_cents=pl.lit(200_000_000, pl.Int64),
    )
    of = Payer(**{**CLEAN.__dict__, "claims": CLEAN.claims.vstack(dear)})
    assert trends(of).height == 0


def test_a_month_is_judged_by_others_and_by_none_where_there_are_too_few():
    """What was always so is not odd; a year is not judged by itself."""
    always = pl.concat(
        outbreak(CLEAN, seed=y, diagnosis="A98.4", provider="PRV00101", year=y, claims=600,
                 dollars=(60_000, 90_000)).claims.filter(pl.col("diagnosis_code") == "A98.4")
        for y in (2023, 2024, 2025)
    )  # fmt: skip
    of = Payer(**{**CLEAN.__dict__, "claims": CLEAN.claims.vstack(always)})
    assert trends(of).height == 0
    months = CLEAN.months.filter(pl.col("month") < date(2023, 11, 1))
    short = Payer(**{**of.__dict__, "months": months})
    cut = segmented(short.claims.lazy(), short.members.lazy(), short.plans.lazy())
    exposed = exposure(short.months.lazy(), short.members.lazy(), short.plans.lazy())
    scores = month_scores(cut, exposed, DIAGNOSIS).collect()
    assert scores["judged_by"].unique().to_list() == [9]
    assert scores["score"].null_count() == scores.height > 10


def test_the_first_year_is_judged_by_the_years_after_it():
    of = outbreak(CLEAN, seed=3, diagnosis="A98.4", provider="PRV00101", year=2023, claims=400,
                  dollars=(50_000, 500_000), months=(2, 4))  # fmt: skip
    (found,) = trends(of).rows(named=True)
    assert (found["subject"], found["period"]) == ("diagnosis=A98.4", "2023-02/2023-04")


def test_a_slow_year_of_growth_is_no_outbreak():
    """Amounts that grow by a fifth a year are a trend, but no month stands out of it."""
    factor = 1.2 ** (pl.col("service_date").dt.year() - 2023)
    grown = CLEAN.claims.with_columns((pl.col("paid_cents") * factor).cast(pl.Int64))
    assert trends(Payer(**{**CLEAN.__dict__, "claims": grown})).height == 0
