"""From the parts as published to the rows of `practice_context`, a measure at a time.

Pure: editions in, frames out. What is not known gets no row, so that nothing unknown can be added
up as a zero; a row has either the two parts of a sum, or a value, or a word.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from engine.atlas.tables.context_contracts import PRACTICE_CONTEXT
from engine.period import UNDATED, Period
from refresh.atlas import area_scores
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
# QOF has had about twenty; a year with fewer is an excerpt.
FEWEST_REGISTERS = 15
# Until then a practice that told nothing could stand in the file with no doctors.
_ZERO_IS_UNKNOWN_BEFORE = date(2023, 2, 1)


def list_size(
    totals: Sequence[Edition], by_age: Sequence[Edition], qof_lists: Mapping[str, pl.LazyFrame]
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
                period=pl.lit(year), as_of=pl.lit(_list_day(year))
            ),
            "qof",
            "list_size",
        )
        for year, lf in qof_lists.items()
    ]
    return _together("list_size", [*registered, *counted_against])


def aged_65_and_over(by_age: Sequence[Edition]) -> pl.LazyFrame:
    """Patients aged 65 and over among all on the list, both counted in the same file."""
    # Bands and single ages (`65_69`, `95+`, `65`): the first number is what all have.
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


def deprivation(
    scores: pl.LazyFrame | None,
    patients: Sequence[Edition] = (),
    indices: Sequence[Edition] = (),
) -> pl.LazyFrame | None:
    """Each practice's IMD score, every vintage.

    Takes:  rows of `deprivation_score`, one a practice and vintage, and editions of
            `registered_by_lsoa` and `lsoa_deprivation`: what these two give stands before it.
    Gives:  rows of `practice_context`; `source` says which of the two it is. None where there are
            neither scores nor areas of one census.
    """
    known = _vintages(scores, patients, indices)
    if known is None:
        return None
    return _together("deprivation", [_rows(known, pl.col("source"), value="score")])


def deprivation_decile(
    scores: pl.LazyFrame | None,
    patients: Sequence[Edition] = (),
    indices: Sequence[Edition] = (),
) -> pl.LazyFrame | None:
    """Tenths of the practices of a vintage by score: 1 the most deprived, 10 the least.

    Practices with the same score are in the same tenth.
    """
    known = _vintages(scores, patients, indices)
    if known is None:
        return None
    # Minimum rank: practices with one score stand in one tenth, the more deprived.
    rank = pl.col("score").rank("min", descending=True).over("vintage")
    decile = (rank - 1) * 10 // pl.len().over("vintage") + 1
    ranked = known.with_columns(decile=decile)
    return _together("deprivation_decile", [_rows(ranked, pl.col("source"), value="decile")])


def cqc_rating(ratings: Sequence[Edition]) -> pl.LazyFrame:
    """The overall rating of each practice in each file, and the day it was given."""
    files = [
        _rows(_latest(e), "cqc_ratings", text="rating", rated_on="rated_on")
        for e in fold.newest_revisions(ratings)
    ]
    return _together("cqc_rating", files)


def cqc_good_or_outstanding(ratings: Sequence[Edition]) -> pl.LazyFrame:
    """The same as a count: 1 of 1 where it is rated Good or Outstanding, else 0 of 1."""
    # As a count, so that an area's share is a sum over a sum like any other.
    good = pl.col("rating").is_in(["Good", "Outstanding"])
    files = [
        _rows(_latest(e).with_columns(good=good, one=pl.lit(1)), "cqc_ratings", "good", "one")
        for e in fold.newest_revisions(ratings)
    ]
    return _together("cqc_good_or_outstanding", files)


def gps_per_10_000(monthly: Sequence[Edition], by_year: pl.LazyFrame | None) -> pl.LazyFrame:
    """Doctors and the patients they are for; a practice lacking either has no row.

    Takes:  editions of `gp_workforce`, which hold for the last day of their month, and the newest
            rows of `gp_workforce_by_year`, whose averages hold for the last day of their year.
    """
    counts = [
        e.rows.with_columns(period=pl.lit(e.period), as_of=pl.lit(e.span.last_day))
        for e in fold.newest_revisions(monthly)
    ]
    year = pl.col("counted_in")
    if by_year is not None:
        average = by_year.with_columns(period=year.cast(pl.String), as_of=pl.date(year, 12, 31))
        counts.append(average)
    told = (pl.col("gp_fte") > 0) | (pl.col("as_of") >= _ZERO_IS_UNKNOWN_BEFORE)
    is_known = pl.col("gp_fte").is_not_null() & (pl.col("patients") > 0) & told
    rows = [_rows(lf.filter(is_known), "gp_workforce", "gp_fte", "patients") for lf in counts]
    return _together("gps_per_10_000", rows)


def network_staff_per_10_000(staff: Sequence[Edition]) -> pl.LazyFrame:
    """Staff in direct patient care of each network; how many patients it has is the year's to say.

    Gives:  rows of `practice_context` whose code is a network's. One that names no such staff has
            no row: nobody can tell whether it has none or did not report.
    """
    months = [
        e.rows.filter(pl.col("fte") > 0)  # corrections of another month are below it
        .group_by(practice_code="pcn_code")
        .agg(pl.col("fte").sort().sum())  # fractions: their sum hangs on their order
        .with_columns(period=pl.lit(e.period), as_of=pl.lit(e.span.last_day))
        for e in fold.newest_revisions(staff)
    ]
    rows = [_rows(lf, "pcn_workforce", "fte") for lf in months]
    return _together("network_staff_per_10_000", rows)


def survey_good_overall(surveys: Sequence[Edition]) -> pl.LazyFrame:
    """Weighted answers `good` and all, by survey; where only the share is given, that alone.

    A share holds for its practice, but no area can be made of it. What was withheld has no row.
    """
    has_counts = pl.col("good").is_not_null() & (pl.col("answered") > 0)
    years = [
        e.rows.filter(pl.col("good_share").is_not_null()).with_columns(
            period=pl.lit(e.period),
            as_of=pl.lit(e.span.last_day),
            good=pl.when(has_counts).then("good"),
            answered=pl.when(has_counts).then("answered"),
            alone=pl.when(~has_counts).then(pl.col("good_share") * 100),
        )
        for e in fold.newest_revisions(surveys)
    ]
    rows = [_rows(lf, "gp_patient_survey", "good", "answered", value="alone") for lf in years]
    return _together("survey_good_overall", rows)


def registers_per_100(
    prevalence: Mapping[str, pl.LazyFrame], qof_lists: Mapping[str, pl.LazyFrame]
) -> pl.LazyFrame | None:
    """Entries on all QOF registers of a year, over the list of the same year.

    Takes:  by QOF year, `prevalence` and a frame of practice_code and list_size.
    Gives:  rows of `practice_context`, of the years that `has_registers`; None without any. A
            practice that lacks a register of the year has none: part of a sum is no sum.
    """
    registers = {year: lf for year, lf in prevalence.items() if has_registers(lf)}
    if not registers:
        return None
    every = pl.col("group_code").n_unique()
    years = []
    for year, lf in registers.items():
        entries = (
            lf.with_columns(conditions=every)
            .filter(pl.col("register").is_not_null())
            .group_by("practice_code", "conditions")
            .agg(given=every, entries=pl.col("register").sum())
            # A practice that did not report diabetes would seem to have the healthiest patients.
            .filter(pl.col("given") == pl.col("conditions"))
        )
        known = entries.join(qof_lists[year], on="practice_code").filter(pl.col("list_size") > 0)
        dated = known.with_columns(period=pl.lit(year), as_of=pl.lit(_list_day(year)))
        years.append(_rows(dated, "qof", "entries", "list_size"))
    return _together("registers_per_100", years)


def _list_day(year: str) -> date:
    """The day of the lists that a QOF year is counted against: the first after it."""
    return Period.parse(year, "year").next.first_day


def has_registers(prevalence: pl.LazyFrame) -> bool:
    """Whether a year's registers are here for (nearly) all conditions, not for an excerpt."""
    count: int = prevalence.select(pl.col("group_code").n_unique()).collect().item()
    return count >= FEWEST_REGISTERS


def payments_per_patient(payments: Sequence[Edition]) -> pl.LazyFrame:
    """What was paid in a year, and for how many patients; a practice lacking either has no row."""
    years = [
        _rows(
            e.rows.filter(pl.col("paid_gbp").is_not_null(), pl.col("patients") > 0).with_columns(
                period=pl.lit(e.period), as_of=pl.lit(e.span.last_day)
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


def _vintages(
    scores: pl.LazyFrame | None, patients: Sequence[Edition], indices: Sequence[Edition]
) -> pl.LazyFrame | None:
    """One row a practice and vintage; weighted by its patients' areas where both are here."""
    if not area_scores.are_paired(patients, indices):
        patients = indices = ()
    if scores is None and not patients:
        return None
    key = ["practice_code", "vintage"]
    end_of_year = pl.date(pl.col("vintage"), 12, 31)
    day = pl.col("vintage").replace_strict(PUBLISHED, default=None, return_dtype=pl.Date)
    weighted = area_scores.weighted(patients, indices).with_columns(
        source=pl.lit("registrations_by_lsoa")
    )
    given = [] if scores is None else [scores.with_columns(source=pl.lit("deprivation"))]
    return (
        pl.concat([*given, weighted], how="diagonal")
        # What was weighted by patients comes last, and so stands before what was given.
        .unique(subset=key, keep="last", maintain_order=True)
        .with_columns(period=pl.col("vintage").cast(pl.String), as_of=pl.coalesce(day, end_of_year))
    )


def _latest(ratings: Edition) -> pl.LazyFrame:
    """One row a practice of one file: of its locations, the one rated last.

    On the same day the location's own rating stands before one taken over, then the graver one.
    The file holds for its month; one without a date, for the day of its newest rating: it names
    only what is in force when it is issued, so it says nothing of any day before.
    """
    gravity = {word: i for i, word in enumerate(RATINGS)}
    issued = pl.col("rated_on").max() if ratings.period == UNDATED else pl.lit(ratings.on)
    return (
        ratings.rows.with_columns(
            gravity=pl.col("rating").replace_strict(gravity, default=None, return_dtype=pl.Int8),
        )
        .with_columns(period=pl.lit(ratings.period), as_of=issued)
        .filter(pl.col("gravity").is_not_null())
        .sort(
            # The last in time; then its own before one taken over from a predecessor; then the
            # graver.
            *("practice_code", "rated_on", pl.col("inherited") == "Y", "gravity", "location"),
            descending=[False, True, False, False, False],
            nulls_last=True,
        )
        .unique("practice_code", keep="first", maintain_order=True)
    )


def _rows(
    lf: pl.LazyFrame,
    source: str | pl.Expr,
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

    names = lf.collect_schema().names()
    return lf.select(
        "period",
        "as_of",
        "practice_code",
        numerator=column(numerator, pl.Float64),
        denominator=column(denominator, pl.Float64),
        value=column(value, pl.Float64),
        text=column(text, pl.String),
        rated_on=column(rated_on, pl.Date),
        known_share=pl.col("known_share") if "known_share" in names else pl.lit(None, pl.Float64),
        source=source if isinstance(source, pl.Expr) else pl.lit(source),
    )


def _together(measure: str, rows: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    if not rows:
        return PRACTICE_CONTEXT.empty()
    named = pl.concat(rows).with_columns(measure=pl.lit(measure))
    return named.select(PRACTICE_CONTEXT.schema.names()).sort(PRACTICE_CONTEXT.sort)
