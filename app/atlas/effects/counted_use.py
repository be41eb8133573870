"""What is shown on the map is counted as asked for, by name and never by whom."""

import asyncio

from shiny import reactive

from app.atlas.effects.desk import Desk, present
from app.atlas.effects.order import Order
from app.monitoring.usage import USAGE, Usage
from engine.atlas.ask import Question


class Chosen:
    """What one page has shown last, so that each choice of an indicator or measure counts once.

    What a page opens on by itself was chosen by nobody; bands, areas and years are no further use
    of an indicator.
    """

    def __init__(self, usage: Usage = USAGE) -> None:
        self._usage = usage
        self._shown: tuple[str, str] | None = None

    def shows(self, asked: Question, *, is_linked: bool) -> None:
        """Note what the page shows now, and whether its link named an indicator."""
        before, self._shown = self._shown, (asked.measure, asked.indicator)
        if self._shown == before or (before is None and not is_linked):
            return
        self._usage.add("metric", asked.measure)
        self._usage.add("indicator", " ".join(self._shown))


def count_what_is_chosen(desk: Desk) -> None:
    """Each indicator and measure that a reader chooses, or that a link names."""
    chosen = Chosen()

    @reactive.effect(priority=Order.ADDRESS)
    async def count_it() -> None:
        asked = present(desk.view()).question
        with reactive.isolate():
            linked = desk.session.clientdata.url_search()
        chosen.shows(asked, is_linked="indicator=" in linked)
        if USAGE.is_due:
            await asyncio.to_thread(USAGE.write)
