"""Patients Registered at a GP Practice: where it is announced and how its files are cut down.

Its files stack every level of organisation, and every total, in one table: whoever adds up all
rows counts England many times over. Here only practices' own rows are kept.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import MONTHS, Calendar, month_named
from refresh.source import Link, Part, Source

_MONTHS = [month[:3].lower() for month in MONTHS]
_IN_A_PATH = re.compile(r"(?<!\d)(20\d\d)[-_](0[1-9]|1[0-2])(?!\d)")
_IN_WORDS = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*[-_ ](?:20)?(\d\d)(?!\d)", re.IGNORECASE)
_SERIES = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "patients-registered-at-a-gp-practice"
)


def period(_name: re.Match[str], link: Link) -> str | None:
    """The month: of a folder (`registrations/2026-07/`), else in words (`jun-18`, `july-2026`)."""
    if folders := _IN_A_PATH.findall(link.url):
        year, month = folders[-1]
        return month_named(month, year)
    for words in (link.name, link.text, link.url):
        if found := _IN_WORDS.search(words):
            return month_named(found[1], found[2])
    return None


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
    follow=r"/patients-registered-at-a-gp-practice/(?:january|april|july|october)-20\d\d$",
    files=(
        r"^gp-reg-pat(?:ients)?-prac-quin-age(?:[-_][\w-]*)?\.(?:zip|csv)$",
        r"^gp-reg-pat(?:ients)?-prac-all(?:[-_][\w-]*)?\.(?:zip|csv)$",
        r"^gp-reg-pat(?:ients)?-prac-sing-age-(?:fe)?male(?:[-_][\w-]*)?\.(?:zip|csv)$",
        r"^gp-reg-pat(?:ients)?-prac-map(?:[-_][\w-]*)?\.(?:zip|csv)$",
    ),
    period=period,
    parts=(
        Part("registered", members=(r"^gp-reg-pat.*-prac-all.*\.csv$",), shape=totals),
        Part(
            "registered_by_age",
            members=(r"-prac-quin-age.*\.csv$", r"-prac-sing-age-(?:fe)?male.*\.csv$"),
            expected=(1, 2),
            shape=by_age,
            covers=("registered",),
        ),
        Part("practice_mapping", members=(r"^gp-reg-pat.*-prac-map.*\.csv$",)),
    ),
    calendar=Calendar("month", after_days=0, grace_days=120),
    owner=OWNER,
    purpose="How many patients each practice has, and how old they are.",
)
