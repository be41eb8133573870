"""A load as a page that can be kept and mailed, by whichever wing can tell it."""

from pathlib import Path

from engine.errors import UnknownName
from engine.lake import Layout
from refresh.wings import WINGS


def load_report(data: Path, load: int) -> str:
    """The page of a load, as HTML that needs nothing beside it.

    Takes:  the data folder; the load's number.
    Raises: UnknownName where there is no such load, or no wing that tells loads.
    """
    told = next((wing.load_page for wing in WINGS.wings if wing.load_page), None)
    if told is None:
        raise UnknownName("no wing tells loads as pages", found=str(load))
    return told(Layout(data), str(load))[1]
