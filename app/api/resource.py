"""What a resource of the API is: an address, its parameters, the fields of its answer, its rows.

A wing declares its own (app/atlas/resources.py); the routes (serve.py), the OpenAPI description
(description.py) and the page for people (app/api_page.py) are all made of the declarations.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from engine import Lake
from engine.table import Table

Values = dict[str, Any]
MOST_ROWS = 50_000
# Also keeps whatever is no id away from the file system.
SNAPSHOT = r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$"
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
class Field:
    """One column of an answer; `kind` is string, integer, number or boolean."""

    name: str
    kind: str
    meaning: str


def no_answer(_lake: Lake, _values: Values) -> dict[str, Any]:
    """The object that a table is not."""
    return {}


@dataclass(frozen=True)
class Resource:
    """One address below /api/v1: a table by its `rows`, or one JSON object by its `answer`.

    parameters  its own; those that every resource or every table has come beside them
    rows        from a snapshot and checked values to all rows, with `columns`, before paging
    answer      likewise to the object, whose JSON Schema is `schema`
    missing     what a 404 means here, beside a snapshot that is not kept

    Both raise Refused (404) for what the snapshot does not have, and any LakeError of the engine.
    """

    name: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    columns: tuple[Field, ...] = ()
    rows: Callable[[Lake, Values], pl.DataFrame] | None = None
    answer: Callable[[Lake, Values], dict[str, Any]] = no_answer
    schema: dict[str, Any] = field(default_factory=dict)
    missing: str = "The snapshot has no such thing, or is not kept"

    @property
    def is_table(self) -> bool:
        return self.rows is not None

    @property
    def accepted(self) -> tuple[Parameter, ...]:
        """All its parameters, with those that every resource or every table has."""
        paging = (FORMAT, LIMIT, OFFSET) if self.is_table else ()
        return (*self.parameters, *paging, PINNED)


def text(pattern: str, most: int = 64) -> dict[str, Any]:
    """The schema of a text of such a form and at most so long."""
    return {"type": "string", "pattern": pattern, "maxLength": most}


def one_of(names: Iterable[str], usual: str | None = None) -> dict[str, Any]:
    """The schema of one of these words; the usual one where none is said."""
    return {"type": "string", "enum": list(names)} | ({"default": usual} if usual else {})


def whole_number(least: int, most: int, usual: int | None = None) -> dict[str, Any]:
    """The schema of a whole number from least to most."""
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return schema if usual is None else schema | {"default": usual}


def fields_of(contract: Table) -> tuple[Field, ...]:
    """The columns of a table of the lake, in its contract's words."""
    return tuple(Field(c.name, _kind(c.dtype), c.meaning) for c in contract.columns)


def _kind(dtype: Any) -> str:
    if dtype == pl.Boolean:
        return "boolean"
    return "integer" if dtype.is_integer() else "number" if dtype.is_float() else "string"


FORMAT = Parameter(
    "format", "How the rows come; without it, the Accept header says.", one_of(FORMATS)
)
LIMIT = Parameter(
    "limit",
    f"At most so many rows; without it, {USUAL_LIMIT['json']:,} in JSON, and {MOST_ROWS:,} in a"
    " file, more than any answer has.",
    whole_number(1, MOST_ROWS),
)
OFFSET = Parameter("offset", "Leave out so many rows first.", whole_number(0, 10_000_000, 0))
PINNED = Parameter(
    "snapshot",
    "An earlier snapshot, by its id, so that a figure stays what it was; without it, the live one.",
    text(SNAPSHOT),
)
