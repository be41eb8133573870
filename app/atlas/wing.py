"""The practice atlas: what it adds to the app."""

from app.atlas.agent_beside import beside
from app.atlas.agent_tools import TOOLS
from app.atlas.api_examples import examples
from app.atlas.drawing.help import WORDS
from app.atlas.drawing.methods import CREDIT, methods
from app.atlas.drawing.words import TABLES
from app.atlas.pages import practices
from app.atlas.resources import RESOURCES
from app.atlas.routes import routes
from app.wing import Link, SearchBox, SessionPage, Wing

MAP = SessionPage(
    address="",
    name="The map of practices",
    draw=practices.page,
    server=practices.server,
    styles=(
        *("page", "context", "panels", "legend", "charts", "likeness", "places", "years"),
        *("search", "taking", "help", "phone", "print", "points"),
    ),
    scripts=(
        *("page", "address", "tabs", "legend", "charts", "lasso", "places", "years"),
        *("search", "choosing", "taking", "share", "help", "hint", "points"),
    ),
    skip=Link("Skip to the table", "#comparison"),
)

ATLAS = Wing(
    name="atlas",
    summary="General practice in England, as published.",
    tables=TABLES,
    navigation=(Link("Practices", ""), Link("Changes", "changes")),
    pages=(MAP,),
    routes=routes,
    search=SearchBox(
        address="search",
        finds="a practice or an area, a publication, a table or a metric",
        placeholder="Practice, postcode, table, metric",
    ),
    resources=RESOURCES,
    examples=examples,
    manners=(
        "Boundaries are each year's own; geography=today takes today's for every year. A code that"
        " is unknown is answered with the nearest, and where it is known.",
    ),
    methods=methods,
    glossary=WORDS,
    credit=CREDIT,
    agent_tools=TOOLS,
    beside=beside,
)
