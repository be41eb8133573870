"""What the libraries are spared changes nothing that they say (app/spared.py)."""

import asyncio
import re
import zlib

from htmltools import HTML, HTMLDependency, Tagifiable, tags
from shiny.reactive import _core
from websockets.sync.client import connect

from app import spared


def test_what_can_be_a_tag_is_known_as_before():
    spared._spare_the_protocols()
    asked = (tags.p(), tags.p, "text", HTML("<p>"), 3, None, HTMLDependency("a", "1"))
    # By the protocol's own words: it has a method `tagify`.
    assert [isinstance(one, Tagifiable) for one in asked] == [
        callable(getattr(one, "tagify", None)) for one in asked
    ]


def test_a_span_that_nobody_collects_gives_none():
    async def opened() -> object:
        async with spared._no_span("reactive.effect", attributes={}, infer_session_id=False) as one:
            return one

    assert asyncio.run(opened()) is None
    assert callable(_core.shiny_otel_span), "Shiny has it under another name: it is not spared"


def test_messages_are_packed_through_the_window_that_is_said(atlas: str):
    with connect(atlas.replace("http", "ws") + "websocket/") as socket:
        agreed = socket.response.headers["Sec-WebSocket-Extensions"]
        assert re.search(rf"server_max_window_bits={spared.WINDOW_BITS}\b", agreed)
        assert '"config"' in socket.recv(timeout=60)  # Shiny's first word, packed so


def test_packed_at_the_quickest_a_table_is_no_larger_than_uvicorn_packs_it():
    row = (
        '<tr data-code="A{0}"><td><button type="button">Practice {0}</button></td><td>{1}</td></tr>'
    )
    text = "".join(row.format(81001 + 7 * n, n * n % 997) for n in range(400)).encode()

    def packed(**how: int) -> int:
        deflate = zlib.compressobj(**how)
        return len(deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH))

    ours = packed(wbits=-spared.WINDOW_BITS, **spared.DEFLATE)
    assert ours < 1.3 * packed(wbits=-12, memLevel=5)
