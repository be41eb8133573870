"""The addresses of evidence."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.http.limit import Limit
from app.publications.evidence import target
from app.publications.evidence.page import evidence_page, report_page
from app.publications.opened import Clock, of_ledger, utc_now

PAGES = {"/evidence": evidence_page, "/evidence-report": report_page}


def routes(clock: Clock = utc_now) -> list[BaseRoute]:
    """The routes of one app, which all know what time it is by one clock."""
    pages = [
        Route(path, of_ledger(page, clock), middleware=[Middleware(Limit)])
        for path, page in PAGES.items()
    ]
    return [
        *pages,
        Route(f"/{target.ACTION}", target.move, methods=["POST"], middleware=[Middleware(Limit)]),
    ]
