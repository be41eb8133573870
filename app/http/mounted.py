"""An ASGI application below an address of the house."""

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp


def mounted(address: str, app: ASGIApp) -> list[BaseRoute]:
    """The routes of an app that lies at an address, such as `embed`."""
    last = address.rpartition("/")[2]

    def with_slash(request: Request) -> RedirectResponse:
        """Its own scripts lie below it; relative, for a proxy may have put us anywhere."""
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{last}/{query}", status_code=308)

    return [Route(f"/{address}", with_slash), Mount(f"/{address}", app)]
