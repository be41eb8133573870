"""The wings of the refresh: only this file knows which there are. A line each."""

from refresh.atlas.wing import ATLAS
from refresh.wing import Wings

WINGS = Wings((ATLAS,))
SOURCES = WINGS.sources
