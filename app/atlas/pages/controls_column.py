"""The column of controls: the question first, the legend in sight, what makes it fair last.

UI only. What each holds and offers is app/atlas/controls.py's; when it is offered anew,
app/atlas/effects/dependent_controls.py's. Every control has its help beside it
(app/atlas/drawing/help.py).
"""

from shiny import ui

from app.atlas.catalogue import Catalogue
from app.atlas.controls import CUSTOM, INPUTS, held_values
from app.atlas.drawing import group_form, legend
from app.atlas.drawing.context_words import colours, heading, keepers, ramp
from app.atlas.drawing.help import helped
from app.atlas.view import COMPARED_AS, GEOGRAPHIES, NUMBERS, USUAL, View
from engine.atlas.metrics.qof_measures import MEASURES, USUAL_MEASURE
from engine.bands import LABELS
from engine.lake import Lake

LEVEL_CHOICES = {
    "practice": "Practice",
    "pcn": "PCN",
    "sub_icb": "Sub-ICB",
    "icb": "ICB",
    "region": "Region",
}
BANDS = {USUAL: "As suits the measure", **LABELS, CUSTOM: "Custom edges"}


def controls(lake: Lake, catalogue: Catalogue, view: View) -> ui.Tag:
    """Every control, where the link says; on a phone they are a sheet behind one sentence."""
    inputs = (
        *_what(catalogue, lake, view),
        *_where(lake, view),
        _legend(view),
        _shapes(view),
        *_bands(view),
        _fairness(lake, view),
    )
    return ui.tags.details(
        ui.tags.summary(ui.tags.span("What to show", id="question_in_words")),
        ui.tags.form(*inputs, onsubmit="return false", aria_label="What to show"),
        class_="atlas-controls",
        open=True,
    )


def _what(catalogue: Catalogue, lake: Lake, view: View) -> tuple[ui.Tag, ...]:
    years = INPUTS["year"].offers(lake, view)
    indicator = _searched(
        "indicator",
        "Indicator",
        catalogue.indicators,
        selected=view.indicator,
        placeholder="Condition, code or words",
    )
    # An indicator that no year has offers none, and a select needs one.
    measures = INPUTS["measure"].offers(lake, view) or {
        USUAL_MEASURE: MEASURES[USUAL_MEASURE].label
    }
    measure = ui.input_select("measure", "Measure", measures, selected=view.measure)
    return (
        helped("indicator", indicator),
        ui.tags.details(
            ui.tags.summary("About this indicator"),
            ui.tags.div(id="about_indicator"),
            class_="atlas-about-it",
        ),
        ui.tags.div(
            helped("year", ui.input_select("year", "Year", years, selected=view.year)),
            helped("measure", measure),
            class_="atlas-pair",
        ),
    )


def _where(lake: Lake, view: View) -> tuple[ui.Tag, ...]:
    level = ui.input_radio_buttons(
        "level", "Level", LEVEL_CHOICES, selected=view.level, inline=True
    )
    area = _searched(
        "area",
        "Area",
        INPUTS["area"].offers(lake, view),
        selected=INPUTS["area"].holds(view),
        placeholder="Region, board or sub-ICB",
    )
    return helped("level", level), helped("area", area), group_form.part(view.area)


def _legend(view: View) -> ui.Tag:
    """Histogram, edges, ticks and counts in one."""
    return ui.tags.div(
        legend.rail(),
        ui.tags.div(id="histogram"),
        legend.tools(),
        ui.input_checkbox_group(
            "band",
            heading(view.colour, view.measure),
            # Words and counts come with the answer; so many boxes stand from the start.
            legend.choices([""] * view.dots),
            selected=INPUTS["band"].holds(view),
        ),
        id="legend",
        data_bands=str(view.dots),
        data_ramp=ramp(view.colour, view.measure),
    )


def _shapes(view: View) -> ui.Tag:
    """The tick for shapes, and what the link says of them: app/www/legend.js ties the two."""
    return helped(
        "shapes",
        ui.tags.label(
            ui.tags.input(type="checkbox"), "Shapes beside colours", class_="legend-shapes"
        ),
        # Hidden: it is what Shiny hears, the tick is what the reader sees.
        ui.tags.div(ui.input_text("shapes", "Shapes", value=view.shapes), hidden=""),
    )


def _bands(view: View) -> tuple[ui.Tag, ...]:
    now = held_values(view)
    return (
        helped("bands", ui.input_select("bands", "Bands", BANDS, selected=now["bands"])),
        ui.panel_conditional(
            "input.bands === 'custom'",
            ui.input_text("edges", "Edges, in percent", value=now["edges"]),
            ui.tags.p(id="edges_said", role="alert", class_="atlas-rule"),
        ),
    )


def _fairness(lake: Lake, view: View) -> ui.Tag:
    """Who is shown, by what, against when, within which boundaries; open where any is in use."""
    # What is in force is not to be folded away.
    is_used = view.keep or view.colour or view.size or view.against
    return ui.tags.details(
        ui.tags.summary("Compare like with like"),
        helped(
            "keep",
            ui.input_selectize(
                "keep",
                "Show only",
                keepers(),
                selected=INPUTS["keep"].holds(view),
                multiple=True,
                options={"placeholder": "all of them"},
            ),
        ),
        helped(
            "colour",
            ui.input_select(
                "colour", "Colour by", {"": "The achievement"} | colours(), selected=view.colour
            ),
        ),
        helped(
            "size",
            ui.input_select("size", "Size by", {"": "As usual"} | NUMBERS, selected=view.size),
        ),
        *_other_years(lake, view),
        helped(
            "geography",
            ui.input_select("geography", "Boundaries", GEOGRAPHIES, selected=view.geography),
        ),
        class_="atlas-fairness",
        open="" if is_used or view.geography != "published" else None,
    )


def _other_years(lake: Lake, view: View) -> tuple[ui.Tag, ...]:
    there = INPUTS["against"].offers(lake, view)
    against = ui.input_select("against", "Compare with year", there, selected=view.against)
    return (
        helped("against", against),
        ui.panel_conditional(
            "input.against !== ''",
            ui.input_radio_buttons(
                "compare_as", "Shown as", COMPARED_AS, selected=view.compare_as, inline=True
            ),
            ui.tags.div(id="against_words"),
        ),
    )


def _searched(
    name: str, label: str, groups: dict[str, dict[str, str]], *, selected: str, placeholder: str
) -> ui.Tag:
    """A select that is searched by words, code and the group it stands in."""
    return ui.input_selectize(
        name,
        label,
        groups,
        selected=selected,
        options={
            "placeholder": placeholder,
            "maxOptions": 500,
            "searchField": ["label", "value", "optgroup"],
        },
    )
