"""From the parts as published to the rows of `practice_context`, a measure at a time.

Pure: editions in, frames out. What is not known gets no row, so that nothing unknown can be added
up as a zero; a row has either the two parts of a sum, or a value, or a word.
"""

from collections.abc import Sequence
from datetime import date

import polars as pl

from engine.tables.context import PRACTICE_CONTEXT
from refresh.store import fold
from refresh.store.fold import Edition

OLD = 65
# The day each vintage of the Indices of Deprivation was published.
PUBLISHED = {
    2010: date(2011, 3, 24),
    2015: date(2015, 9, 30),
    2019: date(2019, 9, 26),
    2025: date(2025, 10, 30),
}
# The graver first: it holds should two locations of a practice be rated on one day.
RATINGS = ("Inadequate", "Requires improvement", "Good", "Outstanding")
# Until then a practice that told nothing could stand in the file with no doctors.
_ZERO_IS_UNKNOWN_BEFORE = date(2023, 2, 1)


def list_size(
    totals: Sequence[Edition], by_age: Sequence[Edition], qof_lists: dict[str, pl.LazyFrame]
) -> pl.LazyFrame:
    """Everybody registered, by month; and the list that QOF counted against, by year.

    Takes:  editions of `registered` and `registered_by_age`, and by QOF year a frame of
            practice_code and list_size (nulls are left out), which are those of 1 April after it.
    Gives:  rows of `practice_context`. A month's own totals stand before the sum of its ages.
    """
    counted = {e.period for e in totals}
    months = [e.rows.with_columns(period=pl.lit(e.period)) for e in fold.newest_revisions(totals)]
    months += [
        e.rows.group_by("practice_code", "extract_on")
        .agg(pl.col("patients").sum())
        .with_columns(period=pl.lit(e.period))
        for e in fold.newest_revisions(by_age)
        if e.period not in counted
    ]
    columns = ["period", "practice_code", "extract_on", "patients"]
    registered = [_rows(_one_day(lf.select(columns)), "registrations", "patients") for lf in months]
    counted_against = [
        _rows(
            lf.filter(pl.col("list_size").is_not_null()).with_columns(
                period=pl.lit(year), as_of=pl.lit(date(int(year[:4]) + 1, 4, 1))
            ),
            "qof",
            "list_size",
        )
        for year, lf in qof_lists.items()
    ]
    return _together("list_size", [*registered, *counted_against])


def aged_65_and_over(by_age: Sequence[Edition]) -> pl.LazyFrame:
    """Patients aged 65 and over among all on the list, both counted in the same file."""
    first = pl.col("age_group").str.extract(r"^(\d+)").cast(pl.Int32)
    months = [
        e.rows.group_by("practice_code", "extract_on")
        .agg(
            numerator=pl.col("patients").filter(first >= OLD).sum(), denominator=pl.sum("patients")
        )
        .with_columns(period=pl.lit(e.period))
        for e in fold.newest_revisions(by_age)
    ]
    rows = [_rows(_one_day(lf), "registrations", "numerator", "denominator") for lf in months]
    return _together("aged_65_and_over", rows)


def deprivation(scores: Sequence[Edition]) -> pl.LazyFrame:
    """Each practice's IMD score, every vintage; the file that came last holds."""
    return _together("deprivation", [_rows(_vintages(scores), "deprivation", value="score")])


def deprivation_decile(scores: Sequence[Edition]) -> pl.LazyFrame:
    """Tenths of the practices of a vintage by score: 1 the most deprived, 10 the least.

    Practices with the same score are in the same tenth.
    """
    rank = pl.col("score").rank("min", descending=True).over("vintage")
    decile = (rank - 1) * 10 // pl.len().over("vintage") + 1
    ranked = _vintages(scores).with_columns(decile=decile)
    return _together("deprivation_decile", [_rows(ranked, "deprivation", value="decile")])


def cqc_rating(ratings: Sequence[Edition]) -> pl.LazyFrame:
    """The overall rating of each practice in each file, and the day it was given."""
    files = [
        _rows(_latest(e), "cqc_ratings", text="rating", rated_on="rated_on")
        for e in fold.newest_revisions(ratings)
    ]
    return _together("cqc_rating", files)


def cqc_good_or_outstanding(ratings: Sequence[Edition]) -> pl.LazyFrame:
    """The same as a count: 1 of 1 where it is rated Good or Outstanding, else 0 of 1."""
    good = pl.col("rating").is_in(["Good", "Outstanding"])
    files = [
        _rows(_latest(e).with_columns(good=good, one=pl.lit(1)), "cqc_ratings", "good", "one")
        for e in fold.newest_revisions(ratings)
    ]
    return _together("cqc_good_or_outstanding", files)


def gps_per_10_000(monthly: Sequence[Edition], by_year: Sequence[Edition]) -> pl.LazyFrame:
    """Doctors and the patients they are for; a practice lacking either has no row.

    Takes:  editions of `gp_workforce`, which hold for the last day of their month, and of
            `gp_workforce_by_year`, whose averages hold for the last day of their year.
    """
    counts = [
        e.rows.with_columns(period=pl.lit(e.period), as_of=pl.lit(e.on).dt.month_end())
        for e in fold.newest_revisions(monthly)
    ]
    year = pl.col("counted_in")
    if by_year:
        average = fold.replace(by_year).with_columns(
            period=year.cast(pl.String), as_of=pl.date(year, 12, 31)
        )
        counts.append(average)
    told = (pl.col("gp_fte") > 0) | (pl.col("as_of") >= _ZERO_IS_UNKNOWN_BEFORE)
    is_known = pl.col("gp_fte").is_not_null() & (pl.col("patients") > 0) & told
    rows = [_rows(lf.filter(is_known), "gp_workforce", "gp_fte", "patients") for lf in counts]
    return _together("gps_per_10_000", rows)


def payments_per_patient(payments: Sequence[Edition]) -> pl.LazyFrame:
    """What was paid in a year, and for how many patients; a practice lacking either has no row."""
    years = [
        _rows(
            e.rows.filter(pl.col("paid_gbp").is_not_null(), pl.col("patients") > 0).with_columns(
                period=pl.lit(e.period), as_of=pl.lit(date(int(e.period[:4]) + 1, 3, 31))
            ),
            "practice_payments",
            "paid_gbp",
            "patients",
        )
        for e in fold.newest_revisions(payments)
    ]
    return _together("payments_per_patient", years)


def _one_day(month: pl.LazyFrame) -> pl.LazyFrame:
    """All of a month's file holds for the day it was drawn."""
    return month.with_columns(as_of=pl.col("extract_on").max())


def _vintages(scores: Sequence[Edition]) -> pl.LazyFrame:
    end_of_year = pl.date(pl.col("vintage"), 12, 31)
    day = pl.col("vintage").replace_strict(PUBLISHED, default=None, return_dtype=pl.Date)
    return fold.upsert(scores, ["practice_code", "vintage"]).with_columns(
        period=pl.col("vintage").cast(pl.String), as_of=pl.coalesce(day, end_of_year)
    )


def _latest(ratings: Edition) -> pl.LazyFrame:
    """One row a practice of one file: of its locations, the one rated last.

    On the same day the location's own rating stands before one taken over, then the graver one.
    The file holds for its month; one without a date, for the day of its newest rating: it names
    only what is in force when it is issued, so it says nothing of any day before.
    """
    gravity = {word: i for i, word in enumerate(RATINGS)}
    issued = pl.col("rated_on").max() if ratings.period == "undated" else pl.lit(ratings.on)
    return (
        ratings.rows.with_columns(
            gravity=pl.col("rating").replace_strict(gravity, default=None, return_dtype=pl.Int8),
        )
        .with_columns(period=pl.lit(ratings.period), as_of=issued)
        .filter(pl.col("gravity").is_not_null())
        .sort(
            *("practice_code", "rated_on", pl.col("inherited") == "Y", "gravity", "location"),
            descending=[False, True, False, False, False],
            nulls_last=True,
        )
        .unique("practice_code", keep="first", maintain_order=True)
    )


def _rows(
    lf: pl.LazyFrame,
    source: str,
    numerator: str | None = None,
    denominator: str | None = None,
    *,
    value: str | None = None,
    text: str | None = None,
    rated_on: str | None = None,
) -> pl.LazyFrame:
    """Rows of the table but for the measure; `lf` has practice_code, period and as_of."""

    def column(name: str | None, dtype: type[pl.DataType]) -> pl.Expr:
        return pl.lit(None, dtype) if name is None else pl.col(name).cast(dtype)

    return lf.select(
        "period",
        "as_of",
        "practice_code",
        numerator=column(numerator, pl.Float64),
        denominator=column(denominator, pl.Float64),
        value=column(value, pl.Float64),
        text=column(text, pl.String),
        rated_on=column(rated_on, pl.Date),
        source=pl.lit(source),
    )


def _together(measure: str, rows: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    if not rows:
        return PRACTICE_CONTEXT.empty()
    named = pl.concat(rows).with_columns(measure=pl.lit(measure))
    return named.select(PRACTICE_CONTEXT.schema.names()).sort(PRACTICE_CONTEXT.sort)
