"""Which snapshot an answer of the API is made from."""

from app.api.parameters import Refused
from engine import Lake, open_lake
from engine.errors import NoSnapshot


def lake_of(snapshot: str | None) -> Lake:
    """The live snapshot, or the one named.

    Raises: NoSnapshot where nothing is sealed; Refused (404) where the one named is gone.
    """
    try:
        return open_lake(snapshot=snapshot)
    except NoSnapshot as error:
        if snapshot is None:
            raise
        raise Refused(
            404, "that snapshot is not kept any more", found=snapshot, next="see /api/v1/changes"
        ) from error
