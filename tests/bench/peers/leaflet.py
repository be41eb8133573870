"""Peer: dash-leaflet's GeoJSON on a canvas, sent anew at each change, as its scatter example does.

The colour comes from the band by a function in assets/points.js, the tooltip from the properties.

python -m tests.bench.peers.leaflet --port N --scene JSON
"""

from pathlib import Path
from typing import Any

import dash_leaflet as dl
import dash_leaflet.express as dlx
from dash import Dash, Input, Output
from dash_extensions.javascript import Namespace

from engine import Lake
from tests.bench.peers.served import frame, practices, serve
from tests.bench.scene import COLOURS, Scene

ASSETS = Path(__file__).parent / "assets"
drawn_by = Namespace("peers", "points")


def page(lake: Lake, scene: Scene) -> Dash:
    app = Dash("care_atlas_peer", title="dash-leaflet", assets_folder=str(ASSETS))
    points = dl.GeoJSON(
        id="points",
        pointToLayer=drawn_by("byProperty"),
        onEachFeature=drawn_by("tell"),
        hideout={"colours": COLOURS},
    )
    app.layout = frame(scene, canvas_map(scene, points))

    @app.callback(Output("points", "data"), Input("indicator", "value"))
    def show(code: str) -> dict[str, Any]:
        return dlx.dicts_to_geojson(practices(lake, scene, code).to_dicts())

    return app


def canvas_map(scene: Scene, points: dl.GeoJSON) -> dl.Map:
    """A map without tiles, in the scene's view, that draws vectors on one canvas."""
    return dl.Map(
        points,
        center=[scene.latitude, scene.longitude],
        zoom=scene.zoom,
        zoomSnap=0.1,
        preferCanvas=True,
        style={"height": "100%"},
    )


if __name__ == "__main__":
    serve(page)
