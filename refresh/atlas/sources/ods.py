"""The Organisation Data Service: general practices (epraccur) and primary care networks (ePCN).

Both come in two dialects: status and setting were single letters and numbers, and are now words
and role codes; CCGs became sub-ICB locations.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar, Period, month_named
from refresh.source import Link, Part, Source

EPRACCUR = (
    "ORGCODE NAME NATIONALGROUPING HIGHLEVELHEALTHGEOGRAPHY ADDRESS1 ADDRESS2 ADDRESS3 ADDRESS4"
    " ADDRESS5 POSTCODE OPENDATE CLOSEDATE STATUSCODE ORGSUBTYPECODE COMMISSIONER JOINPROVIDERDATE"
    " LEFTPROVIDERDATE TELNO EMPTY1 EMPTY2 EMPTY3 AMENDEDRECORDINDICATOR EMPTY4 PROVPURCH EMPTY5"
    " PRESCRSET EMPTY6"
)
GENERAL_PRACTICE = ("4", "RO76")
STATUS = {
    "A": "active",
    "ACTIVE": "active",
    "C": "closed",
    "INACTIVE": "closed",
    "D": "dormant",
    "DORMANT": "dormant",
    "P": "proposed",
    "PROPOSED": "proposed",
}
_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_](0[1-9]|1[0-2])(?!\d)")


def period(_name: re.Match[str], link: Link) -> str | None:
    """The month in the address (`ods/2026-02/`), else that of the day the link is dated."""
    months = _MONTH.findall(link.url)
    if months:
        # The last: a mirror below `backup-2026-01/` names that folder first.
        year, month = months[-1]
        return month_named(month, year)
    return str(Period.holding(link.dated, "month")) if link.dated else None


def practices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """General practices of England among all prescribers, one address text, status in words."""
    lines = [pl.col(f"ADDRESS{i}").replace("", None) for i in range(1, 6)]
    return raw.filter(
        pl.col("PRESCRSET").is_in(GENERAL_PRACTICE),
        # Codes with W are in Wales, which has no QOF of England's.
        ~pl.col("ORGCODE").str.starts_with("W").fill_null(False),
    ).with_columns(
        ADDRESS=pl.concat_str(lines, separator=", ", ignore_nulls=True),
        STATUSCODE=pl.col("STATUSCODE").replace_strict(STATUS, default=None),
        PRESCRSET=pl.lit("general practice"),
    )


PRACTICES = Source(
    code="ods_practices",
    name="General practices (epraccur)",
    publisher="Organisation Data Service, NHS England",
    pages=("https://www.odsdatasearchandexport.nhs.uk/api/getReport?report=epraccur",),
    files=(r"^epraccur(?:_.*)?\.(?:zip|csv)$", r"report=epraccur$"),
    period=period,
    parts=(
        Part(
            "practice",
            members=(r"^epraccur(?:_.*)?\.csv$",),
            shape=practices,
            header=tuple(EPRACCUR.split()),
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=20, grace_days=120),
    owner=OWNER,
    purpose="Names, addresses, status and commissioner of every general practice.",
)

NETWORKS = Source(
    code="ods_networks",
    name="Primary care networks and their members (ePCN)",
    publisher="Organisation Data Service, NHS England",
    pages=("https://files.digital.nhs.uk/assets/ods/current/ePCN.zip",),
    files=(r"^ePCN\.(?:zip|xlsx)$",),
    period=period,
    parts=(
        Part("pcn", members=(r"^ePCN\.xlsx$",), sheet="PCNDetails", required=True),
        Part("pcn_member", members=(r"^ePCN\.xlsx$",), sheet="PCN Core Partner Details"),
    ),
    calendar=Calendar("month", after_days=20, grace_days=120),
    owner=OWNER,
    purpose="Which practices work together as a primary care network.",
)
