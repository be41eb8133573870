"""How the QOF tables are made of what was staged. Pure: lazy frames in, lazy frames out.

A measure that was not published stays null: absent is not zero. Denominators come with PCAs taken
off already and are left alone.
"""

import polars as pl

from engine.atlas.geography import drawn_up
from engine.atlas.tables.qof_contracts import PUBLISHED_MEASURES
from engine.period import starts
from refresh.atlas.qof_words import DESCRIPTIONS, GROUPS, NOT_COMPARABLE

_COUNTS = ("register", "numerator", "denominator", "pcas", "newly_diagnosed")


def percent_achieved(achievement: pl.LazyFrame, *, year: str) -> pl.LazyFrame:
    """One row a practice and indicator, from one row a measure.

    Takes:  the `achievement` contract.
    Gives:  the `percent_achieved` contract, sorted by indicator and practice; percentages null
            where the denominator is 0 or not given.
    """
    names = {
        name: [m for m, n in PUBLISHED_MEASURES.items() if n == name]
        for name in PUBLISHED_MEASURES.values()
    }
    wide = achievement.group_by("indicator_code", "practice_code").agg(
        pl.col("value").filter(pl.col("measure").is_in(measures)).first().alias(name)
        for name, measures in names.items()
    )
    eligible, all_of_them = (
        pl.col("denominator"),
        pl.col("denominator") + pl.col("pcas").fill_null(0),
    )
    return (
        wide.with_columns(pl.col(_COUNTS).cast(pl.Int64))
        .with_columns(
            year=pl.lit(year),
            percent_net=pl.col("numerator") / pl.when(eligible > 0).then(eligible) * 100,
            percent_pri=pl.col("numerator") / pl.when(all_of_them > 0).then(all_of_them) * 100,
        )
        .sort("indicator_code", "practice_code")
    )


def prevalence(staged: pl.LazyFrame, *, year: str) -> pl.LazyFrame:
    """The `prevalence` contract of one year, sorted by group and practice."""
    return staged.with_columns(year=pl.lit(year)).sort("group_code", "practice_code")


def practice_geography(
    geography: pl.LazyFrame | None,
    *,
    prevalence: pl.LazyFrame,
    percent_achieved: pl.LazyFrame,
    practice: pl.LazyFrame,
    year: str,
) -> pl.LazyFrame:
    """Every practice of the year with its parents as published, its name and its list size.

    Takes:  the staged mapping (None where the release has none) and the tables of the year;
            `practice` names those that the mapping leaves out.
    Gives:  the `practice_geography` contract, sorted; parents null where none were published.
    """
    total = pl.col("list_size").filter(pl.col("list_type") == "TOTAL").first()
    lists = prevalence.group_by("practice_code").agg(list_size=total)
    seen = pl.concat(
        [
            lf.select("practice_code")
            for lf in (prevalence, percent_achieved, geography)
            if lf is not None
        ]
    ).unique()
    mapping = geography if geography is not None else _nowhere()
    known = practice.group_by("practice_code").agg(
        known_name=pl.col("practice_name").sort_by("valid_from").last()
    )
    return (
        seen.join(mapping, on="practice_code", how="left")
        .join(lists, on="practice_code", how="left")
        .join(known, on="practice_code", how="left")
        .with_columns(
            year=pl.lit(year),
            practice_name=pl.coalesce("practice_name", "known_name", "practice_code"),
        )
        .with_columns(
            readable(f"{level}_name") for level in ("practice", "pcn", "sub_icb", "icb", "region")
        )
        .sort("practice_code")
    )


def practice_mapping(staged: pl.LazyFrame, *, period: str) -> pl.LazyFrame:
    """The `practice_mapping` contract of one month, sorted, names in mixed case."""
    names = (f"{level}_name" for level in ("practice", "pcn", "sub_icb", "icb", "region"))
    return (
        staged.with_columns(period=pl.lit(period))
        .with_columns(readable(name) for name in names)
        .sort("practice_code")
    )


def organisation(geography: pl.LazyFrame, *, coordinates: pl.LazyFrame, year: str) -> pl.LazyFrame:
    """Every organisation of the year at every level, with its parent, size and middle.

    Gives:  the `organisation` contract, sorted by level and code. The middle is that of its
            practices, weighted by list size; null where none of them has a place.
    """
    return drawn_up(geography, coordinates, year=year)


def indicator(
    mappings: dict[str, pl.LazyFrame], *, achieved: pl.LazyFrame, prevalence: pl.LazyFrame
) -> pl.LazyFrame:
    """What could be measured in each year, in words, and where its series breaks.

    Takes:  the staged mapping of each year that has one, and the two tables of all years.
    Gives:  the `indicator` contract, sorted. A code that is only seen in the numbers still gets a
            row, so that an unknown indicator degrades to one without history.
    """
    declared = [lf.with_columns(year=pl.lit(year)) for year, lf in mappings.items()]
    mapped = (pl.concat(declared) if declared else _no_mapping()).with_columns(is_mapped=True)
    both = pl.concat(
        [_indicators(mapped, achieved), _registers(mapped, prevalence)], how="diagonal_relaxed"
    )
    return _with_breaks(_with_words(both)).sort("year", "indicator_code")


def readable(column: str) -> pl.Expr:
    """A name in mixed case where it was published all in capitals."""
    name = pl.col(column).str.strip_chars()
    mixed = (
        name.str.to_titlecase()
        .str.replace_all(r"\b(Nhs|Icb|Ccg|Pcn|Stp|Gp)\b", "«$1»")
        .str.replace_all("'S\\b", "'s")
    )
    for word in ("Nhs", "Icb", "Ccg", "Pcn", "Stp", "Gp"):
        mixed = mixed.str.replace_all(f"«{word}»", word.upper(), literal=True)
    return pl.when(name == name.str.to_uppercase()).then(mixed).otherwise(name).alias(column)


def _indicators(mapped: pl.LazyFrame, achieved: pl.LazyFrame) -> pl.LazyFrame:
    seen = achieved.group_by("year", "indicator_code").agg(
        practices=pl.len().cast(pl.Int64),
        has_fraction=pl.col("denominator").is_not_null().any(),
        has_pcas=pl.col("pcas").is_not_null().any(),
        has_points=pl.col("points").is_not_null().any(),
    )
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


def _nowhere() -> pl.LazyFrame:
    levels = ("pcn", "sub_icb", "icb", "region")
    names = ["practice_code", "practice_name"] + [
        f"{level}_{part}" for level in levels for part in ("code", "name")
    ]
    return pl.LazyFrame(schema=dict.fromkeys(names, pl.String))


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
