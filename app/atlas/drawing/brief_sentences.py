"""The three sentences that a brief begins with, for whoever reads no more of it. Pure.

Where it stands, whether it moves, and whether deprivation or a few practices account for it.
"""

from typing import TYPE_CHECKING

from app.atlas.drawing.words import LEVEL_WORDS, against, many, short
from app.atlas.drawing.year_change import points_moved, reasons
from app.draw.spell import percent, span
from engine.atlas.metrics.qof_measures import MEASURES

if TYPE_CHECKING:
    from app.atlas.brief_data import Brief

FEW = 0.15  # of an area's practices: so few that hold half of a gap are said to account for it
NEXT_TO_NOTHING = 0.05  # percentage points, which would be written as 0.0


def sentences(brief: "Brief") -> list[str]:
    """The three sentences, and none that has nothing to say."""
    if not brief.now.summary["reported"]:
        return []
    return list(filter(None, (standing(brief), movement(brief), explanation(brief))))


def standing(brief: "Brief") -> str:
    """Where it stands: its figure, how that lies to England's, and among its kind."""
    here, england = brief.now.summary, brief.now.england
    own = f"{percent(here['value'])}{_interval(here['value_low'], here['value_high'])}"
    if not brief.view.area and not brief.now.question.keep:
        return f"England has {own}, the sum of {many(here['reported'], 'practice')}."
    words = {"": "beside", "few": "too few to compare with", "similar": "similar to"}
    way = against(here, england["value"])
    said = words.get(way, f"{way} than")
    whose = _whom(brief)
    have = "have" if brief.now.question.keep else "has"
    first = f"{whose} {have} {own}, {said} England’s {percent(england['value'])}"
    if not brief.among:
        return f"{first}."
    higher, of = brief.among
    several = LEVEL_WORDS[brief.level][1]
    return f"{first}; of {of:,} {several} {higher:,} {'is' if higher == 1 else 'are'} higher."


def movement(brief: "Brief") -> str:
    """Whether it moves: both figures, by how much, and whether chance would do."""
    year = brief.now.question.year
    if not brief.before:
        return nothing_before(brief)
    first, last = sorted((brief.before, year))
    if brief.broken:
        return f"Whether it moved since {brief.before} cannot be said: {reasons(brief.broken)}."
    own = brief.own
    if own is None:
        return f"It has no figure in both {first} and {last}, so no movement."
    whose = f"All of {short(brief.name)}" if brief.now.question.keep else "It"
    figures = f"from {percent(own['value_before'])} to {percent(own['value_after'])}"
    when = f"between {first} and {last}"
    if abs(own["change"]) < NEXT_TO_NOTHING:
        return f"{whose} did not move {when}: {figures}."
    verb = "rose" if own["change"] > 0 else "fell"
    said = f"{whose} {verb} {figures} {when}"
    if own["change_low"] is None:
        return f"{said}."
    is_sure = own["change_low"] > 0 or own["change_high"] < 0
    low, high = points_moved(own["change_low"]), points_moved(own["change_high"])
    chance = "more than" if is_sure else "no more than"
    return f"{said}, {chance} chance alone would do ({low} to {high} points)."


def nothing_before(brief: "Brief") -> str:
    """Why there is no earlier year: it was not published, or it is not loaded."""
    asked = brief.now.question
    if any(year < asked.year for year in brief.catalogue.years):
        return f"Nothing earlier is loaded of {asked.indicator} to hold it against."
    return f"No year before {asked.year} is loaded to hold it against."


def explanation(brief: "Brief") -> str:
    """Whether deprivation or a few practices account for it."""
    return " ".join(filter(None, (_deprivation(brief), _few_practices(brief))))


def _deprivation(brief: "Brief") -> str:
    alike = brief.alike
    if alike is None or not MEASURES[brief.now.question.measure].interval:
        return ""
    apart, by_kind = alike["value"] - alike["england"], alike["expected"] - alike["england"]
    same = f"practices as deprived as these have {percent(alike['expected'])} in England"
    if abs(apart) < NEXT_TO_NOTHING:
        return f"Deprivation sets it apart from nobody: {same}."
    way = "lower" if apart < 0 else "higher"
    # The other way round it would have to be further from England, not nearer.
    if apart * by_kind <= 0 or abs(by_kind) < NEXT_TO_NOTHING:
        return f"Deprivation does not account for its being {way}: {same}."
    part = f"{abs(by_kind):.1f} of the {abs(apart):.1f} points by which it is {way}"
    if abs(by_kind) >= abs(apart):
        return f"Deprivation accounts for all of its being {way}: {same}."
    return f"Deprivation accounts for {part}: {same}."


def _few_practices(brief: "Brief") -> str:
    gap = brief.gap
    if gap is None or not gap.practices or not gap.rows.height:
        return ""
    do = "hold" if gap.half > 1 else "holds"
    said = f"{gap.half:,} of its {many(gap.practices, 'practice')} {do} half of the gap"
    are_few = gap.half <= max(1, gap.practices * FEW)
    return f"{said}: {'few account for much of it' if are_few else 'it is spread over many'}."


def _whom(brief: "Brief") -> str:
    only = "These practices of " if brief.now.question.keep else ""
    return only + short(brief.name)


def _interval(low: float | None, high: float | None) -> str:
    said = span(low, high)
    return f" ({said})" if said else ""
