"""Figures: what was measured, and why something could not be. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figures:
    """What was measured.

    values   by the measure's name, its figure in its own unit
    notes    by name, what it was measured on
    missing  by name, why there is no figure
    """

    values: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def __or__(self, other: "Figures") -> "Figures":
        return Figures(
            {**self.values, **other.values},
            {**self.notes, **other.notes},
            {**self.missing, **other.missing},
        )


def figure(name: str, value: float | None, note: str, nothing: str = "") -> Figures:
    """One figure, or, where it is None, why there is none."""
    if value is None:
        return Figures(missing={name: nothing or note})
    return Figures({name: value}, {name: note})


def share(part: float, whole: float) -> float | None:
    """Percent; None where there is nothing to be a share of.

    >>> share(3, 4), share(0, 0)
    (75.0, None)
    """
    return 100 * part / whole if whole else None


def all_of(part: int, whole: int) -> float:
    """Percent; 100 where there is nothing that could be otherwise."""
    return 100.0 if not whole else 100 * part / whole
