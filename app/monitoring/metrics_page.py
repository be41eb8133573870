"""/metrics: every series as Prometheus reads it. CARE_ATLAS_METRICS=off leaves the address out."""

import os

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.monitoring.lake_series import LAKE
from app.monitoring.series import of_processes


def metrics_page(_request: Request) -> Response:
    """The series of this process and of the lake; 404 where they are not to be told."""
    if os.environ.get("CARE_ATLAS_METRICS") == "off":
        return PlainTextResponse("CARE_ATLAS_METRICS is off here.\n", 404)
    # Not async: the ledger may be on another machine, and a scrape must not hold the loop up.
    said = generate_latest(of_processes()) + generate_latest(LAKE)
    return Response(
        said, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    )
