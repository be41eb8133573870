"""A small payer, invented: clean claims of three years by a seed, and faults put into them by name.

Not the demonstration's generator, which is itself put to the test: what these frames hold is said
here, in few lines, so that what an analysis should find is known without asking the code.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from engine.claims.tables.dimension_contracts import DIM_MEMBER, DIM_PLAN, DIM_PROVIDER
from engine.claims.tables.fact_contracts import FACT_CLAIM, FACT_ENROLLMENT, MEMBER_MONTH
from tests.conftest import whole

FLOOR, LAST = date(1900, 1, 1), date(9999, 12, 31)
YEARS = (2023, 2024, 2025)
TIERS = ("Bronze", "Silver", "Gold", "Platinum")
SPECIALTIES = ("Cardiology", "Oncology", "Family Medicine", "Orthopedics")
# Diagnosis, procedure, category, specialty, median dollars.
CARE = (
    ("I10", "99213", "Evaluation & Management", "Family Medicine", 120),
    ("E11.9", "99214", "Evaluation & Management", "Family Medicine", 190),
    ("E11.9", "99215", "Evaluation & Management", "Family Medicine", 260),
    ("I50.9", "93306", "Radiology", "Cardiology", 900),
    ("I25.10", "93458", "Surgery", "Cardiology", 4_000),
    ("C50.9", "96413", "Medicine", "Oncology", 2_500),
    ("M17.0", "73562", "Radiology", "Orthopedics", 150),
    ("M17.0", "27447", "Surgery", "Orthopedics", 9_000),
)


@dataclass(frozen=True, eq=False)
class Payer:
    """The tables of the warehouse, held."""

    members: pl.DataFrame
    plans: pl.DataFrame
    providers: pl.DataFrame
    claims: pl.DataFrame
    enrollments: pl.DataFrame
    months: pl.DataFrame

    @property
    def tables(self) -> dict[str, pl.LazyFrame]:
        """As a lake has them, by name."""
        return {
            "dim_member": self.members.lazy(),
            "dim_plan": self.plans.lazy(),
            "dim_provider": self.providers.lazy(),
            "fact_claim": self.claims.lazy(),
            "fact_enrollment": self.enrollments.lazy(),
            "member_month": self.months.lazy(),
        }


def payer(seed: int = 1, *, members: int = 400, providers: int = 24, claims: int = 9_000) -> Payer:
    """People covered from the first day to the last, a plan a year, each claim as it should be."""
    dice = np.random.default_rng(seed)
    people, plans, doctors = _members(dice, members), _plans(), _providers(providers)
    return Payer(
        people,
        plans,
        doctors,
        _claims(dice, people, doctors, claims),
        _enrollments(people),
        _months(people),
    )


def _versions(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    return frame.with_columns(
        pl.lit(FLOOR).alias("valid_from"),
        pl.lit(LAST).alias("valid_to"),
        pl.lit(True).alias("is_current"),
        (pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias(key),
    )


def _members(dice: np.random.Generator, n: int) -> pl.DataFrame:
    ages = dice.integers(1, 64, n)
    frame = pl.DataFrame(
        {
            "member_id": [f"MBR{i:05}" for i in range(n)],
            "dob": [date(2022 - int(age), 6, 15) for age in ages],
            "gender": dice.choice(["F", "M"], n),
            "state": (states := dice.choice(["OH", "TX", "NY", "CA"], n)),
            "region": [
                dict(OH="Midwest", TX="South", NY="Northeast", CA="West")[s] for s in states
            ],
            "plan_metal": dice.choice(TIERS, n, p=[0.4, 0.35, 0.2, 0.05]),
            "plan_network_access_type": "PPO",
            "clinical_segment": dice.choice(
                ["Healthy", "Chronic", "Complex"], n, p=[0.6, 0.3, 0.1]
            ),
            "wisconsin_area_deprivation_index": dice.integers(1, 11, n),
        }
    )
    return whole(_versions(frame, "member_sk"), DIM_MEMBER)


def _plans() -> pl.DataFrame:
    frame = pl.DataFrame(
        [
            {
                "plan_id": f"PLN{year}{i + 1:04}",
                "effective_year": year,
                "metal_tier": tier,
                "premium_cents": 30_000 + i * 15_000,
                "deductible_cents": 600_000 - i * 150_000,
                "oop_max_cents": 2_000_000_000,
                "coinsurance_rate": 0.2,
            }
            for year in YEARS
            for i, tier in enumerate(TIERS)
        ]
    )
    return whole(_versions(frame, "plan_sk"), DIM_PLAN)


def _providers(n: int) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "provider_id": [f"PRV{i + 1:05}" for i in range(n)],
            "npi": ["1234567893"] * n,
            "specialty": [SPECIALTIES[i % len(SPECIALTIES)] for i in range(n)],
            "state": [("OH", "TX", "NY", "CA")[i % 4] for i in range(n)],
        }
    )
    return whole(_versions(frame, "provider_sk"), DIM_PROVIDER)


def plan_of(metal: pl.Expr, year: pl.Expr) -> pl.Expr:
    """The plan of a tier in a year."""
    number = metal.replace_strict(dict(zip(TIERS, range(1, 5), strict=True)), return_dtype=pl.Int64)
    return pl.format("PLN{}{}", year, number.cast(pl.String).str.zfill(4))


def _claims(
    dice: np.random.Generator, people: pl.DataFrame, doctors: pl.DataFrame, n: int
) -> pl.DataFrame:
    first, days = date(YEARS[0], 1, 1), (date(YEARS[-1], 12, 31) - date(YEARS[0], 1, 1)).days
    which, who = dice.integers(0, len(CARE), n), dice.integers(0, people.height, n)
    care = pl.DataFrame(
        CARE,
        schema=["diagnosis_code", "cpt", "major_service_category", "provider_specialty", "median"],
        orient="row",
    )[which]
    by_specialty = {
        s: doctors.filter(pl.col("specialty") == s)["provider_id"].to_list() for s in SPECIALTIES
    }
    turn = dice.integers(0, 1_000_000, n)
    provider = [
        by_specialty[s][t % len(by_specialty[s])]
        for s, t in zip(care["provider_specialty"], turn, strict=True)
    ]
    billed = (care["median"].to_numpy() * np.exp(dice.normal(0, 0.25, n)) * 100).astype(np.int64)
    allowed = (billed * dice.uniform(0.5, 1, n)).astype(np.int64)
    status = dice.choice(["approved", "denied", "pending"], n, p=[0.8, 0.1, 0.1])
    paid = np.where(status == "approved", (allowed * dice.uniform(0.5, 1, n)).astype(np.int64), 0)
    on = pl.Series("service_date", [first], pl.Date).extend_constant(first, n - 1) + pl.Series(
        dice.integers(0, days + 1, n) * 86_400_000_000
    ).cast(pl.Duration("us"))
    frame = pl.DataFrame(
        {
            "claim_id": [f"CLM{i:07}" for i in range(n)],
            "member_id": people["member_id"][who],
            "provider_id": provider,
            "service_date": on,
            "billed_cents": billed,
            "allowed_cents": allowed,
            "paid_cents": paid,
            "status": status,
            "clean_claim_status": pl.Series(status)
            .replace({"approved": "PAID"})
            .str.to_uppercase(),
            "entry": 1,
            "claim_count": 1,
            "claim_type": "Professional",
            "channel": "OP",
            "units_days": 1,
            "is_oon": dice.random(n) < 0.1,
            "pays_after": dice.integers(10, 60, n),
        }
    ).with_columns(care.drop("median"))
    return claims_of(frame, people)


def claims_of(frame: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Claims with all that follows from their member, day and codes, to the contract."""
    year = pl.col("service_date").dt.year()
    surrogates = people.select("member_id", "member_sk", "plan_metal")
    number = pl.col("plan_id").str.slice(9, 2).cast(pl.Int64)
    settled = pl.when(pl.col("status") == "approved").then(
        pl.col("service_date") + pl.duration(days=pl.col("pays_after"))
    )
    made = frame.join(surrogates, on="member_id", how="left", maintain_order="left").with_columns(
        plan_id=plan_of(pl.col("plan_metal"), year),
        service_month=pl.col("service_date").dt.month_start(),
        service_year=year.cast(pl.String),
        claim_from=pl.col("service_date"),
        clean_claim_out=settled,
        procedure_code=pl.col("cpt"),
        provider_sk=pl.col("provider_id").str.slice(3).cast(pl.Int64),
    )
    made = made.with_columns(plan_sk=(year - YEARS[0]) * 4 + number)
    made = made.with_columns(
        pl.col("plan_sk").cast(pl.Int64), pl.col("entry", "claim_count").cast(pl.Int32)
    )
    return whole(made, FACT_CLAIM)


def _enrollments(people: pl.DataFrame) -> pl.DataFrame:
    years = pl.DataFrame({"year": YEARS})
    made = people.join(years, how="cross").with_columns(
        enrollment_id=pl.format("ENR{}{}", "year", "member_id"),
        plan_id=plan_of(pl.col("plan_metal"), pl.col("year")),
        start_date=pl.date("year", 1, 1),
        end_date=pl.date("year", 12, 31),
        premium_cents=pl.lit(40_000, pl.Int64),
        csr_variant=pl.lit("none"),
    )
    days = (pl.col("end_date") - pl.col("start_date")).dt.total_days() + 1
    number = pl.col("plan_id").str.slice(9, 2).cast(pl.Int64)
    made = made.with_columns(
        coverage_days=days, plan_sk=((pl.col("year") - YEARS[0]) * 4 + number).cast(pl.Int64)
    )
    return whole(made, FACT_ENROLLMENT)


def _months(people: pl.DataFrame) -> pl.DataFrame:
    months = pl.DataFrame(
        {"month": pl.date_range(date(YEARS[0], 1, 1), date(YEARS[-1], 12, 1), "1mo", eager=True)}
    )
    year = pl.col("month").dt.year()
    made = people.join(months, how="cross").with_columns(
        plan_id=plan_of(pl.col("plan_metal"), year),
        year=year.cast(pl.String),
        days=pl.col("month").dt.month_end().dt.day().cast(pl.Int32),
        member_months=pl.lit(1.0),
        premium_cents=pl.lit(40_000.0),
    )
    number = pl.col("plan_id").str.slice(9, 2).cast(pl.Int64)
    made = made.with_columns(days_of_month="days", plan_sk=(year - YEARS[0]) * 4 + number)
    return whole(made.with_columns(pl.col("plan_sk").cast(pl.Int64)), MEMBER_MONTH)


def outbreak(
    of: Payer,
    *,
    seed: int,
    diagnosis: str,
    provider: str,
    year: int,
    claims: int,
    dollars: tuple[int, int],
    months: tuple[int, int] = (1, 12),
    cpt: str = "99291",
) -> Payer:
    """The payer with claims of one diagnosis, all by one provider, added to its own."""
    dice = np.random.default_rng(seed)
    billed = (dice.uniform(*dollars, claims) * 100).astype(np.int64)
    allowed = (billed * 0.9).astype(np.int64)
    month = dice.integers(months[0], months[1] + 1, claims)
    frame = pl.DataFrame(
        {
            "claim_id": [f"OUT{diagnosis}{i:05}" for i in range(claims)],
            "member_id": of.members["member_id"][dice.integers(0, of.members.height, claims)],
            "provider_id": provider,
            "service_date": [
                date(year, int(m), int(d))
                for m, d in zip(month, dice.integers(1, 29, claims), strict=True)
            ],
            "billed_cents": billed,
            "allowed_cents": allowed,
            "paid_cents": (allowed * 0.9).astype(np.int64),
            "status": "approved",
            "clean_claim_status": "PAID",
            "entry": 1,
            "claim_count": 1,
            "claim_type": "Facility",
            "channel": "IP",
            "units_days": 5,
            "is_oon": False,
            "pays_after": 30,
            "diagnosis_code": diagnosis,
            "cpt": cpt,
            "major_service_category": "Inpatient",
            "provider_specialty": "Infectious Disease",
        }
    )
    more = claims_of(frame, of.members)
    return Payer(
        of.members, of.plans, of.providers, pl.concat([of.claims, more]), of.enrollments, of.months
    )
