"""Spans of OpenTelemetry, for those who start a refresh with it; without it nothing happens.

`opentelemetry-instrument python -m refresh run` loads the SDK before any of this, and says where
spans go: the walk, each source that is brought, each release that is staged, the fold, the seal.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def span(name: str, **facts: str) -> Iterator[None]:
    """A span from here to the end of the block, within whichever is open.

    Takes:  facts of the walk: codes, periods. An error ends it as one.
    """
    # Only who has loaded the SDK listens; the others do not wait for an import either.
    if sys.modules.get("opentelemetry.sdk.trace") is None:
        yield
        return
    from opentelemetry import trace

    tracer = trace.get_tracer("care_atlas.refresh")
    with tracer.start_as_current_span(name, attributes=facts):
        yield
