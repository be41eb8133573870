"""NHS Payments to General Practice: what each practice was paid in a financial year.

Its columns change every year and are read by name; what is kept, the total and the patients it was
paid for, has had the same meaning throughout.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar, year_named
from refresh.source import Link, Part, Source

_SERIES = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "nhs-payments-to-general-practice"
)
_PATIENTS = "NUMBER_OF_REGISTERED_PATIENTS_(LAST_KNOWN_FIGURE)"
_YEARS = r"(?:20)?(?P<from>\d\d)[-_]?(?:20)?(?P<to>\d\d)"


def period(name: re.Match[str], link: Link) -> str | None:
    """`2021-22` from the years in a name; of years alone, in a folder of payments."""
    is_ours = "payments" in "/".join(link.url.lower().split("/")[-2:])
    return year_named(name["from"], name["to"]) if is_ours else None


def practices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Every practice; the column of patients under one name."""
    return raw.rename({_PATIENTS: "NUMBER_OF_REGISTERED_PATIENTS"}, strict=False)


SOURCE = Source(
    code="practice_payments",
    name="NHS Payments to General Practice",
    publisher="NHS England",
    pages=(_SERIES,),
    follow=r"/nhs-payments-to-general-practice/england-20\d\d-\d\d$",
    files=(
        rf"^nhspaymentsgp[-_]{_YEARS}[-_]prac[-_\w]*\.csv$",
        rf"^{_YEARS}\.csv$",
    ),
    period=period,
    parts=(
        Part(
            "practice_payments",
            members=(r"^nhspaymentsgp.*prac.*\.csv$", r"^\d\d-\d\d\.csv$"),
            expected=(1, 1),
            shape=practices,
            required=True,
        ),
    ),
    calendar=Calendar("year", after_days=240, grace_days=365),
    owner=OWNER,
    domain="Primary care",
    purpose="What the NHS paid each practice for a patient on its list.",
)
