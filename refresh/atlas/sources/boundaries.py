"""Boundaries of integrated care boards, as the Office for National Statistics draws them.

Its geography portal needs a browser, so they come from a mirror; without one, outlines are drawn
from where practices are. Which board a boundary is stands in no file that can be relied on (some
have a name alone): boundary_tables.py finds out from practices.
"""

import re

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import MONTHS, Calendar, year_of_century
from refresh.source import Link, Part, Source

_MONTH = rf"(?:{'|'.join(MONTHS)})"
_OFFICIAL = rf"^Integrated_Care_Boards_\(?{_MONTH}_(?P<year>20\d\d)\)?_EN_B[A-Z]C.*\.geojson$"
_COPIES = (
    r"^icb_boundaries_(?P<year>20\d\d)\.geojson$",
    r"^boundaries_icb(?P<year>\d\d)\.geojson$",
)


def _year(name: re.Match[str], _link: Link) -> str:
    return str(year_of_century(name["year"]))


def _named(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Name and code under one header each, whatever year the publisher's own names carry."""
    columns = raw.collect_schema().names()
    names = {"NAME": r"(?:ICB\d*_?)?(?:NM|NAME)", "CODE": r"(?:ICB\d*_?)?(?:CD|CODE)"}
    found = {
        name: next((column for column in columns if re.fullmatch(pattern, column)), None)
        for name, pattern in names.items()
    }
    return raw.with_columns(
        pl.col(old).alias(f"BOUNDARY_{new}") for new, old in found.items() if old
    )


SOURCE = Source(
    code="icb_boundaries",
    name="Integrated care board boundaries",
    publisher="Office for National Statistics",
    pages=(),
    files=(_OFFICIAL, *_COPIES),
    period=_year,
    unread=(
        (
            r"^(?:Integrated_Care_Boards|icb).*(?:\.(?:shp|gpkg|kml|kmz|topojson)|_(?:shp|SHP).*\.zip)$",
            "boundaries are read from GeoJSON only: choose that on geoportal.statistics.gov.uk",
        ),
    ),
    parts=(
        Part(
            "area_boundary",
            members=(_OFFICIAL, *_COPIES),
            expected=(1, 1, 1),
            shape=_named,
            required=True,
        ),
    ),
    calendar=Calendar("year", after_days=0, grace_days=3650),
    owner=OWNER,
    domain="Geography",
    purpose="Draws boards as they are published, not as their practices lie.",
)
