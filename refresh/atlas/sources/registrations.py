"""Patients Registered at a GP Practice: where it is announced and how its files are cut down.

Its files stack every level of organisation, and every total, in one table: whoever adds up all
rows counts England many times over. Here only practices' own rows are kept.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar
from refresh.named import month_of
from refresh.source import Link, Part, Source

_SERIES = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "patients-registered-at-a-gp-practice"
)

DATED = (("EXTRACT_DATE",),)


def period(_name: re.Match[str], link: Link) -> str | None:
    """The month that folder, name or page say; the rows say it better."""
    return month_of(link)


def totals(raw: pl.LazyFrame) -> pl.LazyFrame:
    """One row a practice: everybody on its list."""
    everybody = [pl.col(c) == "ALL" for c in ("SEX", "AGE") if c in _columns(raw)]
    return _practices(raw).filter(everybody)


def by_age(raw: pl.LazyFrame) -> pl.LazyFrame:
    """One row a practice, sex and age group; every total is left out."""
    age = next((c for c in ("AGE_GROUP_5", "AGE") if c in _columns(raw)), "AGE_GROUP_5")
    return _practices(raw).filter(pl.col("SEX") != "ALL", pl.col(age) != "ALL")


def _practices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of practices among those of regions, boards, networks; old files have practices only."""
    kind = next((c for c in ("ORG_TYPE", "TYPE") if c in _columns(raw)), None)
    return raw.filter(pl.col(kind) == "GP") if kind else raw


def _columns(raw: pl.LazyFrame) -> list[str]:
    return raw.collect_schema().names()


SOURCE = Source(
    code="registrations",
    name="Patients Registered at a GP Practice",
    publisher="NHS England",
    pages=(_SERIES,),
    # Monthly; those of January, April, July and October are followed, for April is QOF's list day.
    # One April had a special topic, and its page all of the title for an address.
    follow=r"/patients-registered-at-a-gp-practice/(?:[\w-]*-)?"
    r"(?:january|april|july|october)-20\d\d(?:-[\w-]*)?/?$",
    files=(
        r"^gp-reg-pat(?:ients)?-prac-quin-age(?:[-_][\w-]*)?\.(?:zip|csv)$",
        r"^gp-reg-pat(?:ients)?-prac-all(?:[-_][\w-]*)?\.(?:zip|csv)$",
        r"^gp-reg-pat(?:ients)?-prac-sing-age-(?:fe)?male(?:[-_][\w-]*)?\.(?:zip|csv)$",
        r"^gp-reg-pat(?:ients)?-prac-map(?:[-_][\w-]*)?\.(?:zip|csv)$",
    ),
    period=period,
    dated=DATED,
    parts=(
        Part(
            "registered",
            members=(r"^gp-reg-pat.*-prac-all.*\.csv$",),
            known_by=(("TYPE", "CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS"),),
            shape=totals,
        ),
        Part(
            "registered_by_age",
            members=(r"-prac-quin-age.*\.csv$", r"-prac-sing-age-(?:fe)?male.*\.csv$"),
            expected=(1, 2),
            shape=by_age,
            known_by=(("ORG_TYPE", "ORG_CODE", "AGE_GROUP_5", "NUMBER_OF_PATIENTS"),),
            covers=("registered",),
        ),
        Part(
            "practice_mapping",
            members=(r"^gp-reg-pat.*-prac-map.*\.csv$",),
            known_by=(
                ("EXTRACT_DATE", "PRACTICE_CODE", "PCN_CODE", "SUB_ICB_LOCATION_CODE"),
                ("EXTRACT_DATE", "PRACTICE_CODE", "PCN_CODE", "CCG_CODE"),
            ),
        ),
    ),
    calendar=Calendar("month", after_days=0, grace_days=120),
    owner=OWNER,
    domain="Primary care",
    purpose="How many patients each practice has, and how old they are.",
)
