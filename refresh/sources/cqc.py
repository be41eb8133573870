"""Ratings by the Care Quality Commission: one overall word for a general practice, and its day.

The published file has a row for every location, domain and group of patients; only the overall
rating of locations that carry a practice's code is kept.
"""

import re

import polars as pl

from engine.period import Calendar
from engine.tables.qof import OWNER
from refresh.source import Link, Part, Source

_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_KIND = "LOCATION_PRIMARY_INSPECTION_CATEGORY"
_GROUP = ("SERVICE_/_POPULATION_GROUP", "SERVICE_POPULATION_GROUP")
_PRACTICE = r"^[A-Z][0-9A-Z]{5}$"
_CODE = ("LOCATION_ODS_CODE", "PRACTICE.CODE", "ODS_CODE")


def period(name: re.Match[str], _link: Link) -> str:
    """The month in the file's name; a file that says none is `undated`."""
    given = name.groupdict()
    if not given.get("year"):
        return "undated"
    return f"{given['year']}-{_MONTHS.index(given['month'].title()) + 1:02d}"


def overall(raw: pl.LazyFrame) -> pl.LazyFrame:
    """The overall rating of each location that carries a practice's own code.

    A branch surgery's code is the practice's and three digits: its rating is not the practice's.
    """
    names = raw.collect_schema().names()
    code, group = (next((c for c in some if c in names), some[0]) for some in (_CODE, _GROUP))
    kept = raw.filter(
        pl.col(code).str.contains(_PRACTICE).fill_null(False),
        pl.col("DOMAIN") == "Overall",
        pl.col(group) == "Overall",
    )
    return kept.filter(pl.col(_KIND) == "GP Practices") if _KIND in names else kept


SOURCE = Source(
    code="cqc_ratings",
    name="Ratings of general practices",
    publisher="Care Quality Commission",
    pages=("https://www.cqc.org.uk/about-us/transparency/using-cqc-data",),
    files=(
        rf"^\d\d_(?P<month>{'|'.join(_MONTHS)})_(?P<year>20\d\d)_Latest_ratings\.(?:ods|csv)$",
        r"^cqc\.csv$",
    ),
    period=period,
    parts=(
        Part(
            "cqc_rating",
            members=(r"Latest_ratings\.(?:ods|csv)$", r"^cqc\.csv$"),
            expected=(1, 1),
            shape=overall,
            sheet="Locations",
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=5, grace_days=60),
    owner=OWNER,
    purpose="How the regulator rates each general practice, and when it did.",
    load_mode="append",
)
