"""Territory: the land nearest to an organisation's practices, where no boundary is published.

No boundary: every page that shows it must say so. Each place of a practice has the land that is
nearer to it than to any other; an organisation has that of its practices. It ends at the coast,
which is a sketch (engine.atlas.land), and at the published boundary of its board where the lake has
those of all boards of the year.
"""

from collections.abc import Iterable
from math import pi

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from engine.atlas.boundary import boundaries
from engine.atlas.geography import practices as practices_of
from engine.atlas.land import LAND
from engine.atlas.parents import is_below
from engine.atlas.rollup import organisation_code
from engine.lake import Lake

# One degree in the middle of England, in kilometres: near enough to compare lengths.
KM_PER_DEGREE = np.array([67.6, 111.2])
OFFSHORE = 2.0  # km: the coast is a sketch, and practices stand at the sea
SMALLEST, THINNEST = (
    1.0,
    0.03,
)  # square km, and the share of a circle as long about: less is a sliver
TOUCHING = 0.3  # km: two lands that are cut at two boards' lines seldom meet to the metre
SEES_PAST = 1e-6  # square km: what is left of two lines that meet

Geometries = NDArray[np.object_]

_SCHEMA = pl.Schema({"organisation_code": pl.String(), "ring": pl.List(pl.List(pl.Float64))})


def territories(lake: Lake, level: str, year: str, *, geography: str = "published") -> pl.LazyFrame:
    """The territory of every organisation of a level, from the places of its practices.

    Takes:  which mapping (see engine.atlas.geography). Below boards, territories end at the
            published boundaries where engine.atlas.boundary has them.
    Gives:  one row a ring, by code: `organisation_code` and `ring`: longitude and latitude of each
            corner, in degrees, the first again at the end; outer rings anticlockwise, holes
            clockwise. No row for an organisation without a place of its own: none of its practices
            has one, or another has more practices at each (of equally many, the first by code).
            Pieces without a practice that are small or thin are nobody's.
    """
    placed = practices_of(lake, geography, year).join(
        lake.scan("practice_coordinates"), on="practice_code"
    )
    places = (
        placed.select(
            "longitude", "latitude", "icb_code", organisation_code=organisation_code(level)
        )
        .drop_nulls(["longitude", "latitude", "organisation_code"])
        .group_by("longitude", "latitude", "icb_code", "organisation_code")
        .agg(practices=pl.len())
        .sort("practices", "organisation_code", descending=[True, False])
        .unique(["longitude", "latitude"], keep="first", maintain_order=True)
        .sort("longitude", "latitude")
        .drop("practices")
    )
    boards = boundaries(lake, "icb", year, geography=geography).select(
        "ring", icb_code="organisation_code"
    )
    # Of a board itself a generalised line is not to be had for a territory.
    bounds = boards if is_below(level, "icb") else boards.clear()
    return pl.concat([places, bounds], how="diagonal").map_batches(
        _drawn,
        schema=_SCHEMA,
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
    )


def beside(drawn: pl.LazyFrame, code: str) -> pl.LazyFrame:
    """The territories of an organisation and of those about it.

    Takes:  what `territories` gives.
    Gives:  the same rows of these alone, with `is_own`; none where it has no territory.
    """
    schema = pl.Schema({**_SCHEMA, "is_own": pl.Boolean()})
    return drawn.map_batches(
        lambda rows: _beside(rows, code),
        schema=schema,
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
    )


def _beside(drawn: pl.DataFrame, code: str) -> pl.DataFrame:
    rows = drawn.with_columns(is_own=pl.col("organisation_code") == code)
    if not rows["is_own"].any():
        return rows.clear()
    shapes = np.array([_polygon(ring) for ring in rows["ring"]])
    own = shapely.union_all(shapes[rows["is_own"].to_numpy()])
    near = pl.Series(shapely.dwithin(shapes, own, TOUCHING))
    codes = rows["organisation_code"].filter(near).unique()
    return rows.filter(pl.col("organisation_code").is_in(codes.implode()))


def _drawn(rows: pl.DataFrame) -> pl.DataFrame:
    """Places, and boards' rings where there are any, to the rings of territories."""
    is_place = pl.col("ring").is_null()
    places, boards = rows.filter(is_place), rows.filter(~is_place)
    shapes: list[tuple[str, shapely.Geometry]] = []
    for land, there in _lands(places, boards):
        shapes += _shared_out(land, there)
    pieces = [
        (code, ring)
        for code, shape in sorted(shapes, key=lambda each: each[0])
        for ring in _rings(shape)
    ]
    return pl.DataFrame(pieces, schema=_SCHEMA, orient="row")


def _lands(
    places: pl.DataFrame, boards: pl.DataFrame
) -> list[tuple[shapely.Geometry, pl.DataFrame]]:
    """What is to be shared out among which places: each board's land, or all of England."""
    if not boards.height:
        coast = shapely.union_all([_polygon(ring).buffer(OFFSHORE) for ring in LAND])
        # Where an inlet closes a hole is left: the sketch's, and nobody's.
        filled = [shapely.Polygon(part.exterior) for part in shapely.get_parts(coast)]
        return [(shapely.MultiPolygon(filled), places)]
    lands = []
    for (code,), of in boards.group_by("icb_code", maintain_order=True):
        rings = [_polygon(ring) for ring in of["ring"]]
        # A hole of the published set is the other way round; laid over each other it is cut out.
        land = rings[0]
        for ring in rings[1:]:
            land = shapely.symmetric_difference(land, ring)
        lands.append((land, places.filter(pl.col("icb_code") == code)))
    return lands


def _shared_out(land: shapely.Geometry, places: pl.DataFrame) -> list[tuple[str, shapely.Geometry]]:
    """Each organisation's part of a land; the whole of it, where there is only one."""
    codes = places["organisation_code"].to_numpy()
    if not len(codes):
        return []
    points = shapely.points(places.select("longitude", "latitude").to_numpy() * KM_PER_DEGREE)
    if len(set(codes)) == 1:
        return [(codes[0], land)]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(
            shapely.MultiPoint(points), extend_to=shapely.box(*land.bounds), ordered=True
        )
    )
    shared = []
    for code in sorted(set(codes)):
        own = codes == code
        part = shapely.intersection(shapely.coverage_union_all(cells[own]), land)
        if pieces := _worth_drawing(part, points[own]):
            shared.append((code, shapely.MultiPolygon(pieces)))
    return shared


def _worth_drawing(part: shapely.Geometry, points: Geometries) -> list[shapely.Polygon]:
    """The pieces that hold a practice, or are large and compact enough to be seen as land."""
    pieces = [piece for piece in shapely.get_parts(part) if isinstance(piece, shapely.Polygon)]
    held = shapely.MultiPoint(points)
    return [
        piece
        for piece in pieces
        if piece.area > SEES_PAST and (piece.intersects(held) or not _is_sliver(piece))
    ]


def _is_sliver(piece: shapely.Polygon) -> bool:
    is_thin: bool = 4 * pi * piece.area / piece.length**2 < THINNEST
    return is_thin or bool(piece.area < SMALLEST)


def _polygon(ring: Iterable[Iterable[float]]) -> shapely.Geometry:
    """A ring in degrees as a shape in kilometres."""
    corners = np.array([tuple(corner) for corner in ring]) * KM_PER_DEGREE
    shape = shapely.Polygon(corners)
    if shape.is_valid:
        return shape
    # A line that was thinned may cross itself; the lines that mending leaves are no land.
    return shapely.make_valid(shape, method="structure", keep_collapsed=False)


def _rings(shape: shapely.Geometry) -> list[list[list[float]]]:
    """The rings of a shape in degrees: outer ones anticlockwise, holes clockwise."""
    rings = []
    for piece in shapely.get_parts(shape):
        if not isinstance(piece, shapely.Polygon):
            continue
        turned = shapely.orient_polygons(piece, exterior_cw=False)
        for ring in (turned.exterior, *turned.interiors):
            corners: list[list[float]] = (
                (shapely.get_coordinates(ring) / KM_PER_DEGREE).round(5).tolist()
            )
            rings.append(corners)
    return rings
