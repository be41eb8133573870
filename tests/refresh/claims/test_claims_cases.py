"""The shared cases that concern loading: history, keys, late status, retroactive cover, money."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from engine import Lake
from tests.refresh.claims.cases import case, dollars, expected, folder_of, loaded, rows

__all__ = ["case"]
Cases = Callable[[int], Lake]
ENTITIES = ("claims", "members", "plans", "providers", "enrollments")


def versions(lake: Lake, table: str, *key: str) -> pl.DataFrame:
    return rows(lake, table).sort(*key, "valid_from")


@pytest.mark.parametrize("number", [1, 3, 4, 6, 8, 15, 16, 17, 19])
def test_nothing_is_lost_at_any_hop(case: Cases, number: int):
    hops = rows(case(number), "claims_reconciliation")
    differences = hops.select(pl.col("^.*_difference.*$").abs().sum())
    assert hops.height and differences.sum_horizontal().item() == 0


def test_01_null_and_value_are_a_change_and_null_and_blank_are_none(case: Cases):
    want, lake = expected(1), case(1)
    members = versions(lake, "dim_member", "member_id")
    assert (members.height, members["is_current"].sum()) == (want["rows"], want["current"])
    told = {
        key: [[city or "", str(to)] for city, to in own.select("city", "valid_to").rows()]
        for (key,), own in members.group_by("member_id")
    }
    assert told == want["versions"]
    loads = rows(lake, "load_batch").sort("batch_on")
    assert (loads["new"] + loads["changed"]).to_list() == want["added_by_batch"]


def test_01_a_batch_that_comes_again_adds_nothing(tmp_path: Path):
    """Under another name and day: the bytes of the second batch once more, twice."""
    files = sorted(folder_of(1).glob("*.csv"))
    for day in ("2024-02-02", "2024-02-03"):
        again = tmp_path / f"batch9_{day}_members.csv"
        again.write_bytes(files[1].read_bytes())
        files.append(again)
    assert rows(loaded(files, tmp_path / "lake"), "dim_member").height == expected(1)["rows"]


def test_03_who_is_absent_stays(case: Cases):
    want, lake = expected(3)["ignore"], case(3)
    members, claims = rows(lake, "dim_member"), rows(lake, "fact_claim")
    assert (members.height, members["is_current"].sum()) == (want["rows"], want["current"])
    assert dollars(claims["paid_cents"].sum()) == want["resolved_paid"]
    assert rows(lake, "claims_reject").height == want["rejected"]


def test_03_who_is_absent_is_closed_and_opened_again_where_the_policy_says_so(tmp_path: Path):
    want, files = expected(3)["close"], sorted(folder_of(3).glob("*.csv"))
    two = [path for path in files if "batch3" not in path.name]
    members = rows(loaded(two, tmp_path, absent="close"), "dim_member")
    assert members.height == want["rows_after_batch2"]
    assert members["is_current"].sum() == want["current_after_batch2"]
    lake = loaded(files, tmp_path, absent="close")
    members = versions(lake, "dim_member", "member_id")
    assert (members.height, members["is_current"].sum()) == (want["rows"], want["current"])
    assert dollars(rows(lake, "fact_claim")["paid_cents"].sum()) == want["resolved_paid"]
    rejects = rows(lake, "claims_reject")
    assert dict(rejects.group_by("reason").len().rows()) == want["rejects"]
    assert dollars(rejects["paid_cents"].sum()) == want["rejected_paid"]


def test_04_of_two_rows_of_a_key_the_last_of_the_file_wins(tmp_path: Path):
    want, files = expected(4), sorted(folder_of(4).glob("*.csv"))
    # The second batch four times, under later days.
    for day in ("2024-02-02", "2024-02-03", "2024-02-04"):
        again = tmp_path / f"{day}_members.csv"
        again.write_bytes(files[1].read_bytes())
        files.append(again)
    lake = loaded(files, tmp_path / "lake")
    members = versions(lake, "dim_member", "member_id")
    assert (members.height, members["is_current"].sum()) == (want["rows"], want["current"])
    for key, cities in want["values"].items():
        assert members.filter(member_id=key)["city"].to_list() == cities
    loads = rows(lake, "load_batch").filter(entity="members").sort("batch_on").head(2)
    assert loads["keys"].to_list() == want["staging_rows"]
    assert loads["repeated"].sum() == want["duplicates_dropped"]
    assert loads["conflicting"].sum() == want["conflicting"]


def test_06_on_the_border_exactly_one_version_holds(case: Cases):
    want, lake = expected(6), case(6)
    members = versions(lake, "dim_member", "member_id")
    assert (members.height, members["is_current"].sum()) == (want["rows"], want["current"])
    lengths = (members["valid_to"] - members["valid_from"]).dt.total_days()
    assert (lengths <= 0).sum() == want["zero_length_versions"]
    claims = rows(lake, "fact_claim")
    assert claims.height == want["facts"]
    metals = members.select("member_sk", "plan_metal")
    by_metal = claims.join(metals, on="member_sk").group_by("plan_metal")
    paid = dict(by_metal.agg(pl.col("paid_cents").sum()).rows())
    assert {m: dollars(cents) for m, cents in paid.items()} == want["paid_by_metal_as_of"]


def test_08_a_new_column_versions_those_rows_alone_that_it_says_something_of(case: Cases):
    want, lake = expected(8), case(8)
    plans = rows(lake, "dim_plan")
    assert (plans.height, plans["is_current"].sum()) == (want["rows"], want["current"])
    named = plans.select(pl.format("{}/{}", "plan_id", "effective_year").alias("plan"))
    assert dict(named.group_by("plan").len().rows()) == want["versions"]
    rejects = rows(lake, "claims_reject")
    assert rejects.height == want["rejected"] and rejects["reason"].to_list() == ["no_key"]


def test_15_cover_that_changes_later_changes_the_verdict_on_claims(tmp_path: Path):
    files, want = sorted(folder_of(15).glob("*.csv")), expected(15)
    first, second = (
        [f for f in files if "batch1" in f.name],
        [f for f in files if "batch2" in f.name],
    )
    for those, key in ((first, "batch1"), (second, "batch2")):
        lake, says = loaded(those, tmp_path), want[key]
        claims, rejects = rows(lake, "fact_claim"), rows(lake, "claims_reject")
        assert sorted(claims["claim_id"]) == says["facts"]
        assert dict(rejects.select("key", "reason").rows()) == says["rejects"]
        months = rows(lake, "member_month")
        assert months["member_months"].sum() == pytest.approx(says["member_months"])
        half = pl.col("month") < pl.date(2025, 7, 1)
        paid = claims.filter(pl.col("service_month") < pl.date(2025, 7, 1))["paid_cents"].sum()
        pmpm = paid / months.filter(half)["member_months"].sum()
        assert f"{pmpm / 100:.2f}" == says["pmpm_2025_h1"]
        total = claims["paid_cents"].sum() + rejects["paid_cents"].sum()
        assert dollars(total) == want["sum_paid_facts_plus_rejects"]


def test_16_every_claim_that_finds_no_place_is_told_with_its_dollars(case: Cases):
    want, lake = expected(16), case(16)
    claims = rows(lake, "fact_claim")
    assert sorted(claims["claim_id"]) == want["facts"]
    assert dollars(claims["paid_cents"].sum()) == want["fact_paid"]
    rejects = rows(lake, "claims_reject").filter(entity="claims")
    by_reason = rejects.group_by("reason").agg(pl.col("key").sort(), pl.col("paid_cents").sum())
    assert {r: keys for r, keys, _ in by_reason.rows()} == want["rejects"]
    assert {r: dollars(paid) for r, _, paid in by_reason.rows()} == want["reject_paid"]
    whole = claims["paid_cents"].sum() + rejects["paid_cents"].sum()
    assert dollars(whole) == want["source_paid"]


def test_17_a_late_status_updates_its_claim_and_touches_its_year_alone(tmp_path: Path):
    want = expected(17)
    first, second = sorted(folder_of(17).glob("batch*.csv"))
    before = loaded([first, folder_of(17) / "enrollments.csv"], tmp_path)
    files = {f["partition"]: f["sha256"] for f in before.files("fact_claim")}
    lake = loaded([second], tmp_path)
    after = {f["partition"]: f["sha256"] for f in lake.files("fact_claim")}
    same = sorted(year for year in after if after[year] == files.get(year))
    assert same == want["partitions_untouched"]
    assert sorted(after.keys() - same) == want["partitions_rewritten"]
    claims = rows(lake, "fact_claim")
    assert (claims.height, dollars(claims["paid_cents"].sum())) == (want["facts"], want["paid"])
    month = pl.col("service_month").dt.to_string("%Y-%m")
    by_month = dict(claims.group_by(month).agg(pl.col("paid_cents").sum()).rows())
    assert {m: dollars(cents) for m, cents in by_month.items()} == want["by_month"]
    status = claims["status"]
    assert (status == "pending").sum() == want["pending"]
    assert (status == "approved").mean() == want["approval_rate"]
    load = rows(lake, "load_batch").filter(entity="claims").sort("batch_on").row(-1, named=True)
    told = (load["new"], load["changed"], load["unchanged"])
    assert told == (want["new"], want["updated"], want["unchanged"])


def test_19_money_adds_up_to_the_cent_and_half_a_cent_goes_away_from_zero(case: Cases):
    want, claims = expected(19), rows(case(19), "fact_claim")
    paid = dict(claims.group_by("plan_id").agg(pl.col("paid_cents").sum()).rows())
    assert dollars(paid["PLN1"]) == want["PLN1"] and paid["PLN1"] == 120
    assert dollars(paid["PLN2"]) == want["PLN2"]
    assert dollars(paid["PLN3"]) == want["PLN3"]["or_half_away"]
    assert claims.filter("is_rounded")["claim_id"].sort().to_list() == ["CLM16", "CLM17"]
