"""The funnel plot's reactions: nothing is asked or sent while its tab is closed."""

import polars as pl
from shiny import reactive

from app.atlas.answered import Answered
from app.atlas.drawing import funnel_plot as drawing
from app.atlas.drawing.words import title_of
from app.atlas.effects.desk import Desk
from app.atlas.effects.order import Order
from app.draw import chart
from engine.atlas.funnel import dispersion, funnel


def draw_the_funnel(desk: Desk) -> None:
    """Draw and say which organisations lie outside the limits that chance would keep to."""
    drawn: list[str] = []

    @reactive.effect(priority=Order.CHART)
    async def draw() -> None:
        if desk.tab() != drawing.CHART:
            return
        now = desk.answered()
        if drawn == [now.cast, now.numbers_key]:
            return  # opened again, or other bands: the browser has the numbers
        drawn[:] = [now.cast, now.numbers_key]
        placed = beside_limits(now)
        told = dispersion(placed.filter(now.rows["shown"]).lazy()).collect().row(0, named=True)
        if not told["organisations"]:
            await desk.send("chart", chart.empty(drawing.CHART))
            await desk.write(funnel=drawing.why_empty(now.question))
            return
        message = drawing.message(
            now.rows,
            placed,
            cast=now.cast,
            question=now.question,
            title=title_of(now.question, desk.catalogue()),
            factor=told["factor"],
        )
        await desk.send("chart", message)
        # With a value and without limits: too few patients for either.
        left_out = now.here["value"].count() - told["organisations"]
        await desk.write(funnel=drawing.words(told, left_out, question=now.question))


def beside_limits(now: Answered) -> pl.DataFrame:
    """Everybody on the map with England's limits for their size, in the map's order."""
    return now.rows.select("organisation_code").join(
        funnel(now.lake, now.question).collect(),
        on="organisation_code",
        how="left",
        maintain_order="left",
    )
