"""The Primary Care Network Workforce: who works for networks, a row a person.

Kept are those in direct patient care; GPs, nurses, directors and administration are other groups of
the same file. None of them is in the practices' own workforce file.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar, month_named
from refresh.source import Link, Part, Source

_SERIES = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "primary-care-network-workforce"
)


def period(name: re.Match[str], _link: Link) -> str | None:
    """The month in the file's name."""
    return month_named(name["month"], name["year"])


def direct_care(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of staff in direct patient care, each with its place in the file."""
    # Two people may have the same row in every column, and are two.
    numbered = raw.with_row_index("RECORD").with_columns(pl.col("RECORD").cast(pl.String))
    return numbered.filter(pl.col("STAFF_GROUP").str.contains("Direct Patient Care"))


SOURCE = Source(
    code="pcn_workforce",
    name="Primary Care Network Workforce",
    publisher="NHS England",
    pages=(_SERIES,),
    follow=r"/primary-care-network-workforce/"
    r"(?:31-march|30-june|30-september|31-december)-20\d\d$",
    files=(r"^PCNWFIndividualCSV\.(?P<month>0[1-9]|1[0-2])(?:20)?(?P<year>\d\d)\.zip$",),
    period=period,
    dated=(("CENSUS_YEAR", "CENSUS_MONTH"),),
    parts=(
        Part(
            "network_staff",
            members=(r"individual level.*\.csv$",),
            expected=(1,),
            shape=direct_care,
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=40, grace_days=120),
    owner=OWNER,
    domain="Workforce",
    purpose="How many pharmacists, care coordinators and others networks have for their patients.",
)
