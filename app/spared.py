"""What the libraries under the pages do at each change, and need not: spared, each with its reason.

None of it changes what a page says. Each goes from here when a version without it is pinned; what a
change costs is measured by tests/bench/sessions.py.
"""

import sys
import typing
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import cache
from typing import Any

from shiny.reactive import _core, _reactives
from shiny.session import _session
from uvicorn.protocols.websockets.auto import AutoWebSocketsProtocol

from app.monitoring.spans import are_wanted

# Of the window that text is searched through for repeats, 16 kB: a row of the table is like the
# one before it, so that a short look does as well as a long one. 80 kB a reader.
WINDOW_BITS = 14
DEFLATE = {"level": 1, "memLevel": 5}


def spare_all() -> None:
    """Spare them, from now on: before any session opens, and once a process."""
    _spare_the_telemetry()
    _spare_the_protocols()
    _spare_the_deflating()


def _spare_the_telemetry() -> None:
    """Where nobody collects spans (app/monitoring/spans.py), Shiny prepares nothing for them.

    For spans that nobody collects it walks the stack at each reactive value to guess its name,
    parses the source of each effect to say where it stands (a fifth of a second for every visitor
    who comes), enters two contexts at each turn of each of them, and tries each time to import the
    SDK again: Python does not remember an import that failed, and looks through every folder.
    """
    if are_wanted():
        return
    # Python's own way of saying that there is no such module.
    sys.modules["opentelemetry.sdk.trace"] = None  # type: ignore[assignment]
    _reactives.Value._try_infer_name = lambda self: None  # type: ignore[method-assign]  # a mend
    for module in (_reactives, _session):
        vars(module)["extract_source_ref"] = lambda func: {}
    for module in (_core, _reactives, _session):
        vars(module)["shiny_otel_span"] = _no_span


def _no_span(*_said: object, **_more: object) -> AbstractAsyncContextManager[None]:
    return nullcontext()


def _spare_the_protocols() -> None:
    """Python 3.11 looks up what a protocol asks for once, and not each time.

    htmltools asks of every piece of a page whether it can be made a tag, which is such a question:
    a seventh of what drawing costs. Python 3.12 remembers it by itself.
    """
    if sys.version_info < (3, 12):
        vars(typing)["_get_protocol_attrs"] = cache(vars(typing)["_get_protocol_attrs"])


def _spare_the_deflating() -> None:
    """Messages are packed at zlib's quickest and through a wider window than uvicorn's 4 kB.

    That was a quarter of a change; now it is less than half of that, for as many bytes on the wire.
    """
    there = vars(sys.modules[AutoWebSocketsProtocol.__module__])
    usual: Any = there.get("ServerPerMessageDeflateFactory")
    if usual is None:  # another library than `websockets`, which packs in a way of its own
        return

    def factory(**said: Any) -> Any:
        return usual(**said | {"server_max_window_bits": WINDOW_BITS, "compress_settings": DEFLATE})

    there["ServerPerMessageDeflateFactory"] = factory
