"""The pictures of a brief: practices on a map and by value, as SVG. Pure: frames in, text out."""

from html import escape
from math import asinh, pi, radians, tan

import polars as pl

from app.atlas.answered import STEPS, Answered
from app.atlas.brief_lines import Lines
from app.atlas.drawing.brief_land import Places, under
from app.atlas.drawing.town_labels import PLACES
from app.atlas.row import Row
from app.draw.document import Paint
from app.draw.extent import least, most
from app.draw.spell import percent

NOTHING = Lines()
WIDE, HIGHEST, MARGIN = 480, 290, 14
FEW_TOWNS = 7
FONTS = "system-ui, Libertinus Serif, sans-serif"  # the page's own; on paper typst's


def points(rows: pl.DataFrame, paint: Paint, lines: Lines = NOTHING) -> str:
    """The practices as dots in the colours of their bands, on their land.

    Takes:  an answer with its marks and places; who paints; the lines of the area, which is shown
            whole, and of its board.
    Gives:  SVG: a faded dot has few patients, a light middle an interval that reaches into
            another band, a hollow one no value.
    """
    places, high = _projected(rows, lines)
    radius = 5 if rows.height < 80 else 3.2 if rows.height < 1200 else 1.6
    drawn = "".join(
        _dot(row, x + row["aside"] * 2 * radius, y, radius=radius, paint=paint)
        for row in _side_by_side(rows).iter_rows(named=True)
        for x, y in [places(row["longitude"], row["latitude"])]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high:.0f}">'
        f"{under(lines, places, paint)}{drawn}{_towns(places, high, paint)}</svg>"
    )


def _side_by_side(rows: pl.DataFrame) -> pl.DataFrame:
    """`aside`: how many dots to the right a dot stands, where several have one address; else 0."""
    address = ("longitude", "latitude")
    nth, of = pl.int_range(pl.len()).over(address), pl.len().over(address)
    return rows.with_columns(aside=nth - (of.cast(pl.Int64) - 1) / 2)


def _dot(row: Row, x: float, y: float, *, radius: float, paint: Paint) -> str:
    at = f'cx="{x:.1f}" cy="{y:.1f}"'
    if row["band"] is None:
        return f'<circle {at} r="{radius * 0.8:.1f}" fill="none" stroke="{paint("soft")}"/>'
    size, faded = (radius * 0.75, ' opacity="0.62"') if row["small"] else (radius, "")
    colour, ground = paint(f"band {row['band']}"), paint("ground")
    dot = (
        f'<circle class="band-dot b{row["band"]}" {at} r="{size:.1f}" fill="{colour}"'
        f' stroke="{ground}" stroke-width="0.5"{faded}/>'
    )
    if not row["uncertain"]:
        return dot
    return f'{dot}<circle {at} r="{size * 0.4:.1f}" fill="{ground}" opacity="0.55"/>'


def _projected(rows: pl.DataFrame, lines: Lines) -> tuple[Places, float]:
    """Longitude and latitude to a place in the picture (Mercator), and how high the picture is."""
    corners = [corner for ring in lines.own for corner in ring]
    across_ = [*(x for x, _ in corners), least(rows["longitude"]), most(rows["longitude"])]
    down_ = [*(y for _, y in corners), least(rows["latitude"]), most(rows["latitude"])]
    west, east = min(across_), max(across_)
    south, north = _mercator(min(down_)), _mercator(max(down_))
    # One address alone has no extent to be scaled to.
    across, down = max(east - west, 0.01), max(north - south, 0.01)
    scale = min((WIDE - 2 * MARGIN) / across, (HIGHEST - 2 * MARGIN) / down)
    left = (WIDE - across * scale) / 2
    high = down * scale + 2 * MARGIN
    return lambda x, y: (left + (x - west) * scale, MARGIN + (north - _mercator(y)) * scale), high


def _mercator(latitude: float) -> float:
    return asinh(tan(radians(latitude))) * 180 / pi


def _towns(places: Places, high: float, paint: Paint) -> str:
    """Names of towns within the picture that keep clear of each other; few on a small map."""
    taken: list[tuple[float, float]] = []
    degree = places(1, 52)[0] - places(0, 52)[0]
    # Close up there is room for all; of all England the first few say where one is.
    for place in PLACES if degree > 100 else PLACES[:FEW_TOWNS]:
        x, y = places(place.longitude, place.latitude)
        is_inside = 40 < x < WIDE - 40 and 14 < y < high - 6
        if is_inside and all(abs(x - a) > 80 or abs(y - b) > 16 for a, b in taken):
            taken.append((x, y))
    named = {places(p.longitude, p.latitude): p.name for p in PLACES}
    return "".join(
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" font-size="12"'
        f' font-family="{FONTS}" fill="{paint("ink")}"'
        f' stroke="{paint("ground")}" stroke-width="3" paint-order="stroke">'
        f"{escape(named[x, y])}</text>"
        for x, y in taken
    )


def histogram(now: Answered, paint: Paint) -> str:
    """Practices by value, in the colours of the bands, with England's value as a line."""
    high, step, longest = 70, WIDE / STEPS, max((n for _, n in now.bins), default=1)
    bars = []
    for place, number in now.bins:
        middle = (place + 0.5) * now.top / STEPS
        band = sum(middle >= edge for edge in now.edges)
        # One practice is still to be seen beside a thousand.
        tall = max(number / longest * high, 1)
        bars.append(
            f'<rect x="{place * step:.1f}" y="{high - tall + 14:.1f}" width="{step * 0.86:.1f}"'
            f' height="{tall:.1f}" fill="{paint(f"band {band}")}"/>'
        )
    text = f'font-size="8" font-family="{FONTS}" fill="{paint("ink")}"'
    line = ""
    if now.england["value"] is not None:
        x = min(now.england["value"] / now.top, 1) * WIDE
        end = "end" if x > WIDE / 2 else "start"
        line = (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{high + 14}" stroke="{paint("ink")}"/>'
            f'<text x="{x + (-4 if end == "end" else 4):.1f}" y="10" text-anchor="{end}" {text}>'
            f"England {percent(now.england['value'])}</text>"
        )
    axis = (
        f'<line x1="0" x2="{WIDE}" y1="{high + 14}" y2="{high + 14}" stroke="{paint("soft")}"/>'
        f'<text x="0" y="{high + 27}" {text}>0 %</text>'
        f'<text x="{WIDE}" y="{high + 27}" text-anchor="end" {text}>{now.top} %</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high + 32}">'
        f"{''.join(bars)}{axis}{line}</svg>"
    )
