"""Context beside the map: who is left out, what the dots show, and columns that a reader adds."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import polars as pl
from htmltools import tags
from shiny import reactive

from app.atlas import frames
from app.atlas.answered import Answered
from app.atlas.caption import context
from app.atlas.dot_colour import context_of
from app.atlas.drawing import context_words
from app.atlas.effects.desk import Desk, other_year
from app.atlas.effects.order import Order
from app.atlas.year_comparison import with_change
from engine import numbers
from engine.atlas.gap import next_band
from engine.atlas.metrics.context_measures import CONTEXT, NOT_RATED, RATINGS
from engine.atlas.metrics.qof_measures import MEASURES

CODE = "organisation_code"


def say_the_context(desk: Desk) -> None:
    """Say who is shown, how many are not known, and what colour and size stand for."""

    @reactive.effect(priority=Order.TABLE)
    async def write_the_notes() -> None:
        note = context(desk.answered(), desk.coloured(), desk.input.size())
        await desk.write(context_notes=tags.p(note, class_="atlas-context-note") if note else "")


def dress(desk: Desk) -> Callable[[], pl.DataFrame]:
    """The rows of the answer with what the table needs beside it: the dot and added columns."""

    @reactive.calc
    def dressed() -> pl.DataFrame:
        now, dots = desk.answered(), desk.coloured()
        rows = with_columns(now, desk.input.columns())
        if year := other_year(desk):
            rows = with_change(now, rows, year)
        return rows.with_columns(dot=dots.rows["band"]) if dots.measure else rows

    return dressed


def with_columns(now: Answered, ticked: Sequence[str]) -> pl.DataFrame:
    """The rows of an answer with the columns that are ticked; nothing else is computed.

    Gives:  `now.rows` itself where none is. A context measure comes with its day; words sort in
            their own order, not the alphabet's.
    """
    rows = now.rows
    for wanted, made in ((CONTEXT, _context), (context_words.STANDING, _standing)):
        names = [name for name in ticked if name in wanted]
        if names:
            more = made(now, names)
            # Some is in the answer already, such as the list size: as context it has its day.
            twice = [name for name in more.columns if name in rows.columns and name != CODE]
            rows = rows.drop(twice).join(more, on=CODE, how="left", maintain_order="left")
    return rows


def _context(now: Answered, names: list[str]) -> pl.DataFrame:
    known = context_of(now)
    days = [f"{name}{day}" for name in names for day in ("_as_of", "_rated_on")]
    rows = known.select(CODE, *names, *(day for day in days if day in known.columns))
    in_order = pl.Enum([*RATINGS, NOT_RATED])
    words = [name for name in names if CONTEXT[name].is_word]
    return rows.with_columns(pl.col(words).cast(in_order, strict=False))


def _standing(now: Answered, names: list[str]) -> pl.DataFrame:
    rows = now.rows.select(CODE)
    rates = [name for name in names if name in MEASURES]
    among = [name for name in names if name not in ("patients_to_next", *rates)]
    if among:
        # Bands are no part of a standing: the same for all, it is asked and kept once.
        everybody = replace(now.question, area="", keep="", bands="five")
        place = frames.standing(now.lake, everybody).select(CODE, *among)
        rows = rows.join(place, on=CODE, how="left", maintain_order="left")
    if "against_england" in among:
        rows = rows.with_columns(pl.col("against_england").cast(pl.Enum(context_words.AGAINST)))
    if "patients_to_next" in names:
        more = next_band(now.rows.lazy(), now.edges).select("patients_to_next")
        rows = rows.hstack(more.collect())
    for measure in rates:
        asked = replace(now.question, measure=measure, bands="five", area="", keep="")
        values = numbers(now.lake, asked).select(CODE, pl.col("value").alias(measure)).collect()
        rows = rows.join(values, on=CODE, how="left", maintain_order="left")
    return rows
