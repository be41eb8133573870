"""The addresses of the catalogue, with the limit of requests that the API has."""

from collections.abc import Callable

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.http.limit import Limit
from app.publications.catalogue import files
from app.publications.catalogue.list_page import list_page
from app.publications.catalogue.metric_page import ROOT, metric_file, metric_page
from app.publications.catalogue.opened import of_lake
from app.publications.catalogue.profile import profile_page
from app.publications.catalogue.table_page import table_page

# A whole table takes as much work as so many answers.
DEAR = 10


def routes() -> list[BaseRoute]:
    """The routes of one app."""
    return [
        _route("/catalogue", of_lake(list_page)),
        _route("/catalogue.jsonld", of_lake(files.catalogue_file)),
        _route("/catalogue/metric/{name}.csv", of_lake(metric_file, ROOT)),
        _route("/catalogue/metric/{name}", of_lake(metric_page, ROOT)),
        _route("/catalogue/{table}/profile", of_lake(profile_page, ROOT), DEAR),
        _route("/catalogue/{table}/datapackage.json", of_lake(files.package_file, ROOT)),
        _route("/catalogue/{table}.csv", of_lake(files.rows_file("csv"), "../"), DEAR),
        _route("/catalogue/{table}.parquet", of_lake(files.rows_file("parquet"), "../"), DEAR),
        _route("/catalogue/{table}.schema.json", of_lake(files.schema_file, "../")),
        _route("/catalogue/{table}.jsonld", of_lake(files.dataset_file, "../")),
        _route("/catalogue/{table}", of_lake(table_page, "../")),
    ]


def _route(path: str, page: Callable[[Request], Response], cost: int = 1) -> BaseRoute:
    return Route(path, page, middleware=[Middleware(Limit, cost=cost)])
