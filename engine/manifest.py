"""The shapes of a snapshot's manifest, as JSON has them: what the refresh seals and readers trust.

Shapes only: engine/lake.py reads manifests, refresh/store/seal.py writes them.
"""

from typing import Any, NotRequired, TypedDict

from engine.vocabulary import Every, TypeName


class FileEntry(TypedDict):
    """One Parquet file of a table; `inputs` is the hash of all that it was made of."""

    path: str
    partition: str | None
    rows: int
    sha256: str
    inputs: str


class ColumnEntry(TypedDict):
    """A column of a table, with its type by the name that engine.table.TYPES has for it."""

    name: str
    type: TypeName
    unit: str
    meaning: str


class ContractEntry(TypedDict):
    """What a contract says of a table; `deprecated`, that it is on its way out, and why."""

    contract: str
    grain: str
    key: list[str]
    partition: str | None
    columns: list[ColumnEntry]
    deprecated: NotRequired[str]


class DraftEntry(ContractEntry):
    """A table of a snapshot in the making."""

    files: list[FileEntry]


class TableEntry(DraftEntry):
    """A table of a snapshot, and whether it is made of a demonstration's releases."""

    demonstration: bool


class ReleaseFileEntry(TypedDict):
    """A file of a release, as it was published."""

    name: str
    url: str
    sha256: str
    size: int


class ReleaseEntry(TypedDict):
    """A release that a snapshot is made of."""

    source: str
    name: str
    publisher: str
    period: str
    revision: int
    sha256: str
    published_on: str | None
    demonstration: bool
    files: list[ReleaseFileEntry]


class CalendarEntry(TypedDict):
    """The fields of an engine.period.Calendar."""

    every: Every
    after_days: int
    grace_days: int


class SourceEntry(TypedDict):
    """The newest period of a publication that is in the snapshot, and when the next should come.

    demonstration  whether its releases are invented: then none is late
    domain         of a registered source: who of which domains sees it; None: who sees all
    """

    newest: str | None
    calendar: CalendarEntry
    demonstration: NotRequired[bool]
    domain: NotRequired[str | None]


class FeedEntry(TypedDict):
    """What a table is made of directly: staged parts, each with its sources, and other tables."""

    parts: dict[str, list[str]]
    tables: list[str]


class Manifest(TypedDict):
    """One snapshot. The facts of the wings lie beside these, under names of their own.

    inputs    the hash of all that the whole snapshot was made of
    findings  what was warned of or failed: the fields of a refresh.finding.Finding
    made_of   by table, the codes of the sources that it is made of
    fed_by    by table, what it is made of directly
    """

    id: str
    sealed_at: str
    previous: str | None
    inputs: str
    releases: list[ReleaseEntry]
    demonstration: bool
    tables: dict[str, TableEntry]
    sources: NotRequired[dict[str, SourceEntry]]
    findings: NotRequired[list[dict[str, Any]]]
    made_of: NotRequired[dict[str, list[str]]]
    fed_by: NotRequired[dict[str, FeedEntry]]
