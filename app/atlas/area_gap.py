"""The gap of an area to a target, in patients, and which practices hold it. Collects.

Asked at the level of practices whatever the page's own: of the area on show, or of the
organisation that is selected where that is no practice. The filters under "Only" hold here too, of
practices; the target is that of everybody.
"""

from dataclasses import dataclass, replace

import polars as pl

from app.atlas import frames
from app.atlas.answered import Answered, ask
from app.atlas.view import TARGETS
from engine import Question
from engine.atlas.area import Area
from engine.atlas.gap import fewest, holders
from engine.atlas.metrics.context_filters import KEEP, names


@dataclass(frozen=True, eq=False)
class Gap:
    """place      whose gap it is, in words
    target     what it is measured to, in words; percent: the same as a number
    rows       what engine.atlas.gap.holders gives
    practices  how many of the place have a value
    half       how few of them hold half of the gap
    only       the filters of which these practices are, in words; unknown: how many more of the
               place are left out because their context is not known
    """

    place: str
    target: str
    percent: float | None
    rows: pl.DataFrame
    practices: int
    half: int
    selected: str
    only: tuple[str, ...] = ()
    unknown: int = 0


def gap_of(now: Answered, selected: str, *, target: str) -> Gap:
    """The gap of what is on show to a target, with the practices that hold it."""
    asked = practices_of(now.question, selected)
    # The target is a fact of England, or who filters the practices would move the goal.
    everybody = replace(asked, area="", keep="")
    england = ask(now.lake, everybody).summary
    percent = float(target) if target not in TARGETS else england["median" if target else "value"]
    shown = ask(now.lake, asked)
    rows = shown.here.lazy()
    held = holders(rows, 0.0 if percent is None else percent).collect()
    return Gap(
        place="My group" if asked.within.is_group else frames.area_name(now.lake, asked),
        target=TARGETS.get(target, "the target"),
        percent=percent,
        rows=held,
        practices=shown.here["value"].count(),
        half=held.select(fewest(50)).item(),
        selected=selected,
        only=tuple(KEEP[name].label for name in names(asked.keep)),
        unknown=shown.unknown,
    )


def practices_of(question: Question, selected: str) -> Question:
    """The same question of practices, in the area or in the organisation that is selected."""
    if question.level == "practice":
        return question
    area = str(Area(question.level, (selected,))) if selected else question.area
    return replace(question, level="practice", area=area)
