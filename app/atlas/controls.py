"""Everything that a reader can choose, declared once: CONTROLS.

For each field of a View: how it is settled from a link's words, which inputs of the page hold it,
what they hold of a view, and what a link says of them. Reading a link, following Back, writing the
address and the embed's inputs all walk this tuple. Another control is a field of View, an entry
here and its tag (pages/).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from app.atlas import frames, settling
from app.atlas.areas import areas_on_offer
from app.atlas.catalogue import Catalogue
from app.atlas.settling import can_be_held_against, one_of
from app.atlas.view import (
    ALL,
    COMPARED_AS,
    GEOGRAPHIES,
    NUMBERS,
    ROWS,
    SHAPES,
    TABS,
    TARGETS,
    View,
    like_of,
    target_of,
)
from app.atlas.year_comparison import years_on_offer
from engine import Lake
from engine.atlas.metrics.context_measures import CONTEXT

LONGEST = 4_000  # characters of one field: a group of some five hundred practices
CUSTOM = "custom"

Kind = Literal["select", "selectize", "radio", "checks", "text", "number"]
Part = Literal["question", "map", "page"]
Said = Callable[[Sequence[Any], View, Catalogue], str]


def _always_the_same(_lake: Lake, _view: View) -> None:
    """The choices of an input whose tag says them once for all."""


@dataclass(frozen=True)
class Input:
    """An input of the page that holds a control, or a part of it.

    holds    what it holds of a view; None: the view says nothing of it, and it stays as it is
    offers   its choices, where they depend on the snapshot and the view; else None
    usual    what it starts with where the view says nothing of it
    """

    id: str
    kind: Kind
    holds: Callable[[View], Any]
    offers: Callable[[Lake, View], Any] = _always_the_same
    usual: Any = None


@dataclass(frozen=True)
class Control:
    """One field of a View.

    part    what it belongs to: the question; what else the map shows; the rest of the page
    inputs  those that hold it; none: the desk has a value of that name (effects/desk.py)
    said    from what the inputs hold, the view so far and what there is, to the link's words
    settle  from the link's words to what this snapshot can show
    """

    name: str
    part: Part
    inputs: tuple[Input, ...]
    said: Said
    settle: settling.Settle


def _first(values: Sequence[Any], _view: View, _there: Catalogue) -> str:
    said: str = values[0]
    return said


def _listed(values: Sequence[Any], _view: View, _there: Catalogue) -> str:
    return ",".join(values[0])


def _one(
    name: str,
    part: Part,
    kind: Kind,
    settle: settling.Settle,
    *,
    offers: Callable[[Lake, View], Any] = _always_the_same,
    holds: Callable[[View], Any] | None = None,
    said: Said = _first,
) -> Control:
    """A control that one input of its name holds, as a link says it unless told otherwise."""
    held = holds or (lambda view: getattr(view, name))
    return Control(name, part, (Input(name, kind, held, offers),), said, settle)


def _kept(name: str, part: Part, settle: settling.Settle) -> Control:
    """A control that no input holds."""
    return Control(name, part, (), _first, settle)


def _years(lake: Lake, view: View) -> list[str]:
    return sorted(frames.catalogue(lake).years_of(view.indicator), reverse=True)


def _measures(lake: Lake, view: View) -> dict[str, str]:
    return frames.catalogue(lake).measures_of(view.indicator)


def _other_years(lake: Lake, view: View) -> dict[str, str]:
    return years_on_offer(frames.catalogue(lake), view.indicator, view.year)


def _areas(lake: Lake, view: View) -> dict[str, dict[str, str]]:
    return areas_on_offer(lake, view.year, view.area, view.geography)


def _own_target(view: View) -> float | None:
    return None if view.target in TARGETS else float(view.target)


def _own_edges(view: View) -> str | None:
    return view.bands.removeprefix("custom:") if view.bands.startswith("custom:") else None


# In the order in which each needs the others: an indicator before its years, a colour before the
# bands that are hidden, columns before the sort.
CONTROLS: tuple[Control, ...] = (
    Control(
        "bands",
        "question",
        (
            Input("bands", "select", lambda view: view.bands.partition(":")[0]),
            # Kept while other bands are shown, so that whoever comes back to their own finds them.
            Input("edges", "text", _own_edges, usual="50,70,80,90"),
        ),
        said=lambda held, _view, _there: f"custom:{held[1]}" if held[0] == CUSTOM else held[0],
        settle=settling.bands,
    ),
    _one(
        "area",
        "question",
        "selectize",
        settling.area,
        holds=lambda view: view.area or ALL,
        offers=_areas,
        said=lambda held, _view, _there: "" if held[0] == ALL else held[0],
    ),
    _one("indicator", "question", "selectize", settling.indicator),
    _one("year", "question", "select", settling.year, offers=_years),
    _one("level", "question", "radio", settling.level),
    _one("measure", "question", "select", settling.measure, offers=_measures),
    _one("geography", "question", "select", one_of("geography", GEOGRAPHIES)),
    _one("colour", "map", "select", one_of("colour", ("", *CONTEXT))),
    _one("size", "map", "select", one_of("size", ("", *NUMBERS))),
    _kept("selected", "map", settling.selected),
    _one(
        "keep",
        "question",
        "selectize",
        settling.keep,
        holds=lambda view: view.keep.split(",") if view.keep else [],
        said=_listed,
    ),
    Control(
        "hide",
        "map",
        (Input("band", "checks", lambda view: [k for k in view.keys if k not in view.hidden]),),
        said=lambda held, view, _there: ",".join(sorted(set(view.keys) - set(held[0]))),
        settle=settling.as_it_is,
    ),
    _one("find", "page", "text", settling.as_it_is),
    _one("rows", "page", "select", one_of("rows", ROWS)),
    _one("shapes", "page", "text", one_of("shapes", SHAPES)),
    _one("compare_as", "map", "radio", one_of("compare_as", COMPARED_AS)),
    _one(
        "against",
        "map",
        "select",
        settling.against,
        offers=_other_years,
        said=lambda held, view, there: held[0] if can_be_held_against(view, held[0], there) else "",
    ),
    _one("across", "page", "select", one_of("across", CONTEXT)),
    _one(
        "columns",
        "page",
        "checks",
        settling.as_it_is,
        holds=lambda view: view.columns.split(","),
        said=_listed,
    ),
    _kept("sort", "page", settling.sort),
    _kept("tab", "page", one_of("tab", TABS)),
    _one(
        "like",
        "page",
        "checks",
        settling.like,
        holds=lambda view: view.alike,
        said=lambda held, _view, _there: like_of(held[0]),
    ),
    Control(
        "target",
        "page",
        (
            Input("target", "select", lambda v: v.target if v.target in TARGETS else "own"),
            Input("target_percent", "number", _own_target, usual=80),
        ),
        said=lambda held, _view, _there: target_of(*held),
        settle=settling.target,
    ),
    _kept("snapshot", "page", settling.as_it_is),
)

INPUTS: dict[str, Input] = {one.id: one for control in CONTROLS for one in control.inputs}


def read(
    query: Mapping[str, str], catalogue: Catalogue, *, said_elsewhere: Collection[str] = ()
) -> tuple[View, list[str]]:
    """The view that a link asks for, and what had to be changed about it, in sentences.

    Takes:  the query of an address; anything may be missing, misspelt or hostile. Fields of which
            what is wrong is said at their own controls.
    Gives:  a view that the snapshot can answer, and no sentence where nothing was changed; the
            sentences in the order in which a link says its fields.
    """
    names = {control.name for control in CONTROLS}
    # What nobody declared is no part of a view: a campaign's parameters do not break a link.
    said = {name: str(value)[:LONGEST] for name, value in query.items() if name in names}
    view, notes = View(**said), {}
    for control in CONTROLS:
        view, notes[control.name] = control.settle(view, said, catalogue)
    # Settled in the order of need, said in the order in which a view has its fields.
    told = [field.name for field in fields(View) if field.name not in said_elsewhere]
    return view, [notes[name] for name in told if notes[name]]


def held_values(view: View) -> dict[str, Any]:
    """What each input holds of a view, by id, as the page is drawn."""
    holding = {name: one.holds(view) for name, one in INPUTS.items()}
    # An input that the view says nothing of is drawn all the same: it is hidden, not absent.
    return {name: INPUTS[name].usual if held is None else held for name, held in holding.items()}
