"""Plotly's script, from the Python package that carries it: no other host is asked for it."""

import gzip
from functools import cache

from starlette.requests import Request
from starlette.responses import Response

from app.draw.plot import FILE


def plotly_file(request: Request) -> Response:
    """The script, packed once a process: its address has its version, and it is kept for good."""
    headers = {"Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(FILE.read_bytes(), headers=headers, media_type="text/javascript")
    headers["Content-Encoding"] = "gzip"
    return Response(_packed(), headers=headers, media_type="text/javascript")


@cache
def _packed() -> bytes:
    return gzip.compress(FILE.read_bytes(), 6, mtime=0)
