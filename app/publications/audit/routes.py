"""The address of the audit log."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.http.limit import Limit
from app.publications.areas import AUDIT
from app.publications.audit.log_page import log_page
from app.publications.opened import Clock, of_ledger, utc_now


def routes(clock: Clock = utc_now) -> list[BaseRoute]:
    """The routes of one app."""
    page = of_ledger(log_page, clock, root="../")
    return [Route(f"/{AUDIT}", page, middleware=[Middleware(Limit)])]
