"""Change: every organisation in two years of one indicator, as a difference of percentages.

It says nothing across a break in series, nor across a year that is not loaded: there the figures
stand side by side and no difference is formed. An organisation that lacks either year has no
change; it is never zero.
"""

from dataclasses import replace

import polars as pl

from engine.atlas.ask import Question, numbers
from engine.lake import Lake
from engine.period import years_since

# In percentage points; a change of exactly 1 or 5 belongs to the further band, up or down.
EDGES = (-5, -1, 1, 5)
WORDS = (
    "fell by 5 points or more",
    "fell by 1 to 5 points",
    "within 1 point",
    "rose by 1 to 5 points",
    "rose by 5 points or more",
)
NOT_LOADED = "nothing is loaded, so a break cannot be ruled out"
_PARTS = ("numerator", "denominator", "value", "value_low", "value_high")


def change(lake: Lake, question: Question, against: str) -> pl.LazyFrame:
    """How far the value of each organisation moved between two years.

    Takes:  a question and another year than its own; the change runs from the earlier to the
            later year, whichever the question asks of.
    Gives:  one row an organisation of the question's year, area and level, by code:
            `organisation_code`; `numerator_before`, `denominator_before`, `value_before` (percent)
            and the same `_after`; `change` in percentage points with its 95 % interval
            `change_low` and `change_high` (null for points, which are not people); `change_band`,
            a place in WORDS. All of `change...` is null where either year has no value, and
            everywhere where something parts the years (`breaks_between`).
    Raises: UnknownName, BadQuestion; see `answer`.
    """
    # Time runs one way, whichever of the two years the reader came from.
    first, last = sorted((question.year, against))
    before, after = (_year(lake, question, year) for year in (first, last))
    asked = numbers(lake, question).select("organisation_code")
    code = "organisation_code"
    # A difference across a break is no change, so there is none to give.
    broken = breaks_between(lake, question.indicator, first, last).select(broken=pl.len() > 0)
    rows = (
        asked.join(before, on=code, how="left", maintain_order="left")
        .join(after, on=code, how="left", maintain_order="left", suffix="_after")
        .rename({name: f"{name}_before" for name in _PARTS})
        .join(broken, how="cross", maintain_order="left")
    )
    low, high = newcombe()
    difference = pl.when(~pl.col("broken")).then(_difference())
    return (
        rows.with_columns(change=difference)
        .with_columns(
            change_low=pl.when(pl.col("change").is_not_null()).then(low),
            change_high=pl.when(pl.col("change").is_not_null()).then(high),
            change_band=band_of("change"),
        )
        .select(
            code,
            *(f"{name}_{when}" for when in ("before", "after") for name in _PARTS[:3]),
            "change",
            "change_low",
            "change_high",
            "change_band",
        )
    )


def breaks_between(lake: Lake, indicator: str, one: str, other: str) -> pl.LazyFrame:
    """What parts two years of an indicator, oldest first; no row where they can be compared.

    Gives: `year` and `break_reason` (words; null where the publisher gives none): one row a year
           after the earlier and up to the later that cannot be compared with the year before it,
           and one, with NOT_LOADED, a year between of which the lake has no figure.
    """
    of_it = breaks_within(lake, one, other).filter(pl.col("indicator_code") == indicator)
    return of_it.select("year", "break_reason").sort("year")


def breaks_within(lake: Lake, one: str, other: str) -> pl.LazyFrame:
    """What parts two years of each indicator: the rows of `breaks_between`, of all at once.

    Gives: `indicator_code`, `year`, `break_reason`. A break of a year that is not loaded stands in
           no table, so such a year parts as a break does: as `segment` of trend.py has it.
    """
    years = years_since(one, other)
    told = lake.scan("indicator").select(
        "indicator_code", "year", "practices", "breaks_series", "break_reason"
    )
    breaks = pl.col("breaks_series").fill_null(False)
    # The last year has a figure, or nobody would ask; those between may lack theirs.
    is_between = pl.col("year").is_in(years[:-1])
    is_absent = is_between & (pl.col("practices").fill_null(0) == 0)
    return (
        told.select("indicator_code")
        .unique()
        .join(pl.LazyFrame({"year": years}, schema={"year": pl.String}), how="cross")
        .join(told, on=["indicator_code", "year"], how="left")
        .filter(breaks | is_absent)
        .select(
            "indicator_code",
            "year",
            break_reason=pl.when(breaks).then("break_reason").otherwise(pl.lit(NOT_LOADED)),
        )
    )


def newcombe() -> tuple[pl.Expr, pl.Expr]:
    """The ends of the 95 % interval of a difference of two shares, in percentage points.

    Takes:  `value_before`, `value_after` and the Wilson intervals of both, in percent.
    Gives:  two Float64 expressions from -100 to 100; null where either interval is.
    Source: Newcombe, Statistics in Medicine 1998; 17: 873-890, method 10 (hybrid score). It takes
            the two years for two samples; many patients are in both, so it is rather too wide.

    >>> from engine.interval import wilson
    >>> n, d = {"_before": 48, "_after": 56}, {"_before": 80, "_after": 70}
    >>> df = pl.DataFrame({f"value{w}": [n[w] * 100 / d[w]] for w in n}).with_columns(
    ...     end.alias(f"value_{e}{w}") for w in n
    ...     for e, end in zip(("low", "high"), wilson(pl.lit(n[w]), pl.lit(d[w])), strict=True))
    >>> df.select(end.round(2).alias(e) for e, end in zip("lh", newcombe(), strict=True)).rows()
    [(5.24, 33.39)]
    """
    before, after = pl.col("value_before"), pl.col("value_after")
    moved = after - before
    # Newcombe takes the ends that face each other: a fall is after's low against before's high.
    down = (after - pl.col("value_low_after")) ** 2 + (pl.col("value_high_before") - before) ** 2
    up = (pl.col("value_high_after") - after) ** 2 + (before - pl.col("value_low_before")) ** 2
    return moved - down.sqrt(), moved + up.sqrt()


def band_of(column: str) -> pl.Expr:
    """The place in WORDS of each change; null for a null.

    >>> pl.DataFrame({"c": [-5.0, -1.0, 0.99, 1.0, 5.0, None]}).select(band_of("c"))["c"].to_list()
    [0, 1, 2, 3, 4, None]
    """
    value = pl.col(column)
    # So an edge belongs to the band that is further from no change, on both sides.
    passed = [value > edge if edge < 0 else value >= edge for edge in EDGES]
    return pl.sum_horizontal((there.cast(pl.UInt8) for there in passed), ignore_nulls=False).cast(
        pl.UInt8
    )


def _year(lake: Lake, question: Question, year: str) -> pl.LazyFrame:
    """The figures of one of the two years.

    Practices are found by code wherever they were in the other year; an area is what it was.
    """
    other = replace(question, year=year)
    if year != question.year:
        is_practice = question.level == "practice"
        other = replace(other, keep="", area="" if is_practice else question.area)
    return numbers(lake, other).select("organisation_code", *_PARTS)


def _difference() -> pl.Expr:
    """From the counts, so that a rise of 5 points is 5 exactly and in the band that starts there.

    Null where nobody was eligible, or either part is.
    """
    n1, d1 = pl.col("numerator_before"), pl.col("denominator_before")
    n2, d2 = pl.col("numerator_after"), pl.col("denominator_after")
    there = pl.col("value_before").is_not_null() & pl.col("value_after").is_not_null()
    return pl.when(there).then((n2 * d1 - n1 * d2) * 100 / (d1 * d2))
