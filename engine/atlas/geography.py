"""Geography: which organisations a practice belongs to, as published for its year or as of today.

`published` is each year's own mapping and reproduces the published totals. `today` is the newest
mapping in the lake applied to every year: a practice takes its place in it; one that has gone
keeps the last sub-ICB location (and network) it was published in, else the commissioner that the
Organisation Data Service names for it, if that still exists, with the ICB and region it belongs
to now. No merger is guessed: a practice of an area that is gone has no place today, and counts
for England only.
"""

import polars as pl

from engine.atlas.rollup import ENGLAND, LEVELS, UNALLOCATED, organisation_code
from engine.atlas.years import qof_years
from engine.lake import Lake
from engine.period import Period

TODAY = "today"
MAPPING = "practice_mapping"
_AREAS = ["sub_icb_code", "sub_icb_name", "icb_code", "icb_name", "region_code", "region_name"]
_NETWORK = ["pcn_code", "pcn_name"]
_COLUMNS = ["year", "practice_code", "practice_name", *_NETWORK, *_AREAS, "list_size"]
_ABOVE = {"pcn": "sub_icb", "sub_icb": "icb", "icb": "region", "region": "england"}


def practices(lake: Lake, geography: str, year: str | None = None) -> pl.LazyFrame:
    """Every practice of a year (of all years) with the organisations it belongs to.

    Takes:  `published` or `today`.
    Gives:  the columns of practice_geography, by year and practice; under `today` codes and names
            above the practice are null where it has no place in today's structure.
    """
    if geography != TODAY:
        return lake.scan("practice_geography", year)
    if (kept := lake.kept("practice_geography", held_as(year))) is not None:
        return kept
    own = lake.scan("practice_geography", year).select(
        "year", "practice_code", "list_size", name_then="practice_name"
    )
    placed = own.join(_today(lake), on="practice_code", how="left", maintain_order="left")
    named = pl.coalesce("practice_name", "name_then").alias("practice_name")
    return placed.with_columns(named).select(_COLUMNS)


def held_as(year: str | None) -> str:
    """The partition under which today's mapping of a year's practices may be kept in memory."""
    return f"{year} {TODAY}"


def organisations(lake: Lake, geography: str, year: str) -> pl.LazyFrame:
    """Every organisation of a year at every level, within the boundaries asked for.

    Gives:  the columns of `organisation`.
    """
    if geography != TODAY:
        return lake.scan("organisation", year)
    places = lake.scan("practice_coordinates")
    return drawn_up(practices(lake, TODAY, year), places, year=year)


def newest(lake: Lake) -> str | None:
    """Whose mapping `today` is: a month (2026-04) or a QOF year (2025-26); None without any."""
    months, year = lake.partitions(MAPPING), max(qof_years(lake), default=None)
    month = max(months, default="")
    # QOF maps practices as they stood when its year ended, on 31 March.
    ended = str(Period.holding(Period.parse(year, "year").last_day, "month")) if year else ""
    return month if month > ended else year


def unplaced(lake: Lake, year: str) -> pl.LazyFrame:
    """Practices of a year without a place in today's structure.

    Gives:  one row: `practices`, and `list_size`, their patients (null where no list is known).
    """
    nowhere = practices(lake, TODAY, year).filter(pl.col("sub_icb_code").is_null())
    known = pl.col("list_size").count() > 0
    return nowhere.select(
        practices=pl.len().cast(pl.Int64), list_size=pl.when(known).then(pl.col("list_size").sum())
    )


def drawn_up(geography: pl.LazyFrame, coordinates: pl.LazyFrame, *, year: str) -> pl.LazyFrame:
    """Every organisation at every level with its parent, size and middle, from its practices.

    Takes:  one year's practices, with the columns of practice_geography; where they are.
    Gives:  the `organisation` contract, sorted by level and code. The middle is that of its
            practices, weighted by list size; null where none of them has a place.
    """
    # In the order given, so that sums of degrees are the same to the last bit on every run.
    placed = geography.join(
        coordinates.select("practice_code", "longitude", "latitude"),
        on="practice_code",
        how="left",
        maintain_order="left",
    ).with_columns(england_code=pl.lit(ENGLAND), england_name=pl.lit("England"))
    levels = [_level(placed, level) for level in LEVELS]
    return (
        pl.concat(levels)
        .with_columns(year=pl.lit(year))
        .sort("level", "organisation_code")
        .select(
            "year",
            "level",
            "organisation_code",
            "organisation_name",
            "parent_code",
            "parent_name",
            "practices",
            "list_size",
            "longitude",
            "latitude",
        )
    )


def _today(lake: Lake) -> pl.LazyFrame:
    """Everybody's place now: those that are in the newest mapping, then those that have gone."""
    now = newest(lake)
    mapped = MAPPING if now in lake.partitions(MAPPING) else "practice_geography"
    there = lake.scan(mapped, now).select("practice_code", "practice_name", *_NETWORK, *_AREAS)
    return pl.concat([there, _gone(lake, there)], how="diagonal")


def _gone(lake: Lake, there: pl.LazyFrame) -> pl.LazyFrame:
    """Practices that have gone, in the areas that were said to hold them and are still there."""
    last = [pl.col(name).drop_nulls().last() for name in ("sub_icb_code", "pcn_code")]
    published = lake.scan("practice_geography").sort("year").group_by("practice_code").agg(last)
    commissioned = (
        lake.scan("practice")
        .sort("valid_from")
        .group_by("practice_code")
        .agg(sub_icb_code=pl.col("commissioner_code").drop_nulls().last())
    )
    said = pl.concat(
        [
            published.select("practice_code", "sub_icb_code", said_by=0),
            commissioned.select("practice_code", "sub_icb_code", said_by=1),
        ]
    )
    return (
        said.join(there, on="practice_code", how="anti")
        .join(_named(there, _AREAS), on="sub_icb_code")
        # What QOF published counts before what the register of organisations says.
        .sort("said_by")
        .group_by("practice_code")
        .first()
        .drop("said_by")
        .join(published.select("practice_code", "pcn_code"), on="practice_code", how="left")
        .join(_named(there, _NETWORK), on="pcn_code", how="left")
        .with_columns(pcn_code=pl.when(pl.col("pcn_name").is_not_null()).then("pcn_code"))
    )


def _named(there: pl.LazyFrame, columns: list[str]) -> pl.LazyFrame:
    """One row an organisation that exists today: its code, its name and what is above it."""
    code, *others = columns
    known = there.filter(pl.col(code).is_not_null(), pl.col(code) != UNALLOCATED)
    return known.group_by(code).agg(pl.col(others).drop_nulls().first())


def _level(placed: pl.LazyFrame, level: str) -> pl.LazyFrame:
    """One row an organisation of one level."""
    rows = placed.with_columns(
        organisation_code=organisation_code(level),
        organisation_name=pl.col(f"{level}_name"),
        parent_code=_parent(level, "code"),
        parent_name=_parent(level, "name"),
    ).filter(pl.col("organisation_code").is_not_null())
    # Plus one, so that an area whose lists are all unknown still has a middle.
    weight = pl.when(pl.col("latitude").is_not_null()).then(pl.col("list_size").fill_null(0) + 1)
    # A network may lie across two boards: most of its practices decide, then the code, never
    # chance.
    most = pl.col("parent_code").drop_nulls().mode().sort().first()
    return rows.group_by("organisation_code").agg(
        pl.lit(level).alias("level"),
        pl.col("organisation_name").drop_nulls().first(),
        most.alias("parent_code"),
        pl.col("parent_name").filter(pl.col("parent_code") == most).first(),
        pl.len().cast(pl.Int64).alias("practices"),
        pl.when(pl.col("list_size").count() > 0).then(pl.col("list_size").sum()).alias("list_size"),
        *(
            ((pl.col(axis) * weight).sum() / pl.when(weight.sum() > 0).then(weight.sum())).alias(
                axis
            )
            for axis in ("longitude", "latitude")
        ),
    )


def _parent(level: str, what: str) -> pl.Expr:
    """Code or name of the organisation above; a practice in no network is its sub-ICB's."""
    if level == "england":
        return pl.lit(None, pl.String)
    if level == "practice":
        in_network = organisation_code("pcn").is_not_null()
        return pl.when(in_network).then(f"pcn_{what}").otherwise(f"sub_icb_{what}")
    return pl.col(f"{_ABOVE[level]}_{what}")
