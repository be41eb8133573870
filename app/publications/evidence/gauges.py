"""A gauge and a line for one figure, drawn as SVG. Pure.

A gauge says how it stands by its colour, by a word beside it, and by where its mark lies: none of
them is needed to understand the others.
"""

from collections.abc import Sequence
from datetime import date
from html import escape

from htmltools import HTML, Tag, tags

from engine.goals import Measure
from engine.vocabulary import Verdict

WORDS: dict[Verdict, str] = {"pass": "met", "warn": "nearly met", "fail": "missed"}
MARKS: dict[Verdict, str] = {"pass": "✓", "warn": "!", "fail": "✗"}
WIDTH, HEIGHT = 200, 18
LINE_HEIGHT, PAD = 48, 4


def said(status: Verdict | None) -> Tag:
    """How a figure stands, as a word with its mark."""
    if status is None:
        return tags.span("not measured", class_="goal-status is-nothing")
    return tags.span(f"{MARKS[status]} {WORDS[status]}", class_=f"goal-status is-{status}")


def gauge(measure: Measure, actual: float | None, aim: float, status: Verdict | None) -> Tag:
    """A bar from zero with a mark where the target is."""
    top = scale(measure, actual, aim)
    fill = WIDTH * min(1.0, (actual or 0) / top)
    at = WIDTH * min(1.0, aim / top)
    words = f"{measure.label}: {measure.written(actual)}, {measure.aim(aim)} is aimed at"
    picture = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">'
        f'<rect class="goal-track" x="0" y="4" width="{WIDTH}" height="10" rx="5"/>'
        f'<rect class="goal-fill is-{status or "nothing"}" x="0" y="4" width="{fill:.1f}"'
        ' height="10" rx="5"/>'
        f'<path class="goal-aim" d="M{min(at, WIDTH - 1):.1f} 0V{HEIGHT}"/></svg>'
    )
    return tags.div(HTML(picture), class_="goal-gauge")


def scale(measure: Measure, actual: float | None, aim: float) -> float:
    """Where a gauge ends: at a hundred for percent, else where both figure and target have room.

    >>> from engine.goals import LOAD_SUCCESS, MEASURES
    >>> scale(LOAD_SUCCESS, 97.0, 95.0), scale(MEASURES["list_ms"][1], 40.0, 100.0)
    (100.0, 150.0)
    >>> scale(MEASURES["quality_issues"][1], 0.0, 0.0)
    5.0
    """
    if measure.unit == "%" and measure.better == "higher":
        return 100.0
    return max(1.5 * aim, actual or 0.0, 5.0)


def trend(
    measure: Measure, points: Sequence[tuple[date, float]], aim: float, since: date, until: date
) -> Tag:
    """A line of the last days, and a dashed one where the target is."""
    if not points:
        return tags.p("Nothing was measured in these days.", class_="goal-nothing")
    days = max(1, (until - since).days)
    values = [value for _, value in points]
    low, high = min(*values, aim), max(*values, aim)
    room = (high - low) or 1.0

    def x(day: date) -> float:
        return PAD + (WIDTH - 2 * PAD) * (day - since).days / days

    def y(value: float) -> float:
        return LINE_HEIGHT - PAD - (LINE_HEIGHT - 2 * PAD) * (value - low) / room

    path = " ".join(f"{x(day):.1f},{y(value):.1f}" for day, value in points)
    last = points[-1]
    words = f"{measure.label}, {days} days: {measure.written(values[0])} on {points[0][0]},"
    words += f" {measure.written(values[-1])} on {last[0]}; {measure.aim(aim)} is aimed at"
    return tags.div(
        HTML(
            f'<svg viewBox="0 0 {WIDTH} {LINE_HEIGHT}" role="img" aria-label="{escape(words)}">'
            f'<path class="goal-aim is-dashed" d="M0 {y(aim):.1f}H{WIDTH}"/>'
            f'<polyline class="goal-line" points="{path}"/>'
            f'<circle class="goal-dot" cx="{x(last[0]):.1f}" cy="{y(last[1]):.1f}" r="3"/></svg>'
        ),
        class_="goal-trend",
    )
