"""The API as an ASGI application: a route for each declared resource, its answers and refusals."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.api.answers import lake_of, receipt_of, rows_of
from app.api.asked import Refused, read
from app.api.declared import FORMATS, RESOURCES, Resource
from app.api.description import openapi
from app.api.formats import encode, format_of
from app.api.limit import Limit
from app.api.problem import of_error, problem
from engine import Lake
from engine.errors import LakeError, NoSnapshot

EXPOSED = ["ETag", "Link", "X-Total-Count", "Retry-After"]


def api() -> Starlette:
    """The application, to be mounted at /api/v1."""
    return Starlette(
        routes=[
            Route("/openapi.json", _description),
            *(Route(f"/{name}", _endpoint(of)) for name, of in RESOURCES.items()),
        ],
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], expose_headers=EXPOSED),
            Middleware(Limit),
        ],
        exception_handlers={HTTPException: _not_here, LakeError: _refusal},
    )


def _endpoint(resource: Resource) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:  # not async: collecting must not hold the loop up
        values = read(resource, request.query_params.multi_items())
        form = "json"
        if resource.is_table:
            form = format_of(values["format"], request.headers.get("accept", ""))
        lake = lake_of(values["snapshot"])
        tag = _tag(lake, resource, values, form)
        if _is_known(tag, request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=_headers(tag))
        if not resource.is_table:
            return JSONResponse(receipt_of(lake, values), headers=_headers(tag))
        return _page(request, resource, lake, values, form, tag)

    return endpoint


def _page(
    request: Request, resource: Resource, lake: Lake, values: dict[str, Any], form: str, tag: str
) -> Response:
    """One page of a table, with links to the others."""
    rows = rows_of(resource.name, lake, values)
    limit, offset = values["limit"], values["offset"]
    page = rows.slice(offset, limit)
    about = {"snapshot": lake.id, "total": rows.height, "limit": limit, "offset": offset}
    headers = _headers(tag) | {"X-Total-Count": str(rows.height)}
    if links := _links(request, limit, offset, rows.height):
        headers["Link"] = links
    return Response(encode(form, page, about), headers=headers, media_type=FORMATS[form])


def _links(request: Request, limit: int, offset: int, total: int) -> str:
    """The Link header: the same query on the pages before and after."""
    there = {}
    if offset:
        there["prev"] = max(0, offset - limit)
    if offset + limit < total:
        there["next"] = offset + limit
    said = {k: v for k, v in request.query_params.items() if k not in ("limit", "offset")}
    return ", ".join(
        f'<?{urlencode({**said, "limit": limit, "offset": at})}>; rel="{rel}"'
        for rel, at in there.items()
    )


def _tag(lake: Lake, resource: Resource, values: dict[str, Any], form: str) -> str:
    """What the answer would be told by: the snapshot and the question; weak, for it may be gzip."""
    asked = json.dumps([lake.id, resource.name, values, form], sort_keys=True)
    return f'W/"{hashlib.sha256(asked.encode()).hexdigest()[:20]}"'


def _is_known(tag: str, said: str) -> bool:
    known = {part.strip().removeprefix("W/") for part in said.split(",")}
    return "*" in known or tag.removeprefix("W/") in known


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept"}


def _description(_request: Request) -> Response:
    return JSONResponse(openapi())


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
    if isinstance(error, Refused):
        return of_error(error.status, error)
    return of_error(503 if isinstance(error, NoSnapshot) else 422, error)
