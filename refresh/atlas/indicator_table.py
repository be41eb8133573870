"""The table of what could be measured in each year: in words, and where a series breaks.

Apart from the other tables of QOF because its words change more often than their rules: whoever
mends a word makes this one again, and no numbers. Pure.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED, PREVALENCE
from engine.period import starts
from engine.table import Table
from refresh.atlas.qof_words import DESCRIPTIONS, GROUPS, NOT_COMPARABLE
from refresh.store.fold import Edition


def indicator(
    mappings: Sequence[Edition],
    *,
    achieved: Mapping[str, pl.LazyFrame],
    prevalence: Mapping[str, pl.LazyFrame],
) -> pl.LazyFrame:
    """What could be measured in each year, in words, and where its series breaks.

    Takes:  the staged mapping of each year that has one, and by year the two tables.
    Gives:  the `indicator` contract, sorted. A code that is only seen in the numbers still gets a
            row, so that an unknown indicator degrades to one without history.
    """
    declared = [e.rows.with_columns(year=pl.lit(e.period)) for e in mappings]
    mapped = (pl.concat(declared) if declared else _no_mapping()).with_columns(is_mapped=True)
    both = pl.concat(
        [
            _indicators(mapped, _all(achieved, PERCENT_ACHIEVED)),
            _registers(mapped, _all(prevalence, PREVALENCE)),
        ],
        how="diagonal_relaxed",
    )
    return _with_breaks(_with_words(both)).sort("year", "indicator_code")


def _indicators(mapped: pl.LazyFrame, achieved: pl.LazyFrame) -> pl.LazyFrame:
    seen = achieved.group_by("year", "indicator_code").agg(
        practices=pl.len().cast(pl.Int64),
        has_fraction=pl.col("denominator").is_not_null().any(),
        has_pcas=pl.col("pcas").is_not_null().any(),
        has_points=pl.col("points").is_not_null().any(),
    )
    # Full: what is declared and has no numbers, and what has numbers and was never declared.
    return mapped.join(seen, on=["year", "indicator_code"], how="full", coalesce=True).with_columns(
        kind=pl.lit("indicator"),
        group_code=pl.coalesce("group_code", pl.col("indicator_code").str.extract(r"^([A-Z]+)")),
    )


def _registers(mapped: pl.LazyFrame, prevalence: pl.LazyFrame) -> pl.LazyFrame:
    names = mapped.group_by("year", "group_code").agg(
        pl.col("group_name").first(), pl.col("domain_name").first()
    )
    return (
        prevalence.group_by("year", "group_code")
        .agg(
            # The commonest, and the first of equals: one for the register, whatever a row or two
            # says.
            pl.col("list_type").mode().sort().first(),
            practices=pl.col("register").count().cast(pl.Int64),
        )
        .join(names, on=["year", "group_code"], how="left")
        .with_columns(
            kind=pl.lit("register"),
            indicator_code=pl.col("group_code"),
            has_fraction=pl.lit(False),
            has_pcas=pl.lit(False),
            has_points=pl.lit(False),
        )
    )


def _with_words(lf: pl.LazyFrame) -> pl.LazyFrame:
    """Plain words of our own; the publisher's from another year where this one lacks them."""
    own = pl.col("indicator_code").replace_strict(DESCRIPTIONS, default=None)
    group = pl.col("group_code").replace_strict(GROUPS, default=None)
    # The newest words: they describe the code as it is measured now.
    elsewhere = pl.col("definition").drop_nulls().last().over("indicator_code", order_by="year")
    definition = pl.coalesce("definition", elsewhere)
    name = pl.coalesce(
        "group_name",
        pl.col("group_name").drop_nulls().last().over("group_code", order_by="year"),
        group,
        "group_code",
    )
    is_register = pl.col("kind") == "register"
    return lf.with_columns(group_name=name).with_columns(
        definition=definition,
        description=pl.when(is_register)
        .then(pl.lit("Patients on the register"))
        .otherwise(pl.coalesce(own, definition, "indicator_code")),
        practices=pl.col("practices").fill_null(0),
        has_fraction=pl.col("has_fraction").fill_null(False),
        has_pcas=pl.col("has_pcas").fill_null(False),
        has_points=pl.col("has_points").fill_null(False),
        is_mapped=pl.col("is_mapped").fill_null(False),
    )


def _with_breaks(lf: pl.LazyFrame) -> pl.LazyFrame:
    """Why a row cannot be compared with the year before, where it cannot.

    New is only what the mapping of the year before does not have: a year that was not loaded says
    nothing. An indicator's age band is only ever told more closely; a register's really changes.
    """
    start = starts("year")
    told = lf.filter("is_mapped").select("group_code", start=start + 1).unique()
    ordered = (
        lf.with_columns(start=start)
        .join(told.select("start", year_told=True).unique(), on="start", how="left")
        .join(told.with_columns(group_told=True), on=["start", "group_code"], how="left")
        .sort("indicator_code", "year")
    )
    before = pl.col("start", "list_type").shift().over("indicator_code").name.prefix("last_")
    is_register = pl.col("kind") == "register"
    was_away = (pl.col("start") - pl.col("last_start")).fill_null(99) != 1
    known = is_register & pl.col("group_told").fill_null(False)
    is_new = was_away & pl.col("year_told").fill_null(False) & ~known
    other_list = is_register & (pl.col("list_type") != pl.col("last_list_type")).fill_null(False)
    declared = pl.concat_str("indicator_code", "year", separator=" ").replace_strict(
        NOT_COMPARABLE, default=None
    )
    reason = (
        pl.when(declared.is_not_null())
        .then(declared)
        .when(pl.col("indicator_code").str.starts_with("QI"))
        .then(pl.lit("Quality improvement modules are meant to change each year"))
        .when(is_new)
        .then(pl.lit("New: nothing was published for the year before"))
        .when(other_list)
        .then(pl.lit("It concerns another age band than the year before"))
    )
    return ordered.with_columns(before).with_columns(
        break_reason=reason, breaks_series=reason.is_not_null()
    )


def _all(years: Mapping[str, pl.LazyFrame], contract: Table) -> pl.LazyFrame:
    return pl.concat(years.values()) if years else contract.empty()


def _no_mapping() -> pl.LazyFrame:
    words = (
        "indicator_code",
        "definition",
        "group_code",
        "group_name",
        "domain_name",
        "list_type",
    )
    return pl.LazyFrame(
        schema=dict.fromkeys(words, pl.String) | {"points_max": pl.Float64, "year": pl.String}
    )
