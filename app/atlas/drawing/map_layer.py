"""The map layer: frames in, the messages of app/www/points.js out; and the map it lies on.

The map is made once a session; afterwards only messages change it (Shiny custom messages, sent
from an effect of high priority, so that the map is painted before the table is made). The
encoders are pure. Nothing here reads the lake or knows what a number means.

The browser keeps who and where (a *cast*: one year, one level) by key, so an ordinary change is
one message of one character a point:

    atlas-cast    who and where, once a cast      -> cast_message
    atlas-size    other sizes for its dots        -> size_message
    atlas-names   names for the tooltip, later    -> names_message
    atlas-codes   a band and flags a point        -> codes_message
    atlas-detail  numbers for the tooltip         -> detail_message
    atlas-around  context for the tooltip         -> around_message
    atlas-show    which categories are shown      -> show_message
    atlas-select  ring a point                    -> select_message
    atlas-outlines  shapes under the points       -> outlines_message
    atlas-fit     bring bounds into view          -> fit_message

It answers with inputs named after the map's own id: `<id>_pick` (a point's index, -1 for none),
`<id>_detail` (a revision: send its numbers) and `<id>_cast` (a key: send that cast).
"""

import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from typing import Any

import ipyleaflet
import numpy as np
import polars as pl
import traitlets

from app.atlas.drawing.town_labels import PLACES
from app.atlas.drawing.words import COUNTED, NOBODY
from app.draw.extent import most
from app.draw.ramp import MOST_BANDS, Ramp
from engine.atlas.land import LAND
from engine.atlas.metrics.qof_measures import USUAL_MEASURE
from engine.errors import BadQuestion

Message = dict[str, Any]

NOT_REPORTED = 14
NOT_ELIGIBLE = 15
HIDDEN = 63
NEIGHBOUR = -2  # of an outline: it belongs to no point that is shown, and is faint
SMALL_FLAG = 16
UNCERTAIN_FLAG = 32

ENGLAND = ((49.9, -6.4), (55.82, 1.78))

# Radius of a dot in pixels with England in a window; for roll-ups, of one with a middling list.
RADIUS = {"practice": 3, "pcn": 4.5, "sub_icb": 8, "icb": 11, "region": 18, "england": 26}

ALPHABET = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8
)


class PointsLayer(ipyleaflet.Layer):  # type: ignore[misc]  # ipyleaflet says no types
    """ipyleaflet's own model with our view; its points come by message, not by trait."""

    _view_name = traitlets.Unicode("PointsView").tag(sync=True)
    _view_module = traitlets.Unicode("care-atlas-points").tag(sync=True)

    home: traitlets.List[list[float]] = traitlets.List().tag(sync=True)
    places: traitlets.List[list[str | float]] = traitlets.List().tag(sync=True)
    land: traitlets.List[list[list[float]]] = traitlets.List().tag(sync=True)
    # Not a TileLayer of ipyleaflet's, which tells the server of every tile that comes.
    tiles = traitlets.Unicode().tag(sync=True)
    attribution = traitlets.Unicode().tag(sync=True)


def points_map(tiles: str | None = None, *, attribution: str = "") -> ipyleaflet.Map:
    """A map of England with the points layer on it, to be rendered once a session.

    Takes:  a tile address with {z}, {x}, {y}, if tiles are wanted, and whose tiles they are
            (OpenStreetMap's own are known).
    Gives:  a Map; without tiles it asks nothing of the network, and shows the land and town names.
    """
    if tiles and "openstreetmap.org" in tiles:
        attribution = attribution or "© OpenStreetMap contributors"
    layer = PointsLayer(
        home=[list(corner) for corner in ENGLAND],
        places=[] if tiles else [list(place) for place in PLACES],
        land=[] if tiles else [list(map(list, ring)) for ring in LAND],
        tiles=tiles or "",
        attribution=attribution,
    )
    controls = [ipyleaflet.ZoomControl(position="bottomright", zoom_out_text="\u2212")]
    if tiles:
        controls.append(ipyleaflet.AttributionControl(position="bottomleft", prefix=""))
    return ipyleaflet.Map(
        layers=(layer,),
        center=[52.9, -2.3],
        zoom=6,
        min_zoom=5,
        max_zoom=16,
        zoom_snap=1 if tiles else 0.1,  # tiles are sharp at whole levels only
        scroll_wheel_zoom=True,  # points.js lets a scrolling page scroll
        double_click_zoom=False,  # on a dot it opens that; elsewhere pointer.js zooms
        keyboard=False,  # arrows walk from point to point
        zoom_control=False,  # ours is among the controls
        attribution_control=False,
        controls=tuple(controls),
    )


def cast_message(
    map_id: str, cast: str, points: pl.DataFrame, *, level: str = "practice"
) -> Message:
    """Who is on the map and where; sent once for each cast.

    Takes:  one row an organisation, in the order of every later message of this cast:
            `longitude`, `latitude` (degrees; null = not on the map) and, for roll-ups,
            `list_size` (patients; null = as the smallest).
    Gives:  the `atlas-cast` message.
    """
    # A Float32 is exact to a metre here, and half of what would be sent.
    lonlat = points.select(pl.col("longitude", "latitude").cast(pl.Float32).fill_null(np.nan))
    return {
        "map": map_id,
        "cast": cast,
        "lonlat": _base64(np.ascontiguousarray(lonlat.to_numpy())),
        "radius": _base64(_quarters(points, _radius(level))),
    }


def size_message(map_id: str, cast: str, points: pl.DataFrame, *, level: str) -> Message:
    """Other sizes for the dots of a cast, or its own again.

    Takes:  one row an organisation, in the order of the cast: `size` (any unit; a dot's area grows
            with it; null = the smallest), or none such and `list_size`: the cast's own sizes.
    Gives:  the `atlas-size` message.
    """
    radius = _sized(RADIUS[level], "size", 0.5, 2.4) if "size" in points.columns else _radius(level)
    return {"map": map_id, "cast": cast, "radius": _base64(_quarters(points, radius))}


def names_message(map_id: str, cast: str, points: pl.DataFrame) -> Message:
    """Names for the tooltip; sent after the paint, once for each cast.

    Takes:  one row an organisation: `organisation_name`, `organisation_code` and, if there is
            more to say (a PCN, a town), `note`; nulls are left out of the tooltip.
    """
    notes = points["note"].to_list() if "note" in points.columns else [None] * points.height
    return {
        "map": map_id,
        "cast": cast,
        "names": points["organisation_name"].to_list(),
        "codes": points["organisation_code"].to_list(),
        "notes": notes,
    }


def around_message(map_id: str, cast: str, about: Sequence[Message]) -> Message:
    """What surrounds each point, for the tooltip; sent once for each cast, with its first numbers.

    Takes:  for each thing its `words` with {} for the value, the words where it is `unknown`, and
            `values`, one a point.
    """
    return {"map": map_id, "cast": cast, "about": list(about)}


def codes_message(
    map_id: str,
    cast: str,
    points: pl.DataFrame,
    *,
    words: Sequence[str],
    show: int,
    title: str,
    revision: int,
    ramp: Ramp = "level",
    numbers: str = "",
    unit: str = "%",
    counted: str = COUNTED[USUAL_MEASURE],
    nobody: str = NOBODY[USUAL_MEASURE].capitalize(),
) -> Message:
    """One character an organisation: its band and flags. All that an ordinary change sends.

    Takes:  one row an organisation: `band` (UInt8, lowest 0, null = nobody was eligible),
            `reported` (Bool), `denominator` (patients), `small` (Bool: too few of them to say
            much), `uncertain` (Bool: the interval spans a band's edge) and optionally `shown`
            (Bool: false = left out, whatever its band); the bands' names, lowest first; the mask
            of shown categories (`show_mask`); what the map is of; a number that grows with each
            change; the colours of the bands; a key of the numbers, the same while only bands
            change; their unit; what numerator and denominator count; what is said of those in no
            band.
    Gives:  the `atlas-codes` message, under 9 kB for 7,100 organisations.
    Raises: BadQuestion for more than 14 bands, or a band that has no name.
    """
    highest = most(points["band"]) if points["band"].count() else None
    if len(words) > MOST_BANDS or (highest is not None and highest >= len(words)):
        raise BadQuestion(
            "the map cannot colour these bands",
            where=f"map {map_id}, {cast}",
            expected=f"bands numbered from 0, each with a name, at most {MOST_BANDS}",
            found=f"{len(words)} names, highest band {highest}",
            next="ask for fewer bands, or name each",
        )
    codes = points.select(_codes("shown" in points.columns)).to_series().to_numpy()
    return {
        "map": map_id,
        "cast": cast,
        "codes": ALPHABET[codes].tobytes().decode("ascii"),
        "show": show,
        "bands": len(words),
        "ramp": ramp,
        "words": list(words),
        "title": title,
        "unit": unit,
        "counted": counted,
        "nobody": nobody,
        "revision": revision,
        "numbers": numbers,
    }


def detail_message(map_id: str, cast: str, points: pl.DataFrame, *, revision: int) -> Message:
    """The numbers for the tooltip and for edges tried; sent when `<id>_detail` asks for them.

    Takes:  one row an organisation: `value`, `value_low`, `value_high` (in the unit of the
            codes), `numerator`, `denominator`; the revision of the codes they belong to.
    Gives:  the `atlas-detail` message. What bands are cut from is Float64, to be cut alike.
    """
    columns = {
        "value": "value",
        "low": "value_low",
        "high": "value_high",
        "numerator": "numerator",
        "denominator": "denominator",
    }
    numbers = points.select(
        pl.col(column)
        .cast(pl.Float64 if column.startswith("value") else pl.Float32)
        # Null has no bytes: the browser reads not-a-number as not known.
        .fill_null(np.nan)
        .alias(name)
        for name, column in columns.items()
    )
    encoded = {name: _base64(numbers[name].to_numpy()) for name in columns}
    return {"map": map_id, "cast": cast, "revision": revision, **encoded}


def show_mask(categories: Iterable[int]) -> int:
    """The mask of shown categories: bands by number, NOT_REPORTED and NOT_ELIGIBLE.

    >>> show_mask([0, 2, NOT_ELIGIBLE])
    32773
    """
    return sum(1 << category for category in set(categories))


def show_message(map_id: str, show: int) -> Message:
    """Shows other categories without new codes."""
    return {"map": map_id, "show": show}


def select_message(map_id: str, index: int, *, pan: bool = False) -> Message:
    """Rings one point of the cast on the map (-1 none); to be sent after its codes."""
    return {"map": map_id, "index": index, "pan": pan}


def outlines_message(
    map_id: str,
    key: str,
    cast: str,
    *,
    rings: pl.DataFrame | None,
    codes: pl.Series | None = None,
    around: Sequence[int] = (),
) -> Message:
    """The outlines under a cast's points: their corners once, afterwards only their key.

    Takes:  one row a ring, of which an organisation may have several: `organisation_code`, `ring`
            (longitude and latitude of each corner; null = none); None where the browser has them
            already, or none are to be drawn; those that are not `is_own`, where that is said, are
            neighbours. The codes of the cast, where each outline has the colour of its own point.
            The places in the cast of those that are shown faintly, for they belong to neighbours.
    """
    message: Message = {"map": map_id, "key": key, "cast": cast}
    if rings is None:
        return message
    drawn = rings.drop_nulls("ring")
    # By the place in the cast, as everything else that the browser is told of a point.
    places = {code: place for place, code in enumerate(codes if codes is not None else ())}
    corners = [corner for ring in drawn["ring"] for corner in ring]
    of = [places.get(code, -1) for code in drawn["organisation_code"]]
    if "is_own" in drawn.columns:
        of = [at if own else NEIGHBOUR for at, own in zip(of, drawn["is_own"], strict=True)]
    return message | {
        "of": of,
        "around": list(around),
        "corners": drawn["ring"].list.len().to_list(),
        "lonlat": _base64(np.array(corners, dtype=np.float32)),
    }


def unsent_message(map_id: str, key: str, cast: str, *, rings: pl.DataFrame) -> Message:
    """Outlines that are too small to be told apart from afar: their middling width alone.

    Takes:  as `outlines_message`. Gives: `across`, in widths of the world (Web Mercator), by which
            the browser knows from which zoom they are drawn; it then asks for their corners.
    """
    return {"map": map_id, "key": key, "cast": cast, "across": _across(rings)}


def _across(rings: pl.DataFrame) -> float:
    """How far it is across the middling organisation, islands and all."""
    corner = pl.col("ring").list
    upright = (math.pi / 4 + corner.get(1).radians() / 2).tan().log() / (2 * math.pi)
    sides = (pl.col(side).max() - pl.col(side).min() for side in ("x", "y"))
    widths = (
        rings.drop_nulls("ring")
        .explode("ring")
        .select("organisation_code", x=corner.get(0) / 360, y=upright)
        .group_by("organisation_code")
        .agg(across=pl.max_horizontal(*sides))["across"]
    )
    return float(widths.sort()[len(widths) // 2]) if len(widths) else 0.0


def fit_message(
    map_id: str, bounds: tuple[tuple[float, float], tuple[float, float]] | None = None
) -> Message:
    """Brings ((south, west), (north, east)) into view; England if nothing is said."""
    return {"map": map_id, "bounds": bounds}


def _codes(has_shown: bool) -> pl.Expr:
    """Band, flags and the special categories as one number from 0 to 63."""
    small = pl.col("small").fill_null(False)
    uncertain = pl.col("uncertain").fill_null(False)
    # A practice may report that nobody was eligible: that is no silence.
    nobody = pl.col("band").is_null() | (pl.col("denominator") == 0).fill_null(False)
    code = (
        pl.when(~pl.col("reported").fill_null(False))
        .then(NOT_REPORTED)
        .when(nobody)
        .then(NOT_ELIGIBLE)
        .otherwise(
            pl.col("band").cast(pl.UInt8)
            + small.cast(pl.UInt8) * SMALL_FLAG
            + uncertain.cast(pl.UInt8) * UNCERTAIN_FLAG
        )
    )
    if has_shown:
        code = pl.when(pl.col("shown").fill_null(False)).then(code).otherwise(HIDDEN)
    return code.cast(pl.UInt8).alias("code")


def _radius(level: str) -> pl.Expr:
    """Pixels; a roll-up's area grows with its list, within 0.6 to 1.8 of the middling radius."""
    middling = RADIUS[level]
    if level == "practice":
        return pl.repeat(middling, pl.len(), dtype=pl.Float32)
    return _sized(middling, "list_size", 0.6, 1.8)


def _sized(middling: float, column: str, least: float, most: float) -> pl.Expr:
    """Pixels: the area grows with the column, within so many times the middling radius."""
    size = pl.col(column).cast(pl.Float64)
    return (middling * (size / size.median()).sqrt().clip(least, most)).fill_null(least * middling)


def _quarters(points: pl.DataFrame, radius: pl.Expr) -> np.ndarray:
    """Radii in quarters of a pixel, a byte each."""
    # Whole pixels would make steps of the sizes that people compare.
    quarters = points.select((radius * 4).fill_nan(4).alias("radius")).to_series()
    return quarters.round().clip(4, 255).cast(pl.UInt8).to_numpy()


def _base64(values: np.ndarray) -> str:
    return b64encode(values.tobytes()).decode("ascii")
