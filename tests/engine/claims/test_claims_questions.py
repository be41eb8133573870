"""Questions of claims: cubes that agree with the facts, months that can be compared, bands."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from engine import Lake, measure
from engine.claims.questions.bands import (
    COST_CATEGORY,
    PAID_RISK,
    PROVIDER_COST,
    UTILIZATION,
    VOLUME,
    Band,
)
from engine.claims.questions.cubes import CUBES, cube, most_common
from engine.claims.questions.glance import dashboard_summary
from engine.claims.questions.over_time import (
    compared,
    rolled,
    run_out,
    seasons,
    trend,
    yearly_growth,
)
from engine.errors import BadQuestion, UnknownName
from engine.wings import metric
from tests.engine.claims.lakes import ACA, case, claims_lake, published, read

END = date(2025, 12, 31)


@pytest.fixture(scope="module")
def aca(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    if not ACA.is_dir():
        pytest.skip("not here: ../shared/real/claims")
    names = ("claims", "enrollments", "members", "plans")
    return claims_lake(
        tmp_path_factory.mktemp("aca"), *(read(ACA / f"{name}.csv") for name in names)
    )


def test_a_month_that_is_not_over_is_shown_and_not_compared(tmp_path: Path):
    name = "12-partial-and-immature-months"
    there = published("cases", name)
    expected = json.loads((there / "expected.json").read_text(encoding="utf-8"))
    as_of = date.fromisoformat((there / "as_of.txt").read_text(encoding="utf-8").strip())
    lake = case(tmp_path, name)
    months = (
        trend(lake, "claims", as_of=as_of)
        .with_columns(pl.col("month").dt.strftime("%Y-%m"))
        .collect()
    )
    complete = months.filter("is_complete")
    latest = complete.row(-1, named=True)
    assert (latest["month"], latest["value"]) == (expected["latest_complete"], expected["claims"])
    assert latest["mom_percent"] == pytest.approx(expected["mom"] * 100)
    assert months.filter(~pl.col("is_complete"))["month"].to_list() == expected["partial"]
    immature = complete.filter("is_immature")["month"].to_list()
    assert immature == expected["immature"]
    assert complete.filter(~pl.col("is_immature"))["month"].to_list() == expected["mature"]
    june = months.row(-1, named=True)
    assert (june["value"], june["mom_percent"]) == (expected["june"]["claims"], None)
    glance = dashboard_summary(lake, as_of=as_of).collect().row(0, named=True)
    assert (glance["latest_claims"], round(glance["claims_mom_percent"], 6)) == (9, -10.0)


def test_a_month_that_is_missing_is_compared_with_none(tmp_path: Path):
    claims = pl.DataFrame(
        {
            "claim_id": ["1", "2", "3"],
            "member_id": ["a"] * 3,
            "plan_id": ["p"] * 3,
            "service_date": [date(2025, 1, 5), date(2025, 3, 5), date(2025, 4, 5)],
        }
    )
    found = trend(claims_lake(tmp_path, claims), "claims", as_of=date(2025, 6, 30)).collect()
    assert found["mom_percent"].to_list() == [None, None, 0.0]


def test_cubes_add_up_to_the_facts_to_the_cent(aca: Lake):
    total = measure(aca, ["claims", "billed", "allowed", "paid"]).collect().row(0, named=True)
    for name, declared in CUBES.items():
        shared = [m for m in total if m in declared.metrics]
        if declared.top is None and shared:
            found = cube(aca, name).select(pl.col(shared).sum()).collect().row(0, named=True)
            assert found == {m: total[m] for m in shared}, name


def test_the_top_diagnoses_of_each_month_as_published(aca: Lake):
    truth = pl.read_csv(
        published("12-truth-for-aca-and-synthea-samples") / "aca_dx_month_top50.csv"
    )
    found = (
        cube(aca, "diagnosis_summary").collect().with_columns(pl.col("month").dt.strftime("%Y-%m"))
    )
    keys = ["month", "diagnosis_code"]
    ours = found.select(*keys, "claims", "claim_members", "billed").sort(keys).rows()
    assert ours == truth.sort(keys).rows()
    assert found.group_by("month").len()["len"].max() <= 50


def test_a_member_of_two_plans_is_one_row_with_all_his_months(aca: Lake):
    members = cube(aca, "member_cost").collect()
    assert members["member_id"].is_unique().all()
    assert members["member_months"].sum() == pytest.approx(12_378.919972, abs=1e-6)


def test_a_cube_of_other_days_and_of_a_part(aca: Lake):
    first = (date(2025, 1, 1), date(2025, 3, 31))
    part = cube(aca, "claims_monthly", where={"claim_type": "RX"}, during=first).collect()
    assert part["month"].to_list() == [date(2025, month, 1) for month in (1, 2, 3)]
    assert (
        part["claims"].sum() < cube(aca, "claims_monthly", during=first).collect()["claims"].sum()
    )
    with pytest.raises(UnknownName, match="no cube is called `sales`"):
        cube(aca, "sales")


@pytest.mark.parametrize(
    ("band", "row", "word"),
    [
        (COST_CATEGORY, (0, 0), "No Claims"),
        (COST_CATEGORY, (1, 0), "No Cost"),
        (COST_CATEGORY, (1, 500_00), "Low"),
        (COST_CATEGORY, (1, 500_01), "Moderate"),
        (COST_CATEGORY, (1, 10_000_01), "Very High"),
        (PAID_RISK, (1, 0), "No Cost"),
        (PAID_RISK, (1, 499_99), "Low"),
        (PAID_RISK, (1, 500_00), "Moderate"),
        (PAID_RISK, (1, 10_000_00), "Very High"),
        (UTILIZATION, (0, 0), "No Util"),
        (UTILIZATION, (6, 0), "Moderate"),
        (UTILIZATION, (16, 0), "Very High"),
        (VOLUME, (9, 0), "Very Low"),
        (VOLUME, (10, 0), "Low"),
        (VOLUME, (100, 0), "High"),
        (PROVIDER_COST, (1, 4_999_99), "Very Low"),
        (PROVIDER_COST, (1, 5_000_00), "Low"),
        (PROVIDER_COST, (1, 50_000_00), "High"),
    ],
)
def test_bands_end_where_they_are_said_to(band: Band, row: tuple[int, int], word: str):
    drawn = pl.DataFrame([row], schema=["claims", "paid"], orient="row")
    assert drawn.select(band.column).item() == word


def test_the_most_common_is_by_claims_and_then_by_alphabet(tmp_path: Path):
    claims = pl.DataFrame(
        {
            "claim_id": list("123456"),
            "member_id": ["a"] * 6,
            "plan_id": ["p"] * 6,
            "provider_id": ["x", "x", "x", "x", "y", "y"],
            "diagnosis_code": ["C", "B", "B", "C", None, "Z"],
            "service_date": [date(2025, 1, 5)] * 6,
        }
    )
    found = most_common(claims_lake(tmp_path, claims), "diagnosis_code", ("provider_id",))
    assert sorted(found.collect().rows()) == [("x", "B"), ("y", "Z")]


def test_three_months_of_a_ratio_are_a_ratio_of_three_months(aca: Lake):
    sides = measure(aca, ["paid", "member_months"], ["month"]).collect().tail(3)
    found = measure(aca, [rolled(metric("pmpm_paid"), 3)], ["month"]).collect()
    assert found.row(-1)[1] == pytest.approx(sides["paid"].sum() / sides["member_months"].sum())
    assert found["month"][0] == date(2024, 3, 1)


def test_a_season_is_what_two_whole_years_say(aca: Lake):
    months = measure(aca, ["pmpm_paid"], ["month"]).collect()["pmpm_paid"].to_list()
    years = [months[:12], months[12:]]
    found = seasons(aca, "pmpm_paid", as_of=END).collect()
    wanted = [sum(year[i] / (sum(year) / 12) for year in years) / 2 for i in range(12)]
    assert found["index"].to_list() == pytest.approx(wanted)
    assert seasons(aca, "pmpm_paid", as_of=date(2025, 12, 30)).collect().is_empty()


def test_growth_is_from_whole_year_to_whole_year(aca: Lake):
    paid = dict(measure(aca, ["paid"], ["year"]).collect().rows())
    found = yearly_growth(aca, "paid", as_of=END).collect().row(0, named=True)
    assert found["percent_a_year"] == pytest.approx((paid["2025"] / paid["2024"] - 1) * 100)
    one = yearly_growth(aca, "paid", as_of=date(2025, 11, 30)).collect().row(0, named=True)
    assert (one["first_year"], one["last_year"], one["percent_a_year"]) == (2024, 2024, None)


def test_young_months_are_shown_with_what_is_still_to_come(aca: Lake):
    found = run_out(aca, as_of=END).collect()
    old, young = found.filter(pl.col("month") < date(2025, 10, 1)), found.tail(2)
    assert old["to_come"].sum() == pytest.approx(0)
    assert (young["completion"] < 1).all() and (young["to_come"] > 0).all()
    # Everything is in by the end of February: what was foretold is near what came.
    later = measure(aca, ["paid"], ["month"]).collect().tail(2)["paid"]
    assert young["ultimate"].sum() == pytest.approx(later.sum(), rel=0.15)


def test_two_stretches_of_days_side_by_side(aca: Lake):
    years = [{"during": (date(y, 1, 1), date(y, 12, 31))} for y in (2025, 2024)]
    found = compared(aca, ["paid"], [], one=years[0], other=years[1]).collect().row(0, named=True)
    assert found["paid_difference"] == found["paid"] - found["paid_other"] == 295251581 - 288350833
    assert (
        compared(aca, ["paid"], ["state"], one=years[0], other=years[1]).collect()["paid"].sum()
        == 295251581
    )
    with pytest.raises(BadQuestion, match="no day in common"):
        compared(aca, ["paid"], ["month"], one=years[0], other=years[1])
