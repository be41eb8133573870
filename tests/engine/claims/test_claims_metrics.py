"""Metrics of claims: published cases, and data sets whose answers others have worked out."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine import Lake, measure
from engine.errors import BadQuestion
from tests.conftest import sealed
from tests.engine.claims.lakes import ACA, case, claims_lake, published, read


@pytest.fixture(scope="module")
def aca(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The sample in the payer's own layout."""
    if not ACA.is_dir():
        pytest.skip("not here: ../shared/real/claims")
    names = ("claims", "enrollments", "members", "plans")
    return claims_lake(
        tmp_path_factory.mktemp("aca"), *(read(ACA / f"{name}.csv") for name in names)
    )


def expected_of(name: str) -> dict[str, Any]:
    text = (published("cases", name) / "expected.json").read_text(encoding="utf-8")
    said: dict[str, Any] = json.loads(text)
    return said


def by_key(lake: Lake, metric: str, *by: str) -> dict[str, Any]:
    found = measure(lake, [metric], by).collect()
    return {"|".join(str(k)[:7] for k in keys): value for *keys, value in found.rows()}


def dollars(cents: float | None) -> str | None:
    return None if cents is None else f"{cents / 100:.2f}"


def test_claims_are_never_joined_to_cover_row_by_row(tmp_path: Path):
    expected, lake = expected_of("09-pmpm-fan-out"), case(tmp_path, "09-pmpm-fan-out")
    row = measure(lake, ["member_months", "pmpm_paid"]).collect().row(0)
    assert (row[0], dollars(row[1])) == (expected["member_months"], expected["pmpm"])
    for what, by in {
        "by_plan": ["plan_id"],
        "by_month": ["month"],
        "by_plan_month": ["plan_id", "month"],
    }.items():
        found = {key: dollars(value) for key, value in by_key(lake, "pmpm_paid", *by).items()}
        assert expected[what].items() <= found.items()


def test_a_ratio_is_of_totals_and_null_where_there_is_nothing_to_divide_by(tmp_path: Path):
    name = "10-ratio-of-totals-and-empty-denominators"
    expected, lake = expected_of(name), case(tmp_path, name)
    pmpm, approved = (by_key(lake, m, "plan_id") for m in ("pmpm_paid", "approval_rate"))
    total = measure(lake, ["pmpm_paid", "approval_rate"]).collect().row(0)
    pmpm["total"], approved["total"] = total
    for plan, wanted in expected["pmpm"].items():
        assert dollars(pmpm.get(plan)) == wanted
    for plan, wanted in expected["approval_rate"].items():
        assert approved.get(plan) == (None if wanted is None else wanted * 100)


def test_distinct_members_do_not_add(tmp_path: Path):
    name = "24-distinct-members-do-not-add"
    expected, lake = expected_of(name), case(tmp_path, name)
    monthly = measure(lake, ["claim_members", "claim_providers", "claims", "paid"], ["month"])
    found = monthly.collect()
    assert found["claim_members"].to_list() == expected["members_by_month"]
    assert found["claim_providers"].to_list() == expected["providers_by_month"]
    assert found["claims"].sum() == expected["claims"]
    assert dollars(found["paid"].sum()) == expected["paid"]
    for by in ([], ["month__quarter"]):
        whole = measure(lake, ["claim_members", "claim_providers"], by).collect()
        assert whole.row(0)[-2:] == (expected["members_total"], expected["providers_total"])
    assert by_key(lake, "claim_members", "plan_id") == expected["members_by_plan"]


def test_totals_of_the_sample_as_published(aca: Lake):
    file = published("12-truth-for-aca-and-synthea-samples") / "truth.json"
    truth = json.loads(file.read_text(encoding="utf-8"))["aca"]
    row = measure(
        aca,
        [
            *("claims", "billed", "allowed", "paid", "member_months", "member_months_touched"),
            *("pmpm_paid", "premium", "medical_loss_ratio", "days_to_pay_median"),
            *("days_to_pay_p90", "claim_members", "oon_share", "approved_claims"),
        ],
    ).collect()
    found = row.row(0, named=True)
    assert {name: found[name] for name in truth["totals_cents"]} == truth["totals_cents"]
    assert round(found["member_months"], 6) == truth["member_months_exact"] == 12_378.919972
    assert found["member_months_touched"] == truth["member_months_touched"]
    assert round(found["pmpm_paid"] / 100, 6) == truth["pmpm_paid_total"] == 471.448572
    assert round(found["premium"] / 100, 2) == truth["premium_earned_if_monthly"]
    assert round(found["medical_loss_ratio"] / 100, 6) == truth["mlr_if_monthly"]
    paid = (found["approved_claims"], found["days_to_pay_median"], found["days_to_pay_p90"])
    assert list(paid) == truth["days_to_pay_PAID"]
    assert found["claim_members"] == truth["distinct_members_with_claims"]
    assert round(found["oon_share"] / 100, 6) == truth["oon_allowed_share"]
    for what, metric in {
        "pmpm_by_year": "pmpm_paid",
        "member_months_by_year": "member_months",
    }.items():
        scale = 100 if metric == "pmpm_paid" else 1
        years = {key: round(value / scale, 6) for key, value in by_key(aca, metric, "year").items()}
        assert years == dict(truth[what])


def test_plan_by_month_of_the_sample_as_published(aca: Lake):
    there = published("12-truth-for-aca-and-synthea-samples")
    truth = pl.read_csv(there / "aca_plan_month.csv")
    metrics = ["member_months", "claims", "billed", "allowed", "paid", "claim_members", "pmpm_paid"]
    found = measure(aca, metrics, ["plan_id", "month"]).collect()
    assert found.height == truth.height == 240
    wanted = truth.sort("plan_id", "month")
    assert found["month"].dt.strftime("%Y-%m").to_list() == wanted["month"].to_list()
    for ours, theirs in {
        "claims": "claims",
        "billed": "billed_cents",
        "paid": "paid_cents",
        "claim_members": "members",
    }.items():
        assert found[ours].to_list() == wanted[theirs].to_list()
    assert (found["member_months"] - wanted["member_months"]).abs().max() < 1e-9
    assert (found["pmpm_paid"] / 100 - wanted["pmpm_paid"]).abs().max() < 1e-5


def test_the_whole_is_the_sum_over_any_dimension_and_no_mean_of_ratios(aca: Lake):
    additive = ["claims", "billed", "allowed", "paid", "approved_claims", "oon_allowed"]
    total = measure(aca, additive).collect().row(0)
    for by in (
        ["month"],
        ["state"],
        ["provider_specialty", "is_oon"],
        ["metal_tier", "gender"],
        ["diagnosis_code"],
    ):
        parts = measure(aca, additive, by).collect()
        assert parts.select(pl.col(additive).sum()).row(0) == total
    by_state = measure(aca, ["pmpm_paid", "paid", "member_months"], ["state"]).collect()
    whole = measure(aca, ["pmpm_paid"]).collect().item()
    assert by_state["paid"].sum() / by_state["member_months"].sum() == pytest.approx(whole)
    assert by_state["pmpm_paid"].mean() != pytest.approx(whole)


def test_what_claims_alone_have_splits_the_cost_and_leaves_the_cover_whole(aca: Lake):
    """The parts of PMPM by kind of service add up to PMPM, month by month."""
    split = measure(aca, ["pmpm_paid"], ["month", "major_service_category"]).collect()
    whole = measure(aca, ["pmpm_paid"], ["month"]).collect()
    summed = split.group_by("month").agg(pl.col("pmpm_paid").sum()).sort("month")
    assert (summed["pmpm_paid"] - whole["pmpm_paid"]).abs().max() < 1e-6
    one = measure(aca, ["pmpm_paid"], ["month"], {"major_service_category": "Pharmacy"}).collect()
    pharmacy = split.filter(pl.col("major_service_category") == "Pharmacy")
    assert (
        one.filter(pl.col("pmpm_paid") > 0)["pmpm_paid"].to_list()
        == pharmacy.filter(pl.col("pmpm_paid") > 0)["pmpm_paid"].to_list()
    )


def test_cover_is_not_asked_by_what_claims_alone_have(aca: Lake):
    with pytest.raises(BadQuestion, match="`member_months` cannot be asked by `diagnosis_code`"):
        measure(aca, ["pmpm_paid", "member_months"], ["diagnosis_code"])


def test_a_year_that_is_named_opens_its_own_files_only(aca: Lake):
    plan = measure(aca, ["pmpm_paid"], ["month"], {"year": "2025"}).explain()
    for table in ("fact_claim", "member_month"):
        for file in aca.files(table):
            assert (Path(file["path"]).name in plan) == (file["partition"] == "2025")


def test_twelve_months_and_the_year_before_by_hand(aca: Lake):
    paid = measure(aca, ["paid"], ["month"]).collect()["paid"]
    over_time = ["paid_yoy", "paid_mom", "paid_12m", "paid_ytd", "pmpm_paid_12m"]
    last = measure(aca, over_time, ["month"]).collect().row(-1, named=True)
    assert last["paid_12m"] == last["paid_ytd"] == paid.tail(12).sum()
    assert last["paid_mom"] == pytest.approx((paid[-1] / paid[-2] - 1) * 100)
    assert last["paid_yoy"] == pytest.approx((paid[-1] / paid[-13] - 1) * 100)
    year = measure(aca, ["pmpm_paid"], where={"year": "2025"}).collect().item()
    assert last["pmpm_paid_12m"] == pytest.approx(year)


def test_claims_of_another_payer_s_layout_come_to_its_published_totals(tmp_path: Path):
    """Tuva's seed: 2,075 lines of 1,138 claims, to the cent (their float sum is short of it)."""
    there = published("01-tuva-ci")
    truth = json.loads((there / "truth.json").read_text(encoding="utf-8"))
    lines = pl.read_csv(there / "medical_claim.csv.gz", infer_schema_length=0)
    claims = lines.select(
        claim_id=pl.format("{}-{}", "claim_id", "claim_line_number"),
        member_id="person_id",
        provider_id="claim_id",  # who counts here is the claim: distinct ones are counted
        plan_id="plan",
        service_date=pl.col("claim_start_date").str.to_date(),
        paid_cents=(pl.col("paid_amount").cast(pl.Float64) * 100).round().cast(pl.Int64),
    )
    spans = pl.read_csv(there / "eligibility.csv.gz", infer_schema_length=0).select(
        member_id="person_id",
        plan_id="plan",
        start_date=pl.col("enrollment_start_date").str.to_date(),
        end_date=pl.col("enrollment_end_date").str.to_date(),
        premium_cents=pl.lit(0),
    )
    whole = claims_lake(tmp_path / "all", claims)
    row = measure(whole, ["claims", "claim_providers", "paid"]).collect().row(0)
    assert row == (truth["rows"]["medical_claim"], truth["claims"], truth["paid_medical_cents"])
    covered = claims_lake(tmp_path / "covered", claims, spans)
    row = measure(covered, ["claims", "paid", "member_months"]).collect().row(0)
    assert row[0] == 2_075 - truth["lines_without_enrolment_on_claim_start_date"]
    assert row[1] == truth["paid_medical_cents"] - truth["paid_cents_without_enrolment"]
    assert row[2] == pytest.approx(truth["member_months_exact_by_span"])


def test_prescriptions_by_sex_and_year_as_published(tmp_path: Path):
    """DE-SynPUF: mean and median cost a person, those without any among them."""
    there = published("03-desynpuf-500")
    truth = json.loads((there / "truth.json").read_text(encoding="utf-8"))
    cost = pl.read_csv(there / "pde.csv.gz", try_parse_dates=True).with_columns(
        year=pl.col("srvc_dt").dt.year()
    )
    people = pl.read_csv(there / "bene.csv.gz", infer_schema_length=None).rename(
        {"bene_year": "year"}
    )
    each = people.join(
        cost.group_by("desynpuf_id", "year").agg(pl.col("tot_rx_cst_amt").sum()),
        on=["desynpuf_id", "year"],
        how="left",
    )
    claims = each.select(
        claim_id=pl.format("{}-{}", "desynpuf_id", "year"),
        member_id="desynpuf_id",
        service_date=pl.date("year", 1, 1),
        billed_cents=pl.col("tot_rx_cst_amt").fill_null(0).cast(pl.Int64) * 100,
        status=pl.when(pl.col("bene_sex_ident_cd") == 1)
        .then(pl.lit("Male"))
        .otherwise(pl.lit("Female")),
        plan_id=pl.lit("D"),
    )
    lake = claims_lake(tmp_path, claims)
    found = measure(lake, ["average_billed", "median_billed"], ["year", "status"]).collect()
    assert [
        [int(year), sex, round(mean / 100, 2), dollars(median)]
        for year, sex, mean, median in found.rows()
    ] == [row[:4] for row in truth["computed_rx"]]


def test_premiums_rise_with_the_metal_of_real_plans(tmp_path: Path):
    there = published("09-qhp-2014-real-plans")
    truth = json.loads((there / "truth.json").read_text(encoding="utf-8"))
    plans = pl.read_csv(there / "plans_by_rating_area.csv.gz", infer_schema_length=None)
    offered = plans.select(
        plan_sk=pl.int_range(pl.len()),
        plan_id="plan_id_standard_component",
        metal_tier="metal_level",
        effective_year=pl.lit(2014, pl.Int64),
        is_current=pl.lit(True),
        premium_cents=(pl.col("premium_adult_individual_age_40") * 100).round().cast(pl.Int64),
    )
    lake = sealed(tmp_path, dim_plan=offered)
    medians = measure(lake, ["median_premium"], ["metal_tier"]).collect().rows()
    found = {tier: value / 100 for tier, value in medians if tier}
    for tier, _, _, median, _ in truth["by_tier"]:
        # Between two plans a median may end in half a cent.
        assert tier is None or found[tier] == pytest.approx(float(median), abs=0.005001)
    rising = [found[tier] for tier in ("Bronze", "Silver", "Gold", "Platinum")]
    assert rising == sorted(rising)
