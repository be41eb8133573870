"""What is shown, declared once: the page, picture, print, frame, files and brief say it from here.

A Caption is made of the state and the answer and of nothing that is on a screen, so whatever leaves
the page has the title, years, filters, legend, warnings and file name that the page has.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Literal

import polars as pl

from app.atlas import frames
from app.atlas.answered import Answered
from app.atlas.catalogue import Catalogue
from app.atlas.dot_colour import Coloured, known_of
from app.atlas.drawing import breadcrumbs, citation, context_words, legend, words, year_change
from app.atlas.drawing.links import file_name
from app.atlas.row import Row
from app.atlas.view import UNREPORTED
from app.atlas.year_comparison import CHANGE, Compared
from app.draw.ramp import Ramp
from app.draw.spell import percent
from engine import Question
from engine.atlas.comparability import disturbed
from engine.atlas.geography import TODAY, newest
from engine.atlas.metrics.context_measures import CONTEXT

MapId = Literal["map", "map_before"]
NOW: MapId = "map"
BEFORE: MapId = "map_before"


@dataclass(frozen=True)
class Mark:
    """A line of the legend.

    key       a band by number, lowest `0`, or `none` or `unreported`
    counts    how many organisations have it, one number a map, from left to right
    is_shown  whether the maps show those
    """

    key: str
    words: str
    counts: tuple[int, ...]
    is_shown: bool


@dataclass(frozen=True)
class Legend:
    """What the colours of the maps mean; `bands` of them, of one ramp."""

    heading: str
    ramp: Ramp
    bands: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Pane:
    """A map, and what stands over it; nothing over a map that is alone."""

    map: MapId
    words: str


@dataclass(frozen=True)
class Caption:
    """All that has to be said of what is shown.

    title      the indicator, every year shown, and who alone is shown
    place      the area, `England` without one
    said       what a dot is, what its number is, what else is drawn or left out: a sentence each
    panes      the maps from left to right: of two years the earlier first
    notes      what was out of order in a year that is shown
    kind       whether the numbers are real
    sources    what they are made of, and from which snapshot
    file_name  for any file of it, without its ending
    """

    title: str
    place: str
    said: tuple[str, ...]
    panes: tuple[Pane, ...]
    legend: Legend
    notes: tuple[str, ...]
    kind: str
    sources: tuple[str, ...]
    file_name: str

    def plain(self) -> dict[str, Any]:
        """The same as JSON has it, for the browser."""
        return asdict(self)


def caption(
    now: Answered,
    dots: Coloured,
    catalogue: Catalogue,
    *,
    ticked: Collection[str],
    both: Compared | None = None,
    size: str = "",
    selected: str = "",
) -> Caption:
    """What is said of an answer as it is shown.

    Takes:  the answer; what colours its dots; the keys that are ticked in the legend; the other
            year, where one is shown; the measure that sizes the dots, if one does; the code of who
            is selected, if anybody is.
    """
    asked, manifest = now.question, now.lake.manifest
    return Caption(
        title=title(now, dots, catalogue, both),
        place=words.short(frames.area_name(now.lake, asked)),
        said=tuple(filter(None, _said(now, dots, ticked, both, size=size, selected=selected))),
        panes=_panes(now, both),
        legend=legend_of(now, dots, ticked, both),
        notes=notes(asked, both),
        kind=citation.kind(manifest),
        sources=tuple(words.provenance(manifest, *(both.years if both else (asked.year,)))),
        file_name=name_of(asked, both, colour=dots.label),
    )


def title(now: Answered, dots: Coloured, catalogue: Catalogue, both: Compared | None = None) -> str:
    """What is shown, in a line."""
    when = both.when if both else ""
    return words.title_of(now.question, catalogue, when=when) + dots.title


def notes(asked: Question, both: Compared | None = None) -> tuple[str, ...]:
    """What parts the years that are shown, and what was out of order in each, earlier first."""
    if both is None:
        return tuple(filter(None, [disturbed(asked)]))
    years = [Question(asked.indicator, year, measure=asked.measure) for year in both.years]
    of_years = (f"{one.year}: {said}" for one in years if (said := disturbed(one)))
    return tuple(filter(None, (both.parted, *of_years)))


def legend_of(
    now: Answered, dots: Coloured, ticked: Collection[str], both: Compared | None = None
) -> Legend:
    """The legend of the maps: of a change its own, else that of what colours the dots."""
    if both and both.kind == CHANGE:
        return _of_change(both, ticked)
    count = len(dots.words)
    here = [legend.counts(dots.here, count)]
    if both:
        other = legend.counts(both.rows.filter("shown"), count)
        here = [other, *here] if both.year < now.question.year else [*here, other]
    said = {str(band): text for band, text in enumerate(dots.words)} | dots.special
    marks = (
        Mark(key, text, tuple(each[key] for each in here), key in ticked)
        for key, text in said.items()
    )
    return Legend(dots.heading, dots.ramp, count, tuple(marks))


def name_of(asked: Question, both: Compared | None = None, *, colour: str = "") -> str:
    """The name of a file of what is shown: everything that makes it another file.

    >>> name_of(Question("HYP", "2022-23", "icb", "prevalence", area="icb:QOP", keep="large"))
    'care-atlas-HYP-2022-23-icb-prevalence-icb-QOP-large'
    """
    area = asked.within
    # A group's codes would be the whole name, and the rest of it cut off.
    where = f"group-of-{len(area.codes)}" if area.is_group else asked.area
    when = asked.year
    if both:
        when = (
            f"change-{both.first}-to-{both.last}"
            if both.kind == CHANGE
            else "-and-".join(both.years)
        )
    by = f"by-{colour.lower()}" if colour else ""
    boundaries = "todays-boundaries" if asked.geography == TODAY else ""
    parts = (asked.indicator, when, asked.level, asked.measure, where, asked.keep, by, boundaries)
    return file_name("care-atlas", *parts)


def context(now: Answered, dots: Coloured, size: str) -> str:
    """Who is left out by the filters, and what colour and size stand for, in sentences."""
    asked, shown = now.question, now.here.height
    kept = context_words.filters_in_words(asked.keep, asked.level, shown=shown, unknown=now.unknown)
    sized = (
        context_words.sized(known_of(now, size), shown, CONTEXT[size], asked.level) if size else ""
    )
    return " ".join(filter(None, (kept, dots.note, sized)))


def boundaries(now: Answered) -> str:
    """Which boundaries are drawn, where they are not those of the year."""
    if now.question.geography != TODAY:
        return ""
    when = breadcrumbs.mapped_when(newest(now.lake) or now.question.year)
    return breadcrumbs.boundaries_said(when, *frames.unplaced(now.lake, now.question.year))


def _said(
    now: Answered,
    dots: Coloured,
    ticked: Collection[str],
    both: Compared | None,
    *,
    size: str,
    selected: str,
) -> tuple[str, ...]:
    return (
        words.subtitle_of(now.question),
        words.coverage(now.here, now.question.level),
        boundaries(now),
        context(now, dots, size),
        _left_out(dots, ticked),
        _ringed(now, selected),
    )


def _left_out(dots: Coloured, ticked: Collection[str]) -> str:
    """The bands that are not shown; those who reported nothing seldom are."""
    said = {str(band): text for band, text in enumerate(dots.words)} | dots.special
    out = [text for key, text in said.items() if key not in ticked and key != UNREPORTED]
    return f"Not shown: {'; '.join(out)}." if out else ""


def _ringed(now: Answered, selected: str) -> str:
    found = now.rows.filter(pl.col("organisation_code") == selected) if selected else now.rows[:0]
    if not found.height:
        return ""
    row: Row = found.row(0, named=True)
    name = words.short(row["organisation_name"]) or selected
    return f"Ringed: {name} ({selected}), {percent(row['value'])}."


def _panes(now: Answered, both: Compared | None) -> tuple[Pane, ...]:
    if both is None:
        return (Pane(NOW, ""),)
    if both.kind == CHANGE:
        return (Pane(BEFORE, year_change.change_words(both.first, both.last)),)
    panes = {
        both.year: Pane(BEFORE, year_change.year_words(both.year, both.england)),
        now.question.year: Pane(
            NOW, year_change.year_words(now.question.year, now.england["value"])
        ),
    }
    return tuple(panes[year] for year in both.years)


def _of_change(both: Compared, ticked: Collection[str]) -> Legend:
    bands = both.drawn(ticked).filter("shown")["band"]
    marks = [
        Mark(str(band), said, (int(bands.eq(band).sum()),), True)
        for band, said in enumerate(both.words)
    ]
    nobody = Mark("none", year_change.NO_VALUE, (bands.null_count(),), True)
    heading = year_change.change_words(both.first, both.last)
    return Legend(heading, "change", len(both.words), (*marks, nobody))
