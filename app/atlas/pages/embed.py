"""The map alone, for another site's frame: /embed?<the query of the page>.

A small Shiny app of its own, below the big one. It draws what the link says and takes no controls;
a line names the source, and a link opens the whole page.
"""

import os
from collections.abc import Iterator, Mapping

from shiny import App, Inputs, Outputs, Session, reactive, ui
from starlette.requests import Request

from app import live
from app.assets import assets, unused
from app.atlas import frames
from app.atlas.answered import ask
from app.atlas.caption import Caption, caption
from app.atlas.catalogue import Catalogue
from app.atlas.controls import CONTROLS, Control, read
from app.atlas.dot_colour import colour
from app.atlas.effects import map_painting
from app.atlas.effects.desk import open_desk
from app.atlas.effects.order import Order
from app.atlas.effects.second_map import show_the_years
from app.atlas.pages.two_maps import two_maps
from app.atlas.stale_links import settle_the_area
from app.atlas.view import View
from app.atlas.year_comparison import compare
from engine import Lake, open_lake
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
.atlas-embed .change-key { display: none; }
.atlas-embed header p { margin: 2px 0 0; font-size: 0.85rem; color: var(--soft); }
.atlas-embed-heading { font-weight: 600; }
.atlas-embed ul { display: flex; flex-wrap: wrap; gap: 2px 14px; margin: 4px 0 0; padding: 0;
  list-style: none; font-size: 0.8rem; }
.atlas-embed li i { margin-right: 5px; }
"""
THEME = (
    "document.documentElement.dataset.bsTheme="
    "matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'"
)
LOADED = assets(styles=("page", "points", "years"), scripts=("points", "years"), root="../")


def embed() -> App:
    """The app, to be mounted at /embed."""
    return App(_page, _server)


def _page(request: Request) -> ui.Tag:
    return ui.page_fillable(
        LOADED,
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
        asked, told = read(query, catalogue)
        view, nowhere = settle_the_area(lake, asked)
        said = _caption(lake, view, catalogue)
    except LakeError as error:
        return ui.tags.main(ui.p(f"There is no map: {error.what}."), class_="atlas-embed")
    return ui.tags.main(
        ui.tags.header(
            ui.h1(said.title),
            ui.p(said.place, class_="atlas-embed-place"),
            *map(ui.p, [*told, *nowhere, *said.notes]),
            _legend(said),
        ),
        two_maps(),
        _asked(view),
        ui.tags.footer(
            ui.tags.span("; ".join((said.kind, *said.sources)), ". "),
            ui.tags.a("Open in Care Atlas", href=f"../{view.address()}", target="_blank"),
        ),
        class_="atlas-embed",
    )


def _caption(lake: Lake, view: View, catalogue: Catalogue) -> Caption:
    now = ask(lake, view.question)
    # As on the page: another year is shown where the dots show the achievement.
    both = compare(now, view.against, view.way) if view.against and not view.colour else None
    return caption(
        now,
        colour(now, view.colour),
        catalogue,
        ticked=[key for key in view.keys if key not in view.hidden],
        both=both,
        size=view.size,
        selected=view.selected,
    )


def _legend(said: Caption) -> ui.Tag:
    """The legend of what is shown; the years of two maps over their counts."""
    legend = said.legend
    shown = [mark for mark in legend.marks if mark.is_shown]
    return ui.tags.ul(
        ui.tags.li(legend.heading, class_="atlas-embed-heading"),
        *(
            ui.tags.li(
                ui.tags.i(class_=f"dot b{mark.key}"),
                mark.words,
                ui.tags.small(" ", " / ".join(f"{count:,}" for count in mark.counts)),
            )
            for mark in shown
        ),
        data_bands=str(legend.bands),
        data_ramp=legend.ramp,
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
    tiles = os.environ.get("CARE_ATLAS_TILES")
    map_painting.paint_the_map(desk, tiles=tiles)
    show_the_years(desk, tiles=tiles)
    map_painting.tie_the_selection(desk)

    @reactive.effect(priority=Order.RESET)
    # On the big page address.py does this; a frame keeps no address.
    def select() -> None:
        desk.selected.set(input.selected())
