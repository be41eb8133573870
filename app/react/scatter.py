"""The context scatter's reactions: nothing is asked, joined or sent while its tab is closed."""

import polars as pl
from shiny import reactive

from app import live
from app.answered import Answered
from app.draw import chart, scatter
from app.draw.words import title_of
from app.react.desk import Desk
from engine.atlas.relation import relation, steps
from engine.metrics.context import CONTEXT


def draw_the_scatter(desk: Desk) -> None:
    """Draw and say how the value goes with the context measure that the reader chose."""
    drawn: list[str] = []

    @reactive.effect(priority=-11)  # after the names, which the tooltip needs
    async def draw() -> None:
        if desk.tab() != scatter.CHART:
            return
        now, across = desk.answered(), desk.input.across()
        across = across if across in CONTEXT else scatter.USUAL
        if drawn == [now.cast, now.numbers_key, across]:
            return  # opened again, or other bands: the browser has the numbers
        drawn[:] = [now.cast, now.numbers_key, across]
        rows = beside_context(now, across)
        here = rows.filter("shown").lazy()
        told, by_step = pl.collect_all([relation(here, across), steps(here, across)])
        if not told["organisations"].item():
            has_values = now.here["value"].count() > 0
            await desk.send("chart", chart.empty(scatter.CHART))
            await desk.write(scatter=scatter.why_empty(now.question, across, has_values))
            return
        message = scatter.message(
            rows,
            by_step,
            cast=now.cast,
            question=now.question,
            across=across,
            title=title_of(now.question, desk.catalogue()),
        )
        await desk.send("chart", message)
        said = scatter.words(
            told.row(0, named=True),
            by_step,
            question=now.question,
            across=across,
            at_edge=scatter.beyond(rows, across),
        )
        await desk.write(scatter=said)


def beside_context(now: Answered, across: str) -> pl.DataFrame:
    """Everybody on the map with value and context measure, in the map's order."""
    columns = ("organisation_code", "numerator", "denominator", "value", "shown")
    asked = now.question
    known = live.context(now.lake, asked.year, asked.level, asked.geography)
    return now.rows.select(columns).join(
        known.select("organisation_code", across),
        on="organisation_code",
        how="left",
        maintain_order="left",
    )
