"""Filters by context: which organisations each name keeps, declared once with its words.

Expressions over the columns of engine/atlas/context.py. What is not known is never kept, and can be
counted, so that a reader is told how many were left out for want of knowing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import polars as pl

from engine.atlas.metrics.context_measures import CONTEXT, NOT_RATED

_RATING = pl.col("cqc_rating")
_IS_RATED = _RATING != NOT_RATED


@dataclass(frozen=True)
class Filter:
    """Who is kept by a name.

    measure  the context measure that it looks at
    holds    true, false, or null where the measure is not known
    """

    name: str
    label: str
    measure: str
    holds: pl.Expr

    def applies(self, level: str) -> bool:
        """Whether the measure has a meaning at a level: tenths and ratings are practices' only."""
        return level == "practice" or CONTEXT[self.measure].rule != "practices only"


KEEP: dict[str, Filter] = {
    f.name: f
    for f in (
        Filter(
            "deprived",
            "England’s most deprived fifth",
            "deprivation_decile",
            pl.col("deprivation_decile") <= 2,
        ),
        Filter(
            "least_deprived",
            "England’s least deprived fifth",
            "deprivation_decile",
            pl.col("deprivation_decile") >= 9,
        ),
        Filter("large", "Lists of 10,000 and over", "list_size", pl.col("list_size") >= 10_000),
        Filter("small", "Lists under 3,000", "list_size", pl.col("list_size") < 3_000),
        Filter(
            "older",
            "A quarter or more aged 65 and over",
            "aged_65_and_over",
            pl.col("aged_65_and_over") >= 25,
        ),
        Filter(
            "few_gps",
            "Fewer than 4 GPs per 10,000",
            "gps_per_10_000",
            pl.col("gps_per_10_000") < 4,
        ),
        Filter(
            "rated_good",
            "Rated Good or Outstanding",
            "cqc_rating",
            pl.when(_IS_RATED).then(_RATING.is_in(["Good", "Outstanding"])),
        ),
        Filter(
            "rated_low",
            "Rated Requires improvement or Inadequate",
            "cqc_rating",
            pl.when(_IS_RATED).then(_RATING.is_in(["Requires improvement", "Inadequate"])),
        ),
    )
}


def names(keep: str) -> tuple[str, ...]:
    """The filters that a question's `keep` names, each once; what nobody knows is left out.

    >>> names("large,deprived,large,rich")
    ('large', 'deprived')
    """
    return tuple(dict.fromkeys(name for name in keep.split(",") if name in KEEP))


def applying(keep: str, level: str) -> tuple[str, ...]:
    """The filters of a question's `keep` that have a meaning at a level.

    >>> applying("large,deprived", "icb")
    ('large',)
    """
    return tuple(name for name in names(keep) if KEEP[name].applies(level))


def passes(wanted: Iterable[str]) -> pl.Expr:
    """Whether an organisation is kept: one of the filters on each measure holds for it.

    Takes:  names of KEEP that apply at the level; over the columns of a context frame.
    Gives:  Boolean; null where it hangs on something that is not known. No names keep everybody.

    >>> df = pl.DataFrame({"list_size": [12_000, 500, 12_000, None, 5_000],
    ...                    "aged_65_and_over": [30.0, 30.0, None, 10.0, 30.0]})
    >>> df.select(passes(["large", "small", "older"]).alias("k"))["k"].to_list()
    [True, True, None, False, False]
    """
    by_measure: dict[str, list[pl.Expr]] = {}
    for one in (KEEP[name] for name in wanted):
        by_measure.setdefault(one.measure, []).append(one.holds)
    return reduce(and_, (reduce(or_, any_of) for any_of in by_measure.values()), pl.lit(True))


def only(lf: pl.LazyFrame, surroundings: pl.LazyFrame, wanted: Iterable[str]) -> pl.LazyFrame:
    """An answer's rows with what is known of keeping them.

    Takes:  an answer; the context of its level and year; names of KEEP that apply there.
    Gives:  the answer's columns and `kept`, see there; null too for those without any context.
    """
    told = surroundings.select("organisation_code", kept=passes(wanted))
    return lf.join(told, on="organisation_code", how="left", maintain_order="left")
