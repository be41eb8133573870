"""The OpenAPI description, made of the same declarations as the routes. Pure."""

from typing import Any

from app.api.resource import FORMATS, Field, Parameter, Resource
from app.http.problem import TYPE
from app.wings import RESOURCES, WINGS

MALFORMED = {"400": "A parameter is unknown, missing, given twice or not as its schema says"}
REFUSALS = {
    "416": "The answer has no such bytes; Content-Range says how many it has",
    "422": "The question cannot be answered as it is put",
    "429": "Too many requests from one address; Retry-After says when to come back",
    "503": "No data has been loaded yet",
}
NOT_ACCEPTABLE = {"406": "The Accept header allows none of the formats"}


def openapi(at: str = "/api/v1") -> dict[str, Any]:
    """The description of the API (OpenAPI 3.1), which lies at this path of its host."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Care Atlas",
            "version": "1",
            "description": f"{' '.join(wing.summary for wing in WINGS)} Absent is null, never zero."
            " Every figure above a practice is a sum over a sum. Every address also answers HEAD,"
            " and Range (RFC 9110): one range of bytes; with If-Range, of the answer of that ETag.",
            "license": {
                "name": "Open Government Licence v3.0",
                "url": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
            },
        },
        "servers": [{"url": at}],
        "paths": {f"/{name}": {"get": _operation(of)} for name, of in RESOURCES.items()},
        "components": {"schemas": {"Problem": _PROBLEM}},
    }


def _operation(resource: Resource) -> dict[str, Any]:
    refusals = MALFORMED | {"404": resource.missing} | REFUSALS
    refusals |= NOT_ACCEPTABLE if resource.is_table else {}
    return {
        "operationId": resource.name,
        "summary": resource.summary,
        "parameters": [*map(_parameter, resource.accepted), _IF_NONE_MATCH],
        "responses": {
            "200": _answer(resource),
            "206": {"description": "Only the bytes that Range asks for; Content-Range says which"},
            "304": {"description": "As the ETag in If-None-Match says, nothing has changed"},
            **{status: _refusal(words) for status, words in refusals.items()},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    said = {
        "name": parameter.name,
        "in": "query",
        "description": parameter.meaning,
        "required": parameter.required,
        "schema": parameter.schema,
    }
    return said | ({"example": parameter.example} if parameter.example else {})


def _answer(resource: Resource) -> dict[str, Any]:
    if not resource.is_table:
        content = {FORMATS["json"]: {"schema": resource.schema}}
        return {"description": resource.summary, "headers": _ETAG, "content": content}
    frames: dict[str, dict[str, Any]] = {
        kind: {"schema": {}} for name, kind in FORMATS.items() if name != "json"
    }
    return {
        "description": resource.summary,
        "headers": _ETAG | _PAGING,
        "content": {FORMATS["json"]: {"schema": _rows(resource.columns)}} | frames,
    }


def _rows(columns: tuple[Field, ...]) -> dict[str, Any]:
    row = {
        "type": "object",
        "properties": {
            c.name: {"type": [c.kind, "null"], "description": c.meaning} for c in columns
        },
        "required": [c.name for c in columns],
        "additionalProperties": False,
    }
    # What tells a reader how many pages there are, whatever the rows.
    counts = {name: {"type": "integer"} for name in ("total", "limit", "offset")}
    return {
        "type": "object",
        "properties": {
            "snapshot": {"type": "string"},
            **counts,
            "rows": {"type": "array", "items": row},
        },
        "required": ["snapshot", *counts, "rows"],
        "additionalProperties": False,
    }


def _refusal(words: str) -> dict[str, Any]:
    return {
        "description": words,
        "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of an answer that is kept: 304 where it still holds",
    "schema": {"type": "string"},
}
_ETAG = {"ETag": {"schema": {"type": "string"}, "description": "The answer's bytes, as a hash"}}
_PAGING = {
    "X-Total-Count": {"schema": {"type": "integer"}, "description": "Rows in all"},
    "Link": {"schema": {"type": "string"}, "description": "The pages before and after"},
}
_PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong"},
        "where": {"type": "string"},
        "expected": {"type": "string"},
        "found": {"type": "string"},
        "next": {"type": "string", "description": "What to do about it"},
    },
    "required": ["title", "status", "detail"],
    "additionalProperties": False,
}
