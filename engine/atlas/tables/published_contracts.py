"""What a publisher printed of areas: sums made without us, to hold ours against.

Source of the names: the workbooks beside each QOF release, by CCG (2014-15 to 2020-21), sub-ICB
location, ICB, region and England.
"""

import polars as pl

from engine.atlas.rollup import LEVELS
from engine.atlas.tables.qof_contracts import OWNER, YEAR
from engine.rules import Between, Matches, NotNull, OneOf
from engine.table import Column, Table

# Whose totals are printed: a practice is no total, and networks have no workbook.
AREAS = tuple(level for level in LEVELS if level not in ("practice", "pcn"))
PARTS = {
    "practices": "practices counted",
    "list_size": "patients on the list",
    "register": "patients on the register",
    "numerator": "patients achieved",
    "denominator": "patients eligible",
    "pcas": "care adjustments",
}

PUBLISHED_TOTAL = Table(
    name="published_total",
    grain="year x level x organisation x register or indicator x part",
    meaning="The totals that the publisher printed for areas: never used for ours, held beside it.",
    key=("year", "level", "organisation_code", "code", "part"),
    columns=(
        YEAR,
        Column(
            "level",
            pl.String,
            "What the organisation is",
            rules=(NotNull(), OneOf(values=AREAS)),
        ),
        Column(
            "organisation_code",
            pl.String,
            "ODS code of the area; ENG is England",
            rules=(NotNull(), Matches(pattern=r"[0-9A-Z]{3}", example="02P")),
        ),
        Column(
            "code",
            pl.String,
            "A register's group (COPD) or an indicator (COPD010)",
            rules=(NotNull(), Matches(pattern=r"[A-Z0-9_]{2,12}", example="COPD010")),
        ),
        Column(
            "part", pl.String, "Which number this is", rules=(NotNull(), OneOf(values=tuple(PARTS)))
        ),
        Column(
            "value",
            pl.Int64,
            "The number as printed",
            "patients or practices",
            rules=(NotNull(), Between()),
        ),
    ),
    owner=OWNER,
    partition="year",
)
