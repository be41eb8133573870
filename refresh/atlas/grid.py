"""From the British National Grid to longitude and latitude, for directories that have no degrees.

The Ordnance Survey's own formulae ("A guide to coordinate systems in Great Britain", annexes B and
C): good to five metres, where a postcode's middle is given to one, or to a hundred. Pure.
"""

from collections.abc import Sequence
from math import radians

import numpy as np
import polars as pl

_A, _B = 6_377_563.396, 6_356_256.909  # Airy 1830, semi-axes in metres
_F0 = 0.9996012717
_PHI0, _LAMBDA0 = radians(49), radians(-2)
_E0, _N0 = 400_000, -100_000
_E2 = 1 - (_B / _A) ** 2
_N = (_A - _B) / (_A + _B)
# From Airy's ellipsoid to that of WGS84: metres, parts per million, seconds of arc.
_SHIFT = (446.448, -125.157, 542.060)
_SCALE = 1 - 20.4894e-6
_TURN = tuple(radians(seconds / 3600) for seconds in (0.1502, 0.2470, 0.8421))
_WGS_A, _WGS_E2 = 6_378_137.0, 0.00669437999014


def degrees_of(easting: np.ndarray, northing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude, WGS84, of points of the grid.

    Takes:  metres from the grid's origin, NaN where there is no point.

    >>> east, north = np.array([651409.903]), np.array([313177.270])  # the guide's own example
    >>> [round(float(degrees[0]), 3) for degrees in degrees_of(east, north)]
    [1.716, 52.658]
    """
    latitude, longitude = _on_airy(easting, northing)
    return _on_wgs84(latitude, longitude)


def with_degrees(raw: pl.LazyFrame, easting: str, northing: str) -> pl.LazyFrame:
    """Rows with `LONG` and `LAT` made of two columns of metres, as text; null where those are.

    Takes:  text columns; the names of those two.
    """

    def placed(columns: Sequence[pl.Series]) -> pl.Series:
        longitude, latitude = degrees_of(*(column.to_numpy() for column in columns))
        both = pl.DataFrame({"LONG": longitude, "LAT": latitude}, nan_to_null=True)
        return both.select(pl.all().round(6).cast(pl.String)).to_struct("place")

    metres = [
        # Nought stands for no point, in all directories of the ONS.
        pl.col(name).cast(pl.Float64, strict=False).replace(0, None).fill_null(float("nan"))
        for name in (easting, northing)
    ]
    kind = pl.Struct({"LONG": pl.String, "LAT": pl.String})
    place = pl.map_batches(metres, placed, return_dtype=kind, returns_scalar=False)
    return raw.with_columns(place.struct.unnest())


def _on_airy(easting: np.ndarray, northing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude on Airy's ellipsoid, in radians."""
    phi = (northing - _N0) / (_A * _F0) + _PHI0
    for _ in range(10):  # each step is a hundred times nearer; four reach a millimetre
        phi = phi + (northing - _N0 - _meridian(phi)) / (_A * _F0)
    sine, tangent, secant = np.sin(phi), np.tan(phi), 1 / np.cos(phi)
    nu = _A * _F0 / np.sqrt(1 - _E2 * sine**2)
    rho = _A * _F0 * (1 - _E2) / (1 - _E2 * sine**2) ** 1.5
    eta2, t2 = nu / rho - 1, tangent**2
    east = easting - _E0
    latitude = (
        phi
        - tangent / (2 * rho * nu) * east**2
        + tangent / (24 * rho * nu**3) * (5 + 3 * t2 + eta2 - 9 * t2 * eta2) * east**4
        - tangent / (720 * rho * nu**5) * (61 + 90 * t2 + 45 * t2**2) * east**6
    )
    longitude = (
        _LAMBDA0
        + secant / nu * east
        - secant / (6 * nu**3) * (nu / rho + 2 * t2) * east**3
        + secant / (120 * nu**5) * (5 + 28 * t2 + 24 * t2**2) * east**5
        - secant / (5040 * nu**7) * (61 + 662 * t2 + 1320 * t2**2 + 720 * t2**3) * east**7
    )
    return latitude, longitude


def _meridian(phi: np.ndarray) -> np.ndarray:
    """Metres along the meridian from the grid's true origin."""
    less, more = phi - _PHI0, phi + _PHI0
    return (
        _B
        * _F0
        * (
            (1 + _N + 5 / 4 * (_N**2 + _N**3)) * less
            - (3 * _N + 3 * _N**2 + 21 / 8 * _N**3) * np.sin(less) * np.cos(more)
            + 15 / 8 * (_N**2 + _N**3) * np.sin(2 * less) * np.cos(2 * more)
            - 35 / 24 * _N**3 * np.sin(3 * less) * np.cos(3 * more)
        )
    )


def _on_wgs84(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitude and latitude in degrees, after Helmert's transformation."""
    nu = _A / np.sqrt(1 - _E2 * np.sin(latitude) ** 2)
    x = nu * np.cos(latitude) * np.cos(longitude)
    y = nu * np.cos(latitude) * np.sin(longitude)
    z = nu * (1 - _E2) * np.sin(latitude)
    turn_x, turn_y, turn_z = _TURN
    x2 = _SHIFT[0] + _SCALE * x - turn_z * y + turn_y * z
    y2 = _SHIFT[1] + turn_z * x + _SCALE * y - turn_x * z
    z2 = _SHIFT[2] - turn_y * x + turn_x * y + _SCALE * z
    flat = np.hypot(x2, y2)
    north = np.arctan2(z2, flat * (1 - _WGS_E2))
    for _ in range(5):
        nu = _WGS_A / np.sqrt(1 - _WGS_E2 * np.sin(north) ** 2)
        north = np.arctan2(z2 + _WGS_E2 * nu * np.sin(north), flat)
    return np.degrees(np.arctan2(y2, x2)), np.degrees(north)
