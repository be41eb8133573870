"""Deprivation of each practice's patients: the IMD score that Fingertips gives for practices.

The score averages those of the small areas where patients live; the surgery's own postcode would
say something else. Every vintage stays: each is compared with its own practices only.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar
from refresh.source import Link, Part, Source
from refresh.validate.cells import MISSING

_API = "https://fingertips.phe.org.uk/api/all_data/csv/by_indicator_id?indicator_ids={}{}"
_PRACTICES = "&child_area_type_id=7&parent_area_type_id=15"
# Fingertips' numbers for the score, and the month the newest vintage behind each came out.
_INDICATORS = {"93553": "2019-09", "94240": "2025-10", "2025": "2025-10"}


def period(name: re.Match[str], _link: Link) -> str | None:
    """The month in which the newest vintage of the file was published."""
    return _INDICATORS.get(name["which"])


def practices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of practices among those of England and other areas, where they have a score."""
    names = raw.collect_schema().names()
    score = next((c for c in ("VALUE", "IMD_SCORE") if c in names), "VALUE")
    kept = raw.filter(~pl.col(score).fill_null("NA").is_in(MISSING))
    return kept.filter(pl.col("AREA_TYPE") == "GPs") if "AREA_TYPE" in names else kept


SOURCE = Source(
    code="deprivation",
    name="Index of Multiple Deprivation of practices (Fingertips)",
    publisher="Office for Health Improvement and Disparities",
    pages=tuple(_API.format(number, _PRACTICES) for number in ("93553", "94240")),
    files=(
        r"by_indicator_id\?.*indicator_ids=(?P<which>93553|94240)",
        r"^fingertips[-_](?P<which>93553|94240)[-_]imd.*\.csv$",
        r"^fingertips[-_]imd[-_](?P<which>2025).*\.csv$",
    ),
    period=period,
    parts=(
        Part(
            "deprivation_score",
            members=(r"^fingertips[-_].*imd.*\.csv$", r"\.csv$"),
            expected=(1, 1),
            shape=practices,
            required=True,
        ),
    ),
    calendar=Calendar("year", after_days=0, grace_days=3650),
    owner=OWNER,
    domain="Geography",
    purpose="How deprived the places are where a practice's patients live.",
)
