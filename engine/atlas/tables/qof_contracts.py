"""The Quality and Outcomes Framework: what each published part holds and what the lake makes of it.

Source of the names and rules: NHS England's QOF releases 2016-17 to 2025-26 and their annexes.
A column's `aka` lists every header a release has used, so that files are read by name.
"""

from dataclasses import dataclass

import polars as pl

from engine.atlas.rollup import UNALLOCATED
from engine.rules import Between, Matches, NoMoreThan, NotNull, OneOf, Rule
from engine.table import Column, Table
from engine.table_rules import References

OWNER = "Care Atlas data team"
PRACTICE_PATTERN = r"[A-Z][0-9A-Z]{5}"
PRACTICE = Matches(allow=0.001, pattern=PRACTICE_PATTERN, example="A81001")
YEAR = Column(
    "year", pl.String, "QOF year, April to March, such as 2021-22", derived=True, rules=(NotNull(),)
)
PRACTICE_CODE = Column(
    "practice_code",
    pl.String,
    "ODS code of the general practice",
    aka=("PRACTICECODE", "PRAC_CODE"),
    rules=(NotNull(), PRACTICE),
)
INDICATOR_CODE = Column(
    "indicator_code",
    pl.String,
    "QOF indicator, such as COPD010",
    aka=("IND_CODE", "INDICATOR"),
    rules=(NotNull(), Matches(pattern=r"[A-Z0-9_]{2,12}", example="COPD010")),
)
PUBLISHED_MEASURES = {
    "REGISTER": "register",
    "NUMERATOR": "numerator",
    "DENOMINATOR": "denominator",
    "PCAS": "pcas",
    "EXCEPTIONS": "pcas",
    "ACHIEVED_POINTS": "points",
    "NEWLY_DIAGNOSED": "newly_diagnosed",
}

# What no file of achievement lacks, under either of its names.
_ALWAYS = (("NUMERATOR",), ("DENOMINATOR",), ("PCAS", "EXCEPTIONS"), ("ACHIEVED_POINTS",))


@dataclass(frozen=True)
class Beside(Rule):
    """A word that nobody knows comes beside the known ones; else it may be the new name of one."""

    @property
    def words(self) -> str:
        always = ", ".join(" or ".join(names) for names in _ALWAYS)
        return f"is a known word, or a new one beside {always}"

    def broken(self, column: str) -> pl.Expr:
        word = pl.col(column)
        lacking = pl.any_horizontal(~word.is_in(list(names)).any() for names in _ALWAYS)
        return (~word.is_in(list(PUBLISHED_MEASURES)) & lacking).fill_null(False)


ACHIEVEMENT = Table(
    name="achievement",
    grain="practice x indicator x measure, within one release",
    meaning="Achievement as published, one number a row; a measure that does not apply has no row.",
    key=("practice_code", "indicator_code", "measure"),
    columns=(
        PRACTICE_CODE,
        INDICATOR_CODE,
        Column(
            "measure",
            pl.String,
            "Which number this is",
            aka=("MEASURE_TYPE",),
            rules=(NotNull(), OneOf(allow=0.49, values=tuple(PUBLISHED_MEASURES)), Beside()),
        ),
        Column(
            "value",
            pl.Float64,
            "The number: patients, or points (which are fractional)",
            unit="patients or points",
            rules=(Between(low=0, high=1_000_000),),
        ),
    ),
    owner=OWNER,
)

PERCENT_ACHIEVED = Table(
    name="percent_achieved",
    grain="practice x indicator x year",
    meaning="How each practice did on each indicator. Null means not given, never zero.",
    key=("year", "practice_code", "indicator_code"),
    columns=(
        YEAR,
        PRACTICE_CODE,
        INDICATOR_CODE,
        Column("register", pl.Int64, "Patients on the register", "patients", rules=(Between(),)),
        Column(
            "numerator",
            pl.Int64,
            "Eligible patients who had the care",
            "patients",
            rules=(NoMoreThan(allow=0.01, other="denominator"),),
        ),
        Column(
            "denominator",
            pl.Int64,
            "Eligible patients, personalised care adjustments already taken off by the publisher",
            "patients",
            rules=(Between(),),
        ),
        Column(
            "pcas",
            pl.Int64,
            "Personalised care adjustments (exceptions before 2019-20); null: none recorded",
            "patients",
            rules=(Between(),),
        ),
        Column("points", pl.Float64, "Points achieved", "points", rules=(Between(),)),
        Column(
            "newly_diagnosed",
            pl.Int64,
            "Patients newly diagnosed in the year (DEP004 from 2023-24); not a register",
            "patients",
        ),
        Column(
            "percent_net",
            pl.Float64,
            "numerator / denominator: underlying achievement net of adjustments",
            "percent",
        ),
        Column(
            "percent_pri",
            pl.Float64,
            "numerator / (denominator + pcas): patients receiving the intervention",
            "percent",
        ),
    ),
    owner=OWNER,
    sort=("indicator_code", "practice_code"),
    partition="year",
    row_group=37_800,
)

PREVALENCE = Table(
    name="prevalence",
    grain="practice x register group x year",
    meaning="Patients on each disease register, and the list of that group's age band.",
    key=("year", "practice_code", "group_code"),
    columns=(
        YEAR,
        PRACTICE_CODE,
        Column(
            "group_code",
            pl.String,
            "Register group, such as HYP",
            aka=("INDICATOR_GROUP_CODE", "INDICATOR_GROUP"),
            rules=(NotNull(), Matches(pattern=r"[A-Z0-9_]{2,10}", example="HYP")),
        ),
        Column(
            "register",
            pl.Int64,
            "Patients on the register; null: not given",
            "patients",
            aka=("REGISTER_SIZE", "DISEASE_REGISTER_SIZE"),
            rules=(
                Between(high=500_000),
                NoMoreThan(allow=0.01, other="list_size"),
            ),
        ),
        Column(
            "list_type",
            pl.String,
            "Age band of the list that is the denominator, such as TOTAL or 17OV",
            aka=("PATIENT_LIST_TYPE",),
            rules=(NotNull(), Matches(pattern=r"[A-Z0-9_]{3,10}", example="TOTAL or 17OV")),
        ),
        Column(
            "list_size",
            pl.Int64,
            "Registered patients in that age band, about 1 April after the year ends",
            "patients",
            aka=("PRACTICE_LIST_SIZE", "PATIENT_LIST_SIZE", "PRACTICE_LISTSIZE"),
            rules=(NotNull(allow=0.05), Between(high=500_000)),
        ),
    ),
    owner=OWNER,
    sort=("group_code", "practice_code"),
    partition="year",
    row_group=37_800,
)

INDICATOR = Table(
    name="indicator",
    grain="indicator (or register group) x year",
    meaning="What could be measured in each year, in words, and where its series breaks.",
    key=("year", "indicator_code"),
    columns=(
        YEAR,
        INDICATOR_CODE,
        Column(
            "kind",
            pl.String,
            "`indicator`, or `register` for a group whose prevalence is published",
            derived=True,
            rules=(OneOf(values=("indicator", "register")),),
        ),
        Column("description", pl.String, "What is measured, in plain words", derived=True),
        Column(
            "definition",
            pl.String,
            "What is measured, in the publisher's words; null where no release has them",
            aka=("INDICATOR_DESCRIPTION",),
            required=False,
        ),
        Column(
            "points_max",
            pl.Float64,
            "Most points a practice can achieve",
            "points",
            aka=("INDICATOR_POINT_VALUE",),
            rules=(Between(high=200),),
        ),
        Column(
            "group_code",
            pl.String,
            "Condition it belongs to, such as COPD",
            aka=("INDICATOR_GROUP_CODE",),
            rules=(NotNull(),),
        ),
        Column(
            "group_name",
            pl.String,
            "Name of that condition",
            aka=("GROUP_DESCRIPTION", "INDICATOR_GROUP_DESCRIPTION"),
            required=False,
        ),
        Column(
            "domain_name",
            pl.String,
            "QOF domain",
            aka=("DOMAIN_DESCRIPTION",),
            required=False,
        ),
        Column(
            "list_type",
            pl.String,
            "Age band of the patients it concerns",
            aka=("PATIENT_LIST_TYPE",),
            required=False,
        ),
        Column(
            "practices",
            pl.Int64,
            "Practices with a number for it in the year",
            "practices",
            derived=True,
        ),
        Column(
            "has_fraction", pl.Boolean, "Numerators and denominators are published", derived=True
        ),
        Column("has_pcas", pl.Boolean, "Care adjustments are published", derived=True),
        Column("has_points", pl.Boolean, "Points are published", derived=True),
        Column(
            "breaks_series",
            pl.Boolean,
            "It cannot be compared with the year before",
            derived=True,
        ),
        Column("break_reason", pl.String, "Why not, in words", derived=True),
    ),
    owner=OWNER,
    sort=("year", "indicator_code"),
)

PRACTICE_POINTS = Table(
    name="practice_points",
    grain="practice x year",
    meaning="The most points each practice could achieve, as revised by the publisher.",
    key=("year", "practice_code"),
    columns=(
        YEAR,
        PRACTICE_CODE,
        Column(
            "points_max",
            pl.Float64,
            "Revised maximum of points",
            "points",
            aka=("REVISED_MAX_POINTS", "REVISED_MAXIMUM_POINTS"),
            rules=(Between(high=1_100),),
        ),
    ),
    owner=OWNER,
    sort=("practice_code",),
    partition="year",
)


def _parent(
    level: str, words: str, codes: tuple[str, ...], names: tuple[str, ...], need: bool
) -> tuple[Column, Column]:
    """The code and the name of one level above a practice."""
    return (
        Column(f"{level}_code", pl.String, f"{words}, ODS code", aka=codes, required=need),
        Column(f"{level}_name", pl.String, f"{words}, name", aka=names, required=False),
    )


PRACTICE_MAPPING = Table(
    name="practice_mapping",
    grain="practice x month of the lists",
    meaning="Where each practice belonged, by the mapping published with the patients' lists.",
    key=("period", "practice_code"),
    columns=(
        Column(
            "period",
            pl.String,
            "Month of the mapping, such as 2026-04",
            derived=True,
            rules=(NotNull(),),
        ),
        PRACTICE_CODE,
        Column("practice_name", pl.String, "Name of the practice", required=False),
        *_parent("pcn", "Primary care network", (), (), need=False),
        *_parent(
            "sub_icb",
            "Sub-ICB location",
            ("SUB_ICB_LOCATION_CODE", "CCG_CODE"),
            ("SUB_ICB_LOCATION_NAME", "CCG_NAME"),
            need=True,
        ),
        *_parent("icb", "Integrated care board", ("STP_CODE",), ("STP_NAME",), need=True),
        *_parent(
            "region", "NHS England region", ("COMM_REGION_CODE",), ("COMM_REGION_NAME",), need=True
        ),
    ),
    owner=OWNER,
    sort=("practice_code",),
    partition="period",
)

PRACTICE_GEOGRAPHY = Table(
    name="practice_geography",
    grain="practice x year, as published for that year",
    meaning="Where each practice belonged, by the publisher's mapping of that year.",
    key=("year", "practice_code"),
    columns=(
        YEAR,
        PRACTICE_CODE,
        Column(
            "practice_name",
            pl.String,
            "Name of the practice in that year",
            aka=("PRACTICENAME",),
            required=False,
        ),
        *_parent("pcn", "Primary care network", ("PCN_ODS_CODE",), (), need=False),
        *_parent(
            "sub_icb",
            "Sub-ICB location (a CCG before July 2022)",
            ("SUB_ICB_ODS_CODE", "SUB_ICB_LOC_ODS_CODE", "CCG_ODS_CODE", "CCG_CODE"),
            ("SUB_ICB_LOC_NAME", "CCG_NAME"),
            need=True,
        ),
        *_parent(
            "icb",
            "Integrated care board (an STP before July 2022)",
            ("ICB_ODS_CODE", "STP_ODS_CODE", "STP_CODE", "STP_ONS_CODE"),
            ("STP_NAME",),
            need=True,
        ),
        *_parent("region", "NHS England region", ("REGION_ODS_CODE",), (), need=True),
        Column(
            "list_size",
            pl.Int64,
            "All registered patients, about 1 April after the year ends",
            "patients",
            derived=True,
        ),
    ),
    owner=OWNER,
    sort=("practice_code",),
    partition="year",
    rules=(References(("pcn_code",), "pcn", severity="warn", but=(UNALLOCATED,)),),
)
