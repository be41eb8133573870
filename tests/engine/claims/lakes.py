"""Small lakes of claims: files in the payer's layout become facts, as the contracts say them.

Only what these tests need is made, by plain joins; how the warehouse loads is tested in refresh.
"""

from datetime import date
from pathlib import Path

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
