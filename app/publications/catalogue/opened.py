"""How an endpoint of the catalogue is opened: on a snapshot, or with a sentence why not."""

from collections.abc import Callable

from htmltools import tags
from starlette.requests import Request
from starlette.responses import Response

from app import live
from app.frame import no_data
from app.publications import plain_page
from engine import Lake, open_lake
from engine.errors import LakeError, NoSnapshot, UnknownName

Page = Callable[[Request, Lake], Response]


def of_lake(page: Page, root: str = "") -> Callable[[Request], Response]:
    """A page of a snapshot as an endpoint: without data, or for an unknown name, it says so.

    Takes:  the page; the way from its address to the front of the house.
    """

    def opened(request: Request) -> Response:  # not async: collecting must not hold the loop up
        named = request.query_params.get("snapshot", "")
        try:
            lake = live.pinned(named) if named else open_lake()
        except NoSnapshot:
            return no_data(root=root)
        if lake is None:
            return said("That snapshot is not kept any more.", 404, root)
        try:
            return page(request, lake)
        except UnknownName as error:
            return said(_sentences(error), 404, root)
        except LakeError as error:
            return said(_sentences(error), 422, root)

    return opened


def said(words: str, status: int, root: str = "") -> Response:
    """A page of one sentence, with the way back to the list."""
    return plain_page.wide(
        "Catalogue",
        tags.h1("Catalogue"),
        tags.p(words, role="alert"),
        tags.p(tags.a("The whole catalogue", href=f"{root}catalogue")),
        root=root,
        status=status,
    )


def _sentences(error: LakeError) -> str:
    what = f"{error.what[:1].upper()}{error.what[1:]}."
    return f"{what} Next: {error.next}." if error.next else what
