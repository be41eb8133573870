"""The atlas's addresses beside its map: pages of organisations, receipts, briefs, files, feeds."""

from functools import partial

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.atlas.pages.area_download import whole_area
from app.atlas.pages.brief import brief
from app.atlas.pages.changes import changes_page
from app.atlas.pages.compare import compare_page
from app.atlas.pages.embed import embed
from app.atlas.pages.feeds import changes_feed
from app.atlas.pages.organisation import LEVEL_OF_PATH, organisation_page, search_json, search_page
from app.atlas.pages.receipt import receipt_page
from app.http.limit import Limit
from app.http.mounted import mounted

# A brief, or an area with every indicator, takes as much work as so many answers of the API.
DEAR = 5


def routes() -> list[BaseRoute]:
    """The routes of one app."""
    return [
        Route("/brief", brief, middleware=[Middleware(Limit, cost=DEAR)]),
        Route("/receipt", receipt_page, middleware=[Middleware(Limit)]),
        Route("/whole", whole_area, middleware=[Middleware(Limit, cost=DEAR)]),
        Route("/search", search_page),
        Route("/search.json", search_json),
        *(
            Route(f"/{name}/{{code}}", partial(organisation_page, level=level))
            for name, level in LEVEL_OF_PATH.items()
        ),
        Route("/compare", compare_page, middleware=[Middleware(Limit)]),
        Route("/changes", changes_page, middleware=[Middleware(Limit)]),
        Route("/changes.atom", changes_feed),
        *mounted("embed", embed()),
    ]
