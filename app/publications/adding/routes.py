"""The addresses of adding a publication."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.http.limit import Limit
from app.publications.adding.acting import act, begin
from app.publications.adding.begin_page import begin_page
from app.publications.adding.draft_page import draft_page

LARGEST_FILE = 64_000_000
"""Bytes that may be sent; what is larger is given by its address."""
BEGIN = "/operations/add/begin"
# A process of its own is started for each.
DEAR = 10


def routes() -> list[BaseRoute]:
    """The routes of one app."""
    usual, dear = [Middleware(Limit)], [Middleware(Limit, cost=DEAR)]
    return [
        Route("/operations/add", begin_page, middleware=usual),
        Route(BEGIN, begin, methods=["POST"], middleware=dear),
        Route("/operations/add/draft", draft_page, middleware=usual),
        Route("/operations/add/act", act, methods=["POST"], middleware=dear),
    ]
