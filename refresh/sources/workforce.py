"""The General Practice Workforce: doctors at each practice, as full-time equivalents.

Unknown is written in three ways (NA; before 2023 also ND, or 0), and none of them means that a
practice has no doctors.
"""

import re

import polars as pl

from engine.period import Calendar
from engine.tables.qof import OWNER
from refresh.source import Link, Part, Source

_SERIES = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "general-and-personal-medical-services"
)
_NUMBERS = ("TOTAL_GP_EXTGL_FTE", "TOTAL_PATIENTS")


def period(name: re.Match[str], _link: Link) -> str:
    """The month in the file's name; a file of several years is `undated`."""
    given = name.groupdict()
    return f"20{given['year']}-{given['month']}" if given.get("year") else "undated"


def practices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Every practice; what the publisher does not know is null."""
    return raw.with_columns(pl.col(_NUMBERS).replace("ND", None))


SOURCE = Source(
    code="gp_workforce",
    name="General Practice Workforce",
    publisher="NHS England",
    pages=(_SERIES,),
    # Quarters are enough beside a yearly framework, and March is the end of its year.
    follow=r"/general-and-personal-medical-services/(?:final-)?"
    r"(?:31-march|30-june|30-september|31-december)-20\d\d$",
    files=(
        r"^GPWPracticeCSV\.(?P<month>\d\d)(?:20)?(?P<year>\d\d)\.zip$",
        r"^workforce_year\.csv$",
    ),
    period=period,
    parts=(
        Part(
            "gp_workforce",
            members=(
                r"practice.*(?:detail|level).*\.csv$",
                r"practice.*\.csv$",
                r"^workforce_year\.csv$",
            ),
            expected=(1, 1, 1),
            shape=practices,
            required=True,
        ),
    ),
    calendar=Calendar("quarter", after_days=60, grace_days=90),
    owner=OWNER,
    purpose="How many doctors each practice has for its patients.",
    load_mode="append",
)
