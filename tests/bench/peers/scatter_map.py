"""Peer: a Dash page with px.scatter_map, its figure made anew by a callback, as Plotly shows it.

python -m tests.bench.peers.scatter_map --port N --scene JSON
"""

import plotly.express as px
import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc

from engine import Lake
from engine.bands import PRESETS, words
from tests.bench.peers.served import frame, practices, serve
from tests.bench.scene import BANDS, COLOURS, Scene

WORDS = words(PRESETS[BANDS])


def page(lake: Lake, scene: Scene) -> Dash:
    app = Dash("care_atlas_peer", title="px.scatter_map")
    app.layout = frame(scene, dcc.Graph(id="graph", style={"height": "100%"}))

    @app.callback(Output("graph", "figure"), Input("indicator", "value"))
    def show(code: str) -> go.Figure:
        return figure(lake, scene, code)

    return app


def figure(lake: Lake, scene: Scene, code: str) -> go.Figure:
    rows = practices(lake, scene, code).to_pandas()
    rows["band"] = rows["band"].map(dict(enumerate(WORDS)))
    drawn = px.scatter_map(
        rows,
        lat="lat",
        lon="lon",
        color="band",
        color_discrete_map=dict(zip(WORDS, COLOURS, strict=True)),
        category_orders={"band": WORDS},
        hover_name="name",
        hover_data=["code", "value", "low", "high", "numerator", "denominator"],
        center={"lat": scene.latitude, "lon": scene.longitude},
        zoom=scene.zoom - 1,  # MapLibre counts from tiles of 512 pixels
        map_style="white-bg",  # no tiles: nothing is asked of the network
    )
    drawn.update_traces(marker_size=6)
    return drawn.update_layout(margin=dict.fromkeys("lrtb", 0), showlegend=False, uirevision="map")


if __name__ == "__main__":
    serve(page)
