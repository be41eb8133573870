"""What the atlas says of a lake as a whole: the shapes of its facts, as a manifest has them."""

from typing import TypedDict


class Placed(TypedDict):
    """`coverage`, of a year: how many practices there are, and how many have a place on the map."""

    practices: int
    placed: int


class Tallied(TypedDict):
    """`reconciled`, of a year and level: how many totals were printed, compared, and are ours."""

    level: str
    printed: int
    compared: int
    equal: int
    differ: int
