"""A small marketplace drawn by dice: two years of cover and claims, and an outbreak in it.

Everything is spread evenly but one thing: in March 2025 provider PRV00007 sends claims of A98.4
(`EBOLA` of them, 90,000.00 paid each), so that it is known where the money of that month goes.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from engine import Lake
from tests.conftest import sealed

EBOLA = 12
TIERS = ("Bronze", "Silver", "Gold", "Platinum")
SEGMENTS = ("Healthy", "Chronic", "Complex", "Maternity", "Behavioral")
REGIONS = ("Midwest", "Northeast", "South", "West")
SPECIALTIES = ("Cardiology", "Family Medicine", "Oncology", "Infectious Disease")
ILLS = {"E11.9": "Diabetes", "I10": "Hypertension", "J45": "Asthma", "C50": "Breast cancer"}
LAST_DAY = date(2025, 12, 31)
FOREVER = {"valid_from": date(1900, 1, 1), "valid_to": date(9999, 12, 31), "is_current": True}


def marketplace(folder: Path, *, claims: int = 3_000, members: int = 300, plans: int = 8) -> Lake:
    """The lake, sealed as a demonstration; the same each time."""
    dice = np.random.default_rng(1)
    who = [f"MBR{i:06d}" for i in range(members)]
    tables = {
        "dim_member": _members(dice, who),
        "dim_plan": _plans(plans),
        "dim_provider": _providers(),
        "member_month": _cover(who, plans),
        "fact_enrollment": _spans(who, plans),
        "fact_claim": _claims(dice, who, claims, plans),
    }
    return sealed(folder, {"demonstration": True}, **tables)


def _members(dice: np.random.Generator, who: list[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "member_sk": range(len(who)),
            "member_id": who,
            "first_name": ["Invented"] * len(who),
            "last_name": ["Person"] * len(who),
            "dob": [date(1950 + i % 60, 1 + i % 12, 1) for i in range(len(who))],
            "gender": dice.choice(["F", "M"], len(who)),
            "age_group": dice.choice(["<18", "26-34", "55-64", "65+"], len(who)),
            "region": dice.choice(REGIONS, len(who)),
            "state": dice.choice(["OH", "TX"], len(who)),
            "clinical_segment": dice.choice(SEGMENTS, len(who)),
        }
    ).with_columns(**{name: pl.lit(value) for name, value in FOREVER.items()})


def _plans(plans: int) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "plan_sk": 100 * year + i,
                "plan_id": f"PLN{i:04d}",
                "effective_year": year,
                "plan_name": f"{TIERS[i % 4]} plan {i}",
                "metal_tier": TIERS[i % 4],
            }
            | FOREVER
            for year in (2024, 2025)
            for i in range(plans)
        ]
    )


def _providers() -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "provider_sk": i,
                "provider_id": f"PRV{i:05d}",
                "provider_name": f"Invented provider {i}",
                "specialty": SPECIALTIES[i % 4],
                "state": ("OH", "TX")[i % 2],
            }
            | FOREVER
            for i in range(20)
        ]
    )


def _cover(who: list[str], plans: int) -> pl.DataFrame:
    """Everybody is covered through both years, by one plan: a member month each month."""
    months = pl.date_range(date(2024, 1, 1), date(2025, 12, 1), "1mo", eager=True)
    people = pl.DataFrame({"member_id": who, "at": range(len(who))})
    return people.join(months.alias("month").to_frame(), how="cross").select(
        "member_id",
        "month",
        member_sk=pl.col("at").cast(pl.Int64),
        plan_sk=(100 * pl.col("month").dt.year() + pl.col("at") % plans).cast(pl.Int64),
        plan_id=pl.format("PLN{}", (pl.col("at") % plans).cast(pl.String).str.zfill(4)),
        year=pl.col("month").dt.year().cast(pl.String),
        days=pl.col("month").dt.month_end().dt.day().cast(pl.Int32),
        days_of_month=pl.col("month").dt.month_end().dt.day().cast(pl.Int32),
        member_months=pl.lit(1.0),
        premium_cents=pl.lit(45_000.0),
    )


def _spans(who: list[str], plans: int) -> pl.DataFrame:
    """The same cover as spans: one for each person, both years long."""
    return pl.DataFrame(
        [
            {
                "enrollment_id": f"ENR{i:06d}",
                "member_id": member,
                "plan_id": f"PLN{i % plans:04d}",
                "start_date": date(2024, 1, 1),
                "end_date": LAST_DAY,
                "service_year": "2024",
                "premium_cents": 45_000,
                "coverage_days": 731,
            }
            for i, member in enumerate(who)
        ]
    )


def _claims(dice: np.random.Generator, who: list[str], claims: int, plans: int) -> pl.DataFrame:
    days = (LAST_DAY - date(2024, 1, 1)).days + 1
    at = dice.integers(0, len(who), claims)
    on = [date(2024, 1, 1) + timedelta(int(day)) for day in dice.integers(0, days, claims)]
    provider = dice.integers(0, 20, claims)
    ill = dice.choice(list(ILLS), claims)
    billed = dice.integers(10_000, 200_000, claims)
    status = dice.choice(["approved", "denied", "pending"], claims, p=[0.8, 0.1, 0.1])
    at[-EBOLA:], provider[-EBOLA:], ill[-EBOLA:] = at[:EBOLA], 7, "A98.4"
    billed[-EBOLA:], status[-EBOLA:] = 18_000_000, "approved"
    on[-EBOLA:] = [date(2025, 3, 10)] * EBOLA
    return (
        pl.DataFrame(
            {
                "claim_id": [f"CLM{i:07d}" for i in range(claims)],
                "member_sk": at,
                "member_id": [who[i] for i in at],
                "provider_sk": provider,
                "provider_id": [f"PRV{i:05d}" for i in provider],
                "plan_id": [f"PLN{i % plans:04d}" for i in at],
                "plan_sk": [100 * day.year + i % plans for day, i in zip(on, at, strict=True)],
                "service_date": on,
                "billed_cents": billed,
                "status": status,
                "diagnosis_code": ill,
                "ccsr_description": [ILLS.get(code, "Ebola") for code in ill],
                "is_oon": dice.random(claims) < 0.12,
                "channel": dice.choice(["IP", "OP", "PRO"], claims),
                "claim_type": dice.choice(["Professional", "Facility", "RX"], claims),
                "provider_specialty": [SPECIALTIES[i % 4] for i in provider],
                "major_service_category": dice.choice(["Inpatient", "Outpatient"], claims),
            }
        )
        .with_columns(
            # As life has it: what is not settled by the last day waits, and nothing is paid for it.
            status=pl.when(pl.col("status") != "approved")
            .then("status")
            .when(_settled_on() <= LAST_DAY)
            .then(pl.lit("approved"))
            .otherwise(pl.lit("pending")),
        )
        .with_columns(
            service_month=pl.col("service_date").dt.month_start(),
            service_year=pl.col("service_date").dt.year().cast(pl.String),
            claim_from="service_date",
            clean_claim_out=pl.when(status="approved").then(_settled_on()),
            clean_claim_status=pl.col("status").replace("approved", "paid").str.to_uppercase(),
            allowed_cents=pl.col("billed_cents") * 3 // 4,
            paid_cents=pl.when(status="approved").then(pl.col("billed_cents") // 2).otherwise(0),
        )
    )


def _settled_on() -> pl.Expr:
    """Ten days to two months after the service."""
    return pl.col("service_date") + pl.duration(days=10 + pl.int_range(pl.len()) % 50)
