"""One question's answer, collected once: map, legend, boxes, table and downloads draw from it.

The one place of the app where a plan is collected; what it means is the engine's.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from app import live
from engine import Lake, Question, answer, marked, numbers, summary
from engine.bands import Bands, distribution, edges
from engine.bands import words as band_words

STEPS = 40
MARGIN = 0.05  # degrees round an area, so that its outermost dots are not cut
TOPS = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, eq=False)
class Answered:
    """rows: one row an organisation of the level and year, by code.

    rows   the answer's columns with its marks, `parent_name`, `list_size`, `members` (practices in
           it) and `shown`: whether it lies in the area asked for; the same order for every answer
           of one cast
    edges  the inner edges of the bands, in percent; none where there are no values
    """

    lake: Lake
    question: Question
    rows: pl.DataFrame
    edges: list[float]

    @property
    def cast(self) -> str:
        """The key of who is on the map: the same for every indicator and measure."""
        return f"{self.lake.id}:{self.question.year}:{self.question.level}"

    @cached_property
    def here(self) -> pl.DataFrame:
        """The rows of the area that was asked for."""
        return self.rows if self.rows["shown"].all() else self.rows.filter("shown")

    @cached_property
    def band_words(self) -> list[str]:
        bands = Bands.parse(self.question.bands)
        if not self.edges:
            return ["no values"] * bands.count
        # Edges that somebody chose are said as chosen; those that the values gave, to one decimal.
        return band_words(self.edges if bands.edges else [round(edge, 1) for edge in self.edges])

    @cached_property
    def top(self) -> float:
        """The right end of charts, in percent: a round number that holds 99 of 100 values."""
        most = self.here["value"].quantile(0.99)
        return next((top for top in TOPS if most is not None and most <= top), 100)

    @cached_property
    def bounds(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """South-west and north-east of the area, a little wider; None for all of England."""
        placed = self.here.filter(pl.col("latitude").is_not_null())
        if not self.question.area or not placed.height:
            return None
        south, north, west, east = placed.select(
            pl.col("latitude").min() - MARGIN,
            pl.col("latitude").max().alias("north") + MARGIN,
            pl.col("longitude").min() - MARGIN,
            pl.col("longitude").max().alias("east") + MARGIN,
        ).row(0)
        return (south, west), (north, east)

    @cached_property
    def bins(self) -> list[tuple[int, int]]:
        """The histogram: (bin, organisations) of STEPS bins from 0 to `top`."""
        return distribution(self.here.lazy(), self.top, bins=STEPS).collect().rows()

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What all of `here` says together: see engine.ask.summary."""
        return summary(self.here.lazy()).collect().row(0, named=True)

    @cached_property
    def england(self) -> dict[str, Any]:
        """England's own figure for the question: its parts, value and interval."""
        if self.question.level == "practice" and not self.question.area:
            return self.summary  # every practice is here already
        whole = replace(self.question, level="england", area="")
        return answer(self.lake, whole).collect().row(0, named=True)


def ask(lake: Lake, question: Question) -> Answered:
    """Collect the answer to a question beside everybody who is on the map.

    Raises: UnknownName, BadQuestion; see engine.ask.answer.
    """
    if question.year in lake.years:
        live.keep_who_and_where(lake, question.year)
    facts = marked(numbers(lake, question), question.bands).collect()
    cast = live.organisations(lake, question.year, question.level)
    return Answered(lake, question, _beside(cast, facts), _edges(facts, question))


def _beside(cast: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Everybody on the map with their numbers, those outside the area with none."""
    code = "organisation_code"
    if facts[code].equals(cast[code]):  # all of England: nobody to look for
        return cast.hstack(facts.drop(code)).with_columns(shown=pl.lit(True))
    flags = [pl.col(name).fill_null(False) for name in ("shown", "reported", "small", "uncertain")]
    shown = facts.with_columns(shown=pl.lit(True))
    return cast.join(shown, on=code, how="left", maintain_order="left").with_columns(flags)


def _edges(facts: pl.DataFrame, question: Question) -> list[float]:
    bands = Bands.parse(question.bands)
    if not facts["value"].count():
        return []
    return list(bands.edges or edges(facts.lazy(), bands).collect().row(0))
