"""From the bytes of a GeoJSON file to a frame: one row a corner of a boundary, every column text.

Beside parse, which makes sense of tables. Pure, and suspicious: whatever is no closed ring of
longitudes and latitudes is an error that says which feature, never a shape drawn somewhere else.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np
import polars as pl

from engine.errors import ContractBroken
from refresh.extract.names import tidy

MAX_BYTES = 50 << 20
MAX_FEATURES = 10_000
MAX_CORNERS = 500_000
MAX_PROPERTIES = 60
LONGEST = 200
# Great Britain with its islands, and some sea: longitude and latitude.
_BRITAIN = np.array([[-9.5, 49.0], [2.5, 61.5]])
_IN_BRITAIN = "degrees: longitude from -9.5 to 2.5, latitude from 49 to 61.5, in that order"
_AGAIN = (
    "download the boundaries again as GeoJSON, generalised (BGC or BUC), in WGS84, from"
    " geoportal.statistics.gov.uk"
)
_SWAP = (
    "GeoJSON has longitude first: swap the two numbers of every corner (ogr2ogr -s_srs EPSG:4326"
    " -t_srs CRS:84 does), or download the boundaries again from geoportal.statistics.gov.uk"
)
_REPROJECT = (
    "bring them to WGS84 (ogr2ogr -t_srs EPSG:4326, with -s_srs EPSG:27700 for the British National"
    " Grid), or download them again with that projection from geoportal.statistics.gov.uk"
)
_ANOTHER = "look at the file in a map viewer: it may be of another country, or its corners damaged"


def parse_geojson(data: bytes, where: str) -> pl.DataFrame:
    """The corners of every boundary in a file, with the properties of its feature.

    Takes:  a FeatureCollection of polygons, in degrees of WGS84; the file's name, for messages.
    Gives:  one row a corner: the properties under tidy names, and over them `BOUNDARY` (the
            feature, from 1), `RING` (from 1 within it), `IS_HOLE`, `CORNER` (from 1), `LONGITUDE`,
            `LATITUDE`. A ring ends where it began; outer rings turn left, holes right.
    Raises: ContractBroken for what is no such file, or is larger than one is.

    >>> square = b"[[0, 51], [0, 52], [1, 52], [0, 51]]"
    >>> feature = b'{"properties": {"name": "A"}, "geometry": {"type": "Polygon", "coordinates": '
    >>> data = b'{"type": "FeatureCollection", "features": [' + feature + b"[" + square + b"]}}]}"
    >>> parse_geojson(data, "a.geojson").select("NAME", "CORNER", "LONGITUDE").row(1)
    ('A', '2', '1.0')
    """
    features = _features(_loaded(data, where), where)
    corners: list[pl.DataFrame] = []
    properties: list[dict[str, str]] = []
    names: set[str] = set()
    count = 0
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict):
            _refuse(where, f"feature {number} is no object", found=type(feature).__name__)
        properties.append({"BOUNDARY": str(number)} | _properties(feature))
        names.update(properties[-1])
        if len(names) > MAX_PROPERTIES:
            most = f"at most {MAX_PROPERTIES}"
            _refuse(where, "there are too many properties", expected=most, found="more")
        at = f"{where}, feature {number}"
        for ring, (is_hole, points) in enumerate(_rings(feature.get("geometry"), at), start=1):
            count += len(points)
            if count > MAX_CORNERS:
                most = f"at most {MAX_CORNERS:,} corners"
                _refuse(where, "it is finer than a map needs", expected=most, found="more")
            corners.append(_rows(number, ring, is_hole, points))
    described = pl.DataFrame(properties, infer_schema_length=None)
    rows = pl.concat(corners).cast(pl.String)
    return rows.join(described, on="BOUNDARY", how="left", maintain_order="left")


def _loaded(data: bytes, where: str) -> Any:
    # Before parsing: parsed, JSON takes many times its size.
    if len(data) > MAX_BYTES:
        most = f"at most {MAX_BYTES:,} bytes"
        _refuse(where, "it is larger than a map needs", expected=most, found=f"{len(data):,}")
    try:
        return json.loads(data.decode("utf-8-sig"))
    # A million brackets are valid JSON, and deeper than Python can follow.
    except (ValueError, RecursionError) as error:
        _refuse(where, "it is no JSON", expected="GeoJSON in UTF-8", found=str(error)[:120])


def _features(document: Any, where: str) -> list[Any]:
    is_collection = isinstance(document, dict) and document.get("type") == "FeatureCollection"
    features = document.get("features") if is_collection else None
    if not isinstance(features, list):
        found, next_step = _other_json(document)
        _refuse(
            where,
            "it is no GeoJSON",
            expected="a FeatureCollection",
            found=found,
            next_step=next_step,
        )
    # The standard has given it up, but older programs write British National Grid with it.
    system = document.get("crs")
    for key in ("properties", "name"):
        system = system.get(key, "no name") if isinstance(system, dict) else system
    if system is not None and not re.search(r"CRS84|EPSG:+4326", _text(system)):
        found = _text(system)
        _refuse(where, "its coordinates are not in WGS84", expected="EPSG:4326", found=found)
    if not 0 < len(features) <= MAX_FEATURES:
        most = f"1 to {MAX_FEATURES:,} features"
        _refuse(where, "it has no boundaries", expected=most, found=f"{len(features):,}")
    return features


def _other_json(document: Any) -> tuple[str, str]:
    """What a map's file is that is no collection of features, and what to do then."""
    said = document if isinstance(document, dict) else {}
    if said.get("type") == "Topology":
        return "TopoJSON", "turn it into GeoJSON (topo2geo, or mapshaper.org)"
    if "geometryType" in said or "spatialReference" in said:
        return "Esri JSON", "ask the service for GeoJSON: f=geojson in its address, not f=json"
    if said.get("type") in ("Feature", "Polygon", "MultiPolygon"):
        return f"one {said['type']}", "put it into a FeatureCollection, with every other board"
    return "other JSON", ""


def _properties(feature: dict[str, Any]) -> dict[str, str]:
    """What a feature says of itself, as text; what is no text or number is left out."""
    said = feature.get("properties")
    said = said if isinstance(said, dict) else {}
    ours = {"BOUNDARY", "RING", "IS_HOLE", "CORNER", "LONGITUDE", "LATITUDE"}
    known = {tidy(name): value for name, value in said.items() if isinstance(value, str | int)}
    return {_text(name): _text(known[name]) for name in known.keys() - ours}


def _text(value: Any) -> str:
    """Words as a frame can hold them: short, and without halves of characters."""
    words = f"{value}" if isinstance(value, str | int) else type(value).__name__
    return words[:LONGEST].encode("utf-8", "replace").decode()


def _rings(geometry: Any, at: str) -> Iterator[tuple[bool, np.ndarray]]:
    """Whether it is a hole, and the corners, of every ring of a polygon or several."""
    geometry = geometry if isinstance(geometry, dict) else {}
    kind, inside = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(inside, list) or not inside:
        _refuse(at, "it is no area", expected="Polygon or MultiPolygon", found=_text(kind))
    for polygon in [inside] if kind == "Polygon" else inside:
        if not isinstance(polygon, list) or not polygon:
            _refuse(at, "a polygon has no ring", expected="rings", found=type(polygon).__name__)
        for place, ring in enumerate(polygon):
            yield place > 0, _turned(_corners(ring, at), is_hole=place > 0)


def _corners(ring: Any, at: str) -> np.ndarray:
    points = ring if isinstance(ring, list) else []
    if not all(isinstance(p, list) and len(p) > 1 and _is_number(*p[:2]) for p in points):
        found = "something else"
        _refuse(at, "a corner is no place", expected="longitude and latitude", found=found)
    corners = np.array([point[:2] for point in points], dtype=float).reshape(-1, 2)
    if len(corners) < 4 or (corners[0] != corners[-1]).any():
        found = f"{len(corners)} corners"
        closed = "4 corners or more, the last one the first"
        _refuse(at, "a ring is not closed", expected=closed, found=found)
    _refuse_elsewhere(corners, at)
    return corners


def _refuse_elsewhere(corners: np.ndarray, at: str) -> None:
    """Corners that are no longitudes and latitudes of Great Britain: what they are, if known."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    if (low >= _BRITAIN[0]).all() and (high <= _BRITAIN[1]).all():
        return
    found = f"{low[0]:,.2f} to {high[0]:,.2f}, {low[1]:,.2f} to {high[1]:,.2f}"
    swapped = (low[::-1] >= _BRITAIN[0]).all() and (high[::-1] <= _BRITAIN[1]).all()
    if swapped:
        what, next_step = "latitude and longitude are swapped", _SWAP
    elif (low >= 0).all() and (high <= (700_000, 1_300_000)).all() and high.min() > 1_000:
        what, next_step = (
            "its coordinates are not in WGS84: metres of the National Grid",
            _REPROJECT,
        )
    elif (np.abs((low, high)) > (180, 90)).any():
        what, next_step = "its coordinates are not in WGS84: metres, and no degrees", _REPROJECT
    else:
        what, next_step = "it lies outside Great Britain", _ANOTHER
    _refuse(at, what, expected=_IN_BRITAIN, found=found, next_step=next_step)


def _is_number(*values: Any) -> bool:
    # By type, for true is an int; and NaN is compared with nothing.
    return all(type(value) in (int, float) and abs(value) < 1e12 for value in values)


def _turned(corners: np.ndarray, *, is_hole: bool) -> np.ndarray:
    """Outer rings to the left, holes to the right, as RFC 7946 has it and not every file does."""
    x, y = (corners - corners[0]).T
    turns_left = float(x[:-1] @ y[1:] - x[1:] @ y[:-1]) > 0
    return corners[::-1] if turns_left == is_hole else corners


def _rows(number: int, ring: int, is_hole: bool, corners: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"LONGITUDE": corners[:, 0], "LATITUDE": corners[:, 1]}).select(
        BOUNDARY=pl.lit(number),
        RING=pl.lit(ring),
        IS_HOLE=pl.lit(is_hole),
        CORNER=pl.int_range(1, pl.len() + 1),
        LONGITUDE="LONGITUDE",
        LATITUDE="LATITUDE",
    )


def _refuse(
    where: str, what: str, *, expected: str = "GeoJSON", found: str, next_step: str = ""
) -> NoReturn:
    raise ContractBroken(
        what,
        where=where,
        expected=expected,
        found=found,
        next=f"{next_step or _AGAIN}; until then outlines are drawn from practices",
    )
