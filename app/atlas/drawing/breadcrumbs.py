"""The way from England down to an area, as buttons, and what an organisation can be opened into.

Pure. Going there is app/www/places.js's: each button says in its data where it leads.
"""

from typing import NamedTuple

from shiny import ui

from app.atlas.drawing.words import LEVEL_WORDS, short
from app.draw.spell import count, day
from engine.atlas.area import Area
from engine.period import Period

DOWN = ("region", "icb", "sub_icb", "pcn", "practice")
OUTLINED = (
    "Territories, no official boundaries: the land nearest to the practices of each, cut at the"
    " coast and at published boards."
)
NEARER = " Networks’ are drawn from nearer by."
AROUND = " Fainter: the networks around it and their practices."


class Step(NamedTuple):
    """An area on the way: its level, its code and its name."""

    level: str
    code: str
    name: str

    @property
    def area(self) -> str:
        return str(Area(self.level, (self.code,))) if self.code else "all"


ENGLAND = Step("england", "", "England")


def crumbs(steps: list[Step], selected: Step | None, boundaries: str) -> ui.Tag:
    """The breadcrumb with, beside it, what the selected organisation opens into.

    Takes:  the area shown and those above it, England first; the selected organisation, if one
            above practices is; which boundaries are drawn, where a word about that is due.
    """
    *above, here = steps
    return ui.tags.div(
        ui.tags.nav(
            ui.tags.ol(
                *(ui.tags.li(_to(step, short(step.name))) for step in above),
                ui.tags.li(_to(here, short(here.name), current=True)),
            ),
            aria_label="Area",
            class_="atlas-crumbs-way",
        ),
        _openings(selected) if selected else None,
        ui.tags.p(boundaries) if boundaries else None,
        class_="atlas-crumbs",
    )


def outlined() -> ui.Tag:
    """The tick box for outlines; hidden while nothing is said of any."""
    return ui.tags.div(
        ui.input_checkbox("outlined", "Outlines", value=True), class_="atlas-outlined"
    )


def foot() -> ui.Tag:
    """What has to be said on the map itself, along its lower edge: of its outlines."""
    return ui.tags.div(
        ui.tags.p(id="outlines_said"),
        ui.tags.button("Share", type="button", data_share="", class_="btn-link"),
        class_="atlas-map-foot",
    )


def outlined_by(boundary_year: str | None, *, level: str = "icb", alone: bool = False) -> str:
    """What the outlines are: boards as they are published, or the land nearest to practices.

    Takes:  the year of published boundaries, None of territories; whose they are, and whether the
            page is about one of them.

    >>> outlined_by("2026").partition(".")[0]
    'Boards of 2026 as published (ONS, OGL v3), generalised'
    """
    if not boundary_year:
        return OUTLINED + ("" if level != "pcn" else AROUND if alone else NEARER)
    return (
        f"Boards of {boundary_year} as published (ONS, OGL v3), generalised."
        f" Contains OS data © Crown copyright and database right {boundary_year}."
    )


def below(level: str) -> tuple[str, ...]:
    """The levels that an organisation can be opened into, the next first.

    >>> below("icb"), below("practice")
    (('sub_icb', 'pcn', 'practice'), ())
    """
    return DOWN[DOWN.index(level) + 1 :] if level in DOWN else ()


def boundaries_said(mapped: str, unplaced: int, patients: int | None) -> str:
    """Which boundaries are applied to every year, and who has no place in them.

    >>> boundaries_said("April 2026", 0, 0)
    'Boundaries of April 2026, applied to every year.'
    """
    said = f"Boundaries of {mapped}, applied to every year."
    if not unplaced:
        return said
    who = "1 practice" if unplaced == 1 else f"{unplaced:,} practices"
    verbs = ("has", "counts") if unplaced == 1 else ("have", "count")
    them = "" if patients is None else f" ({count(patients)} patients)"
    return f"{said} {who}{them} {verbs[0]} no place in them and {verbs[1]} for England only."


def mapped_when(newest: str) -> str:
    """When a mapping was drawn up, in words: a month, or the year of QOF that brought it.

    >>> mapped_when("2026-04"), mapped_when("2023-24")
    ('April 2026', 'QOF 2023-24')
    """
    # Without a later mapping the newest is that which came with the year's figures.
    is_qof = Period.parse(newest, "year").kind == "year"
    return f"QOF {newest}" if is_qof else day(f"{newest}-01").partition(" ")[2]


def _openings(selected: Step) -> ui.Tag:
    plain = {level: many.replace(" locations", "s") for level, (_, many) in LEVEL_WORDS.items()}
    return ui.tags.div(
        ui.tags.span("Show its", title=short(selected.name)),
        *(_to(selected, plain[level], level=level) for level in below(selected.level)),
        class_="atlas-crumbs-down",
    )


def _to(step: Step, words: str, *, level: str = "", current: bool = False) -> ui.Tag:
    return ui.tags.button(
        words,
        type="button",
        data_area=step.area,
        data_area_name=step.name,
        data_area_level=level or None,
        aria_current="location" if current else None,
    )
