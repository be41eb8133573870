"""What every page over the ledger begins with: the live snapshot, its ledger, and the hour."""

from collections.abc import Callable
from datetime import UTC, datetime

from htmltools import tags
from starlette.requests import Request
from starlette.responses import Response

from app.frame import no_data, plain
from app.publications.plain_page import WIDE
from engine import Lake, open_lake
from engine.errors import LakeError, LedgerUnreadable, NoSnapshot

NO_LEDGER = (
    "There is no ledger beside this lake, so nobody here knows how its loads went. It is where the"
    " refresh runs; CARE_ATLAS_REGISTRY names its database."
)
Clock = Callable[[], datetime]
"""Says what time it is in UTC, without saying that it is UTC, as the ledger keeps it."""
Page = Callable[[Request, Lake, datetime], Response]


def utc_now() -> datetime:
    """What time it is."""
    return datetime.now(UTC).replace(tzinfo=None)


def of_ledger(page: Page, clock: Clock, *, root: str = "") -> Callable[[Request], Response]:
    """A page as an endpoint: without data, or without a ledger, it says so.

    Takes: the page; the clock; the way from it to the front of the house (`../`).
    """

    def opened(request: Request) -> Response:  # not async: collecting must not hold the loop up
        try:
            lake = open_lake()
        except NoSnapshot:
            return no_data(root=root)
        if not lake.has("load_events"):
            return said("Operations", NO_LEDGER, 503, root=root)
        try:
            return page(request, lake, clock())
        except LedgerUnreadable as error:
            return said("Operations", f"{error.what.capitalize()}: {error.found}", 503, root=root)
        except LakeError as error:
            return said("Operations", f"{error.what[:1].upper()}{error.what[1:]}.", 422, root=root)

    return opened


def said(title: str, words: str, status: int, *, root: str = "") -> Response:
    """A page of one sentence."""
    body = tags.h1(title), tags.p(words, role="alert")
    return plain(title, *body, status=status, root=root, manner=WIDE)
