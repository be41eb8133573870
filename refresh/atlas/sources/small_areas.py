"""Where patients live: registered patients by small area, and how deprived each small area is.

Two publications that only count together, and only where both are on the areas of one census. The
pairing is area_scores.py's; here each says which census its areas are of.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar, month_named
from refresh.atlas.sources.registrations import DATED, period
from refresh.atlas.sources.registrations import SOURCE as REGISTRATIONS
from refresh.source import Link, Part, Source

_HEADER = re.compile(r"LSOA_CODE_\((20\d\d)\)")
_SCORE = "INDEX_OF_MULTIPLE_DEPRIVATION_(IMD)_SCORE"
_LAST_OF_2011 = "E01033768"
_GOV = "https://www.gov.uk/government/statistics/english-indices-of-deprivation-{}"
_MONTHS = {"2015": "09", "2019": "09"}


def by_lsoa(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Every row, with the census of its areas: codes beyond 2011's last are of 2021."""
    code = pl.col("LSOA_CODE")
    is_new = (code.str.starts_with("E01") & (code > _LAST_OF_2011)).any()
    return raw.with_columns(
        LSOA_YEAR=pl.when(is_new).then(pl.lit("2021")).otherwise(pl.lit("2011"))
    )


def scores(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Every area, with the census that the header names: `LSOA code (2021)`."""
    names = map(_HEADER.fullmatch, raw.collect_schema().names())
    found = next((match for match in names if match), None)
    if found is None:
        return raw
    named = raw.rename({found[0]: "LSOA_CODE", _SCORE: "IMD_SCORE"}, strict=False)
    return named.with_columns(LSOA_YEAR=pl.lit(found[1]))


def issued(name: re.Match[str], _link: Link) -> str | None:
    """The month in which that edition of the Indices came out."""
    return month_named(_MONTHS.get(name["year"], "10"), name["year"])


PATIENTS = Source(
    code="registrations_by_lsoa",
    name="Patients Registered at a GP Practice, by LSOA",
    publisher="NHS England",
    pages=REGISTRATIONS.pages,
    follow=REGISTRATIONS.follow,
    # In 2025 each came on both censuses' areas; from then on only those of 2021 go on.
    # One was issued as `...-oct-22..zip`.
    files=(r"^gp-reg-pat(?:ients)?-prac-lsoa-(?!2011)[\w-]*\.+(?:zip|csv)$",),
    period=period,
    dated=DATED,
    parts=(
        Part(
            "registered_by_lsoa",
            members=(r"-prac-lsoa-.*all.*\.csv$", r"-prac-lsoa-.*male.*\.csv$"),
            expected=(1, 2),
            known_by=(("EXTRACT_DATE", "PRACTICE_CODE", "LSOA_CODE", "NUMBER_OF_PATIENTS"),),
            shape=by_lsoa,
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=0, grace_days=120),
    owner=OWNER,
    domain="Geography",
    purpose="Where each practice's patients live, to weight what is known of places.",
)

INDICES = Source(
    code="indices_of_deprivation",
    name="English Indices of Deprivation, by LSOA",
    publisher="Ministry of Housing, Communities and Local Government",
    pages=tuple(_GOV.format(year) for year in (2019, 2025)),
    files=(r"^File_7_.*I(?:o)?D_?(?P<year>20\d\d)_.*\.(?:csv|xlsx)$",),
    period=issued,
    parts=(
        Part(
            "lsoa_deprivation",
            members=(r"^File_7_.*\.(?:csv|xlsx)$",),
            expected=(1,),
            shape=scores,
            required=True,
        ),
    ),
    calendar=Calendar("year", after_days=0, grace_days=3650),
    owner=OWNER,
    domain="Geography",
    purpose="How deprived the small areas are where patients live.",
)
