"""The page's inputs and its View: read from them, set in them, by what controls.py declares."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

from shiny import Inputs, session, ui

from app.atlas.catalogue import Catalogue
from app.atlas.controls import CONTROLS, INPUTS, Control, Kind
from app.atlas.view import View
from engine import Lake

Choices = Mapping[str, Any] | Sequence[str]


def update_select(id: str, *, selected: str, choices: Choices | None = None) -> None:  # noqa: A002
    """As Shiny's own, which builds a tag an option: at each change of the indicator three selects
    have other choices, and a fifth of the work was this.
    """
    said: dict[str, object] = {"value": [selected]}
    if choices is not None:
        named = choices if isinstance(choices, Mapping) else {one: one for one in choices}
        said["options"] = _options(named, selected)
    session.require_active_session(None).send_input_message(id, said)


def _options(choices: Mapping[str, Any], selected: str) -> str:
    """The options of a select as text; those of a group where the words of a choice are a mapping.

    >>> _options({"": "All", "Wide": {"icb:QOP": "A & B"}}, "")
    '<option value="" selected="">All</option><optgroup label="Wide">\
<option value="icb:QOP">A &amp; B</option></optgroup>'
    """
    return "".join(
        f'<optgroup label="{escape(key)}">{_options(words, selected)}</optgroup>'
        if isinstance(words, Mapping)
        else f'<option value="{escape(key)}"{SELECTED if key == selected else ""}>'
        f"{escape(str(words))}</option>"
        for key, words in choices.items()
    )


SELECTED = ' selected=""'
UPDATES: dict[Kind, Callable[..., None]] = {
    "select": update_select,
    "selectize": ui.update_selectize,
    "radio": ui.update_radio_buttons,
    "checks": ui.update_checkbox_group,
    "text": ui.update_text,
    "number": ui.update_numeric,
}


def question_of(input: Inputs, there: Catalogue) -> dict[str, str]:  # noqa: A002  (Shiny's name)
    """What the inputs of the question say now, in the words of a link."""
    asking = (control for control in CONTROLS if control.part == "question")
    return {c.name: c.said(_values(input, c), View(), there) for c in asking}


def with_inputs(
    view: View,
    input: Inputs,  # noqa: A002  (Shiny's name)
    there: Catalogue,
    *,
    kept: Callable[[str], Any],
) -> View:
    """The view of a question with all else that the page shows.

    Takes: where the value of a control is that no input holds.
    """
    for control in CONTROLS:
        # The question is settled already; read again it might be half of the next one.
        if control.part != "question":
            values = _values(input, control) if control.inputs else [kept(control.name)]
            view = replace(view, **{control.name: control.said(values, view, there)})
    return view


def set_inputs(lake: Lake, view: View) -> None:
    """Bring every input to what a view says, and leave those of which it says nothing."""
    for one in INPUTS.values():
        if (held := one.holds(view)) is None:
            continue
        # With their choices: a select whose indicator has other years would be left without any.
        offered = one.offers(lake, view)
        choices = {} if offered is None else {"choices": offered}
        what = "value" if one.kind in ("text", "number") else "selected"
        UPDATES[one.kind](one.id, **choices, **{what: held})


def _values(input: Inputs, control: Control) -> list[Any]:  # noqa: A002  (Shiny's name)
    return [input[one.id]() for one in control.inputs]
