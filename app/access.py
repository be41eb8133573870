"""Who asks: what the surroundings of a request say of it."""

from starlette.requests import HTTPConnection

from engine.access import Reader

VISITOR = Reader("visitor", "analyst")


def reader_of(_request: HTTPConnection) -> Reader:
    """The one who asks; a visitor, who looks and changes nothing, where nobody says who it is."""
    return VISITOR
