"""The addresses of the pages of publications, with the limit of requests that the API has."""

from starlette.routing import BaseRoute

from app.publications.alerts.routes import routes as alerts
from app.publications.catalogue.routes import routes as catalogue
from app.publications.evidence.routes import routes as evidence
from app.publications.runbooks.routes import routes as runbooks


def routes() -> list[BaseRoute]:
    """The routes of one app."""
    return [*alerts(), *catalogue(), *evidence(), *runbooks()]
