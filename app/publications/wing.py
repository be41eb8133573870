"""Publications under management: what it adds to the app."""

from app.publications.adding.routes import BEGIN, LARGEST_FILE
from app.publications.areas import OPERATIONS
from app.publications.found import finds
from app.publications.routes import routes
from app.wing import Link, Wing

PUBLICATIONS = Wing(
    name="publications",
    summary="The publications that are followed: whether they came, what was found, who answers.",
    tables=(),
    navigation=(Link("Operations", OPERATIONS), Link("Catalogue", "catalogue")),
    routes=routes,
    finds=finds,
    bodies={BEGIN: LARGEST_FILE},
)
