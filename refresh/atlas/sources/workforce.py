"""The General Practice Workforce: doctors at each practice, as full-time equivalents.

Unknown is written in many ways (NA; before 2023 also ND, EST, or 0), and none of them means that a
practice has no doctors.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import UNDATED, Calendar, month_named
from refresh.source import Link, Part, Source

_SERIES = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "general-and-personal-medical-services"
)


def period(name: re.Match[str], _link: Link) -> str | None:
    """The month in the file's name."""
    return month_named(name["month"], name["year"])


def practices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Every practice; its code under one name."""
    return raw.rename({"PRACTICE.CODE": "PRACTICE_CODE"}, strict=False)


def _undated(_name: re.Match[str], _link: Link) -> str:
    """A file of several years says no date; a changed one is a new revision."""
    return UNDATED


SOURCE = Source(
    code="gp_workforce",
    name="General Practice Workforce",
    publisher="NHS England",
    pages=(_SERIES,),
    # Quarters are enough beside a yearly framework, and March is the end of its year.
    follow=r"/general-and-personal-medical-services/(?:final-)?"
    r"(?:31-march|30-june|30-september|31-december)-20\d\d$",
    files=(r"^GPWPracticeCSV\.(?P<month>0[1-9]|1[0-2])(?:20)?(?P<year>\d\d)\.zip$",),
    period=period,
    parts=(
        Part(
            "gp_workforce",
            members=(r"practice.*detail.*\.csv$", r"practice.*\.csv$"),
            expected=(1, 1),
            known_by=(("PRAC_CODE", "TOTAL_PATIENTS", "TOTAL_GP_EXTGL_FTE"),),
            shape=practices,
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=40, grace_days=120),
    owner=OWNER,
    domain="Workforce",
    purpose="How many doctors each practice has for its patients.",
)

BY_YEAR = Source(
    code="gp_workforce_by_year",
    name="General Practice Workforce, averaged by year",
    publisher="Health Equity Evidence Centre, from NHS England's files",
    pages=(),
    files=(r"^workforce_year\.csv$",),
    period=_undated,
    parts=(
        Part(
            "gp_workforce_by_year",
            members=(r"^workforce_year\.csv$",),
            expected=(1,),
            shape=practices,
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=0, grace_days=3650),
    owner=OWNER,
    domain="Workforce",
    purpose="Doctors of the years for which the monthly files are not at hand.",
)
