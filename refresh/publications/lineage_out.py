"""Lineage out: an event is added to a file, a line each, or sent to whoever collects them.

A collector that is down never fails a load: what was not sent is said.
"""

import json
from pathlib import Path
from typing import Any

import httpx

from engine.errors import PublisherUnreachable
from refresh.extract.patience import user_agent

VARIABLE = "CARE_ATLAS_LINEAGE"
"""Where events go: a file, or the address of a collector (`http://…/api/v1/lineage`)."""
_SECONDS = 10.0


def tell(event: dict[str, Any], to: str) -> None:
    """Send one event.

    Takes:  the event; a path, to which it is added as a line of JSON, or an http(s) address.
    Raises: PublisherUnreachable where a collector does not take it.
    """
    if to.startswith(("http://", "https://")):
        _post(event, to)
        return
    path = Path(to)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def _post(event: dict[str, Any], to: str) -> None:
    try:
        answer = httpx.post(to, json=event, timeout=_SECONDS, headers={"User-Agent": user_agent()})
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise PublisherUnreachable(
            "the collector of lineage did not take an event; the load itself is done",
            where=to,
            found=str(error) or type(error).__name__,
            next=f"mend {VARIABLE}, or name a file in it",
        ) from error
