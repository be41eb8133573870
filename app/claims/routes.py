"""The addresses of the claims wing: plain pages, with the limit of requests that the API has.

They lie flat, so that a link means the same wherever a part of a page is put in.
"""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.claims.pages import member, members
from app.claims.pages.beside import beside_page
from app.claims.pages.claims import claims_page
from app.claims.pages.claims_list import list_page, rows_file
from app.claims.pages.metric import metric_page
from app.claims.pages.opened import of_lake, of_view
from app.claims.pages.search import search_page
from app.claims.pages.why import why_page
from app.http.limit import Limit

# All claims of a view take as much work as so many answers.
DEAR = 5


def routes() -> list[BaseRoute]:
    """The routes of one app."""
    return [
        Route("/claims", of_view(claims_page), middleware=[Middleware(Limit)]),
        Route("/claims-why", of_view(why_page), middleware=[Middleware(Limit)]),
        Route("/claims-list", of_view(list_page), middleware=[Middleware(Limit, cost=DEAR)]),
        Route("/claims-rows", of_view(rows_file), middleware=[Middleware(Limit)]),
        Route("/claims-search", of_lake(search_page), middleware=[Middleware(Limit)]),
        Route("/claims-beside", of_view(beside_page), middleware=[Middleware(Limit)]),
        Route("/claims-metric", of_view(metric_page), middleware=[Middleware(Limit)]),
        Route("/anomaly-verdict", member.verdict, methods=["POST"], middleware=[Middleware(Limit)]),
        Route("/member-name", member.member_name, methods=["POST"], middleware=[Middleware(Limit)]),
        *(
            Route(path, page, middleware=[Middleware(Limit)])
            for path, page in (members.ENDPOINTS | member.ENDPOINTS).items()
        ),
    ]
