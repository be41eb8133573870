"""The atlas's addresses beside its map: pages of organisations, receipts, briefs, files, feeds."""

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from app.atlas.pages.area_download import whole_area
from app.atlas.pages.brief import brief
from app.atlas.pages.changes import changes_page
from app.atlas.pages.compare import compare_page
from app.atlas.pages.embed import embed
from app.atlas.pages.feeds import changes_feed
from app.atlas.pages.follow import follow_form, follow_page, watch_form, watch_page
from app.atlas.pages.organisation import LEVEL_OF_PATH, organisation_page
from app.atlas.pages.receipt import receipt_page
from app.atlas.pages.search import search_json, search_page
from app.http.limit import Limit
from app.http.mounted import mounted

# A brief, or an area with every indicator, takes as much work as so many answers of the API.
DEAR = 5
# A mail to whomever somebody names: a few a minute are enough for one person.
MAIL = 60
# What comes with a code that is copied from a sheet or a sentence: blanks seen and unseen, a stop.
_AROUND = re.compile(
    "^[\\s\u200b-\u200f\u2060\ufeff.,;:'\"()]+|[\\s\u200b-\u200f\u2060\ufeff.,;:'\"()]+$"
)


def routes() -> list[BaseRoute]:
    """The routes of one app."""
    return [
        Route("/brief", brief, middleware=[Middleware(Limit, cost=DEAR)]),
        Route("/receipt", receipt_page, middleware=[Middleware(Limit)]),
        Route("/whole", whole_area, middleware=[Middleware(Limit, cost=DEAR)]),
        Route("/search", search_page),
        Route("/search.json", search_json),
        *(
            Route(f"/{name}/{{code}}", _by_its_code(partial(organisation_page, level=level)))
            for name, level in LEVEL_OF_PATH.items()
        ),
        *(Route(f"/{name}/{{code}}/", _without_slash) for name in LEVEL_OF_PATH),
        *(Route(f"/{name}/", _without_slash) for name in _PAGES),
        Route("/compare", compare_page, middleware=[Middleware(Limit)]),
        Route("/changes", changes_page, middleware=[Middleware(Limit)]),
        Route("/changes.atom", changes_feed),
        Route("/follow", follow_page, middleware=[Middleware(Limit)]),
        Route("/follow", follow_form, methods=["POST"], middleware=[Middleware(Limit, cost=MAIL)]),
        Route("/watch/{token}", watch_page, middleware=[Middleware(Limit)]),
        Route("/watch/{token}", watch_form, methods=["POST"], middleware=[Middleware(Limit)]),
        *mounted("embed", embed()),
    ]


# Pages at one address each: with a slash after it they would be files of a folder.
_PAGES = ("brief", "receipt", "whole", "search", "compare", "changes", "follow")


def _by_its_code(page: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The page of a code; one that was copied with what stood round it leads to the code alone."""

    def opened(request: Request) -> Response:
        code = request.path_params["code"]
        plain = _AROUND.sub("", code)
        return page(request) if plain in (code, "") else _moved(request, quote(plain, safe=""))

    return opened


def _without_slash(request: Request) -> Response:
    """The address without its last slash, from where the page's own links hold."""
    last = request.url.path.rstrip("/").rpartition("/")[2]
    return _moved(request, f"../{last}")


def _moved(request: Request, to: str) -> Response:
    # Relative, so that it holds below whatever path a proxy took away.
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{to}{query}", status_code=308)
