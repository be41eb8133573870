"""A source's year as a strip: a mark a load, and a ring where the next is expected. Pure.

What went wrong differs by its shape, not by its colour alone; the same is said in words.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from htmltools import Tag, TagChild

from app.draw import spell

BACK, AHEAD = timedelta(days=365), timedelta(days=35)
WIDTH, HEIGHT = 260, 20
Mark = tuple[date, bool]
"""A load: the day on which it began, and whether it was completed."""


def strip(source: str, marks: Sequence[Mark], expected: date | None, today: date) -> Tag:
    """The strip of a source: twelve months back, and one ahead.

    Takes: its loads that ended; the day by which the next should be here, if that is known.
    """
    first = today - BACK
    shown = [(day, is_well) for day, is_well in marks if first <= day <= today]
    well = sum(is_well for _, is_well in shown)
    words = f"{source}: {well} completed, {len(shown) - well} failed in twelve months"
    if expected:
        words += f"; next expected by {spell.day(expected.isoformat())}"
    ring = []
    if expected and first <= expected <= today + AHEAD:
        ring = [_tag("circle", cx=_at(expected, first), cy="10", r="4.5", class_="expected")]
    return _tag(
        "svg",
        _tag("line", x1="0", x2=str(WIDTH), y1="10", y2="10", class_="ground"),
        _tag("line", x1=_at(today, first), x2=_at(today, first), y1="2", y2="18", class_="today"),
        *(_mark(day, is_well, first) for day, is_well in shown),
        *ring,
        role="img",
        aria_label=words,
        width=str(WIDTH),
        height=str(HEIGHT),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        class_="publications-strip",
    )


def _mark(day: date, is_well: bool, first: date) -> Tag:
    at = _at(day, first)
    if is_well:
        return _tag("circle", cx=at, cy="10", r="2.5", class_="well")
    return _tag("path", d=f"M{at} 10m-4 -4l8 8m0 -8l-8 8", class_="failed")


def _at(day: date, first: date) -> str:
    return f"{4 + (WIDTH - 8) * ((day - first) / (BACK + AHEAD)):.1f}"


def _tag(name: str, *inside: TagChild, **attributes: str) -> Tag:
    return Tag(name, *inside, **attributes)
