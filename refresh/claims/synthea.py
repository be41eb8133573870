"""Files of Synthea (invented patients) said as a payer's feed: `python -m refresh.claims.synthea`.

Synthea writes encounters and yearly covers, not a payer's extracts, and calls them by names that
a feed has too (`claims.csv`). So its folder is turned into a feed once, which then loads as any
other. A payer is a plan, an encounter a claim that was approved.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

Files = Callable[[str], pl.DataFrame]


def members(read: Files) -> pl.DataFrame:
    """Patients as members."""
    return read("patients").select(
        member_id="Id",
        first_name="FIRST",
        last_name="LAST",
        dob="BIRTHDATE",
        gender="GENDER",
        street="ADDRESS",
        city="CITY",
        state="STATE",
        zip="ZIP",
    )


def providers(read: Files) -> pl.DataFrame:
    """Providers, who have no NPI."""
    return read("providers").select(
        provider_id="Id",
        name="NAME",
        specialty="SPECIALITY",
        street="ADDRESS",
        city="CITY",
        state="STATE",
        zip="ZIP",
    )


def plans(read: Files) -> pl.DataFrame:
    """Payers as plans, from the first year in which anybody was covered."""
    first = read("payer_transitions")["START_YEAR"].str.slice(0, 4).min()
    return read("payers").select(plan_id="Id", name="NAME", effective_year=pl.lit(first))


def enrollments(read: Files) -> pl.DataFrame:
    """A cover for each payer of each patient's year, the second payer's too.

    Synthea's year ends at the moment at which the next begins: its last day is the day before, but
    for a year that began on that very day.
    """
    first, last = (
        pl.col(f"{which}_YEAR").str.slice(0, 10).str.to_date() for which in ("START", "END")
    )
    rows = read("payer_transitions").with_row_index("row", offset=1)
    covers = [
        rows.select(
            enrollment_id=pl.format("{}-{}", "row", pl.lit(which)),
            member_id="PATIENT",
            plan_id=payer,
            start_date=first,
            end_date=pl.max_horizontal(first, last.dt.offset_by("-1d")),
        )
        for which, payer in (("first", "PAYER"), ("second", "SECONDARY_PAYER"))
    ]
    return pl.concat(covers).filter(pl.col("plan_id").is_not_null())


def claims(read: Files) -> pl.DataFrame:
    """Encounters as claims: what was asked was allowed, and the payer's cover of it was paid."""
    return read("encounters").select(
        claim_id="Id",
        member_id="PATIENT",
        provider_id="PROVIDER",
        plan_id="PAYER",
        service_date="START",
        claim_amount="TOTAL_CLAIM_COST",
        allowed_amount="TOTAL_CLAIM_COST",
        paid_amount="PAYER_COVERAGE",
        status=pl.lit("approved"),
        diagnosis_code="REASONCODE",
        procedure_code="CODE",
        clean_claim_status=pl.lit("PAID"),
        claim_from="START",
        claim_type=pl.lit("Professional"),
        major_service_category="ENCOUNTERCLASS",
        ccsr_description="REASONDESCRIPTION",
    )


_MADE = {
    "members": members,
    "providers": providers,
    "plans": plans,
    "enrollments": enrollments,
    "claims": claims,
}


def write_feed(synthea: Path, folder: Path) -> None:
    """Write the feed of a Synthea export (its CSV files) into a folder."""

    def read(name: str) -> pl.DataFrame:
        return pl.read_csv(synthea / f"{name}.csv", infer_schema=False)

    folder.mkdir(parents=True, exist_ok=True)
    for name, made in _MADE.items():
        made(read).write_csv(folder / f"{name}.csv")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m refresh.claims.synthea SYNTHEA_FOLDER NEW_FOLDER")
    write_feed(Path(sys.argv[1]), Path(sys.argv[2]))
