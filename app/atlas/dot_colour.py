"""What colours the dots: the achievement, or the fifths of a context measure.

The map, the legend and its ticks draw from it; the numbers of the table stay the answer's.
"""

from dataclasses import dataclass
from functools import cached_property, partial
from math import ceil, log10

import polars as pl
from htmltools import HTML

from app.atlas import frames
from app.atlas.answered import STEPS, Answered
from app.atlas.drawing import context_words as said
from app.atlas.drawing import legend
from app.atlas.drawing.words import NOBODY
from app.atlas.view import NONE
from app.draw.ramp import Ramp
from engine.atlas.context import fifths
from engine.atlas.metrics.context_measures import CONTEXT, NOT_RATED, ContextMeasure
from engine.bands import Bands, distribution, edges


@dataclass(frozen=True, eq=False)
class Coloured:
    """rows: those of the answer, in its order, with the band that colours each.

    measure  the context measure; None where it is the achievement. Then `band` is its fifth, and
             whoever has none is not known: nobody is unreported, few or uncertain
    edges    the inner edges of the bands, in the measure's unit; none without values
    """

    measure: ContextMeasure | None
    answered: Answered
    rows: pl.DataFrame
    edges: list[float]

    @cached_property
    def here(self) -> pl.DataFrame:
        return self.answered.here if not self.measure else self.rows.filter("shown")

    @property
    def words(self) -> list[str]:
        if not self.measure:
            return self.answered.band_words
        return said.band_words(self.edges, self.measure)

    @cached_property
    def top(self) -> float:
        """The right end of the histogram: a round number that holds 99 of 100 values."""
        if not self.measure:
            return self.answered.ends[1]
        # One list of a hundred thousand would leave the others a bar of one pixel.
        most = self.here["value"].quantile(0.99)
        return _round_up(most) if most else 1

    @property
    def low(self) -> float:
        """The left end of the histogram; over 0 where the axis is broken."""
        return 0 if self.measure else self.answered.ends[0]

    @cached_property
    def bins(self) -> list[tuple[int, int]]:
        if not self.measure:
            return self.answered.bins
        return distribution(self.here.lazy(), self.top, bins=STEPS).collect().rows()

    @property
    def label(self) -> str:
        """The measure's name; empty for the achievement."""
        return self.measure.label if self.measure else ""

    @property
    def named_words(self) -> list[str]:
        """The bands in words that say of what, for those who see no legend beside them."""
        return [f"{self.label}: {word}" if self.measure else word for word in self.words]

    @property
    def nobody(self) -> str:
        """What is said of a dot in no band, for those who see no legend beside it."""
        words = self.special[NONE]
        return f"{self.label}: {words}" if self.measure else words.capitalize()

    @property
    def title(self) -> str:
        return f", coloured by {said.inside(self.label)}" if self.measure else ""

    @property
    def heading(self) -> str:
        """What stands over the bands."""
        return said.heading(self._name, self.answered.question.measure)

    @property
    def ramp(self) -> Ramp:
        """The colours of the bands."""
        return said.ramp(self._name, self.answered.question.measure)

    @property
    def _name(self) -> str:
        return self.measure.name if self.measure else ""

    @property
    def special(self) -> dict[str, str]:
        """The words of the legend for those in no band."""
        own = NOBODY[self.answered.question.measure]
        return legend.SPECIAL | {NONE: said.nobody(self.measure) if self.measure else own}

    def histogram(self) -> HTML:
        """Bars in the colours of the bands; none without values, and words have none."""
        if self.measure and not self.edges:
            return HTML("")
        bars = partial(
            legend.histogram,
            self.bins,
            steps=STEPS,
            top=self.top,
            low=self.low,
            edges=self.edges,
        )
        return bars(say=partial(said.figure, measure=self.measure)) if self.measure else bars()

    @property
    def note(self) -> str:
        """How the dots are coloured, in a sentence; nothing for the achievement."""
        if not self.measure:
            return ""
        known, level = self.here["band"].count(), self.answered.question.level
        return said.coloured(known, self.here.height, self.measure, level)


def colour(now: Answered, name: str) -> Coloured:
    """An answer's dots, coloured by a measure of CONTEXT; by the achievement where it is empty."""
    if name not in CONTEXT:
        return Coloured(None, now, now.rows, now.edges)
    measure = CONTEXT[name]
    known = context_of(now).select("organisation_code", name)
    rows = (
        now.rows.select("organisation_code", "shown")
        .join(known, on="organisation_code", how="left", maintain_order="left")
        .lazy()
        .pipe(fifths, measure)
        .with_columns(
            # Flags are of the achievement: a context measure is known or not, and has no interval.
            reported=pl.lit(True),
            small=pl.lit(False),
            uncertain=pl.lit(False),
            denominator=pl.lit(None, pl.Int64),
        )
        .collect()
    )
    has_values = rows["value"].count() > 0
    cut = edges(rows.lazy(), Bands.parse("quintiles")).collect().row(0) if has_values else ()
    return Coloured(measure, now, rows, list(cut))


def context_of(now: Answered) -> pl.DataFrame:
    """What surrounds the organisations of an answer; see engine.atlas.context."""
    asked = now.question
    return frames.context(now.lake, asked.year, asked.level, asked.geography)


def known_of(now: Answered, name: str) -> int:
    """For how many of those shown a context measure is known."""
    there = context_of(now).filter(pl.col(name).is_not_null())
    if CONTEXT[name].is_word:
        there = there.filter(pl.col(name) != NOT_RATED)
    return now.here.join(there, on="organisation_code", how="semi").height


def _round_up(number: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.

    >>> [_round_up(n) for n in (0.7, 41, 100, 241, 36_000)]
    [0.8, 50, 100, 300, 40000]
    """
    scale: float = 10 ** (ceil(log10(number)) - 1)
    step = next((s for s in (1, 2, 3, 4, 5, 6, 8, 10) if number <= s * scale), 10)
    return step * scale
