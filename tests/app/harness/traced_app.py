"""The app as `opentelemetry-instrument` starts it: with a provider that is there before it.

What was collected is told at /spans, for the test that reads it.
"""

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

SPANS = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(SPANS))
trace.set_tracer_provider(provider)

from app.main import app  # noqa: E402  (the provider comes first)


def spans(_request: Request) -> JSONResponse:
    """Every span that has ended."""
    return JSONResponse(
        [
            {
                "name": one.name,
                "trace": f"{one.context.trace_id:032x}",
                "span": f"{one.context.span_id:016x}",
                "parent": f"{one.parent.span_id:016x}" if one.parent else None,
                "facts": dict(one.attributes),
                "by": one.instrumentation_scope.name,
            }
            for one in SPANS.get_finished_spans()
        ]
    )


app.starlette_app.router.routes.insert(0, Route("/spans", spans))
