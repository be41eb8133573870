"""What a page receives, part by part: as text, and on the wire.

The browser says how many bytes a response took. Of a websocket it gives the text of each frame;
what that took is found by deflating the frames again, in order, as the two sides agreed.
"""

import re
import zlib
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession

_WINDOW = re.compile(r"server_max_window_bits=(\d+)")


@dataclass(frozen=True)
class Part:
    """One response or one frame: bytes as text and on the wire; a frame's text."""

    size: int
    wire: int
    text: str = ""


class Wire:
    """Listens from before a page is opened; `parts` grows as they arrive."""

    def __init__(self, cdp: CDPSession) -> None:
        self.parts: list[Part] = []
        self._sizes: dict[str, int] = {}
        self._deflate: Any = None
        cdp.on("Network.dataReceived", self._on_data)
        cdp.on("Network.loadingFinished", self._on_response)
        cdp.on("Network.webSocketHandshakeResponseReceived", self._on_handshake)
        cdp.on("Network.webSocketFrameReceived", self._on_frame)
        cdp.send("Network.enable")

    def _on_data(self, event: dict[str, Any]) -> None:
        self._sizes[event["requestId"]] = (
            self._sizes.get(event["requestId"], 0) + event["dataLength"]
        )

    def _on_response(self, event: dict[str, Any]) -> None:
        size = self._sizes.pop(event["requestId"], 0)
        self.parts.append(Part(size, int(event["encodedDataLength"])))

    def _on_handshake(self, event: dict[str, Any]) -> None:
        headers = {k.lower(): v for k, v in event["response"]["headers"].items()}
        agreed = headers.get("sec-websocket-extensions", "")
        bits = int(found[1]) if (found := _WINDOW.search(agreed)) else 15
        self._deflate = zlib.compressobj(wbits=-bits) if "permessage-deflate" in agreed else None

    def _on_frame(self, event: dict[str, Any]) -> None:
        text = event["response"]["payloadData"]
        self.parts.append(Part(len(text.encode()), self._framed(text.encode()), text))

    def _framed(self, data: bytes) -> int:
        """Bytes of a frame: its header, and its content deflated."""
        if self._deflate is not None:
            data = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
            data = data[:-4]  # what every flush ends with is not sent
        return len(data) + (2 if len(data) < 126 else 4 if len(data) < 65_536 else 10)
