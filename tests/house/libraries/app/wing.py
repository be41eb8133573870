"""Libraries: a page and a resource of the API."""

from collections.abc import Sequence

import polars as pl
from htmltools import tags
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Route

from app.api.resource import Field, Resource, Values
from app.frame import no_data, plain
from app.wing import Link, Wing
from engine import Lake, measure, open_lake
from engine.errors import NoSnapshot
from engine.wings import metric

TABLES = ("library", "library_loans", "library_costs")


def costs(lake: Lake) -> pl.DataFrame:
    """What a loan costs in each library and month."""
    asked = ("cost_per_loan", "library_loans")
    return measure(lake, asked, by=("period", "library_code")).collect()


def page(_request: Request) -> HTMLResponse:
    """/libraries: what a loan costs."""
    try:
        lake = open_lake()
    except NoSnapshot:
        return no_data()
    written = metric("cost_per_loan").written
    lines = [
        f"{code}, {period}: {written(cost)} a loan"
        for period, code, cost, _ in costs(lake).iter_rows()
    ]
    return plain("Libraries", tags.h1("Libraries"), tags.ul(*map(tags.li, lines)), shows=TABLES)


def routes() -> Sequence[BaseRoute]:
    """The page."""
    return [Route("/libraries", page)]


def rows(lake: Lake, _values: Values) -> pl.DataFrame:
    """The resource's rows."""
    return costs(lake)


LIBRARIES = Wing(
    name="libraries",
    summary="What libraries lend, and what it costs.",
    tables=TABLES,
    navigation=(Link("Libraries", "libraries"),),
    routes=routes,
    resources=(
        Resource(
            "library-costs",
            "What a loan costs, by library and month.",
            columns=(
                Field("period", "string", "Month"),
                Field("library_code", "string", "Library"),
                Field("cost_per_loan", "number", "Pence a loan"),
                Field("library_loans", "integer", "Books lent"),
            ),
            rows=rows,
        ),
    ),
)
