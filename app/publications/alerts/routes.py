"""The addresses of alerts."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.http.limit import Limit
from app.publications.alerts.acting import Acting
from app.publications.alerts.inbox import alert_page, inbox_page
from app.publications.opened import Clock, of_ledger, utc_now

DEAR = 20  # a test that is sent, beside a page


def routes(clock: Clock = utc_now) -> list[BaseRoute]:
    """The routes of one app, which all know what time it is by one clock."""
    acting, slow = Acting(clock), [Middleware(Limit)]
    dear = [Middleware(Limit, cost=DEAR)]
    return [
        Route("/alerts", of_ledger(inbox_page, clock), middleware=slow),
        Route("/alerts/act", acting.act, methods=["POST"], middleware=slow),
        Route("/alerts/test", acting.test, methods=["POST"], middleware=dear),
        Route("/alerts/{number}", of_ledger(alert_page, clock, root="../"), middleware=slow),
    ]
