"""A chart by Plotly's script: a figure as plain JSON, drawn in the browser. Pure.

The figure is made on the server of numbers that the page has anyway, and never needs Plotly's own
Python. A colour is the name of a style's property ("--accent", "--band-0"): app/www/plots.js looks
it up, so that a chart is right in both themes. Each has its table behind it: what is drawn can be
read, and reached with the keyboard.
"""

import json
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from htmltools import HTML, Tag, TagChild, tags

Figure = Mapping[str, Any]
"""What Plotly draws: `data`, a list of traces, and `layout`; in `narrow`, what is else on a phone:
fields of every `trace`, and parts of the `layout` in place of the others."""

_PLOTLY = distribution("plotly")  # what it carries is asked without importing it: a second saved
SCRIPT = f"lib/plotly-{_PLOTLY.version}/plotly.min.js"
"""Where the browser finds it, from the front page: an address that is kept for good."""
FILE = Path(str(_PLOTLY.locate_file("plotly/package_data/plotly.min.js")))

LAYOUT: dict[str, Any] = {
    "margin": {"l": 64, "r": 16, "t": 8, "b": 40},
    "font": {"family": "system-ui, sans-serif", "size": 13, "color": "--ink"},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "showlegend": False,  # lines are labelled where they end
    "hovermode": "closest",
    "hoverlabel": {"bgcolor": "--ground", "bordercolor": "--line", "font": {"color": "--ink"}},
    "dragmode": False,
}
AXIS: dict[str, Any] = {
    "gridcolor": "--line",
    "linecolor": "--line",
    "zerolinecolor": "--soft",
    "fixedrange": True,
    "automargin": True,
}


def plot(name: str, figure: Figure, *, words: str, table: TagChild, is_open: bool = False) -> Tag:
    """The chart's place, its figure in it, and its table folded behind it.

    Takes: its name on the page; the figure; what it shows, in a sentence for those who do not see
           it; the same numbers as a table, and whether that is in sight.
    """
    # `<` only ever opens a tag here: in JSON it stands in texts alone, where \\u003c is the same.
    text = json.dumps(figure, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return tags.figure(
        tags.div(
            id=f"plot_{name}",
            class_="plot",
            role="img",
            aria_label=words,
            # Its place is kept, so that nothing below jumps when it is drawn.
            style=f"min-height: {figure['layout'].get('height', 0)}px",
        ),
        tags.script(HTML(text), type="application/json"),
        tags.noscript(tags.p("The chart needs JavaScript; its numbers are in the table.")),
        tags.details(
            tags.summary("The same as a table"),
            table,
            class_="plot-table",
            id=f"rows_{name}",
            open="" if is_open else None,
        ),
        class_="plot-frame",
        data_bands="5",
    )


def layout(**own: Any) -> dict[str, Any]:
    """The layout that every chart has, with what is its own; its axes are the house's.

    >>> layout(xaxis={"title": "Month"})["xaxis"]["fixedrange"]
    True
    """
    axes = {name: AXIS | own.get(name, {}) for name in ("xaxis", "yaxis")}
    return LAYOUT | own | axes
