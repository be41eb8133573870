"""What the API has: every resource with its parameters and columns, declared once.

The routes (serve.py), the OpenAPI description (description.py) and the page for people (page.py)
are all made of this. Nothing here answers anything: that is answers.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from engine.atlas.metrics.context_filters import KEEP
from engine.atlas.metrics.context_measures import CONTEXT
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.rollup import LEVELS
from engine.bands import MOST_EDGES
from engine.table import Table
from engine.wings import table

MOST_ROWS = 50_000
CODE = r"^[A-Za-z0-9_]{1,12}$"
YEAR = r"^[0-9]{4}-[0-9]{2}$"
SNAPSHOT = r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$"
AREA = (
    r"^(pcn|sub_icb|icb|region|england):[A-Za-z0-9]{1,12}$"
    r"|^group:[A-Z0-9]{1,12}(\.[A-Z0-9]{1,12})*$"
)
# An edge is a number over 0 and under 100. That edges rise is more than a pattern can say.
EDGE = r"([1-9][0-9]?(\.[0-9]{1,12})?|0\.[0-9]{0,11}[1-9])"
BANDS = rf"^(brief|five|quintiles|custom:{EDGE}(,{EDGE}){{0,{MOST_EDGES - 1}}})$"
FORMATS = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
}
# Only JSON says beside its rows how many there are: a file is all of them, or it misleads.
USUAL_LIMIT = dict.fromkeys(FORMATS, MOST_ROWS) | {"json": 1_000}


@dataclass(frozen=True)
class Parameter:
    """One thing that may stand in the query.

    schema  its JSON Schema: what the routes check it by, and what the description says of it
    """

    name: str
    meaning: str
    schema: dict[str, Any]
    example: str | None = None
    required: bool = False


@dataclass(frozen=True)
class Column:
    """One column of an answer; `kind` is string, integer, number or boolean."""

    name: str
    kind: str
    meaning: str


@dataclass(frozen=True)
class Resource:
    """One address below /api/v1; without columns its answer is one JSON object."""

    name: str
    summary: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...] = ()

    @property
    def is_table(self) -> bool:
        return bool(self.columns)

    @property
    def accepted(self) -> tuple[Parameter, ...]:
        """All its parameters, with those that every resource or every table has."""
        paging = (_FORMAT, _LIMIT, _OFFSET) if self.is_table else ()
        return (*self.parameters, *paging, _SNAPSHOT)


def _text(pattern: str, most: int = 64) -> dict[str, Any]:
    return {"type": "string", "pattern": pattern, "maxLength": most}


def _one_of(names: Iterable[str], usual: str | None = None) -> dict[str, Any]:
    return {"type": "string", "enum": list(names)} | ({"default": usual} if usual else {})


def _whole(least: int, most: int, usual: int | None = None) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return schema if usual is None else schema | {"default": usual}


_FORMAT = Parameter(
    "format", "How the rows come; without it, the Accept header says.", _one_of(FORMATS)
)
_LIMIT = Parameter(
    "limit",
    f"At most so many rows; without it, {USUAL_LIMIT['json']:,} in JSON, and {MOST_ROWS:,} in a"
    " file, more than any answer has.",
    _whole(1, MOST_ROWS),
)
_OFFSET = Parameter("offset", "Leave out so many rows first.", _whole(0, 10_000_000, 0))
_SNAPSHOT = Parameter(
    "snapshot",
    "An earlier snapshot, by its id, so that a figure stays what it was; without it, the live one.",
    _text(SNAPSHOT),
)
_INDICATOR = Parameter(
    "indicator",
    "Code of a QOF indicator; for measure `prevalence`, of a register, such as COPD.",
    _text(CODE),
    example="COPD010",
    required=True,
)
_YEAR = Parameter(
    "year", "QOF year, such as 2021-22; without it, the newest there is.", _text(YEAR)
)
_LEVEL = Parameter("level", "What a row is.", _one_of(LEVELS, "practice"))
_AREA = Parameter(
    "area",
    "Only practices of one organisation, `icb:QOP`, or listed ones, `group:A81001.A81002`; those of"
    " a list that the year does not have are left out.",
    _text(AREA, 4_000),
)
_BANDS = Parameter(
    "bands",
    "Where bands are cut: brief, five, quintiles, or rising edges in percent, `custom:50,75,90`.",
    _text(BANDS, 150) | {"default": "five"},
)
_GEOGRAPHY = Parameter(
    "geography",
    "Boundaries as published for the year, or today's, applied to every year. Practices without a"
    " place in today's count for England only.",
    _one_of(("published", "today"), "published"),
)
_NAMES = "|".join(KEEP)
_KEEP = Parameter(
    "keep",
    f"Only organisations in such a context, names with commas: {', '.join(KEEP)}.",
    _text(rf"^({_NAMES})(,({_NAMES}))*$", 200),
)
_ORGANISATION = Parameter("organisation", "Only this one, by its ODS code.", _text(CODE))
_ANSWER = (
    Column("year", "string", "QOF year"),
    Column("indicator_code", "string", "Code of the indicator, or of the register"),
    Column("level", "string", "What the row is"),
    Column("measure", "string", "Which share"),
    Column("organisation_code", "string", "ODS code"),
    Column("organisation_name", "string", "Name in that year"),
    Column("numerator", "number", "Patients (points, for measure points); null: not reported"),
    Column("denominator", "number", "Patients (points) it is a share of; null: not reported"),
    Column("pcas", "integer", "Personalised care adjustments; null: none recorded"),
    Column("value", "number", "Percent; null where nobody was eligible or nothing was reported"),
    Column("value_low", "number", "Lower end of its 95 % Wilson interval, percent"),
    Column("value_high", "number", "Upper end of its 95 % Wilson interval, percent"),
    Column("band", "integer", "Which band the value is in, from 0"),
    Column("band_label", "string", "The band in words; null: in none"),
    Column("practices", "integer", "Practices that gave both parts"),
    Column("latitude", "number", "Degrees; null where the place is unknown"),
    Column("longitude", "number", "Degrees"),
    Column("reported", "boolean", "Both parts were given"),
    Column("small", "boolean", "Fewer than 10 eligible patients"),
    Column("uncertain", "boolean", "The interval reaches into another band"),
)


def _of(contract: Table) -> tuple[Column, ...]:
    """The columns of a table of the lake, in its contract's words."""
    return tuple(Column(c.name, _kind(c.dtype), c.meaning) for c in contract.columns)


def _kind(dtype: Any) -> str:
    if dtype == pl.Boolean:
        return "boolean"
    return "integer" if dtype.is_integer() else "number" if dtype.is_float() else "string"


def _context_columns() -> tuple[Column, ...]:
    columns = [Column("organisation_code", "string", "ODS code")]
    for name, of in CONTEXT.items():
        whole = "integer" if of.rule == "sum" else "number"
        columns += [
            Column(name, "string" if of.is_word else whole, f"{of.label}, {of.unit}. {of.caveats}"),
            Column(f"{name}_coverage", "number", "Share of patients whose practice is known, 0-1"),
            Column(f"{name}_as_of", "string", "Newest day that it holds for"),
        ]
        if of.is_word:
            columns.append(Column(f"{name}_rated_on", "string", "Day it was given"))
    return tuple(columns)


RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        Resource(
            "achievement",
            "How each organisation did on one indicator in one year, with its interval and band.",
            (
                _INDICATOR,
                _YEAR,
                _LEVEL,
                Parameter("measure", "Which share.", _one_of(MEASURES, "net")),
                _BANDS,
                _AREA,
                _GEOGRAPHY,
                _KEEP,
                _ORGANISATION,
            ),
            _ANSWER,
        ),
        Resource(
            "prevalence",
            "Patients on one disease register, of those on the list of its age band.",
            (
                Parameter(
                    "group",
                    "Code of the register, such as HYP.",
                    _text(CODE),
                    example="HYP",
                    required=True,
                ),
                _YEAR,
                _LEVEL,
                _BANDS,
                _AREA,
                _GEOGRAPHY,
                _KEEP,
                _ORGANISATION,
            ),
            _ANSWER,
        ),
        Resource(
            "organisations",
            "Every organisation of a level in a year: name, parent, size and middle.",
            (_YEAR, _LEVEL, _GEOGRAPHY, _ORGANISATION),
            _of(table("organisation")),
        ),
        Resource(
            "indicators",
            "What could be measured in each year, in words, and where its series breaks. There are"
            " figures where `practices` is more than 0.",
            (
                Parameter("year", "Only this QOF year, such as 2021-22.", _text(YEAR)),
                Parameter("indicator", "Only this one.", _text(CODE), example="COPD010"),
                Parameter("kind", "Indicators, or registers.", _one_of(("indicator", "register"))),
            ),
            _of(table("indicator")),
        ),
        Resource(
            "context",
            "What surrounds each organisation: list, age, deprivation, rating, doctors, payments.",
            (_YEAR, _LEVEL, _GEOGRAPHY, _ORGANISATION),
            _context_columns(),
        ),
        Resource(
            "changes",
            "Every snapshot that is kept, newest first, with the releases it was made of. Releases"
            " are as published: boundaries make no difference here.",
            (),
            (
                Column("snapshot", "string", "Its id"),
                Column("sealed_at", "string", "When it was made"),
                Column("previous", "string", "The snapshot before it"),
                Column("is_live", "boolean", "Whether it is the one that is served"),
                Column("source", "string", "Code of the publication"),
                Column("name", "string", "Name of the publication"),
                Column("period", "string", "What it is about: a year, or a month"),
                Column("revision", "integer", "1, or more where it was published again"),
                Column("published_on", "string", "Day of publication; null: not given"),
                Column("sha256", "string", "What its bytes hash to"),
                Column("is_new", "boolean", "Whether the snapshot before it lacks this release"),
            ),
        ),
        Resource(
            "receipt",
            "Where one number comes from: file, address, hash, published rows and formula.",
            (
                Parameter(
                    "organisation",
                    "Whose number, by ODS code.",
                    _text(CODE),
                    example="A81001",
                    required=True,
                ),
                _INDICATOR,
                _YEAR,
                _LEVEL,
                Parameter("measure", "Which share.", _one_of(MEASURES, "net")),
                _AREA,
                _GEOGRAPHY,
            ),
        ),
    )
}
