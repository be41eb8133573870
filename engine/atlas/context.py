"""Context of organisations: list, age, deprivation, rating, doctors and payments beside a QOF year.

One row an organisation, a column a measure, each rolled up by its own rule (metrics/context.py).
What is not known is null and never a zero, and a coverage says how much of the list is known.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

import polars as pl

from engine.atlas.geography import practices as practices_of
from engine.atlas.metrics.context_measures import (
    CONTEXT,
    LIST_SIZE,
    NOT_RATED,
    RATINGS,
    ContextMeasure,
)
from engine.atlas.rollup import LEVELS, organisation_code
from engine.atlas.years import qof_years
from engine.bands import Bands
from engine.errors import BadQuestion, UnknownName
from engine.lake import Lake
from engine.period import Period

_TABLE = "practice_context"
_PARTS = ("numerator", "denominator", "value", "text")
_DAYS = ("as_of", "rated_on")


def context(
    lake: Lake,
    year: str,
    level: str = "practice",
    *,
    measures: Sequence[str] = tuple(CONTEXT),
    geography: str = "published",
) -> pl.LazyFrame:
    """What surrounds every organisation of a level in a QOF year.

    Takes:  a QOF year of this lake, a level, the measures wanted, and which boundaries hold.
    Gives:  one row an organisation, by `organisation_code`. For each measure `m`: `m`, in its own
            unit (text for a word), null where nothing is known; `m_coverage`, the share (0-1) of
            the organisation's patients whose practice is known (of its practices, where nobody
            knows their patients); `m_as_of`, the newest day that it holds for.

            The list day of a year is 1 April after it. A measure holds one period for all
            practices, so that no patient is counted in two: the newest not after that day; where
            there is none and the measure changes slowly, the first after it. Neither may be
            further away than the measure allows. A period with fewer than half the practices of
            the fullest (an excerpt) is passed over. Of a rating, `m_rated_on` says when it was
            given: at the level of practices its own day, above that the newest. Staff of networks
            are no practice's: null there.
    Raises: UnknownName for a level or measure that does not exist; BadQuestion for a year that is
            not in this snapshot.
    """
    _check(lake, year, level, measures)
    practices = practices_of(lake, geography, year).select(
        "practice_code", organisation_code=organisation_code(level)
    )
    # Staff belong to the networks of their year, whatever boundaries they are added up in.
    networks = lake.scan("practice_geography", year).select("practice_code", "pcn_code")
    lists = _picked(lake, year, LIST_SIZE).select("practice_code", weight="numerator")
    known = practices.join(networks, on="practice_code", how="left").join(
        lists, on="practice_code", how="left"
    )
    for name in measures:
        parts = _picked(lake, year, CONTEXT[name]).select(
            "practice_code",
            *(pl.col(part).alias(f"{name}_{part}") for part in _PARTS),
            *(pl.col(day).alias(f"{name}_{day}") for day in _DAYS),
        )
        if CONTEXT[name].of == "pcn":
            parts = parts.rename({"practice_code": "pcn_code"})
        known = known.join(parts, on=f"{CONTEXT[name].of}_code", how="left").with_columns(
            *_not_rated(CONTEXT[name]), *_shared_out(CONTEXT[name])
        )
    columns = [column for name in measures for column in _columns(CONTEXT[name], level)]
    # Last, for a network's staff is shared among all its practices, placed or not.
    placed = known.filter(pl.col("organisation_code").is_not_null())
    return placed.group_by("organisation_code").agg(columns).sort("organisation_code")


def fifths(lf: pl.LazyFrame, measure: ContextMeasure) -> pl.LazyFrame:
    """In which fifth of what is shown each organisation's context lies, or which rating it has.

    Takes:  rows with the measure's own column and `shown` (Boolean).
    Gives:  the rows and `value`, the measure where it is shown and a number; `band`: 0 the lowest
            fifth of those values, or a rating's place in RATINGS; null where it is not known.
    """
    own = pl.col(measure.name)
    if measure.is_word:
        places = {word: place for place, word in enumerate(RATINGS)}
        return lf.with_columns(
            value=pl.lit(None, pl.Float64),
            band=own.replace_strict(places, default=None, return_dtype=pl.UInt8),
        )
    shown = pl.when("shown").then(own.cast(pl.Float64))
    return lf.with_columns(value=shown).with_columns(band=Bands.parse("quintiles").of("value"))


def _check(lake: Lake, year: str, level: str, measures: Sequence[str]) -> None:
    asked: list[tuple[str, str, Collection[str]]] = [
        ("level", level, LEVELS),
        *(("measure of context", measure, CONTEXT) for measure in measures),
    ]
    for kind, name, known in asked:
        if name not in known:
            raise UnknownName(
                f"no {kind} is called `{name}`", found=name, expected=", ".join(known)
            )
    if year not in qof_years(lake):
        raise BadQuestion(
            f"there is no data for {year}",
            where=f"snapshot {lake.id}",
            found=year,
            expected=", ".join(qof_years(lake)) or "no year has been loaded yet",
            next="choose one of those, or load it: python -m refresh run",
        )


def _picked(lake: Lake, year: str, measure: ContextMeasure) -> pl.LazyFrame:
    """A measure's rows that hold for a year: at most one a practice."""
    rows = lake.scan(_TABLE, measure.name).filter(pl.col("measure") == measure.name)
    day = Period.parse(year, "year").next.first_day
    in_time = pl.col("as_of") <= day
    may_hold = pl.lit(True) if measure.may_be_later else in_time
    if measure.within_days is not None:
        reach = timedelta(days=measure.within_days)
        # What is too old says nothing of that year, and a gap is better than a wrong neighbour.
        may_hold &= pl.col("as_of").is_between(day - reach, day + reach)
    # The last in time stands first; then, where they may stand in, the first of those after.
    order = [in_time, pl.when(in_time).then("as_of"), "as_of", "period"]
    period = (
        rows.group_by("period")
        .agg(pl.col("as_of").max(), practices=pl.len())
        # An excerpt that somebody put into a mirror must not blank out all of England.
        .filter(pl.col("practices") * 2 >= pl.col("practices").max())
        .filter(may_hold)
        .sort(order, descending=[True, True, False, True], nulls_last=True)
        .head(1)
    )
    return rows.join(period.select("period"), on="period", how="semi")


def _not_rated(measure: ContextMeasure) -> list[pl.Expr]:
    """Where a year has words at all, a practice without one is a kind of its own."""
    if not measure.is_word:
        return []
    name = f"{measure.name}_text"
    has_any = pl.col(name).is_not_null().any()
    return [pl.when(has_any).then(pl.col(name).fill_null(NOT_RATED)).alias(name)]


def _shared_out(measure: ContextMeasure) -> list[pl.Expr]:
    """What a network has, parted by the patients of its practices: a sum over any area then holds.

    A network's own figure comes out whole, and one in two areas counts in each by its patients;
    so does what a practice without a place today takes with it.
    """
    if measure.of != "pcn":
        return []
    numerator, weight = pl.col(f"{measure.name}_numerator"), pl.col("weight")
    return [
        (numerator * weight / weight.sum().over("pcn_code")).alias(f"{measure.name}_numerator"),
        pl.when(numerator.is_not_null()).then(weight).alias(f"{measure.name}_denominator"),
    ]


def _columns(measure: ContextMeasure, level: str) -> list[pl.Expr]:
    """A measure's value, coverage and days, over the practices of an organisation."""
    name, patients = measure.name, pl.col("weight")
    is_known = pl.col(f"{name}_as_of").is_not_null()
    # By patients, not practices: ten branch-sized lists without a rating hide few people.
    by_list = patients.filter(is_known).sum() / patients.sum()
    return [
        _rolled_up(measure, level).alias(name),
        pl.when(patients.sum() > 0, pl.lit(measure.rule != "sum"))  # it would weigh itself
        .then(by_list)
        .otherwise(is_known.mean())
        .alias(f"{name}_coverage"),
        *(pl.col(f"{name}_{day}").max() for day in _DAYS[: 1 + measure.is_word]),
    ]


def _rolled_up(measure: ContextMeasure, level: str) -> pl.Expr:
    numerator, denominator, value, text = (pl.col(f"{measure.name}_{part}") for part in _PARTS)
    if measure.rule == "sum":
        # Nothing known is null: a board of no patients would be drawn as the smallest.
        return pl.when(numerator.count() > 0).then(numerator.sum()).cast(pl.Int64)
    if level == "practice" and measure.of == "pcn":
        return pl.lit(None, pl.Float64)
    if measure.rule == "sum over sum":
        ratio = _over(numerator.sum() * measure.scale, denominator.sum())
        return pl.coalesce(ratio, value.first()) if level == "practice" else ratio
    own = text.first() if measure.is_word else value.first()
    if level == "practice":
        return own
    if measure.rule == "list-weighted mean":
        # Only the lists of those that have a value, or the unknown would count as 0.
        weight = pl.col("weight").filter(value.is_not_null())
        return _over((value * pl.col("weight")).sum(), weight.sum())
    return pl.lit(None, pl.String if measure.is_word else pl.Float64)


def _over(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    return top / pl.when(bottom > 0).then(bottom)
