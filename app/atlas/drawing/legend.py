"""The legend: histogram, bands, counts and filter in one. Pure: values in, HTML out."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import numpy as np
import polars as pl
from htmltools import HTML, Tag, TagList, tags

from app.atlas.drawing.words import NOBODY
from app.atlas.view import NONE, UNREPORTED
from app.draw.ramp import Ramp
from engine.atlas.metrics.qof_measures import USUAL_MEASURE

SPECIAL = {NONE: NOBODY[USUAL_MEASURE], UNREPORTED: "not reported"}


def choices(bands: list[str]) -> dict[str, Tag]:
    """The checklist: a swatch, words and a place for the count, by band."""
    named = {str(i): words for i, words in enumerate(bands)} | SPECIAL
    return {
        key: tags.span(
            tags.i(class_=f"dot b{key}"),
            tags.span(words, class_="band-words"),
            tags.span("", class_="band-count", data_band=key),
            class_="band-row",
        )
        for key, words in named.items()
    }


def counts(rows: pl.DataFrame, bands: int) -> dict[str, int]:
    """How many organisations are in each band, in none for want of patients, and unreported.

    Takes:  the answer with its marks, cut to the area that is looked at.
    """
    band, reported = rows["band"], rows["reported"]
    by_band = np.bincount(band.drop_nulls().to_numpy(), minlength=bands)
    said = {str(i): int(by_band[i]) for i in range(bands)}
    return said | {
        NONE: int((reported & band.is_null()).sum()),
        UNREPORTED: int((~reported).sum()),
    }


def key(heading: str, ramp: Ramp, bands: int, marks: Iterable[tuple[str, str]]) -> Tag:
    """The legend in a line, to be read and not to be ticked: under a phone's map.

    Takes: what it bands, in which colours, how many bands; each mark that is shown, and its words.
    """
    return tags.ul(
        tags.li(heading),
        *(tags.li(tags.i(class_=f"dot b{mark}"), said) for mark, said in marks),
        class_="legend-key",
        data_bands=str(bands),
        data_ramp=ramp,
        aria_label="Colours of the map",
    )


def rail() -> Tag:
    """Where the browser puts a handle for each edge (app/www/legend.js)."""
    return tags.div(class_="legend-rail", role="group", aria_label="Edges of the bands")


def tools() -> TagList:
    """Why edges stand still, if they do; and what undoes: all bands, the usual edges again."""
    return TagList(
        tags.p(class_="legend-note"),
        tags.div(
            _tool("All", "Tick all bands", class_="legend-all"),
            _tool("Reset", "The usual edges again", class_="legend-reset"),
            class_="legend-tools",
        ),
    )


def legend_message(
    words: list[str],
    counted: dict[str, int],
    *,
    edges: list[float],
    top: float,
    low: float = 0,
    is_custom: bool,
    ramp: Ramp = "level",
    colour: str = "",
) -> dict[str, Any]:
    """What the browser keeps: words and counts by band, and edges that can be moved.

    Takes:  edges of the bands in percent; the colours of the bands; what else colours the dots, if
            they are not coloured by the achievement.
    Gives:  the `atlas-legend` message; no edges, and why, where they cannot be moved.
    """
    note = _why_fixed(edges, colour)
    return {
        "words": {str(i): said for i, said in enumerate(words)},
        "counts": counted,
        "bands": len(words),
        "ramp": ramp,
        "edges": [] if note else edges,
        "low": low,
        "top": top,
        # Two hundred steps from end to end, whatever the axis.
        "step": round(max((top - low) / 200, 0.01), 2),
        "is_custom": is_custom,
        "note": note,
    }


def histogram(
    bins: list[tuple[int, int]],
    *,
    steps: int,
    top: float,
    low: float = 0,
    edges: list[float],
    say: Callable[[float], str] = "{:.1f} %".format,
) -> HTML:
    """Bars from `low` to `top`, each in the colour of the band that its middle falls in.

    Takes:  (bin, organisations) for the bins that have any; the inner edges of the bands; how a
            value is written.
    """
    most = max((n for _, n in bins), default=0)
    wide = (top - low) / steps
    bars = []
    for place, number in bins:
        middle = low + (place + 0.5) * wide
        band = sum(middle >= edge for edge in edges)
        # One practice is still to be seen beside a thousand.
        height = max(number / most * 44, 1)
        title = f"{say(low + place * wide)} to {say(low + (place + 1) * wide)}: {number:,}"
        bars.append(
            f'<rect class="b{band}" x="{place}" y="{44 - height:.1f}" width="0.85" '
            f'height="{height:.1f}"><title>{title}</title></rect>'
        )
    first, last = (say(end).replace(".0 %", " %") for end in (low, top))
    broken = '<span class="axis-break">axis does not begin at 0</span>' if low else ""
    label = f"Histogram of values from {first} to {last}"
    return HTML(
        f'<svg class="histogram" viewBox="0 0 {steps} 44" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{"".join(bars)}</svg>'
        f'<div class="axis" aria-hidden="true"><span>{first}</span>{broken}<span>{last}</span>'
        "</div>"
    )


def _tool(words: str, said: str, *, class_: str) -> Tag:
    """A button that the page shows once there is something to undo."""
    return tags.button(words, type="button", title=said, aria_label=said, class_=class_, hidden="")


def _why_fixed(edges: list[float], colour: str) -> str:
    """Edges are moved to two decimals: those that are one then cannot be told apart."""
    if colour:
        return f"The dots show “{colour}”: edges are moved when they show the achievement."
    stops = [0, *(round(edge, 2) for edge in edges), 100]
    if any(low >= high for low, high in zip(stops, stops[1:], strict=False)):
        return "Many have the same value here, so edges lie on each other. Choose other bands."
    return ""
