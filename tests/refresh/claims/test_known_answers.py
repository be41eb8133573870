"""Published samples with known answers, through the same contracts: ACA claims, and Synthea's."""

import json
from pathlib import Path

import polars as pl
import pytest

from engine import Lake
from refresh.claims.synthea import write_feed
from tests.refresh.claims.cases import SHARED, folder_of, loaded, rows

REAL = SHARED / "real" / "claims"
TRUTH = SHARED / "claims" / "12-truth-for-aca-and-synthea-samples"


@pytest.fixture(scope="module")
def aca(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    if not (REAL / "aca_health").is_dir() or not TRUTH.is_dir():
        pytest.skip("../shared/real/claims is not beside the project")
    return loaded((REAL / "aca_health").iterdir(), tmp_path_factory.mktemp("aca"))


@pytest.fixture(scope="module")
def truth() -> dict:
    if not TRUTH.is_dir():
        pytest.skip("../shared/claims is not beside the project")
    return json.loads((TRUTH / "truth.json").read_text(encoding="utf-8"))


def test_every_claim_of_the_original_layout_becomes_a_fact(aca: Lake, truth: dict):
    claims, want = rows(aca, "fact_claim"), truth["aca"]
    amounts = ("billed", "allowed", "paid")
    told = {"claims": claims.height} | {a: claims[f"{a}_cents"].sum() for a in amounts}
    assert told == want["totals_cents"]
    assert rows(aca, "claims_reject").is_empty()
    by_status = claims.group_by("status").agg(
        pl.len(), pl.col("billed_cents").sum(), paid=pl.col("paid_cents").sum()
    )
    assert sorted(map(list, by_status.rows())) == want["status"]


def test_member_months_are_exact_fractions(aca: Lake, truth: dict):
    months, want = rows(aca, "member_month"), truth["aca"]
    assert months["member_months"].sum() == pytest.approx(want["member_months_exact"], abs=5e-7)
    assert months.height == want["member_months_touched"]
    by_year = months.group_by("year").agg(pl.col("member_months").sum()).sort("year")
    for (year, told), (wanted_year, value) in zip(
        by_year.rows(), want["member_months_by_year"], strict=True
    ):
        assert year == wanted_year and told == pytest.approx(value, abs=5e-7)
    paid = rows(aca, "fact_claim")["paid_cents"].sum() / 100
    assert paid / months["member_months"].sum() == pytest.approx(want["pmpm_paid_total"], abs=5e-7)
    earned = months["premium_cents"].sum() / 100
    assert earned == pytest.approx(want["premium_earned_if_monthly"], abs=0.005)


def test_each_plan_and_month_has_its_claims_and_its_months(aca: Lake):
    want = pl.read_csv(TRUTH / "aca_plan_month.csv").sort("plan_id", "month")
    month = pl.col("month").dt.to_string("%Y-%m")
    cover = (
        rows(aca, "member_month")
        .group_by("plan_id", month)
        .agg(pl.col("member_months").sum(), touched=pl.len())
    )
    sums = rows(aca, "fact_claim").group_by(
        "plan_id", month=pl.col("service_month").dt.to_string("%Y-%m")
    )
    claims = sums.agg(pl.len().alias("claims"), pl.col("paid_cents").sum())
    told = cover.join(claims, on=["plan_id", "month"], how="left").sort("plan_id", "month")
    assert told.select("plan_id", "month").equals(want.select("plan_id", "month"))
    assert (told["member_months"] - want["member_months"]).abs().max() < 1e-9
    assert told["touched"].to_list() == want["touched"].to_list()
    for name in ("claims", "paid_cents"):
        assert told[name].fill_null(0).to_list() == want[name].fill_null(0).to_list()


def test_synthea_becomes_a_feed_and_has_its_own_member_months(truth: dict, tmp_path: Path):
    """Synthea counts twelve months a yearly cover, the second payer's too."""
    write_feed(REAL / "synthea", tmp_path / "feed")
    lake = loaded((tmp_path / "feed").iterdir(), tmp_path)
    names = rows(lake, "dim_plan").select("plan_id", "plan_name")
    covers = rows(lake, "fact_enrollment").join(names, on="plan_id")
    years = dict(covers.group_by("plan_name").len().rows())
    published = {p["payer"]: p["published"] for p in truth["synthea_member_months"]}
    insured = {name for name in published if name != "NO_INSURANCE"}
    assert {name: 12 * years.get(name, 0) for name in insured} == {
        name: published[name] for name in insured
    }
    claims, rejects = rows(lake, "fact_claim"), rows(lake, "claims_reject")
    paid = pl.read_csv(REAL / "synthea" / "encounters.csv", infer_schema=False)["PAYER_COVERAGE"]
    whole = paid.cast(pl.Decimal(18, 2)).sum()
    told = claims["paid_cents"].sum() + rejects.filter(entity="claims")["paid_cents"].sum()
    assert told == int(whole * 100) and claims.height > 600


def test_13_months_of_cover_on_the_calendar(tmp_path: Path):
    """By hand: 17/31 + 1/29 + (1/31 + 1/31) + 12 + 1 + 28/29."""
    lake = loaded([folder_of(13) / "enrollments.csv"], tmp_path)
    months = rows(lake, "member_month")
    assert months["member_months"].sum() == pytest.approx(14 + 19 / 31)
    assert months.height == 18
    assert rows(lake, "fact_enrollment")["coverage_days"].sum() == 442
    assert months["premium_cents"].sum() == pytest.approx(196_000)
    february = months.filter(pl.col("month") == pl.date(2024, 2, 1))
    assert february["member_months"].sum() == pytest.approx(2.0)
    rejects = rows(lake, "claims_reject")
    assert rejects["reason"].to_list() == ["ends_before_start"]
