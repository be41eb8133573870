"""What the ledger keeps of each part of a release, as JSON has it. Shapes only."""

from typing import NotRequired, TypedDict

from engine.vocabulary import TypeName


class StagedPart(TypedDict):
    """The file of a part's staged rows.

    practices  how many there are in it; None where it is not about practices
    headers    the columns as published; a ledger of before has none
    columns    by name, its type and how many cells are filled; the same
    """

    path: str
    rows: int
    practices: int | None
    sha256: str
    headers: NotRequired[list[str]]
    columns: NotRequired[dict[str, tuple[TypeName, int]]]


class RejectedPart(TypedDict):
    """The file of what was rejected of a part: `kept` of its `rows`, the first."""

    path: str
    rows: int
    kept: int
    sha256: str
