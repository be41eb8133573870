"""The addresses of the pages of publications, with the limit of requests that the API has."""

from starlette.routing import BaseRoute

from app.publications.adding.routes import routes as adding
from app.publications.alerts.routes import routes as alerts
from app.publications.audit.routes import routes as audit
from app.publications.catalogue.routes import routes as catalogue
from app.publications.evidence.routes import routes as evidence
from app.publications.operations.routes import routes as operations
from app.publications.runbooks.routes import routes as runbooks


def routes() -> list[BaseRoute]:
    """The routes of one app."""
    return [*operations(), *adding(), *alerts(), *audit(), *catalogue(), *evidence(), *runbooks()]
