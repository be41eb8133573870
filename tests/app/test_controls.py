"""Every control is declared once: what a link says, what the inputs hold and what the view has."""

from dataclasses import fields, replace
from typing import get_args
from urllib.parse import parse_qsl

import pytest

from app.atlas import frames
from app.atlas.catalogue import Catalogue
from app.atlas.controls import CONTROLS, INPUTS, Control, held_values, read
from app.atlas.pages import practices
from app.atlas.view import COMPARED_AS, NUMBERS, TABS, Tab, View, Way
from engine import Lake

# For each field a word that is not the usual one, and that a link may say together with the others.
OTHER = {
    "level": "icb",
    "measure": "pri",
    "bands": "custom:40,60.5",
    "area": "region:Y63",
    "hide": "1,none",
    "selected": "A81001",
    "sort": "-change",
    "find": "leeds",
    "rows": "50",
    "geography": "today",
    "keep": "large,deprived",
    "colour": "list_size",
    "size": "list_size",
    "shapes": "1",
    "columns": "deprivation,pca_rate",
    "compare_as": "change",
    "across": "list_size",
    "tab": "gap",
    "like": "list_size",
    "target": "82.5",
    "snapshot": "20261120T000000Z-00000000",
}


@pytest.fixture(scope="module")
def there(lake: Lake) -> Catalogue:
    return frames.catalogue(lake)


@pytest.fixture(scope="module")
def asked(there: Catalogue) -> View:
    """A view of an indicator and two of its years, with nothing else chosen."""
    code = next(
        c for c in there.by_code if len(there.years_of(c)) > 1 and "pri" in there.measures_of(c)
    )
    return View(code, there.years_of(code)[-1])


@pytest.fixture(scope="module")
def other(asked: View, there: Catalogue) -> View:
    """The same with every control at something else than the usual."""
    return replace(asked, against=there.years_of(asked.indicator)[0], **OTHER)


def opened(view: View, there: Catalogue) -> tuple[View, list[str]]:
    return read(dict(parse_qsl(view.address()[1:], keep_blank_values=True)), there)


def test_every_field_of_a_view_has_exactly_one_control():
    assert sorted(c.name for c in CONTROLS) == sorted(field.name for field in fields(View))
    ids = [one.id for control in CONTROLS for one in control.inputs]
    assert len(set(ids)) == len(ids) == len(INPUTS)


def test_no_control_is_left_at_the_usual_here(other: View):
    assert [f.name for f in fields(View) if getattr(other, f.name) == f.default] == []


def test_a_view_opens_again_from_its_address(other: View, there: Catalogue):
    names = [name for name, _ in parse_qsl(other.address()[1:])]
    assert sorted(names) == sorted(control.name for control in CONTROLS)
    view, notes = opened(other, there)
    assert view == replace(other, keep=view.keep) and set(view.keep.split(",")) == {
        "large",
        "deprived",
    }
    assert [note for note in notes if "Known of practices only" not in note] == []


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_each_alone_opens_again_from_its_address(
    control: Control, asked: View, other: View, there: Catalogue
):
    chosen = replace(asked, **{control.name: getattr(other, control.name)})
    if control.name == "sort":  # there is no change to sort by where no other year is
        chosen = replace(chosen, sort="-name")
    view, notes = opened(chosen, there)
    assert (view, notes) == (chosen, [])
    assert f"{control.name}=" in chosen.address()


@pytest.mark.parametrize("control", [c for c in CONTROLS if c.inputs], ids=lambda c: c.name)
def test_what_its_inputs_hold_of_a_view_says_the_same_view(
    control: Control, asked: View, other: View, there: Catalogue
):
    for view in (asked, other):
        inputs = held_values(view)
        said = control.said([inputs[one.id] for one in control.inputs], view, there)
        assert said == getattr(view, control.name)


def test_every_input_has_its_tag_on_the_page(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    page = str(practices.page({}))
    assert [name for name in INPUTS if f'id="{name}"' not in page] == []


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_whatever_a_link_says_of_it_settles_for_good(control: Control, there: Catalogue):
    for word in ("", "nonsense", "custom:", ":", ",", "0", *NUMBERS):
        view, _ = read({control.name: word}, there)
        assert opened(view, there) == (view, []), word


def test_a_tab_and_a_way_to_compare_are_those_that_the_reader_is_offered():
    assert (get_args(Tab), get_args(Way)) == (tuple(TABS), tuple(COMPARED_AS))
