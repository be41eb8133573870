"""The Organisation Data Service: general practices (epraccur) and primary care networks (ePCN).

Both come in two dialects: status and setting were single letters and numbers, and are now words
and role codes; CCGs became sub-ICB locations.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar, Period
from refresh.named import month_of
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
# By position as published without a header; by name in copies that have one.
_NAMES = {
    "ORGANISATION_CODE": "ORGCODE",
    "ORG_CODE": "ORGCODE",
    "CODE": "ORGCODE",
    "ORGANISATION_NAME": "NAME",
    "NATIONAL_GROUPING": "NATIONALGROUPING",
    "HIGH_LEVEL_HEALTH_GEOGRAPHY": "HIGHLEVELHEALTHGEOGRAPHY",
    "HIGH_LEVEL_HEALTH_AUTHORITY": "HIGHLEVELHEALTHGEOGRAPHY",
    **{f"ADDRESS_LINE_{i}": f"ADDRESS{i}" for i in range(1, 6)},
    **{f"ADDRESS_{i}": f"ADDRESS{i}" for i in range(1, 6)},
    "POST_CODE": "POSTCODE",
    "OPEN_DATE": "OPENDATE",
    "CLOSE_DATE": "CLOSEDATE",
    "STATUS_CODE": "STATUSCODE",
    "STATUS": "STATUSCODE",
    "PRESCRIBING_SETTING": "PRESCRSET",
}


_A_SEASON = 92  # practices are known, and listed, some weeks before they open


def period(_name: re.Match[str], link: Link) -> str | None:
    """The month that folder or page say, else that of the day the link is dated."""
    return month_of(link) or (str(Period.holding(link.dated, "month")) if link.dated else None)


def practices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """General practices of England among all prescribers, one address text, status in words."""
    raw = raw.rename(_known(raw.collect_schema().names()))
    lines = [pl.col(f"ADDRESS{i}").replace("", None) for i in range(1, 6)]
    return raw.filter(
        pl.col("PRESCRSET").is_in(GENERAL_PRACTICE),
        # Codes with W are in Wales, which has no QOF of England's.
        ~pl.col("ORGCODE").str.starts_with("W").fill_null(False),
    ).with_columns(
        ADDRESS=pl.concat_str(lines, separator=", ", ignore_nulls=True),
        STATUSCODE=pl.col("STATUSCODE").str.to_uppercase().replace_strict(STATUS, default=None),
        PRESCRSET=pl.lit("general practice"),
    )


def _known(names: list[str]) -> dict[str, str]:
    """Which columns have another name than the layout gives them; never two of one name."""
    found = {new: old for old, new in reversed(_NAMES.items()) if old in names}
    return {old: new for new, old in found.items() if new not in names}


PRACTICES = Source(
    code="ods_practices",
    name="General practices (epraccur)",
    publisher="Organisation Data Service, NHS England",
    pages=("https://www.odsdatasearchandexport.nhs.uk/api/getReport?report=epraccur",),
    files=(r"^epraccur(?:[-_ ].*)?\.(?:zip|csv)$", r"report=epraccur$"),
    period=period,
    since=("OPENDATE", "OPEN_DATE", "JOINPROVIDERDATE"),
    ahead=_A_SEASON,
    parts=(
        Part(
            "practice",
            members=(r"^epraccur(?:[-_ ].*)?\.csv$",),
            shape=practices,
            header=tuple(EPRACCUR.split()),
            required=True,
        ),
    ),
    calendar=Calendar("month", after_days=20, grace_days=120),
    owner=OWNER,
    domain="Organisations",
    purpose="Names, addresses, status and commissioner of every general practice.",
)

_EPCN = r"^ePCN(?:[-_ ].*)?\.xlsx$"
NETWORKS = Source(
    code="ods_networks",
    name="Primary care networks and their members (ePCN)",
    publisher="Organisation Data Service, NHS England",
    pages=("https://files.digital.nhs.uk/assets/ods/current/ePCN.zip",),
    files=(r"^ePCN(?:[-_ ].*)?\.(?:zip|xlsx)$",),
    period=period,
    parts=(
        Part("pcn", members=(_EPCN,), sheet="PCNDetails", required=True),
        Part("pcn_member", members=(_EPCN,), sheet="PCN Core Partner Details"),
    ),
    calendar=Calendar("month", after_days=20, grace_days=120),
    owner=OWNER,
    domain="Organisations",
    purpose="Which practices work together as a primary care network.",
)
