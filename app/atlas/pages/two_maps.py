"""The place of the maps, on the page and in a frame. Which of them are seen: app/www/years.js."""

from shiny import ui
from shinywidgets import output_widget

from app.atlas.caption import BEFORE, NOW


def two_maps() -> ui.Tag:
    """The map, and room for a second one, which is made when somebody wants it."""
    return ui.tags.div(
        *(
            ui.tags.figure(
                ui.tags.figcaption(id=f"caption_{name}"),
                output_widget(map_id, fill=True),
                id=f"figure_{name}",
            )
            for name, map_id in (("now", NOW), ("before", BEFORE))
        ),
        class_="atlas-maps",
    )
