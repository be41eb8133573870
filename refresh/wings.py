"""The wings of the refresh: only this file knows which there are. A line each."""

from refresh.atlas.wing import ATLAS
from refresh.claims.wing import CLAIMS
from refresh.publications.wing import PUBLICATIONS
from refresh.wing import Wings

WINGS = Wings((ATLAS, PUBLICATIONS, CLAIMS))
SOURCES = WINGS.sources
