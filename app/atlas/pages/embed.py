"""The map alone, for another site's frame: /embed?<the query of the page>.

A small Shiny app of its own, below the big one. It draws what the link says and takes no controls;
a line names the source, and a link opens the whole page.
"""

import os
from collections.abc import Iterator, Mapping

from shiny import App, Inputs, Outputs, Session, reactive, ui
from shinywidgets import output_widget
from starlette.requests import Request

from app import live
from app.assets import assets, unused
from app.atlas import frames
from app.atlas.answered import ask
from app.atlas.controls import CONTROLS, Control, read
from app.atlas.dot_colour import Coloured, colour
from app.atlas.drawing import words
from app.atlas.effects import map_painting
from app.atlas.effects.desk import open_desk
from app.atlas.effects.order import Order
from app.atlas.view import View
from engine import open_lake
from engine.atlas.comparability import disturbed
from engine.errors import LakeError

STYLE = """
body { margin: 0; }
.atlas-embed { display: flex; flex-direction: column; height: 100dvh; background: var(--surface); }
.atlas-embed h1 { font-size: 1rem; margin: 0; }
.atlas-embed header, .atlas-embed footer { padding: 8px 12px; }
.atlas-embed footer { font-size: 0.8rem; color: var(--soft); }
.atlas-embed footer span::first-letter { text-transform: uppercase; }
.atlas-embed footer span { display: inline-block; }
.atlas-embed .shiny-ipywidget-output { flex: 1; min-height: 0; }
.atlas-embed ul { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 4px 0 0; padding: 0;
  list-style: none; font-size: 0.8rem; }
.atlas-embed li i { display: inline-block; width: 0.7em; height: 0.7em; border-radius: 50%;
  margin-right: 5px; }
"""
THEME = (
    "document.documentElement.dataset.bsTheme="
    "matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'"
)


def embed() -> App:
    """The app, to be mounted at /embed."""
    return App(_page, _server)


def _page(request: Request) -> ui.Tag:
    return ui.page_fillable(
        assets(styles=("page", "points"), scripts=("points",)),
        unused(),
        ui.head_content(
            ui.tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            # The page itself is the one to be found; its frame on other sites is not.
            ui.tags.meta(name="robots", content="noindex"),
            ui.tags.script(src="../own-fonts.js"),
            ui.tags.link(rel="icon", href="../mark.svg", type="image/svg+xml"),
            ui.tags.style(STYLE),
            ui.tags.script(THEME),
        ),
        ui.busy_indicators.use(spinners=False, pulse=False, fade=False),
        _body(request.query_params),
        title="Care Atlas",
        lang="en-GB",
        padding=0,
        gap=0,
    )


def _body(query: Mapping[str, str]) -> ui.Tag:
    try:
        lake = live.pinned(query.get("snapshot", "")) or open_lake()
        catalogue = frames.catalogue(lake)
        view, notes = read(query, catalogue)
        dots = colour(ask(lake, view.question), view.colour)
    except LakeError as error:
        return ui.tags.main(ui.p(f"There is no map: {error.what}."), class_="atlas-embed")
    return ui.tags.main(
        ui.tags.header(
            ui.h1(words.title_of(view.question, catalogue) + dots.title),
            *map(ui.p, [*notes, *filter(None, [disturbed(view.question)])]),
            _legend(dots),
        ),
        output_widget("map", fill=True),
        _asked(view),
        ui.tags.footer(
            ui.tags.span("; ".join(words.provenance(lake.manifest, view.year)), ". "),
            ui.tags.a("Open in Care Atlas", href=f"../{view.address()}", target="_blank"),
        ),
        class_="atlas-embed",
    )


def _legend(dots: Coloured) -> ui.Tag:
    return ui.tags.ul(
        *(
            ui.tags.li(ui.tags.i(class_=f"dot b{band}"), text)
            for band, text in enumerate(dots.words)
        ),
        data_bands=str(len(dots.words)),
        aria_label="Bands",
    )


def _asked(view: View) -> ui.Tag:
    """What the link asks for, as the inputs that the reactions of the big page ask; not shown."""
    # What the rest of the page asks for has no reader here: no table, no tabs.
    shown = [control for control in CONTROLS if control.part != "page"]
    return ui.tags.div(*(tag for control in shown for tag in _stand_ins(control, view)), hidden="")


def _stand_ins(control: Control, view: View) -> Iterator[ui.Tag]:
    """One for each input of a control; for what no input holds, one of its name."""
    holding = {one.id: one.holds(view) for one in control.inputs}
    for name, value in (holding or {control.name: getattr(view, control.name)}).items():
        if isinstance(value, list):
            yield ui.input_checkbox_group(name, name, value, selected=value)
        else:
            yield ui.input_text(name, name, value=value or "")


def _server(input: Inputs, output: Outputs, session: Session) -> None:  # noqa: A002  (Shiny's)
    desk = open_desk(input, session)
    map_painting.paint_the_map(desk, tiles=os.environ.get("CARE_ATLAS_TILES"))
    map_painting.tie_the_selection(desk)

    @reactive.effect(priority=Order.RESET)
    # On the big page address.py does this; a frame keeps no address.
    def select() -> None:
        desk.selected.set(input.selected())
