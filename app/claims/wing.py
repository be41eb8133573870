"""The claims warehouse: what it adds to the app."""

from app.claims.agent_tools import TOOLS
from app.claims.found import of_the_house
from app.claims.methods import GLOSSARY, methods
from app.claims.plain_page import TABLES
from app.claims.resources import RESOURCES, examples
from app.claims.routes import routes
from app.wing import Link, Wing

CLAIMS = Wing(
    name="claims",
    summary="Claims of a marketplace of health plans: what is paid, for whom, to whom.",
    tables=TABLES,
    navigation=(Link("Claims", "claims"), Link("Members", "members")),
    routes=routes,
    finds=of_the_house,
    resources=RESOURCES,
    examples=examples,
    methods=methods,
    glossary=GLOSSARY,
    agent_tools=TOOLS,
)
