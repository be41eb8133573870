"""What every page of a view begins with: its snapshot, and the view that the address names."""

from collections.abc import Callable

from htmltools import tags
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app import live
from app.claims import plain_page
from app.claims.asked import offered
from app.claims.view import View, read
from app.frame import no_data
from engine import Lake, open_lake
from engine.errors import LakeError, NoSnapshot

NO_CLAIMS = "No claims have been loaded yet. python -m refresh demo builds a marketplace of them."
NOT_KEPT = "That snapshot is not kept any more. Leave “snapshot” out for the newest one."
Page = Callable[[Request, Lake, View], Response]
LakePage = Callable[[Request, Lake], Response]


def of_view(page: Page) -> Callable[[Request], Response]:
    """A page of a view as an endpoint."""

    def opened(request: Request, lake: Lake) -> Response:
        there = offered(lake)
        assert there  # a lake without claims was turned away before
        return page(request, lake, read(request.query_params.multi_items(), there))

    return of_lake(opened)


def of_lake(page: LakePage) -> Callable[[Request], Response]:
    """A page of a snapshot as an endpoint: without data, or for one that is gone, it says so."""

    def opened(request: Request) -> Response:  # not async: collecting must not hold the loop up
        try:
            lake = lake_of(request)
        except NoSnapshot:
            return no_data()
        if lake is None:
            return said("Claims", NOT_KEPT, 404)
        if not lake.has("fact_claim"):
            return said("Claims", NO_CLAIMS, 503)
        try:
            return page(request, lake)
        except LakeError as error:
            return said("Claims", f"{error.what[:1].upper()}{error.what[1:]}.", 422)

    return opened


def lake_of(request: Request) -> Lake | None:
    """The snapshot that an address names, else the live one; None where it is not kept.

    Raises: NoSnapshot where nothing is sealed.
    """
    named = request.query_params.get("snapshot", "")
    return live.pinned(named) if named else open_lake()


def said(title: str, words: str, status: int) -> Response:
    """A page of one sentence."""
    body = tags.h1(title), tags.p(words, role="alert")
    return plain_page.text(title, *body, status=status)


def refused(words: str, status: int) -> Response:
    """One sentence where a file was asked for."""
    return PlainTextResponse(words, status)
