"""Another year beside the one that is asked: what the second map shows. Collects; decides nothing.

Both years are cut at the same edges, so that one legend holds for both maps.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import polars as pl

from app.atlas import frames
from app.atlas.answered import Answered, ask
from app.atlas.catalogue import Catalogue
from app.atlas.drawing.year_change import break_words
from app.atlas.ticks import in_ticked_bands
from app.atlas.view import Way
from engine.atlas.year_change import WORDS, band_of
from engine.bands import Bands
from engine.period import years_since

SIDE: Way = "side"
CHANGE: Way = "change"
NO_YEAR = {"": "No other year"}
PARTS = ("value_before", "value_after", "change", "change_low", "change_high")


@dataclass(frozen=True, eq=False)
class Compared:
    """rows: one row an organisation of the second map's cast, as its messages take them.

    kind    `side`: the other year; `change`: how far each organisation moved
    broken  (year, why) of what parts the years (engine.atlas.year_change): no change is shown then
    words   the bands in words, lowest first
    """

    now: Answered
    year: str
    kind: Way
    broken: list[tuple[str, str]]
    rows: pl.DataFrame
    cast: str
    words: list[str]
    england: float | None

    def drawn(self, ticked: Collection[str]) -> pl.DataFrame:
        """The rows that the second map has, `shown` where it shows them.

        Of a change, those whose achievement is in a ticked band: its own bands have no ticks.
        """
        if self.kind != CHANGE:
            return self.rows
        kept = in_ticked_bands(self.now.rows, ticked)["organisation_code"]
        is_kept = pl.col("organisation_code").is_in(kept.implode())
        return self.rows.with_columns(shown=pl.col("shown") & is_kept)

    @property
    def parted(self) -> str:
        """Why no change is shown between the years; empty where nothing parts them."""
        return break_words(self.broken, self.first, self.last)

    @property
    def when(self) -> str:
        """Both years in words, the earlier first."""
        if self.kind == CHANGE:
            return f"change from {self.first} to {self.last}"
        return f"{self.first} and {self.last}"

    @property
    def years(self) -> tuple[str, str]:
        """The earlier and the later year."""
        return self.first, self.last

    @property
    def first(self) -> str:
        return min(self.year, self.now.question.year)

    @property
    def last(self) -> str:
        return max(self.year, self.now.question.year)


def years_on_offer(catalogue: Catalogue, indicator: str, year: str) -> dict[str, str]:
    """The other years of an indicator, newest first, each with what parts it from this one."""
    rows = catalogue.by_code.get(indicator, [])
    others = {row["year"]: row for row in rows if row["year"] != year}

    def words(other: str) -> str:
        after = years_since(year, other)
        if any(r["breaks_series"] for r in rows if r["year"] in after):
            return f"{other} (break in series between)"
        is_whole = all(one in (year, *others) for one in after)
        return other if is_whole else f"{other} (a year between is not loaded)"

    # A year behind a break is offered all the same: side by side both can be looked at.
    return NO_YEAR | {other: words(other) for other in sorted(others, reverse=True)}


def compare(now: Answered, year: str, kind: Way) -> Compared:
    """The answer beside another year, or its change where nothing forbids that.

    Raises: UnknownName, BadQuestion; see engine.atlas.ask.answer.
    """
    # Asked first: over a break in the series a change is no change of care, and none is drawn.
    broken = frames.breaks_between(now.lake, now.question.indicator, now.question.year, year)
    if kind == CHANGE and not broken:
        rows = _changed(now, year)
        return Compared(now, year, CHANGE, broken, rows, now.cast, list(WORDS), None)
    other = ask(now.lake, replace(now.question, year=year))
    return Compared(
        now,
        year,
        SIDE,
        broken,
        _cut_alike(other.rows, now.edges),
        other.cast,
        now.band_words,
        other.england["value"],
    )


def with_change(now: Answered, rows: pl.DataFrame, year: str) -> pl.DataFrame:
    """Rows of the answer with the change to or from another year: PARTS and their counts."""
    return rows.join(changes(now, year), on="organisation_code", how="left", maintain_order="left")


def changes(now: Answered, year: str) -> pl.DataFrame:
    """What engine.atlas.year_change gives of the answer's question."""
    return frames.change(now.lake, replace(now.question, bands="five"), year)


def _changed(now: Answered, year: str) -> pl.DataFrame:
    """The change in the columns that the map draws; `uncertain` where it may be none at all."""
    low, high = pl.col("change_low"), pl.col("change_high")
    moved = pl.col("change_band") != band_of("zero")
    return (
        with_change(now, now.rows, year)
        .with_columns(zero=pl.lit(0.0))
        .with_columns(
            value="change",
            value_low="change_low",
            value_high="change_high",
            band="change_band",
            # A change is of two numerators: neither would be the one of this dot.
            numerator=pl.lit(None, pl.Float64),
            denominator=pl.lit(None, pl.Float64),
            # Who lacks either year has no change; that one did not report is said of its own year.
            reported=pl.lit(True),
            uncertain=(moved & (low <= 0) & (high >= 0)).fill_null(False),
        )
    )


def _cut_alike(rows: pl.DataFrame, edges: list[float]) -> pl.DataFrame:
    # Where this year has no value there is no edge to cut the other one at.
    if not edges:
        return rows.with_columns(band=pl.lit(None, pl.UInt8))
    bands = Bands("as shown", tuple(edges))
    apart = bands.of("value_low") != bands.of("value_high")
    return rows.with_columns(band=bands.of("value"), uncertain=apart.fill_null(False))
