"""Small lakes of claims: files in the payer's layout become facts, as the contracts say them.

Only what these tests need is made, by plain joins; how the warehouse loads is tested in refresh.
"""

from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from engine import Lake
from engine.claims.exposure import member_months
from tests.conftest import sealed

CLAIMS = Path(__file__).parents[3] / "../shared/claims"
ACA = Path(__file__).parents[3] / "../shared/real/claims/aca_health"
AMOUNTS = {
    "claim_amount": "billed_cents",
    "allowed_amount": "allowed_cents",
    "paid_amount": "paid_cents",
    "charges": "charges_cents",
    "premium_paid": "premium_cents",
    "monthly_premium": "premium_cents",
}
DATES = ("service_date", "start_date", "end_date", "claim_from", "clean_claim_out", "dob")
TEXTS = ("npi", "zip", "phone", "ms_drg", "ms_drg_mdc", "cpt", "hios_id", "procedure_code")
DAY = pl.col("service_date")


def dates(first: date = date(2019, 1, 1), last: date = date(2028, 12, 31)) -> pl.DataFrame:
    """The calendar of days, with the columns that metrics use."""
    day = pl.col("full_date")
    financial = day.dt.year() - (day.dt.month() < 4).cast(pl.Int32)
    return pl.DataFrame({"full_date": pl.date_range(first, last, eager=True)}).with_columns(
        date_key=day.dt.strftime("%Y%m%d").cast(pl.Int32),
        financial_year=pl.format(
            "{}-{}", financial, ((financial + 1) % 100).cast(pl.String).str.zfill(2)
        ),
    )


def read(path: Path) -> pl.DataFrame:
    """A file of the payer's, amounts in whole cents."""
    rows = pl.read_csv(
        path,
        schema_overrides=dict.fromkeys(TEXTS, pl.String),
        infer_schema_length=None,
    )
    cents = {
        ours: (pl.col(theirs) * 100).round().cast(pl.Int64)
        for theirs, ours in AMOUNTS.items()
        if theirs in rows.columns
    }
    flags = [
        pl.col(c).cast(pl.Boolean) for c in ("is_oon", "high_cost_member") if c in rows.columns
    ]
    days = [pl.col(c).str.to_date() for c in DATES if c in rows.columns]
    return rows.with_columns(*flags, *days, **cents)


def claims_lake(
    folder: Path,
    claims: pl.DataFrame,
    enrollments: pl.DataFrame | None = None,
    members: pl.DataFrame | None = None,
    plans: pl.DataFrame | None = None,
) -> Lake:
    """A sealed lake of these rows; a claim without cover on its day is no fact."""
    tables = {"dim_date": dates()}
    spans = enrollments
    if spans is not None:
        covered = claims.join(
            spans.select("member_id", "plan_id", "start_date", "end_date"),
            on=["member_id", "plan_id"],
        )
        covered = covered.filter(DAY.is_between("start_date", "end_date"))
        claims = claims.join(covered.select("claim_id").unique(), on="claim_id", how="semi")
        months = member_months(spans.lazy()).collect()
        tables["member_month"] = _numbered(
            months.with_columns(year=pl.col("month").dt.year().cast(pl.String))
        )
    facts = claims.rename({"hcg_units_days": "units_days"}, strict=False).with_columns(
        service_month=DAY.dt.truncate("1mo"), service_year=DAY.dt.year().cast(pl.String)
    )
    tables["fact_claim"] = _numbered(facts)
    if members is not None:
        tables["dim_member"] = _dimension(members, "member")
        tables["member_engagement"] = members.with_columns(pl.col("year").cast(pl.String))
    if plans is not None:
        tables["dim_plan"] = _dimension(plans.rename({"name": "plan_name"}), "plan")
    return sealed(folder, **tables)


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the numbers of the versions of their member and plan: one version each here."""
    return rows.with_columns(member_sk=_number("member_id"), plan_sk=_number("plan_id"))


def _dimension(rows: pl.DataFrame, of: str) -> pl.DataFrame:
    return rows.with_columns(
        _number(f"{of}_id").alias(f"{of}_sk"),
        valid_from=date(1900, 1, 1),
        valid_to=date(9999, 12, 31),
        is_current=True,
    )


def _number(name: str) -> pl.Expr:
    return (pl.col(name).hash() // 4).cast(pl.Int64)


def case(folder: Path, name: str) -> Lake:
    """A lake of one of the published cases."""
    there = published("cases", name)
    spans = there / "enrollments.csv"
    return claims_lake(folder, read(there / "claims.csv"), read(spans) if spans.is_file() else None)


def published(*names: str) -> Path:
    """A folder of data sets that others published; the test is skipped where it is not here."""
    folder = CLAIMS.joinpath(*names)
    if not folder.exists():
        pytest.skip(f"not here: ../shared/claims/{'/'.join(names)}")
    return folder


def seeded(folder: Path, *, claims: int = 600, members: int = 40) -> Lake:
    """A small lake with everything that metrics look at: gaps, nulls, stays, two issuers."""
    draw = Random(12)
    days = [date(2024, 1, 1) + timedelta(n) for n in range(731)]
    people = [f"M{n:03}" for n in range(members)]
    spans = []
    for number, member in enumerate(people):
        start = draw.choice(days[:500])
        spans.append(
            (
                f"E{number}",
                member,
                f"P{number % 3}",
                start,
                start + timedelta(draw.randint(20, 230)),
                31_000,
            )
        )
    rows = []
    for number in range(claims):
        _, member, plan, start, end, _ = draw.choice(spans)
        day = start + timedelta(draw.randint(0, (end - start).days))
        status = draw.choice(["approved", "approved", "denied", "pending"])
        settled = day + timedelta(draw.randint(1, 60)) if status == "approved" else None
        billed = draw.randint(1_000, 900_000)
        kind = draw.choice(["Facility", "Professional", "RX"])
        rows.append(
            {
                "claim_id": f"C{number:04}",
                "member_id": member,
                "plan_id": plan,
                "provider_id": f"V{draw.randint(0, 5)}",
                "service_date": day,
                "claim_from": day,
                "clean_claim_out": settled,
                "status": status,
                "clean_claim_status": {"approved": "PAID"}.get(status, status.upper()),
                "claim_type": kind,
                "channel": "IP" if kind == "Facility" else "PRO",
                "units_days": draw.choice([None, 0, 2, 5]),
                "utilization": draw.choice([None, 1.0, 2.5]),
                "diagnosis_code": draw.choice([None, "A", "B", "C"]),
                "provider_specialty": draw.choice([None, "Cardiology", "Oncology"]),
                "is_oon": draw.choice([True, False, None]),
                "billed_cents": billed,
                "charges_cents": billed,
                "allowed_cents": billed * 3 // 4,
                "paid_cents": billed // 2 if status == "approved" else 0,
            }
        )
    names = ["enrollment_id", "member_id", "plan_id", "start_date", "end_date", "premium_cents"]
    of_members = pl.DataFrame(
        {
            "member_id": people,
            "state": [draw.choice(["TX", "OH", None]) for _ in people],
            "hios_id": [draw.choice(["29341OH", "12345", None]) for _ in people],
            "plan_network_access_type": "PPO",
            "clinical_segment": [draw.choice(["Healthy", "Chronic"]) for _ in people],
            "ra_mm": [draw.randint(0, 900) / 1000 for _ in people],
            "year": 2024,
        }
    )
    plans = pl.DataFrame(
        {
            "plan_id": ["P0", "P1"],
            "name": ["One", "Two"],
            "metal_tier": ["Gold", "Silver"],
            "effective_year": [2024, 2024],
            "premium_cents": [31_000, 32_000],
        }
    )
    return claims_lake(
        folder,
        pl.DataFrame(rows, infer_schema_length=None),
        pl.DataFrame(spans, schema=names, orient="row"),
        of_members,
        plans,
    )
