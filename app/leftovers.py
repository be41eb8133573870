"""What the libraries under the page leave behind with every visit and every change, cleared away.

Each is a fault of theirs, and goes from here when a version without it is pinned; what a page
keeps of a visit is counted by tests/app/test_visits.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import htmltools
from shiny import App, reactive
from shiny.reactive import _core
from starlette.routing import BaseRoute, Mount


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


def find_packages_once() -> None:
    """htmltools remembers, from now on, where a package lies.

    It makes a folder on the disk and takes it away each time that it is asked: nine a page, for
    which it waits longer than for all the page's tags.
    """
    core = htmltools._core
    core.package_dir = cache(core.package_dir)  # type: ignore[attr-defined]  # a mend


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
