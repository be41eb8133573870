"""Ratings by the Care Quality Commission: one overall word for a general practice, and its day.

The published file has a row for every location, domain and group of patients; only the overall
rating of locations that carry a practice's code is kept.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import MONTHS, UNDATED, Calendar, month_named
from refresh.source import Link, Part, Source

_KIND = "LOCATION_PRIMARY_INSPECTION_CATEGORY"
_NAMES = {
    "SERVICE_/_POPULATION_GROUP": "SERVICE_POPULATION_GROUP",
    "INHERITED_RATING_(Y/N)": "INHERITED_RATING",
    "INHERITED_RATING_Y_N": "INHERITED_RATING",
    "PRACTICE.CODE": "LOCATION_ODS_CODE",
}
_PRACTICE = r"^[A-Z][0-9A-Z]{5}$"


def period(name: re.Match[str], _link: Link) -> str | None:
    """The month in the file's name; a file that says none is `undated`."""
    given = name.groupdict()
    if not given.get("year"):
        return UNDATED
    return month_named(given["month"], given["year"])


def overall(raw: pl.LazyFrame) -> pl.LazyFrame:
    """The overall rating of each location that carries a practice's own code.

    Where only the year of a rating is known, its first day stands for it. A branch surgery's code
    is the practice's and three digits: its rating is not the practice's.
    """
    named = raw.rename(_NAMES, strict=False)
    names = named.collect_schema().names()
    kept = named.filter(
        pl.col("LOCATION_ODS_CODE").str.contains(_PRACTICE).fill_null(False),
        # Five domains and six groups of patients are rated apart; one word is wanted.
        pl.col("DOMAIN") == "Overall",
        pl.col("SERVICE_POPULATION_GROUP") == "Overall",
    )
    if "PUBLICATION_DATE" not in names:
        kept = kept.with_columns(PUBLICATION_DATE=pl.col("YEAR") + "-01-01")
    return kept.filter(pl.col(_KIND) == "GP Practices") if _KIND in names else kept


SOURCE = Source(
    code="cqc_ratings",
    name="Ratings of general practices",
    publisher="Care Quality Commission",
    pages=("https://www.cqc.org.uk/about-us/transparency/using-cqc-data",),
    files=(
        rf"^\d\d?[_ ](?P<month>{'|'.join(MONTHS)})[_ ](?P<year>20\d\d)[_ ]Latest[_ ]ratings"
        r"\.(?:ods|xlsx|csv)$",
        r"^cqc\.csv$",
    ),
    period=period,
    parts=(
        Part(
            "cqc_rating",
            members=(r"Latest[_ ]ratings\.(?:ods|xlsx|csv)$", r"^cqc\.csv$"),
            expected=(1, 1),
            shape=overall,
            sheet="Locations",
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=5, grace_days=60),
    owner=OWNER,
    domain="Primary care",
    purpose="How the regulator rates each general practice, and when it did.",
)
