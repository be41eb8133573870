"""Fiscal: what a change means at the time of year it comes. Pure.

NHS publications are recut on 1 April. So columns that come then are expected, and alert less; a
publication that always changes then and does not, or keeps what it only ever has in April, alerts
more. What goes is never expected.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.errors import BadQuestion
from engine.period import Period, year_of_century
from refresh.publications.comparing import Comparison, compare
from refresh.publications.looking.period_words import period_of
from refresh.publications.manifest import Manifest

Level = Literal["high", "medium", "low"]
Class = Literal["stable", "fiscal-step", "fiscal-transient", "evolving"]
Alert = Literal["critical", "warning", "info"]

_STILL = 0.05
"""A share of the columns up to which a publication counts as unchanged."""
_QUARTER = re.compile(
    r"(?:FY)?(?P<year>\d{4}|\d\d)(?:-\d\d)?[- ]Q(?P<quarter>[1-4])", re.IGNORECASE
)
_YEAR = re.compile(r"(?:FY)(?P<year>\d{4})-\d\d", re.IGNORECASE)


@dataclass(frozen=True)
class Expectation:
    """How much a publication usually changes between two periods, in shares of what there was.

    added, removed  of the columns; tables: sources that come. Each from and up to
    """

    level: Level
    words: str
    added: tuple[float, float]
    removed: tuple[float, float]
    tables: tuple[float, float]


EXPECTED: dict[Level, Expectation] = {
    "high": Expectation(
        "high", "March to April: a new financial year", (0.20, 0.40), (0.10, 0.20), (0.05, 0.10)
    ),
    "low": Expectation(
        "low", "April to May: the year has settled", (0, 0.05), (0, 0.05), (0, 0.05)
    ),
    "medium": Expectation("medium", "within a year", (0.05, 0.10), (0.05, 0.10), (0, 0.05)),
}


@dataclass(frozen=True)
class Step:
    """What changed from one period to the next, in sources and columns, and their shares."""

    before: str
    after: str
    comparison: Comparison
    crosses_april: bool
    added: frozenset[str]
    removed: frozenset[str]
    base: int

    @property
    def share(self) -> float:
        """What came and went, as a share of what there was."""
        return (len(self.added) + len(self.removed)) / max(1, self.base)


@dataclass(frozen=True)
class Course:
    """How a publication moves over periods: its class, why, and every step."""

    kind: Class
    reason: str
    steps: tuple[Step, ...]


def first_day(period: str) -> date:
    """The first day of a period, as manifests write periods.

    >>> [str(first_day(text)) for text in ("2025-04", "FY25-Q1", "2024-25 Q4", "FY2024-25")]
    ['2025-04-01', '2025-04-01', '2025-01-01', '2024-04-01']

    Raises: UnknownName for what is no period.
    """
    if quarter := _QUARTER.fullmatch(period):
        year, month = year_of_century(quarter["year"]), 3 * int(quarter["quarter"]) + 1
        return date(year + (month > 12), (month - 1) % 12 + 1, 1)
    if (said := period_of(period)) is not None:
        return said.start
    return Period.parse(period, "month").first_day


def crosses_april(before: str, after: str) -> bool:
    """Whether a financial year begins after one period and by the other.

    >>> crosses_april("2025-03", "2025-04"), crosses_april("2025-04", "2025-05")
    (True, False)
    """
    one, two = (Period.holding(first_day(text), "year") for text in (before, after))
    return one < two


def expectation(before: str, after: str) -> Expectation:
    """How much is usual between two periods.

    >>> [expectation(*pair).level for pair in (("2025-03", "2025-04"), ("2025-04", "2025-05"))]
    ['high', 'low']
    >>> expectation("2025-08", "2025-11").level
    'medium'
    """
    if crosses_april(before, after):
        return EXPECTED["high"]
    return EXPECTED["low" if first_day(before).month == 4 else "medium"]


def course(periods: Sequence[tuple[str, Manifest]]) -> Course:
    """How a publication moves: stable, a step in April, an April's guest, or evolving.

    Takes:  manifests with the periods that they are of, in any order; at least two.
    Raises: BadQuestion for fewer.
    """
    ordered = sorted(periods, key=lambda one: first_day(one[0]))
    if len(ordered) < 2:
        raise BadQuestion(
            "one period shows no course", expected="two or more", found=str(len(ordered))
        )
    pairs = zip(ordered, ordered[1:], strict=False)
    steps = tuple(_step(one, two) for one, two in pairs)
    kind, reason = _class(steps)
    return Course(kind, reason, steps)


def alerts(step: Step, kind: Class | None = None) -> list[tuple[Alert, str]]:
    """What of a step somebody should hear, how urgently.

    Takes:  the step; the class that its publication is known for, where it is known.
    """
    usual = expectation(step.before, step.after)
    said: list[tuple[Alert, str]] = [("critical", words) for words in step.comparison.breaking]
    came = len(step.added) / max(1, step.base)
    if step.added:
        words = (
            f"{len(step.added)} came ({came:.0%}); usual {usual.words}: up to {usual.added[1]:.0%}"
        )
        said.append(("info" if came <= usual.added[1] else "warning", words))
    if kind == "fiscal-step" and step.crosses_april and not (step.added or step.removed):
        said.append(("warning", "nothing changed in April, when it always does: is it April's?"))
    after_april = first_day(step.before).month == 4 and not step.crosses_april
    if kind == "fiscal-transient" and after_april and not step.removed:
        said.append(("warning", "what it has in April only is still there"))
    return said


def _class(steps: tuple[Step, ...]) -> tuple[Class, str]:
    moved = [step for step in steps if step.share > _STILL]
    if not moved:
        most = max(step.share for step in steps)
        return "stable", f"no period changed more than {most:.0%} of what there was"
    aprils = [step for step in steps if step.crosses_april]
    others = [step for step in moved if not step.crosses_april]
    for april in aprils:
        after = steps[steps.index(april) + 1 :][:1]
        gone = april.added & after[0].removed if after else frozenset()
        if april.added and len(gone) >= len(april.added) / 2 and set(others) <= set(after):
            return (
                "fiscal-transient",
                f"{len(april.added)} came in {april.after}, {len(gone)} of them went in"
                f" {after[0].after}",
            )
    if not others:
        step = max(moved, key=lambda step: step.share)
        return (
            "fiscal-step",
            f"{len(step.added)} came and {len(step.removed)} went in {step.after}, nothing since",
        )
    step = max(others, key=lambda step: step.share)
    return (
        "evolving",
        f"{step.share:.0%} changed from {step.before} to {step.after}, no April between",
    )


def _step(before: tuple[str, Manifest], after: tuple[str, Manifest]) -> Step:
    compared = compare(before[1], after[1])
    old, new = (_contents(manifest) for _, manifest in (before, after))
    return Step(
        before=before[0],
        after=after[0],
        comparison=compared,
        crosses_april=crosses_april(before[0], after[0]),
        added=frozenset(new - old),
        removed=frozenset(old - new),
        base=len(old),
    )


def _contents(manifest: Manifest) -> set[str]:
    """Every source that is used, and every column of it, by name."""
    used = [source for source in manifest.sources if source.enabled]
    columns = {f"{source.code}.{column.name}" for source in used for column in source.columns}
    return columns | {source.code for source in used}
