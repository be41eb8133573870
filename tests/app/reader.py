"""A reader without a browser: the practices page's websocket, spoken as Shiny's own script does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

PATIENCE = 60  # seconds for an answer: a loaded machine is slow, not wrong

# What a browser says first: every control as the page has it, and which outputs are in sight.
CONTROLS: dict[str, Any] = {
    "indicator": "",
    "year": "",
    "measure": "net",
    "level": "practice",
    "area": "all",
    "bands": "usual",
    "edges": "50,70,80,90",
    "band": ["0", "1", "2", "3", "4", "none"],
    "keep": [],
    "colour": "",
    "size": "",
    "shapes": "",
    "against": "",
    "compare_as": "side",
    "geography": "published",
    "columns": [],
    "rows": "100",
    "find": "",
    "across": "deprivation",
    "like": ["list_size", "aged_65_and_over", "deprivation"],
    "target": "",
    "target_percent:shiny.number": 80,
    "group_codes": "",
    "group_use:shiny.action": 0,
    "group_clear:shiny.action": 0,
    "outlined": True,
    "q": "",
    "theme": "light",
    ".clientdata_output_refresh_note_hidden": False,
    ".clientdata_output_map_hidden": False,
    ".clientdata_output_map_before_hidden": True,
    ".clientdata_output_download_csv_hidden": False,
    ".clientdata_output_download_excel_hidden": False,
    ".clientdata_output_download_parquet_hidden": False,
    ".clientdata_pixelratio": 1,
    ".clientdata_singletons": "",
    ".clientdata_url_protocol": "http:",
    ".clientdata_url_pathname": "/",
    ".clientdata_url_search": "",
    ".clientdata_url_hash": "",
}


class Reader:
    """One open page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def choose(self, **inputs: Any) -> None:
        """Say that controls changed."""
        self._socket.send(json.dumps({"method": "update", "data": inputs}))

    def hears(self, kind: str) -> Any:
        """The next message `atlas-<kind>` to the page's own scripts; others are passed over."""
        name = f"atlas-{kind}"
        while True:
            text = self._socket.recv(timeout=PATIENCE)
            if f'"{name}"' in text[:60]:
                return json.loads(text)["custom"][name]

    def is_answered(self) -> None:
        """Wait for the end of a flush, which every change of a control has."""
        while not self._socket.recv(timeout=PATIENCE).startswith('{"values"'):
            pass

    def leave(self) -> None:
        """Close the page before its block ends."""
        self._socket.close()


@contextmanager
def reading(address: str, **controls: Any) -> Iterator[Reader]:
    """A page that is open while the block lasts, with these controls and the others as usual."""
    at = address.removeprefix("http://").strip("/")
    host, _, port = at.partition(":")
    place = {".clientdata_url_hostname": host, ".clientdata_url_port": port}
    with connect(f"ws://{at}/websocket/", max_size=None) as socket:
        socket.send(json.dumps({"method": "init", "data": CONTROLS | place | controls}))
        yield Reader(socket)
