"""The app with one address more, /inside: what its process holds. Served by tests and the bench.

From outside nobody sees a session that stays behind, and the product has no such address.
"""

import gc
from collections import Counter
from typing import Any

import httpx
import psutil
from shiny.session._session import AppSession
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app import live
from app.main import app as atlas


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The atlas, and beside it what is alive in it after a collection."""
    if scope.get("path") == "/inside":
        return await JSONResponse(_held())(scope, receive, send)
    await atlas(scope, receive, send)


def _held() -> dict[str, int]:
    told = len(live.lake._told)
    gc.collect()
    kinds = Counter(map(type, gc.get_objects()))
    return {
        "told": told,
        "sessions": kinds[AppSession],
        "objects": kinds.total(),
        "bytes": psutil.Process().memory_info().rss,
    }


def inside(address: str, *, sessions: int = 0) -> dict[str, Any]:
    """What the process at this address holds as soon as it has so many sessions, or in the end.

    A session is at work for a moment after its page is closed: outlines are drawn in a thread.
    """
    for _ in range(40):
        held = httpx.get(f"{address.rstrip('/')}/inside", timeout=60).json()
        if held["sessions"] == sessions:
            break
    return held
