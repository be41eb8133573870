"""The Quality and Outcomes Framework: where it is announced and what its files are called.

Many years of names: a release is a zip, or its members lying loose in a mirror. What the columns
are called is in engine/atlas/tables/qof_contracts.py; how the layouts of 2013-14 and 2014-15 become
those of later years, in early_qof.py; how the tables are made of them, in qof_tables.py.
"""

import re
from urllib.parse import unquote, urlsplit

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar, year_named
from refresh.atlas import early_qof
from refresh.source import Link, Part, Source

REGIONS = (
    "EAST_OF_ENGLAND|LONDON|MIDLANDS|NORTH_EAST_AND_YORKSHIRE|NORTH_WEST|SOUTH_EAST|SOUTH_WEST"
)
_PARTS = (
    "ACHIEVEMENT|PREVALENCE|MAPPING_INDICATORS|INDICATOR_MAPPINGS"
    "|MAPPING_NHS_GEOGRAPHIES|ORGANISATION_REFERENCE"
)
_EARLY = r"(?:INDICATORS_?BY_?PRAC|EXCEPTION_OUTPUT|REGISTER_SIZES)"
_FOR_PEOPLE = r"data[\s_-]tab|prev[\s_-]ach"
_YEARS = r"(?:20)?(?P<from>\d\d)[\s_-]?(?:20)?(?P<to>\d\d)"
_IN_A_FOLDER = re.compile(rf"(?<!\d){_YEARS}(?!\d)")
_SERIES = (
    "https://digital.nhs.uk/data-and-information/publications/statistical/"
    "quality-and-outcomes-framework-achievement-prevalence-and-exceptions-data"
)


def period(name: re.Match[str], link: Link) -> str | None:
    """`2021-22` from the two years in a file's name; None where they do not follow each other.

    The members of older zips have no years in their names: unpacked, their folder says it.
    """
    if name.groupdict().get("from"):
        return year_named(name["from"], name["to"])
    folders = reversed(unquote(urlsplit(link.url).path).split("/")[:-1])
    return next((year for folder in folders if (year := _year_of(folder))), None)


def _year_of(folder: str) -> str | None:
    # A folder called `2021` is a calendar year, or nothing.
    found = None if re.fullmatch(r"20\d\d", folder) else _IN_A_FOLDER.search(folder)
    return year_named(found["from"], found["to"]) if found else None


def half_a_patient() -> pl.Expr:
    """Why an achievement cannot be used: patients come whole, only points are fractional."""
    is_count, value = pl.col("measure") != "ACHIEVED_POINTS", pl.col("value")
    return pl.when(is_count & (value != value.round())).then(
        pl.format("VALUE is no whole number: {}", "value")
    )


SOURCE = Source(
    code="qof",
    name="Quality and Outcomes Framework",
    publisher="NHS England",
    pages=(_SERIES,),
    follow=r"/quality-and-outcomes-framework[^/]*(?:/[^/]*)?20\d\d-\d\d(?:-pas)?/?$",
    files=(
        rf"^QOF[\s_-]*{_YEARS}(?!\d)(?!.*(?:{_FOR_PEOPLE}))(?:.*?[\s_-]v(?P<version>\d+))?.*\.zip$",
        rf"^(?:{_PARTS})_(?:.*_)?{_YEARS}(?:_.*)?\.csv$",
        rf"^(?:structures|qof_indicators)_{_YEARS}\.parquet$",
        rf"^(?:{_PARTS}|ACHIEVEMENT_EXCEPTIONS|PRAC_CONTROL|PREVALENCE_?BY_?PRAC|{_EARLY}"
        r"|INDICATOR_REFERENCE(?:_FINAL)?)(?:_v(?P<version>\d+))?\.csv$",
    ),
    period=period,
    unread=(
        (
            rf"^QOF[\s_-]*{_YEARS}(?!\d).*(?:{_FOR_PEOPLE}).*\.zip$",
            "workbooks laid out for people, without a row a practice and indicator: before 2013-14"
            " there is nothing else",
        ),
    ),
    parts=(
        Part(
            "achievement",
            members=(
                rf"^ACHIEVEMENT_(?:{REGIONS})(?:_.*)?\.csv$",
                r"^ACHIEVEMENT.*\.csv$",
                rf"^{_EARLY}.*\.csv$",
            ),
            expected=(7,),
            shape=early_qof.achievement,
            covers=("prevalence",),
            refuse=half_a_patient,
        ),
        Part(
            "prevalence",
            # By practice; 2013-14 and 2014-15 have files by CCG, region and so on beside it.
            members=(r"^PREVALENCE(?!_?BY(?!_?PRAC)).*\.csv$",),
            shape=early_qof.prevalence,
            covers=("achievement",),
        ),
        Part(
            "indicator",
            members=(
                r"^(?:MAPPING_INDICATORS|INDICATOR_MAPPINGS).*\.csv$",
                r"^qof_indicators_.*\.parquet$",
                r"^INDICATOR_REFERENCE(?:_FINAL)?(?:_v\d+)?\.csv$",
            ),
            expected=(1, 1, 1),
            shape=early_qof.indicator,
        ),
        Part(
            "practice_geography",
            members=(
                r"^MAPPING_NHS_GEOGRAPHIES.*\.csv$",
                r"^structures_.*\.parquet$",
                r"^(?:ORGANISATION_REFERENCE|PRAC_CONTROL).*\.csv$",
            ),
            expected=(1, 1, 1),
            shape=early_qof.geography,
            covers=("achievement", "prevalence"),
        ),
        Part("practice_points", members=(r"^ORGANISATION_REFERENCE.*\.csv$",), expected=(1,)),
    ),
    calendar=Calendar("year", after_days=150, grace_days=60),
    owner=OWNER,
    domain="Primary care",
    purpose="How well each general practice did on each quality indicator, and its registers.",
)
