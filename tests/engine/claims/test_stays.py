"""Stays: the bills of one stay brought together; cases and data sets with published answers."""

import json

import polars as pl

from engine import measure
from engine.claims.stays import stays
from tests.conftest import rows
from tests.engine.claims.lakes import claims_lake, published, read

DRAWN = {"member_id": pl.String, "admitted": pl.Date, "discharged": pl.Date, "paid": pl.Int64}


def test_the_edges_of_a_readmission_as_published(tmp_path):
    there = published("cases", "23-readmission-edges")
    expected = json.loads((there / "expected.json").read_text(encoding="utf-8"))
    lake = claims_lake(tmp_path, read(there / "claims.csv"))
    row = measure(lake, ["inpatient_stays", "readmissions", "readmission_rate"]).collect()
    assert row.row(0) == (expected["stays"], expected["readmissions"], expected["rate"] * 100)
    by_day = measure(lake, ["average_length_of_stay"], ["admitted", "member_id"]).collect()
    same_day = by_day.filter(pl.col("member_id") == "MBR5").sort("admitted")
    assert same_day["average_length_of_stay"][0] == expected["los_days_same_day"]


def test_bills_in_parts_and_twice_are_the_stays_that_took_place():
    there = published("04-inpatient-truth")
    truth = json.loads((there / "truth.json").read_text(encoding="utf-8"))
    cents = (pl.col("PAID_AMT") * 100).round().cast(pl.Int64)
    headers = pl.read_csv(
        there / "ip_claim_header_messy.csv.gz", infer_schema_length=None, try_parse_dates=True
    )
    bills = headers.select(
        "CLM_ID", member_id="MSIS_ID", admitted="ADMIT_DT", discharged="DISCH_DT", paid_cents=cents
    )
    once = bills.unique()
    twice = bills["paid_cents"].sum() - once["paid_cents"].sum()
    found = stays(once.lazy(), sums=["paid_cents"]).collect()
    assert found.height == truth["true_stays_reference"] == 3_814
    assert found["is_readmission"].sum() == truth["true_readmit_1_30"][1] == 82
    assert found["paid_cents"].sum() == truth["paid_cents"] == 3_306_681_753
    assert twice == truth["paid_cents_if_duplicates_kept"] - truth["paid_cents"] == 66_340_688

    reference = pl.read_csv(there / "true_stays_reference.csv.gz", try_parse_dates=True)
    admitted = reference.select("MSIS_ID", "true_admit_dt").rows()
    assert sorted(found.select("member_id", "admitted").rows()) == sorted(admitted)


def test_readmissions_of_a_public_sample_of_medicare():
    there = published("03-desynpuf-500")
    truth = json.loads((there / "truth.json").read_text(encoding="utf-8"))
    inpatient = pl.read_csv(
        there / "inpatient.csv.gz", infer_schema_length=None, try_parse_dates=True
    )
    bills = inpatient.select(
        member_id="desynpuf_id", admitted="clm_admsn_dt", discharged="nch_bene_dschrg_dt"
    )
    found = stays(bills.lazy()).collect()
    # Of 225 bills 4 overlap another of the same stay.
    bills_, readmitted, overlapping = truth["readmit30_gap_1_to_30"]
    assert (found.height, found["is_readmission"].sum()) == (bills_ - overlapping, readmitted)


def test_a_long_bill_holds_short_ones_together_and_an_end_before_the_start_is_the_start():
    drawn = """
    member_id | admitted   | discharged | paid
    A         | 2025-01-01 | 2025-01-20 | 1
    A         | 2025-01-03 | 2025-01-05 | 2
    A         | 2025-01-20 | 2025-01-22 | 4
    A         | 2025-01-23 | 2025-01-24 | 8
    A         | 2025-01-26 | 2025-01-25 | 16
    B         | 2025-01-24 |            | 32
    """
    found = stays(rows(drawn, DRAWN).lazy(), sums=["paid"], firsts=["paid"][:0]).collect()
    told = found.select("member_id", "bills", "paid", "length_days", "days_since", "is_readmission")
    assert told.rows() == [
        ("A", 4, 15, 23, None, False),
        ("A", 1, 16, 1, 2, True),
        ("B", 1, 32, 1, None, False),
    ]


def test_encounters_by_type_of_another_payer_s_sample_where_our_rules_tell_them():
    """Tuva's seed: hospital bills of inpatients (11x, and 12x, of which there is one) are its 7
    acute stays, and days of a member in a surgery centre (place 24) its 10. Of the 16 other types
    nothing is said here: their rules ask for procedures and revenue codes that no metric of ours
    looks at."""
    there = published("01-tuva-ci")
    baseline = pl.read_csv(there / "published_baseline.csv").select("metric_name", "metric_value")
    lines = pl.read_csv(there / "medical_claim.csv.gz", infer_schema=False)
    is_inpatient = pl.col("bill_type_code").str.slice(0, 2).is_in(["11", "12"])
    days = [
        pl.coalesce(pl.col(days).str.to_date()).alias(name)
        for name, days in (
            ("admitted", ["admission_date", "claim_start_date"]),
            ("discharged", ["discharge_date", "claim_end_date"]),
        )
    ]
    bills = lines.filter(is_inpatient).select("claim_id", *days, member_id="person_id").unique()
    found = stays(bills.lazy()).collect().height
    centres = lines.filter(pl.col("place_of_service_code") == "24")
    visits = centres.select("person_id", "claim_start_date").n_unique()
    said = dict(baseline.rows())
    names = ("acute inpatient", "ambulatory surgery center")
    wanted = [int(said[f"Distinct encounter_id count for {name} encounters"]) for name in names]
    assert [found, visits] == wanted == [7, 10]
