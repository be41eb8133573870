"""/metrics: every series as Prometheus reads it. CARE_ATLAS_METRICS=off leaves the address out.

Who is limited to domains is told the series of what they see, and none that adds up all sources.
"""

import os

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.monitoring.lake_series import LAKE
from app.monitoring.seen_series import seen_series
from app.monitoring.series import of_processes
from engine.access import who_asks


def metrics_page(_request: Request) -> Response:
    """The series of this process and of the lake; 404 where they are not to be told."""
    if os.environ.get("CARE_ATLAS_METRICS") == "off":
        return PlainTextResponse("CARE_ATLAS_METRICS is off here.\n", 404)
    # Not async: the ledger may be on another machine, and a scrape must not hold the loop up.
    reader = who_asks()
    lake = LAKE if reader is None or reader.domains is None else seen_series(reader)
    said = generate_latest(of_processes()) + generate_latest(lake)
    return Response(
        said, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )
