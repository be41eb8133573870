"""The lines on a brief's map: the area's own and its board's. Plain values."""

from collections.abc import Sequence
from dataclasses import dataclass

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Lines:
    """The rings (longitude and latitude, in degrees) that a brief's map shows.

    own      the area's
    board    its board's, where it lies within one
    years    the year of the published boundaries that each of the two is, "" for a territory
    """

    own: Sequence[Ring] = ()
    board: Sequence[Ring] = ()
    years: tuple[str, str] = ("", "")
