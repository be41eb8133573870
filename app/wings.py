"""The registry of the app: which wings there are, and what they add, joined.

No other file of the core knows a wing. A new one is a folder and a line here.
"""

from app.api.resource import Resource
from app.atlas.wing import ATLAS
from app.claims.wing import CLAIMS
from app.publications.wing import PUBLICATIONS
from app.wing import SessionPage, Wing

WINGS: tuple[Wing, ...] = (ATLAS, PUBLICATIONS, CLAIMS)

PAGES: tuple[SessionPage, ...] = tuple(page for wing in WINGS for page in wing.pages)
RESOURCES: dict[str, Resource] = {of.name: of for wing in WINGS for of in wing.resources}
