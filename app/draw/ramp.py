"""The one colour ramp: low to high, in both themes, for map, legend, table, charts and print.

Colours live here and nowhere else. Pages say `data-bands="5"` on an element and inside it
`var(--band-0)` is the lowest band's colour, in whichever theme is on; paper uses
`band_colours` directly. No red for bad: which way is good is said in words.
"""

from app.draw.glyphs import glyph_css

# Any two of the five differ by 17 CAM02-UCS units or more, for normal, deutan, protan and
# tritan sight (simulated); other counts are read off the same line.
RAMP = {
    "light": ("#8c3b04", "#d97f1e", "#e9c46a", "#5fb3b3", "#0b6a80"),
    "dark": ("#e0500f", "#ffb347", "#f7f3dc", "#66c2cc", "#1b7fa6"),
}
MOST_BANDS = 14

# Few bands take colours from the ramp itself, which were tested; more are mixed between them.
CHOSEN = {1: (4,), 2: (0, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4)}


def band_colours(count: int, theme: str = "light") -> tuple[str, ...]:
    """The colours of `count` bands, lowest first, as `#rrggbb`.

    Takes:  how many bands, 1 to 14; `light` or `dark`.
    Gives:  `count` colours along the ramp; one band alone gets the highest colour.
    Raises: ValueError for a count outside 1 to 14, KeyError for an unknown theme.

    >>> band_colours(3)
    ('#8c3b04', '#e9c46a', '#0b6a80')
    >>> band_colours(6, "dark")
    ('#e0500f', '#f99f3c', '#fad9a0', '#bddfd6', '#57b5c4', '#1b7fa6')
    """
    if not 1 <= count <= MOST_BANDS:
        raise ValueError(f"a ramp has 1 to {MOST_BANDS} bands, not {count}")
    if count in CHOSEN:
        return tuple(RAMP[theme][stop] for stop in CHOSEN[count])
    return tuple(_along(RAMP[theme], band / (count - 1)) for band in range(count))


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
    rules = []
    for count in range(1, MOST_BANDS + 1):
        colours = enumerate(band_colours(count, theme))
        properties = "".join(f"--band-{band}:{colour};" for band, colour in colours)
        rules.append(f'{scope} [data-bands="{count}"]{{{properties}}}\n')
    return "".join(rules)


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
