"""Manifest: a publication as a steward reads and mends it, and what `load` is strict against.

YAML on disk; these declarations are its one schema, exported as JSON Schema so that editors
complete and check it. Tolerant once, strict ever after: `manifest draft` writes what it saw here,
and nothing is guessed a second time.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.vocabulary import TypeName

Code = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,62}$")]
Mode = Literal["replace", "append", "upsert", "history"]


class Struct(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What every level of a manifest has: an unknown word is an error, not a wish ignored."""


class Described(Struct):
    """The publication: whose it is, what for, how it comes."""

    name: str
    publication: str = ""
    description: str = ""
    source_url: str = ""
    publisher: str = ""
    licence: str = ""
    domain: Annotated[str, Meta(max_length=50)] = ""
    owner: Annotated[str, Meta(max_length=255)] = ""
    purpose: Annotated[str, Meta(max_length=500)] = ""
    cadence: Literal["month", "quarter", "year", ""] = ""
    created_at: str = ""


class File(Struct):
    """One file of one period.

    sheet    of a workbook; extract: the member of a zip
    sha256   what it was when it was pinned; empty: whatever is there
    """

    url: str
    period: str = ""
    mode: Mode | None = None
    sheet: str = ""
    extract: str = ""
    sha256: str = ""


class Layout(Struct):
    """Where the table lies in its file; rows and columns count from 1, as a spreadsheet shows them.

    header_rows  the rows whose texts make the columns' names, upper first; none: it has no header
    first_row    the first row of data; last_row: the last, or None: to the end or the footer
    footer       how the line begins at which the table ends, where there is one
    drop_rows    rows between that are no data (section headings), by the text they begin with
    fill_down    columns whose blank cells mean the cell above
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    header_rows: list[int] = []
    first_row: int = 2
    last_row: int | None = None
    first_column: int = 1
    last_column: int | None = None
    footer: str = ""
    drop_rows: list[str] = []
    fill_down: list[str] = []


class ManifestColumn(Struct):
    """One column.

    name           ours: unique, at most 63 characters, stable from period to period
    original_name  as published, header rows joined by ` | `; position counts from 1
    marks          what stands for a number that is not told, each with its reason
    """

    name: Code
    original_name: str = ""
    position: int = 0
    dtype: TypeName = "string"
    unit: str = ""
    description: str = ""
    format: str = ""
    required: bool = True
    is_dimension: bool = False
    is_measure: bool = False
    query_keywords: list[str] = []
    marks: dict[str, str] = {}
    metadata_source: Literal["llm", "profiled", "manual", ""] = ""


class Wide(Struct):
    """Columns that are dates: they become rows, a date and a value each."""

    columns: list[str]
    date: Code = "date"
    value: Code = "value"


class ManifestMetric(Struct):
    """A number of the publication: a sum, or a sum over a sum, of columns; sealed with the table.

    grain  the column of organisation codes at whose level the rows are
    """

    name: Code
    label: str
    numerator: str
    denominator: str = ""
    unit: str = ""
    format: Literal["count", "number", "percent", "rate", "money"] = "number"
    better: Literal["higher", "lower", "neither"] = "neither"
    grain: str = ""
    description: str = ""
    caveats: str = ""
    where: dict[str, str] = {}


class TableOf(Struct):
    """A source: a feed that lands in exactly one table."""

    code: Code
    name: str
    table: Code
    enabled: bool = True
    description: str = ""
    files: list[File] = []
    layout: Layout = msgspec.field(default_factory=Layout)
    columns: list[ManifestColumn] = []
    key: list[str] = []
    grain: str = ""
    grain_column: str = ""
    wide: Wide | None = None
    total_rows: dict[str, str] = {}
    load_mode: Mode = "replace"
    load_mode_confidence: float = 0.5
    load_mode_pattern: str = "unknown"
    load_mode_reason: str = ""
    load_mode_signals: list[str] = []
    expected_min_rows: int = 100
    notes: list[str] = []
    metrics: list[ManifestMetric] = []


class Manifest(Struct):
    """A publication and its sources."""

    manifest: Described
    sources: list[TableOf]
