"""The context scatter's reactions: nothing is asked, joined or sent while its tab is closed."""

import polars as pl
from shiny import reactive

from app.atlas import frames
from app.atlas.answered import Answered
from app.atlas.drawing import scatter_plot
from app.atlas.drawing.words import title_of
from app.atlas.effects.desk import Desk
from app.atlas.effects.order import Order
from app.draw import chart
from engine.atlas.correlation import relation, steps
from engine.atlas.metrics.context_measures import CONTEXT


def draw_the_scatter(desk: Desk) -> None:
    """Draw and say how the value goes with the context measure that the reader chose."""
    drawn: list[str] = []

    @reactive.effect(priority=Order.CHART)
    async def draw() -> None:
        if desk.tab() != scatter_plot.CHART:
            return
        now, across = desk.answered(), desk.input.across()
        # From the browser, where anybody can send any.
        across = across if across in CONTEXT else scatter_plot.USUAL
        if drawn == [now.cast, now.numbers_key, across]:
            return  # opened again, or other bands: the browser has the numbers
        drawn[:] = [now.cast, now.numbers_key, across]
        rows = beside_context(now, across)
        here = rows.filter("shown").lazy()
        told, by_step = pl.collect_all([relation(here, across), steps(here, across)])
        if not told["organisations"].item():
            has_values = now.here["value"].count() > 0
            await desk.send("chart", chart.empty(scatter_plot.CHART))
            await desk.write(scatter=scatter_plot.why_empty(now.question, across, has_values))
            return
        message = scatter_plot.message(
            rows,
            by_step,
            cast=now.cast,
            question=now.question,
            across=across,
            title=title_of(now.question, desk.catalogue()),
        )
        await desk.send("chart", message)
        said = scatter_plot.words(
            told.row(0, named=True),
            by_step,
            question=now.question,
            across=across,
            at_edge=scatter_plot.beyond(rows, across),
        )
        await desk.write(scatter=said)


def beside_context(now: Answered, across: str) -> pl.DataFrame:
    """Everybody on the map with value and context measure, in the map's order."""
    columns = ("organisation_code", "numerator", "denominator", "value", "shown")
    asked = now.question
    known = frames.context(now.lake, asked.year, asked.level, asked.geography)
    return now.rows.select(columns).join(
        known.select("organisation_code", across),
        on="organisation_code",
        how="left",
        maintain_order="left",
    )
