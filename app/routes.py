"""What stands beside the Shiny page: the API, the embed, receipts, and whether all is well."""

from datetime import UTC, datetime
from functools import partial

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from app import live
from app.api.page import api_page
from app.api.serve import api
from app.atlas.pages.area_download import whole_area
from app.atlas.pages.brief import brief
from app.atlas.pages.changes import changes_page
from app.atlas.pages.compare import compare_page
from app.atlas.pages.embed import embed
from app.atlas.pages.feeds import changes_feed
from app.atlas.pages.organisation import LEVELS, organisation_page, search_json, search_page
from app.atlas.pages.receipt import receipt_page
from app.http.limit import Limit
from engine import open_lake
from engine.errors import NoSnapshot

# A brief, or an area with every indicator, takes as much work as so many answers of the API.
DEAR = 5


def routes() -> list[BaseRoute]:
    """The routes, to stand before Shiny's own, which take whatever is left."""
    return [
        Route("/healthz", health),
        Route("/favicon.ico", _mark),
        Route("/api/v1", api_page),
        Route("/api/v1/", _without_slash),
        Mount("/api/v1", api()),
        Route("/brief", brief, middleware=[Middleware(Limit, cost=DEAR)]),
        Route("/receipt", receipt_page, middleware=[Middleware(Limit)]),
        Route("/whole", whole_area, middleware=[Middleware(Limit, cost=DEAR)]),
        Route("/search", search_page),
        Route("/search.json", search_json),
        *(
            Route(f"/{name}/{{code}}", partial(organisation_page, level=level))
            for name, level in LEVELS.items()
        ),
        Route("/compare", compare_page, middleware=[Middleware(Limit)]),
        Route("/changes", changes_page, middleware=[Middleware(Limit)]),
        Route("/changes.atom", changes_feed),
        Route("/embed", _with_slash),
        Mount("/embed", embed()),
    ]


async def health(_request: Request) -> JSONResponse:
    """200 and the snapshot that is served, with its age; 503 while there is none.

    It reads two small files, and on the loop: a pool full of slow pages must not look like death.

    `refresh` is how the refresh that runs, or ran last, is getting on; null where none ever ran.
    """
    state = (live.refresh_said() or {}).get("state")
    try:
        lake = open_lake()
    except NoSnapshot as error:
        said = {"status": "no data", "detail": error.what, "next": error.next, "refresh": state}
        return JSONResponse(said, 503, headers={"Cache-Control": "no-store"})
    age = datetime.now(UTC) - lake.sealed_at
    said = {
        "status": "ok",
        "snapshot": lake.id,
        "sealed_at": lake.sealed_at.isoformat(),
        "age_seconds": int(age.total_seconds()),
        "demonstration": lake.is_demonstration,
        "refresh": state,
    }
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


def _with_slash(request: Request) -> RedirectResponse:
    """The embed's own scripts lie below it; relative, for a proxy may have put us anywhere."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"embed/{query}", status_code=308)


def _mark(_request: Request) -> RedirectResponse:
    """Browsers ask for this name where no page names another."""
    return RedirectResponse("mark.svg", status_code=308)


def _without_slash(_request: Request) -> RedirectResponse:
    return RedirectResponse("../v1", status_code=308)
