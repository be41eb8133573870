"""What every contender shows: one year, some indicators, one view of England; and sentinels.

A sentinel is a practice that stands alone on the map and changes colour between two indicators:
its pixel says, without asking the page, that the map shows the new answer.
"""

import json
from dataclasses import asdict, dataclass
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from app.draw.ramp import band_colours
from engine import Lake, Question, answer, marked

BANDS = "five"
COLOURS = band_colours(5)
ALONE = 5.5  # pixels to the nearest other practice: dots are 6 wide and a line round them
EDGE = 12  # pixels from the map's own edge
SENTINELS = 5


@dataclass(frozen=True)
class Scene:
    """The year, the indicators in the order they are asked for, and the map's view in pixels."""

    year: str
    codes: tuple[str, ...]
    width: float
    height: float
    latitude: float
    longitude: float
    zoom: float

    def json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> "Scene":
        said = json.loads(text)
        return cls(**said | {"codes": tuple(said["codes"])})

    def place(self, longitude: Any, latitude: Any) -> tuple[Any, Any]:
        """Pixels from the map's corner, as Web Mercator has them at this zoom."""
        world = 256 * 2**self.zoom
        (x, y), (x0, y0) = (
            _mercator(longitude, latitude),
            _mercator(self.longitude, self.latitude),
        )
        return (x - x0) * world + self.width / 2, (y - y0) * world + self.height / 2


def subjects(lake: Lake, count: int) -> tuple[str, tuple[str, ...]]:
    """The newest year with shares of patients, and `count` of its indicators.

    High and low achievement by turns, so that each change recolours many practices; of those
    that leave most dots plain, which is where a pixel says the band.
    """
    rows = lake.scan("indicator").filter("has_fraction").collect()
    year = rows["year"].max()
    codes = rows.filter(pl.col("year") == year)["indicator_code"].sort()
    plain = sorted(codes, key=lambda code: -int(_plain(answered(lake, year, code)).sum()))
    level = sorted(plain[: 2 * count], key=lambda code: answered(lake, year, code)["value"].mean())
    half = count // 2
    if len(level) < 2 * half or half == 0:
        raise SystemExit(
            f"{year} has {len(codes)} indicators practice by practice; the bench needs {count}.\n"
            "  next: put it to the demonstration: CARE_ATLAS_DATA=/tmp/demo python -m refresh demo"
        )
    pairs = zip(level[:half], level[-half:], strict=True)
    return year, tuple(code for pair in pairs for code in pair)


@cache
def answered(lake: Lake, year: str, code: str) -> pl.DataFrame:
    """The answer that every contender should show, one row a practice, by code."""
    return ask(lake, year, code)


def ask(lake: Lake, year: str, code: str) -> pl.DataFrame:
    return marked(answer(lake, Question(code, year, bands=BANDS)), BANDS).collect()


def wanted(lake: Lake, scene: Scene, before: str | None, after: str) -> list[dict[str, Any]]:
    """Where to look, and for which colour, to know that `after` is painted.

    Takes:  the code that is shown before; None where nothing is.
    Gives:  a few sentinels: `x`, `y` (CSS pixels from the map's corner in the scene's view),
            `latlng` (degrees) and `rgb`.
    """
    to = answered(lake, scene.year, after)
    shown = _plain(to)
    if before is not None:
        since = answered(lake, scene.year, before)
        shown &= _plain(since) & (since["band"] != to["band"]).fill_null(False).to_numpy()
    x, y, alone = _standing_alone(lake, scene)
    found = list(islice((int(i) for i in alone if shown[i]), SENTINELS))
    if not found:
        raise SystemExit(
            f"No practice that stands alone changes its band from {before} to {after}."
        )
    return [
        {
            "x": float(x[i]),
            "y": float(y[i]),
            "latlng": [to["latitude"][i], to["longitude"][i]],
            "rgb": list(bytes.fromhex(COLOURS[to["band"][i]][1:])),
        }
        for i in found
    ]


@cache
def _standing_alone(lake: Lake, scene: Scene) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels of all practices, and which of them are alone, the loneliest first."""
    rows = answered(lake, scene.year, scene.codes[0])
    lonlat = rows.select(pl.col("longitude", "latitude").fill_null(np.nan)).to_numpy()
    x, y = scene.place(lonlat[:, 0], lonlat[:, 1])
    inside = (x > EDGE) & (x < scene.width - EDGE) & (y > EDGE) & (y < scene.height - EDGE)
    gaps = np.array([_gap(x, y, i) if inside[i] else 0.0 for i in range(len(x))])
    order = np.argsort(-gaps, kind="stable")
    return x, y, order[gaps[order] >= ALONE]


def _gap(x: np.ndarray, y: np.ndarray, i: int) -> float:
    away = np.hypot(x - x[i], y - y[i])
    away[i] = np.inf
    return float(np.nanmin(away))


def _plain(rows: pl.DataFrame) -> np.ndarray:
    """Which dots have the band's own colour in their middle: no flags, and a band."""
    plain = pl.col("band").is_not_null() & ~pl.col("small") & ~pl.col("uncertain")
    return rows.select(plain).to_series().to_numpy()


def _mercator(longitude: Any, latitude: Any) -> tuple[Any, Any]:
    """Shares of the world's square, from its north-western corner."""
    tall = np.log(np.tan(np.pi / 4 + np.radians(latitude) / 2))
    return np.asarray(longitude) / 360 + 0.5, 0.5 - tall / (2 * np.pi)
