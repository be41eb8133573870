"""What the libraries under the page leave behind with every visit and every change, cleared away.

Each is a fault of theirs, and goes from here when a version without it is pinned; what a page
keeps of a visit is counted by tests/app/test_visits.py.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from shiny import App, reactive
from shiny.reactive import _core, _reactives
from shiny.session import _session
from starlette.routing import BaseRoute, Mount

from app.monitoring.spans import are_wanted


def end_isolation() -> None:
    """Shiny's `isolate` forgets its context, from now on, when its block ends.

    It leaves the context with whatever was read until that changes. What never changes gathers
    them: Shiny itself asks so, at each message of the browser, whether each output is hidden, and
    in every `reactive.event`; a page that is open for an hour would hold some 13 MB of them.
    """
    _core._reactive_environment.isolate = _isolated  # type: ignore[method-assign]  # a mend


@contextmanager
def _isolated() -> Iterator[None]:
    context = reactive.Context()
    try:
        with context():
            yield
    finally:
        context.invalidate()  # whatever was read lets go of it


def spare_the_telemetry() -> None:
    """Where nobody collects spans (app/monitoring/spans.py), Shiny prepares nothing for them.

    For spans that nobody collects it walks the stack at each reactive value to guess its name,
    parses the source of each effect to say where it stands (a fifth of a second for every visitor
    who comes), and tries at each turn of each of them to import the SDK again: Python does not
    remember an import that failed, and looks through every folder.
    """
    if are_wanted():
        return
    # Python's own way of saying that there is no such module.
    sys.modules["opentelemetry.sdk.trace"] = None  # type: ignore[assignment]
    _reactives.Value._try_infer_name = lambda self: None  # type: ignore[method-assign]  # a mend
    for module in (_reactives, _session):
        vars(module)["extract_source_ref"] = lambda func: {}


def mount_once(app: App) -> None:
    """Keep one route of those to the same files: shinywidgets adds seven more with each visit."""
    routes = app._dependency_handler.routes
    # The last one of a place wins in a dict: backwards, that is the first, which answers.
    first = {_place(route): route for route in reversed(routes)}
    routes[:] = [route for route in routes if first[_place(route)] is route]


def _place(route: BaseRoute) -> tuple[str, str | None]:
    """Where a route leads and what it is called; Shiny mounts folders there, and nothing else."""
    if not isinstance(route, Mount):
        raise TypeError(f"Shiny serves its files by {route!r}, which is no folder")
    return route.path, route.name
