"""One question's answer, collected once: map, legend, boxes, table and downloads draw from it.

The question of the map is collected here and nowhere else; other plans of the atlas by frames.py
and by who asks for them. What an answer means is the engine's.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from math import ceil, floor
from typing import Any, TypeVar

import polars as pl

from app.atlas import frames
from app.atlas.row import Figure, Summary, figure_of, summary_of
from app.draw.extent import least, most
from app.monitoring.series import question_answered
from engine import Lake, Question, answer, marked, numbers, summary
from engine.atlas.geography import practices
from engine.atlas.metrics.context_filters import applying, only
from engine.atlas.rollup import organisation_code
from engine.atlas.years import qof_years
from engine.bands import Bands, distribution, edges
from engine.bands import words as band_words

T = TypeVar("T")

# Half a megabyte each: names and places are shared with the cast. More than a year has indicators,
# so that readers who go through them ask nothing twice.
KEPT = int(os.environ.get("CARE_ATLAS_ANSWERS_KEPT", "96"))
DRAWN = 16  # texts that are kept with an answer: a table of a hundred rows is 50 kB
STEPS = 40
MARGIN = 0.05  # degrees round an area, so that its outermost dots are not cut
ROUND = (0.1, 0.2, 0.5, 1, 2, 5, 10)  # steps of an axis that does not begin at 0
TOPS = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, eq=False)
class Answered:
    """rows: one row an organisation of the level and year, by code.

    rows   the answer's columns with its marks, `parent_name`, `list_size`, `members` (practices in
           it) and `shown`: whether it lies in the area asked for; the same order for every answer
           of one cast. Where it may lie there in part, `inside`: how many of its practices do
    edges  the inner edges of the bands, in percent; none where there are no values
    unknown  how many are left out because their context is not known
    """

    lake: Lake
    question: Question
    rows: pl.DataFrame
    edges: list[float]
    unknown: int = 0

    @cached_property
    def _drawn(self) -> OrderedDict[Hashable, Any]:
        return OrderedDict()

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` draws of this answer alone, drawn once for all readers of the same view.

        Takes:  what sets it apart from all else that is drawn of the answer. The last few are
                kept, for as long as the answer is.
        """
        drawn = self._drawn
        if key not in drawn:
            drawn[key] = make()
            if len(drawn) > DRAWN:
                drawn.popitem(last=False)
        drawn.move_to_end(key)
        made: T = drawn[key]
        return made

    @property
    def cast(self) -> str:
        """The key of who is on the map: the same for every indicator and measure."""
        asked = self.question
        # Not its area or filters: those change who is shown, not who is there.
        return f"{self.lake.id}:{asked.year}:{asked.level}:{asked.geography}"

    @property
    def numbers_key(self) -> str:
        """The same for answers that differ by their bands only."""
        # It lives as long as a session does: that hashes differ between processes is no harm.
        return f"{hash((self.lake.id, replace(self.question, bands=''))):x}"

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
        return band_words(self.edges, decimals=2 if bands.edges else 1)

    @cached_property
    def top(self) -> float:
        """The right end of charts, in percent: a round number that holds 99 of 100 values."""
        high = self.here["value"].quantile(0.99)
        return next((top for top in TOPS if high is not None and high <= top), 100)

    @cached_property
    def ends(self) -> tuple[float, float]:
        """Both ends of the histogram: areas crowd together, so theirs begins near the lowest.

        From 0 to `top` for practices, and where that is as good; else round numbers about all
        values and edges.
        """
        values = self.here["value"].drop_nulls()
        # Practices spread over the whole axis; one value alone has no ends to lie between.
        if self.question.level == "practice" or values.n_unique() < 2:
            return 0, self.top
        first, last = min(least(values), *self.edges), max(most(values), *self.edges)
        step = next((s for s in ROUND if (last - first) / s <= 10), ROUND[-1])
        low, top = floor(first / step) * step, min(ceil(last / step) * step, 100)
        return (round(low, 2), round(top, 2)) if low > 0 else (0, self.top)

    @cached_property
    def bounds(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """South-west and north-east of the area, a little wider; None for all of England."""
        if not self.question.area:
            return None
        placed = self._practices_here().filter(pl.col("latitude").is_not_null())
        # Nobody of it has a place: the map shows all of England instead.
        if not placed.height:
            return None
        south, north, west, east = placed.select(
            pl.col("latitude").min() - MARGIN,
            pl.col("latitude").max().alias("north") + MARGIN,
            pl.col("longitude").min() - MARGIN,
            pl.col("longitude").max().alias("east") + MARGIN,
        ).row(0)
        return (south, west), (north, east)

    def _practices_here(self) -> pl.DataFrame:
        """Practices of the area, so that the map shows all of it and not its parts' middles."""
        asked = self.question
        if asked.level == "practice" or asked.within.is_group:
            return self.here
        there = practices(self.lake, asked.geography, asked.year).filter(asked.within.holds)
        codes = there.select(organisation_code="practice_code").collect()
        # Of the frame that is kept for all sessions, not asked of the lake again.
        everybody = frames.organisations(self.lake, asked.year, "practice", asked.geography)
        return everybody.join(codes, on="organisation_code", how="semi")

    @cached_property
    def bins(self) -> list[tuple[int, int]]:
        """The histogram: (bin, organisations) of STEPS bins between both `ends`."""
        low, top = self.ends
        return distribution(self.here.lazy(), top, bins=STEPS, low=low).collect().rows()

    @cached_property
    def summary(self) -> Summary:
        """What all of `here` says together: see engine.atlas.ask.summary."""
        said = summary_of(summary(self.here.lazy()).collect())
        if self.question.level != "pcn" or not self.question.area or self.question.keep:
            return said
        # Practices in no network belong to the area all the same.
        as_one = answer(self.lake, replace(self.question, level="england")).collect()
        return {**said, **figure_of(as_one)} if as_one.height else said

    @cached_property
    def england(self) -> Figure:
        """England's own figure for the question: its parts, value and interval."""
        asked = self.question
        if asked.level == "practice" and not asked.area and not applying(asked.keep, asked.level):
            return self.summary  # every practice is here already
        # England is everybody: what is held against it may be filtered, it is not.
        whole = replace(asked, level="england", area="", keep="")
        return figure_of(answer(self.lake, whole).collect())


@lru_cache(maxsize=KEPT)
def ask(lake: Lake, question: Question) -> Answered:
    """Collect the answer to a question beside everybody who is on the map.

    A sealed snapshot never changes, so neither does an answer: what one session asked is there for
    all, and Back costs nothing.

    Raises: UnknownName, BadQuestion; see engine.atlas.ask.answer.
    """
    with question_answered("atlas", "map"):
        return _asked(lake, question)


def _asked(lake: Lake, question: Question) -> Answered:
    if question.year in qof_years(lake):
        frames.keep_who_and_where(lake, question.year, question.geography)
    asked, unknown = _kept(lake, question)
    facts = marked(asked, question.bands).collect()
    cast = frames.organisations(lake, question.year, question.level, question.geography)
    rows = _beside(cast, facts)
    if question.area and question.level != "practice":
        rows = _inside(lake, question, rows)
    return Answered(lake, question, rows, _edges(facts, question), unknown)


def _kept(lake: Lake, question: Question) -> tuple[pl.LazyFrame, int]:
    """The numbers of those whose context is asked for, banded anew; how many are not known."""
    asked, wanted = numbers(lake, question), applying(question.keep, question.level)
    if not wanted:
        return asked, 0
    around = frames.context(lake, question.year, question.level, question.geography)
    told = only(asked, around.lazy(), wanted).collect()
    kept = told.filter("kept").drop("kept").lazy()
    band = Bands.parse(question.bands).of("value")
    return kept.with_columns(band=band), told["kept"].null_count()


def _beside(cast: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Everybody on the map with their numbers, those outside the area with none."""
    code = "organisation_code"
    if facts[code].equals(cast[code]):  # all of England: nobody to look for
        return cast.hstack(facts.drop(code)).with_columns(shown=pl.lit(True))
    flags = [pl.col(name).fill_null(False) for name in ("shown", "reported", "small", "uncertain")]
    shown = facts.with_columns(shown=pl.lit(True))
    return cast.join(shown, on=code, how="left", maintain_order="left").with_columns(flags)


def _inside(lake: Lake, question: Question, rows: pl.DataFrame) -> pl.DataFrame:
    """How many practices of each organisation lie in the area: a network may span two."""
    # Of the mapping, not of those who report: a silent practice is a part of the whole too.
    there = practices(lake, question.geography, question.year).filter(question.within.holds)
    code = organisation_code(question.level).alias("organisation_code")
    counted = there.group_by(code).agg(inside=pl.len()).collect()
    return rows.join(counted, on="organisation_code", how="left", maintain_order="left")


def _edges(facts: pl.DataFrame, question: Question) -> list[float]:
    bands = Bands.parse(question.bands)
    # Quantiles of nothing are null, and no edge.
    if not facts["value"].count():
        return []
    return list(bands.edges or edges(facts.lazy(), bands).collect().row(0))
