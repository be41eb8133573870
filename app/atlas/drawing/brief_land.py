"""What lies under the dots of a brief's map: the land, the area's line and its board's. Pure."""

from collections.abc import Callable, Iterable

from app.atlas.brief_lines import Lines, Ring
from app.draw.document import Paint
from engine.atlas.land import LAND

Places = Callable[[float, float], tuple[float, float]]

NEAREST = 400  # of the drawing's units to a degree: nearer by the sketch of the coast is wrong
TERRITORY = "the land nearest to its practices, which is no official boundary"


def under(lines: Lines, places: Places, paint: Paint) -> str:
    """The land, the board's line (broken) and the area's own, as SVG; outside is cut by the page.

    Takes:  how a place becomes a place in the drawing; who paints.
    """
    drawn = []
    if is_land_drawn(places):
        land = _path(LAND, places)
        drawn.append(f'<path class="land" d="{land}" fill="{paint("line")}" fill-opacity="0.5"/>')
    for name, rings, look in (
        ("board", lines.board, 'stroke-width="1" stroke-dasharray="4 3"'),
        ("own", lines.own, 'stroke-width="1.2"'),
    ):
        if rings:
            d = _path(rings, places)
            colour = paint("soft")
            drawn.append(f'<path class="{name}" d="{d}" fill="none" stroke="{colour}" {look}/>')
    return "".join(drawn)


def is_land_drawn(places: Places) -> bool:
    return places(1, 52)[0] - places(0, 52)[0] < NEAREST


def in_words(lines: Lines) -> str:
    """What each line is.

    >>> in_words(Lines(own=[[(0, 52)]], board=[[(0, 52)]], years=("", "2026")))
    'The line is the land nearest to its practices, which is no official boundary. The broken one\
 is its board’s boundary of 2026 as published (ONS, OGL v3), generalised.'
    """
    said = []
    if lines.own:
        own = f"its {_published(lines.years[0])}" if lines.years[0] else TERRITORY
        said.append(f"The line is {own}.")
    if lines.board:
        year = lines.years[1]
        board = f"its board’s {_published(year)}" if year else f"its board’s: {TERRITORY}"
        said.append(f"The broken one is {board}.")
    return " ".join(said)


def _published(year: str) -> str:
    return f"boundary of {year} as published (ONS, OGL v3), generalised"


def _path(rings: Iterable[Ring], places: Places) -> str:
    return "".join(
        "M" + "L".join("{:.1f} {:.1f}".format(*places(x, y)) for x, y in ring) + "Z"
        for ring in rings
    )
