"""The addresses of the operations pages."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.http.limit import Limit
from app.publications.opened import Clock, Page, of_ledger, utc_now
from app.publications.operations import (
    freshness,
    health,
    loads,
    orphans,
    reviews,
    run,
    schema,
    snapshots,
    source,
    storage,
)

PAGES: dict[str, Page] = {
    "/operations": health.health_page,
    "/operations/freshness": freshness.freshness_page,
    "/operations/source": source.source_page,
    "/operations/storage": storage.storage_page,
    "/operations/schema": schema.schema_page,
    "/operations/loads": loads.loads_page,
    "/operations/load": loads.load_page,
    "/operations/load-report": loads.report_page,
    "/operations/reviews": reviews.reviews_page,
    "/operations/refresh": run.refresh_page,
    "/operations/snapshots": snapshots.snapshots_page,
    "/operations/snapshot": snapshots.snapshot_page,
    "/operations/orphans": orphans.orphans_page,
}


FORMS = {
    "/operations/decide": reviews.decide,
    "/operations/deprecate": source.deprecate_source,
    "/operations/run": run.begin,
    "/operations/serve-snapshot": snapshots.serve,
    "/operations/archive-orphans": orphans.archive,
    "/operations/cancel": run.cancel,
}
DEAR = 5  # what follows from a form takes as long as so many pages


def routes(clock: Clock = utc_now) -> list[BaseRoute]:
    """The routes of one app, which all know what time it is by one clock."""
    pages = [
        Route(
            path,
            of_ledger(page, clock, root="../" * (path.count("/") - 1)),
            middleware=[Middleware(Limit)],
        )
        for path, page in PAGES.items()
    ]
    forms = [
        Route(path, form, methods=["POST"], middleware=[Middleware(Limit, cost=DEAR)])
        for path, form in FORMS.items()
    ]
    return [*pages, *forms]
