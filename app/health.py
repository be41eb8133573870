"""Whether all is well, for whoever watches the server: /healthz, and its two halves apart.

Alive and ready are two questions. A process that is not alive is started again; one that is not
ready is sent nobody: a server without a lake must not be restarted for ever while one is made.
"""

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from app import live
from engine import open_lake
from engine.errors import NoSnapshot
from engine.lake import read_following

_FRESH = {"Cache-Control": "no-store"}


async def alive(_request: Request) -> JSONResponse:
    """200 while the process answers at all; it looks at nothing else."""
    return JSONResponse({"status": "alive"}, headers=_FRESH)


async def health(_request: Request) -> JSONResponse:
    """200 and the snapshot that is served, with its age; 503 while there is none.

    It reads two small files, and on the loop: a pool full of slow pages must not look like death.

    `refresh` is how the refresh that runs, or ran last, is getting on; null where none ever ran.
    `copy`, of a lake on object storage, is when it was looked at last and whether that went well.
    """
    copy = _copy()
    state = (live.refresh_said() or {}).get("state")
    try:
        lake = open_lake()
    except NoSnapshot as error:
        said = {"status": "no data", "detail": error.what, "next": error.next, "refresh": state}
        said |= copy
        return JSONResponse(said, 503, headers=_FRESH)
    age = datetime.now(UTC) - lake.sealed_at
    said = {
        "status": "ok",
        "snapshot": lake.id,
        "sealed_at": lake.sealed_at.isoformat(),
        "age_seconds": int(age.total_seconds()),
        "demonstration": lake.is_demonstration,
        "refresh": state,
        **copy,
    }
    return JSONResponse(said, headers=_FRESH)


def _copy() -> dict[str, Any]:
    """How it stands with a copy, without its address and what the storage said: for everybody."""
    said = read_following()
    if said is None:
        return {}
    return {"copy": {"checked_at": said["checked_at"], "ok": not said["error"]}}
