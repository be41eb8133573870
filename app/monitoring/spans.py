"""Spans of OpenTelemetry, for those who start the app with it; without it nothing happens.

`opentelemetry-instrument uvicorn app.main:app` sets a provider before any of this is imported, and
says where spans go. Shiny then tells of its sessions and reactions itself; ours are the requests
and the questions between them. Paths are told, queries are not, nor who asks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from shiny.otel._core import is_otel_tracing_enabled
from starlette.datastructures import Headers

_TRACER = trace.get_tracer("care_atlas.app")


def are_wanted() -> bool:
    """Whether this process was started so that spans go anywhere."""
    return is_otel_tracing_enabled()


@contextmanager
def span(name: str, **facts: str | int) -> Iterator[Span]:
    """A span from here to the end of the block, within whichever is open.

    Takes:  facts that are declared, never what somebody typed. An error ends it as one.
    """
    with _TRACER.start_as_current_span(name, attributes=facts) as one:
        yield one


@contextmanager
def request_span(method: str, route: str, headers: Headers) -> Iterator[dict[str, Any]]:
    """The span of a request over HTTP, within that of the proxy which sent it, if it says so.

    Takes:  its method; the address without what is typed.
    Gives:  a dict: `status`, once it is known, goes into the span.
    """
    told: dict[str, Any] = {}
    before = propagate.extract(dict(headers))
    facts = {"http.request.method": method, "http.route": route}
    with _TRACER.start_as_current_span(
        f"{method} {route}", context=before, kind=SpanKind.SERVER, attributes=facts
    ) as one:
        try:
            yield told
        finally:
            if status := told.get("status"):
                one.set_attribute("http.response.status_code", status)
                if status >= 500:
                    one.set_status(Status(StatusCode.ERROR))


def trace_id() -> str:
    """The number of the trace that is open, for a line of the log; empty where there is none."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""
