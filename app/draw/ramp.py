"""The colour ramps, in both themes, for map, legend, table, charts and print.

Colours live here and nowhere else, and each means one thing. Pages say `data-bands="5"` on an
element, and `data-ramp` where it is not the usual one; inside it `var(--band-0)` is the lowest
band's colour, in whichever theme is on; paper uses `band_colours` directly. No red for bad: which
way is good is said in words.
"""

from functools import cache
from typing import Literal

from app.draw.glyphs import glyph_css

Ramp = Literal["level", "plain", "change"]
"""What the bands are of: a level of which more is better; a quantity of which neither high nor low
is (one hue, so that no end looks like the bad one); a change, down or up from a middle."""

# Any two of the five differ by 17 CAM02-UCS units or more, for normal, deutan, protan and
# tritan sight (simulated), and each from the ground; other counts are read off the same line.
RAMPS: dict[Ramp, dict[str, tuple[str, ...]]] = {
    "level": {
        "light": ("#8c3b04", "#d97f1e", "#e9c46a", "#5fb3b3", "#0b6a80"),
        "dark": ("#e0500f", "#ffb347", "#f7f3dc", "#66c2cc", "#1b7fa6"),
    },
    "plain": {
        "light": ("#acc9e7", "#8e98a4", "#4b6f86", "#23455b", "#071730"),
        "dark": ("#44555f", "#73849b", "#a7a9a8", "#b6d5f1", "#f8fffa"),
    },
    "change": {
        "light": ("#4d128a", "#ab73f2", "#7a9e9b", "#a9b637", "#4a690c"),
        "dark": ("#7a2fd0", "#c3bdf5", "#66727c", "#b3a92e", "#e6ffa0"),
    },
}
RAMP = RAMPS["level"]
MOST_BANDS = 14
NAMED: dict[Ramp, str] = {
    "level": "",
    "plain": '[data-ramp="plain"]',
    "change": '[data-ramp="change"]',
}
CHANGES = 5  # a change has its five bands and no other number of them

# Few bands take colours from the ramp itself, which were tested; more are mixed between them.
CHOSEN = {1: (4,), 2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4)}


def band_colours(count: int, theme: str = "light", *, ramp: Ramp = "level") -> tuple[str, ...]:
    """The colours of `count` bands, lowest first, as `#rrggbb`.

    Takes:  how many bands, 1 to 14; `light` or `dark`; what they are of.
    Gives:  `count` colours along the ramp; one band alone gets the highest colour.
    Raises: ValueError for a count outside 1 to 14, KeyError for an unknown theme.

    >>> band_colours(3)
    ('#8c3b04', '#e9c46a', '#0b6a80')
    >>> band_colours(6, "dark")
    ('#e0500f', '#f99f3c', '#fad9a0', '#bddfd6', '#57b5c4', '#1b7fa6')
    """
    if not 1 <= count <= MOST_BANDS:
        raise ValueError(f"a ramp has 1 to {MOST_BANDS} bands, not {count}")
    stops = RAMPS[ramp][theme]
    if count in CHOSEN:
        return tuple(stops[stop] for stop in CHOSEN[count])
    return tuple(_along(stops, band / (count - 1)) for band in range(count))


@cache
def ramp_css() -> str:
    """A stylesheet that gives every `[data-bands="n"]` its `--band-0` to `--band-(n-1)`.

    The theme is `data-bs-theme` on `<html>`; without it, what the reader's system prefers. The
    bands' shapes (`--glyph-0` ...) come with it: see glyphs.py.
    """
    light = _rules(":root", "light")
    chosen = _rules('[data-bs-theme="dark"]', "dark")
    preferred = _rules(":root:not([data-bs-theme])", "dark")
    return f"{light}@media (prefers-color-scheme: dark) {{\n{preferred}}}\n{chosen}{glyph_css()}"


def _rules(scope: str, theme: str) -> str:
    return "".join(
        _rule(f'{scope} [data-bands="{count}"]{named}', band_colours(count, theme, ramp=ramp))
        for ramp, named in NAMED.items()
        for count in ((CHANGES,) if ramp == "change" else range(1, MOST_BANDS + 1))
    )


def _rule(selector: str, colours: tuple[str, ...]) -> str:
    properties = "".join(f"--band-{band}:{colour};" for band, colour in enumerate(colours))
    return f"{selector}{{{properties}}}\n"


def _along(stops: tuple[str, ...], share: float) -> str:
    """The colour at `share` (0 to 1) of the way along the stops, mixed in sRGB."""
    place = share * (len(stops) - 1)
    # The end of the line lies on its last piece, not on one behind it.
    first = min(int(place), len(stops) - 2)
    pairs = zip(_channels(stops[first]), _channels(stops[first + 1]), strict=True)
    mixed = (round(low + (high - low) * (place - first)) for low, high in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))
