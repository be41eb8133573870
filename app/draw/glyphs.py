"""A shape for each band beside its colour, low to high: down, less, disc, more, up, and others.

Shapes live here and nowhere else, as colours do in ramp.py. Where they are wanted (`data-shapes` on
<html>, a browser that asks for contrast, print), `var(--glyph-0)` is the lowest band's shape for
clip-path, and the map's painter reads the same; elsewhere it is not set, and dots are discs.
"""

from math import cos, pi, radians, sin, sqrt

Corner = tuple[float, float]

# A glyph is cut out of a disc this many times as wide as the one that it stands for, whose area it
# has: none looks larger than another.
ROOM = 1.6
SAID = ':root[data-shapes="on"]'
ASKED = "@media print, (prefers-contrast: more), (forced-colors: active)"
NOT_REFUSED = ':root:not([data-shapes="off"])'


def _triangle(first: float) -> tuple[Corner, ...]:
    """Of equal sides and the unit disc's area, its first corner at `first` degrees."""
    far = sqrt(4 * pi / sqrt(27))
    angles = (radians(first + 120 * corner) for corner in range(3))
    return tuple((far * cos(angle), far * sin(angle)) for angle in angles)


def _bar(turn: float) -> tuple[Corner, ...]:
    """Three times as long as it is thick, nearly, turned by so many degrees."""
    long, thick = 1.5, pi / 6
    along, down = cos(radians(turn)), sin(radians(turn))
    corners = ((-long, -thick), (long, -thick), (long, thick), (-long, thick))
    return tuple((x * along - y * down, x * down + y * along) for x, y in corners)


def _plus(half: float) -> tuple[Corner, ...]:
    """Two crossed bars, `2 * half` thick."""
    far = (pi + 4 * half * half) / (8 * half)
    right = ((half, -half), (far, -half), (far, half))
    below = tuple((-y, x) for x, y in right)
    return (*right, *below, *((-x, -y) for x, y in (*right, *below)))


# Corners in radii of the disc from its middle, y downwards; no corners: the disc itself. With a
# radius of 3 pixels a square or a diamond could not be told from a disc, so there are none.
GLYPHS: dict[str, tuple[Corner, ...]] = {
    "down": _triangle(90),
    "left": _triangle(180),
    "falling": _bar(45),
    "less": _bar(0),
    "disc": (),
    "tall": _bar(90),
    "more": _plus(0.44),
    "rising": _bar(-45),
    "right": _triangle(0),
    "up": _triangle(270),
}
# Few bands take the shapes that differ most; ends always point down and up.
CHOSEN = {
    1: "disc",
    2: "down up",
    3: "down disc up",
    4: "down less more up",
    5: "down less disc more up",
    6: "down left less more right up",
    7: "down left less disc more right up",
    8: "down left falling less more rising right up",
    9: "down left falling less disc more rising right up",
    10: "down left falling less disc tall more rising right up",
}


def band_glyphs(count: int) -> tuple[str, ...]:
    """The names of `count` bands' shapes, lowest first; more bands than there are shapes have none.

    >>> band_glyphs(5)
    ('down', 'less', 'disc', 'more', 'up')
    """
    return tuple(CHOSEN.get(count, "").split())


def glyph_css() -> str:
    """A stylesheet that gives every `[data-bands="n"]` its `--glyph-0` to `--glyph-(n-1)`.

    Where shapes are not wanted these name nothing, so that `var(--glyph-0, none)` is none. What has
    a band's class is clipped where it is a disc: a swatch (`dot`), a circle of SVG (`band-dot`).
    """
    shapes = "".join(f"--glyph-{name}:{_clip(corners)};" for name, corners in GLYPHS.items())
    wanted = f"{{{shapes}--glyph-room:{ROOM}}}"
    return (
        f"{SAID}{wanted}\n{ASKED}{{{NOT_REFUSED}{wanted}}}\n"
        + "".join(map(_rule, CHOSEN))
        + "".join(f".b{band}{{--glyph:var(--glyph-{band})}}" for band in range(max(CHOSEN)))
        + "\n.dot:not(.bnone,.bunreported),.band-dot{scale:var(--glyph-room,none)}\n"
        ".dot:not(.bnone,.bunreported){clip-path:var(--glyph,none)}\n"
        ".band-dot{clip-path:var(--glyph) fill-box;transform-origin:center;transform-box:fill-box}"
        "\n"
        "@media (forced-colors: active){.dot,.bar,.bar::after{forced-color-adjust:none}}\n"
    )


def _rule(count: int) -> str:
    glyphs = enumerate(band_glyphs(count))
    properties = "".join(f"--glyph-{band}:var(--glyph-{name});" for band, name in glyphs)
    return f'[data-bands="{count}"]{{{properties}}}\n'


def _clip(corners: tuple[Corner, ...]) -> str:
    """A shape for clip-path, in percent of its box; points.js reads it too."""
    if not corners:
        return f"circle({50 / ROOM}%)"
    written = (" ".join(f"{50 + 50 * along / ROOM:.4g}%" for along in corner) for corner in corners)
    return f"polygon({','.join(written)})"
