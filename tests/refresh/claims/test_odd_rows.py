"""Claims as they come in life: reversals, corrected days, offsets, odd cells and spans."""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake
from tests.refresh.claims.cases import loaded, rows

CLAIMS = "claim_id,member_id,plan_id,service_date,claim_amount,allowed_amount,paid_amount,status"


def written(root: Path, name: str, header: str, *lines: str) -> Path:
    path = root / "files" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def claims(root: Path, day: str, *lines: str) -> Path:
    return written(root, f"claims_{day}.csv", CLAIMS, *lines)


def line(claim: str, paid: float, *, day: str = "2025-03-01", billed: float | None = None) -> str:
    amount = paid if billed is None else billed
    return f"{claim},M1,P1,{day},{amount},{paid},{paid},approved"


def sums(lake: Lake) -> tuple[int, int]:
    """Cents paid, and claims."""
    told = rows(lake, "fact_claim")
    return told["paid_cents"].sum(), told["claim_count"].sum()


@pytest.mark.parametrize(
    ("batches", "paid", "count"),
    [
        # Taken back in full, under its own number and under another: nothing paid, no claim.
        ((("C1", 100), ("C1", -100)), 0, 0),
        ((("C1", 100), ("C1R", -100)), 0, 0),
        # Taken back and paid anew; in part; a reversal that is sent twice.
        ((("C1", 100), ("C1", -100), ("C1", 80)), 8000, 1),
        ((("C1", 100), ("C1R", -100), ("C1A", 80)), 8000, 1),
        ((("C1", 100), ("C1", -20)), 8000, 1),
        ((("C1", 100), ("C1", -100), ("C1", -100)), 0, 0),
        # A claim that is sent once more with another amount is that amount.
        ((("C1", 100), ("C1", 64)), 6400, 1),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_reversals_add_up_in_amounts_and_in_counts(
    tmp_path: Path, batches: tuple, paid: int, count: int, at_once: bool
):
    lines = [line(*one) for one in batches]
    if at_once:
        files = [claims(tmp_path, "20250401", *lines)]
    else:
        files = [claims(tmp_path, f"2025040{i}", one) for i, one in enumerate(lines, 1)]
    lake = loaded(files, tmp_path)
    assert sums(lake) == (paid, count)
    hops = rows(lake, "claims_reconciliation")
    assert hops.select(pl.col("^.*_difference.*$").abs().sum()).sum_horizontal().item() == 0


def test_a_day_of_service_that_is_corrected_into_another_year_moves_its_claim(tmp_path: Path):
    first = claims(tmp_path, "20250201", line("C1", 10, day="2024-12-31"), line("C2", 20))
    second = claims(tmp_path, "20250301", line("C1", 10, day="2025-01-01"))
    lake = loaded([first, second], tmp_path)
    told = dict(rows(lake, "fact_claim").select("claim_id", "service_year").rows())
    assert told == {"C1": "2025", "C2": "2025"}
    assert rows(lake, "claims_moved").rows() == [("C1", "2025")]


def test_a_time_with_an_offset_is_the_day_where_it_was(tmp_path: Path):
    """In UTC the first would be in January and the second in December."""
    file = claims(
        tmp_path,
        "20250201",
        line("C1", 10, day="2024-12-31T23:30:00-05:00"),
        line("C2", 20, day="2025-01-01T00:30:00+02:00"),
        line("C3", 40, day="01/31/2025"),
    )
    told = rows(loaded([file], tmp_path), "fact_claim")
    assert dict(told.select("claim_id", pl.col("service_date").cast(pl.String)).rows()) == {
        "C1": "2024-12-31",
        "C2": "2025-01-01",
        "C3": "2025-01-31",
    }


def test_a_row_that_cannot_be_read_keeps_its_dollars(tmp_path: Path):
    file = claims(
        tmp_path,
        "20250401",
        line("C1", 10),
        line("C2", 20, day="soon"),
        line("", 40),
        "C4,M1,P1,2025-03-01,80,80,lots,approved",
        'C5,M1,P1,2025-03-01,"$1,160.00",(5.00),,approved',
    )
    lake = loaded([file], tmp_path)
    rejects = rows(lake, "claims_reject").sort("file_row")
    assert rejects.select("file_row", "reason", "billed_cents").rows() == [
        (2, "unreadable", 2000),
        (3, "no_key", 4000),
        (4, "unreadable", 8000),
    ]
    assert "SERVICE_DATE is no day: soon" in rejects["detail"][0]
    five = rows(lake, "fact_claim").filter(claim_id="C5").row(0, named=True)
    assert (five["billed_cents"], five["allowed_cents"], five["paid_cents"]) == (
        116_000,
        -500,
        None,
    )
    hops = rows(lake, "claims_reconciliation")
    assert hops.select(pl.col("^.*_difference.*$").abs().sum()).sum_horizontal().item() == 0


def test_a_day_that_two_spans_of_one_plan_share_counts_once(tmp_path: Path):
    """By hand: January of P1 once, ten days of it twice; P2 beside it counts by itself."""
    header = "enrollment_id,member_id,plan_id,start_date,end_date,premium_paid"
    file = written(
        tmp_path,
        "enrollments_20250201.csv",
        header,
        "E1,M1,P1,2025-01-01,2025-01-20,310",
        "E2,M1,P1,2025-01-11,2025-01-31,620",
        "E3,M1,P2,2025-01-01,2025-01-31,31",
    )
    months = rows(loaded([file], tmp_path), "member_month").sort("plan_id")
    assert months.select("plan_id", "days", "member_months").rows() == [
        ("P1", 31, 1.0),
        ("P2", 31, 1.0),
    ]
    # Twenty days of the first span's premium, eleven of the second's.
    assert months["premium_cents"][0] == pytest.approx(31_000 * 20 / 31 + 62_000 * 11 / 31)


def test_a_span_without_an_end_lasts_as_far_as_its_batch_knows(tmp_path: Path):
    header = "enrollment_id,member_id,plan_id,start_date,end_date"
    file = written(
        tmp_path,
        "enrollments_20250215.csv",
        header,
        "E1,M1,P1,2024-12-01,",
        "E2,M2,P1,2025-01-01,9999-12-31",
    )
    months = rows(loaded([file], tmp_path), "member_month")
    counted = months.group_by("member_id").agg(pl.col("member_months").sum())
    assert dict(counted.rows()) == {"M1": 3.0, "M2": 2.0}


def test_a_span_that_is_corrected_into_another_year_moves_and_reaches_over_the_next(tmp_path: Path):
    """By hand: cover from 1 December to 31 January is two months, 62 days; and 28 of February."""
    header = "enrollment_id,member_id,plan_id,start_date,end_date"
    spans = ("E1,M1,P1,2025-12-01,2026-01-31", "E2,M2,P1,2025-01-01,2025-01-31")
    first = written(tmp_path, "enrollments_20250215.csv", header, *spans)
    later = "E1,M1,P1,2024-12-01,2025-01-31", "E3,M1,P1,2025-01-31,2025-02-28"
    second = written(tmp_path, "enrollments_20250315.csv", header, *later)
    lake = loaded([first, second], tmp_path)
    told = rows(lake, "fact_enrollment").select("enrollment_id", "service_year").sort(pl.all())
    assert told.rows() == [("E1", "2024"), ("E2", "2025"), ("E3", "2025")]
    assert {f["partition"] for f in lake.files("fact_enrollment")} == {"2024", "2025"}
    assert rows(lake, "enrollments_moved").rows() == [("E1", "2024")]
    months = rows(lake, "member_month").group_by("member_id").agg(pl.col("days").sum())
    assert dict(months.rows()) == {"M1": 62 + 28, "M2": 31}
    hops = rows(lake, "claims_reconciliation")
    assert hops.select(pl.col("^.*_difference.*$").abs().sum()).sum_horizontal().item() == 0


def test_a_column_that_a_batch_lacks_stays_as_it_was(tmp_path: Path):
    first = written(tmp_path, "members_20250101.csv", "member_id,city,state", "M1,Austin,TX")
    second = written(tmp_path, "members_20250201.csv", "member_id,city", "M1,Austin", "M2,Reno")
    third = written(tmp_path, "members_20250301.csv", "member_id,city,state", "M1,Austin,OH")
    told = rows(loaded([first, second, third], tmp_path), "dim_member").sort(
        "member_id", "valid_from"
    )
    assert told.select("member_id", "state", pl.col("valid_from").cast(pl.String)).rows() == [
        ("M1", "TX", "1900-01-01"),
        ("M1", "OH", "2025-03-01"),
        ("M2", None, "1900-01-01"),
    ]
