"""The first map as it stands in the page, painted by app/www/first.js before all else has come."""

import json
from collections.abc import Sequence

from htmltools import HTML, TagList, tags

from app.atlas.drawing.map_layer import ENGLAND, Message
from engine.atlas.land import LAND

Corners = Sequence[Sequence[float]]


def first_map(cast: Message, codes: Message, bounds: Corners | None, *, script: str) -> TagList:
    """What the first map is painted from, and the script that does it at once.

    Takes:  the `atlas-cast` and `atlas-codes` messages of the map; south-west and north-east of the
            area as (latitude, longitude), None for England; where the script lies.
    """
    said = {
        "cast": {name: cast[name] for name in ("cast", "lonlat", "radius")},
        "codes": {name: codes[name] for name in ("codes", "show", "bands", "ramp")},
        "bounds": bounds or ENGLAND,
        "land": LAND,
    }
    # Numbers, base64 and an id: nothing of it can end the script that it stands in.
    text = json.dumps(said, separators=(",", ":"))
    return TagList(
        tags.script(HTML(text), type="application/json", id="first_map"),
        # It waits for the styles, which say how large the map is, and for nothing else.
        tags.script(src=script),
    )
