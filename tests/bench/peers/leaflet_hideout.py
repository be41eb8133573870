"""Peer: dash-leaflet on a canvas, asked for the least it can do: only bands change, no tooltips.

The practices are sent once; a change is one digit a practice in `hideout`, as ours is one
character. Its examples do not go this far; it shows what the library itself costs.

python -m tests.bench.peers.leaflet_hideout --port N --scene JSON
"""

from typing import Any

import dash_leaflet as dl
import dash_leaflet.express as dlx
import polars as pl
from dash import Dash, Input, Output

from engine import Lake
from tests.bench.peers.leaflet import ASSETS, canvas_map, drawn_by
from tests.bench.peers.served import frame, serve
from tests.bench.scene import COLOURS, Scene, ask


def page(lake: Lake, scene: Scene) -> Dash:
    app = Dash("care_atlas_peer", title="dash-leaflet, hideout", assets_folder=str(ASSETS))
    rows = ask(lake, scene.year, scene.codes[0])
    placed = rows.with_row_index("place").drop_nulls(["latitude", "longitude"])
    points = dl.GeoJSON(
        id="points",
        data=dlx.dicts_to_geojson(
            placed.select("place", lat="latitude", lon="longitude").to_dicts()
        ),
        pointToLayer=drawn_by("byHideout"),
        hideout={"colours": COLOURS, "bands": ""},
    )
    app.layout = frame(scene, canvas_map(scene, points))

    @app.callback(Output("points", "hideout"), Input("indicator", "value"))
    def show(code: str) -> dict[str, Any]:
        bands = ask(lake, scene.year, code)["band"].cast(pl.String).fill_null("-")
        return {"colours": COLOURS, "bands": "".join(bands)}

    return app


if __name__ == "__main__":
    serve(page)
