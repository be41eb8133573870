"""The API as an ASGI application: a route for each declared resource, its answers and refusals."""

from collections.abc import Callable
from urllib.parse import urlencode

import polars as pl
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.api.description import openapi
from app.api.formats import encode, format_of
from app.api.parameters import Refused, read
from app.api.resource import FORMATS, USUAL_LIMIT, Resource, Values
from app.api.snapshot import lake_of
from app.http.conditional import sent
from app.http.limit import Limit
from app.http.problem import of_error, problem
from app.wings import RESOURCES
from engine import Lake
from engine.errors import LakeError, NoSnapshot

EXPOSED = ["ETag", "Link", "X-Total-Count", "Retry-After", "Accept-Ranges", "Content-Range"]


def api() -> Starlette:
    """The application, to be mounted at /api/v1."""
    return Starlette(
        routes=[
            Route("/openapi.json", _description),
            *(Route(f"/{name}", _endpoint(of)) for name, of in RESOURCES.items()),
        ],
        middleware=[
            # Open data without credentials: any page may read it, and send If-None-Match or Range.
            Middleware(
                CORSMiddleware,
                allow_origins=["*"],
                allow_methods=["GET", "HEAD"],
                allow_headers=["*"],
                expose_headers=EXPOSED,
            ),
            Middleware(Limit),
        ],
        # Starlette types a handler by Exception; what it calls for a class is given only of that.
        exception_handlers={HTTPException: _not_here, LakeError: _refusal},  # type: ignore[dict-item]
    )


def _endpoint(resource: Resource) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:  # not async: collecting must not hold the loop up
        values = read(resource, request.query_params.multi_items())
        if resource.rows:
            form = format_of(values["format"], request.headers.get("accept", ""))
            # After the form: a refusal for want of a format needs no snapshot.
            lake = lake_of(values["snapshot"])
            return _page(request, resource.rows(lake, values), lake, values, form)
        made = resource.answer(lake_of(values["snapshot"]), values)
        return sent(request, bytes(JSONResponse(made).body), FORMATS["json"])

    return endpoint


def _page(request: Request, rows: pl.DataFrame, lake: Lake, values: Values, form: str) -> Response:
    """One page of a table, with links to the others."""
    limit, offset = values["limit"] or USUAL_LIMIT[form], values["offset"]
    page = rows.slice(offset, limit)
    about = {"snapshot": lake.id, "total": rows.height, "limit": limit, "offset": offset}
    headers = {"X-Total-Count": str(rows.height)}
    if links := _links(request, limit, offset, rows.height):
        headers["Link"] = links
    return sent(request, encode(form, page, about), FORMATS[form], **headers)


def _links(request: Request, limit: int, offset: int, total: int) -> str:
    """The Link header: the same query on the pages before and after."""
    there = {}
    if offset:
        there["prev"] = max(0, offset - limit)
    if offset + limit < total:
        there["next"] = offset + limit
    # Relative, with the rest of the query as it came: a proxy may have moved us.
    said = {k: v for k, v in request.query_params.items() if k not in ("limit", "offset")}
    return ", ".join(
        f'<?{urlencode({**said, "limit": limit, "offset": at})}>; rel="{rel}"'
        for rel, at in there.items()
    )


def _description(request: Request) -> Response:
    """The description, with the path at which it was asked for: a proxy may have moved us."""
    return JSONResponse(openapi(request.url.path.removesuffix("/openapi.json")))


def _not_here(request: Request, error: HTTPException) -> Response:
    """404 and 405 of the router."""
    refused = problem(
        error.status_code,
        f"there is no {request.method} {request.url.path[:80]}",
        expected=", ".join(f"/api/v1/{name}" for name in RESOURCES),
    )
    refused.headers.update(error.headers or {})
    return refused


def _refusal(_request: Request, error: LakeError) -> Response:
    if isinstance(error, NoSnapshot):  # it says where on our disk nothing is: not for strangers
        return problem(503, error.what, next=error.next)
    return of_error(error.status if isinstance(error, Refused) else 422, error)
