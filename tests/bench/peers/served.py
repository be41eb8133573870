"""What the peers' pages share: the same answers as ours, the same frame, a production server."""

import argparse
from collections.abc import Callable

import polars as pl
import waitress
from dash import Dash, dcc, html

from engine import Lake, open_lake
from tests.bench.scene import Scene, ask

SHOWN = {
    "organisation_name": "name",
    "organisation_code": "code",
    "value": "value",
    "value_low": "low",
    "value_high": "high",
    "numerator": "numerator",
    "denominator": "denominator",
    "band": "band",
    "latitude": "lat",
    "longitude": "lon",
}


def practices(lake: Lake, scene: Scene, code: str) -> pl.DataFrame:
    """The practices that a map can show: those with a value and a place."""
    rows = ask(lake, scene.year, code).select(pl.col(old).alias(new) for old, new in SHOWN.items())
    return rows.drop_nulls(["band", "lat", "lon"])


def frame(scene: Scene, the_map: object) -> html.Div:
    """A page of one select and one map, as large as ours."""
    size = {"width": f"{scene.width}px", "height": f"{scene.height}px"}
    return html.Div(
        [
            dcc.Dropdown(list(scene.codes), scene.codes[0], id="indicator", clearable=False),
            html.Div(the_map, id="map", style=size),
        ]
    )


def serve(page: Callable[[Lake, Scene], Dash]) -> None:
    """Run a page until it is stopped: `--port N --scene JSON`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--scene", required=True)
    given = parser.parse_args()
    app = page(open_lake(), Scene.parse(given.scene))
    # It takes a hundred connections at a time unless told; more readers would wait for ever.
    waitress.serve(
        app.server,
        host="127.0.0.1",
        port=given.port,
        threads=4,
        connection_limit=1000,
        channel_timeout=600,
        _quiet=True,
    )
