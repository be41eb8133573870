"""The legend: histogram, bands, counts and filter in one. Pure: values in, HTML out."""

from html import escape

import numpy as np
import polars as pl
from htmltools import HTML, Tag, tags

from app.controls import NONE, UNREPORTED

SPECIAL = {NONE: "no eligible patients", UNREPORTED: "not reported"}


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
    return said | {NONE: (reported & band.is_null()).sum(), UNREPORTED: (~reported).sum()}


def histogram(bins: list[tuple[int, int]], *, steps: int, top: float, edges: list[float]) -> HTML:
    """Bars from 0 to `top`, each in the colour of the band that its middle falls in.

    Takes:  (bin, organisations) for the bins that have any; the inner edges of the bands.
    """
    most = max((n for _, n in bins), default=0)
    bars = []
    for place, number in bins:
        middle = (place + 0.5) * top / steps
        band = sum(middle >= edge for edge in edges)
        height = max(number / most * 44, 1)
        title = f"{place * top / steps:.1f} to {(place + 1) * top / steps:.1f} %: {number:,}"
        bars.append(
            f'<rect class="b{band}" x="{place}" y="{44 - height:.1f}" width="0.85" '
            f'height="{height:.1f}"><title>{title}</title></rect>'
        )
    label = f"Histogram of values from 0 to {top:g} %"
    return HTML(
        f'<svg class="histogram" viewBox="0 0 {steps} 44" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{"".join(bars)}</svg>'
        f'<div class="axis" aria-hidden="true"><span>0 %</span><span>{top:g} %</span></div>'
    )
