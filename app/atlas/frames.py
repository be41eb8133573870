"""What the atlas asks of a snapshot again and again, collected once for all sessions.

A sealed snapshot never changes, so neither does a frame that is kept of it; what it means is the
engine's.
"""

from functools import lru_cache

import polars as pl

from app.atlas.catalogue import Catalogue
from engine import Lake
from engine.atlas.ask import Question
from engine.atlas.boundary import boundaries as boundaries_of
from engine.atlas.context import context as context_of
from engine.atlas.geography import TODAY, held_as, practices
from engine.atlas.geography import organisations as organisations_of
from engine.atlas.geography import unplaced as unplaced_of
from engine.atlas.parents import is_below, parents
from engine.atlas.rollup import organisation_code
from engine.atlas.standing import standing as standing_of
from engine.atlas.territory import beside, territories
from engine.atlas.trend import trend as trend_of
from engine.atlas.year_change import breaks_between as breaks_between_of
from engine.atlas.year_change import change as change_of


def keep_who_and_where(live: Lake, year: str, geography: str = "published") -> None:
    """Hold the small tables that every question of a year joins; the facts are scanned each time.

    A megabyte or two a year; a third of an answer's time. The lake holds them, and lets them go.
    """
    if not live.keeps:
        return
    # Each year held against the newest mapping is a join of its own, so it is held by its own key.
    if geography == TODAY and live.kept("practice_geography", held_as(year)) is None:
        rows = practices(live, geography, year).collect()
        live.keep("practice_geography", held_as(year), rows)
    for name in ("organisation", "practice_geography"):
        if live.kept(name, year) is None:
            live.keep(name, year, live.scan(name, year).collect())


@lru_cache(maxsize=32)
def organisations(live: Lake, year: str, level: str, geography: str = "published") -> pl.DataFrame:
    """Who is on the map: the organisations of a year and level, by code; kept for all sessions.

    Gives: the columns of `organisation`, its `practices` as `members`.
    """
    rows = organisations_of(live, geography, year).filter(pl.col("level") == level)
    return rows.sort("organisation_code").rename({"practices": "members"}).collect()


@lru_cache(maxsize=16)
def wide_organisations(live: Lake, year: str, geography: str = "published") -> pl.DataFrame:
    """The regions, boards and sub-ICB locations of a year: what an area can be."""
    wide = pl.col("level").is_in(["region", "icb", "sub_icb"])
    return organisations_of(live, geography, year).filter(wide).collect()


def area_name(live: Lake, question: Question) -> str:
    """What the area of a question is called; its code where no name is known."""
    area = question.within
    if not area.codes:
        return "England"
    if area.is_group:
        there = organisations(live, question.year, "practice", question.geography)
        count = there["organisation_code"].is_in(area.codes).sum()  # not who is none of them
        return f"A group of {count:,} practice{'' if count == 1 else 's'}"
    rows = organisations(live, question.year, area.level, question.geography)
    names = rows.filter(pl.col("organisation_code") == area.code)["organisation_name"]
    return (names[0] if len(names) else None) or area.code


@lru_cache(maxsize=16)
def boards(live: Lake, year: str, level: str, geography: str = "published") -> pl.DataFrame:
    """The board of every organisation of a year and level: the one with most of its practices.

    Gives: `organisation_code`, `icb_code`, `icb_name`, one row an organisation; a board is its
           own. None of the two is known of a region or of England, which have several.
    """
    if is_below("icb", level):
        empty = organisations(live, year, level, geography).select("organisation_code")
        return empty.with_columns(
            icb_code=pl.lit(None, pl.String), icb_name=pl.lit(None, pl.String)
        )
    there = organisations(live, year, "icb", geography)
    named = there.select(icb_code="organisation_code", icb_name="organisation_name")
    if level == "icb":
        return named.select(pl.col("icb_code").alias("organisation_code"), "icb_code", "icb_name")
    rows = parents(live, level, "icb", year=year, geography=geography)
    of = rows.select("organisation_code", icb_code="parent_code").collect()
    return of.join(named, on="icb_code", how="left", maintain_order="left")


@lru_cache(maxsize=8)
def unplaced(live: Lake, year: str) -> tuple[int, int | None]:
    """Practices of a year without a place in today's boundaries, and their patients."""
    return unplaced_of(live, year).collect().row(0)


@lru_cache(maxsize=32)
def outlines(live: Lake, year: str, level: str, geography: str, code: str = "") -> pl.DataFrame:
    """The outlines of a level's organisations, or of one of them: a row a ring.

    Published boundaries (engine.atlas.boundary, with `boundary_year`), else engine.atlas.territory;
    a network's with those about it (`is_own`).
    """
    published = boundaries_of(live, level, year, geography=geography, code=code).collect()
    if published.height:
        return published
    drawn = _territories(live, year, level, geography)
    if not code:
        return drawn
    if level == "pcn":
        return beside(drawn.lazy(), code).collect()
    return drawn.filter(pl.col("organisation_code") == code)


@lru_cache(maxsize=16)
def _territories(live: Lake, year: str, level: str, geography: str) -> pl.DataFrame:
    """All of a level's: one is cut from the same land as all others, so it is drawn with them."""
    return territories(live, level, year, geography=geography).collect()


@lru_cache(maxsize=64)
def members(live: Lake, year: str, level: str, geography: str, codes: frozenset[str]) -> pl.Series:
    """The codes of the practices of some organisations of a level."""
    there = practices(live, geography, year).filter(organisation_code(level).is_in(codes))
    return there.select("practice_code").collect()["practice_code"]


@lru_cache(maxsize=16)
def context(live: Lake, year: str, level: str, geography: str = "published") -> pl.DataFrame:
    """What surrounds the organisations of a year and level (engine.atlas.context); kept for all."""
    return context_of(live, year, level, geography=geography).collect()


@lru_cache(maxsize=8)
def standing(live: Lake, question: Question) -> pl.DataFrame:
    """The place of every organisation among the others (engine.atlas.standing)."""
    return standing_of(live, question).collect()


@lru_cache(maxsize=16)
def change(live: Lake, asked: Question, against: str) -> pl.DataFrame:
    """How far every organisation moved between two years; kept for all."""
    return change_of(live, asked, against).collect()


@lru_cache(maxsize=128)
def breaks_between(live: Lake, indicator: str, one: str, other: str) -> list[tuple[str, str]]:
    """What parts two years of an indicator: (year, why); kept for all sessions."""
    rows = breaks_between_of(live, indicator, one, other).collect()
    # A break that is published without a reason is still a break.
    return [(year, why or "the publisher gives no reason") for year, why in rows.rows()]


@lru_cache(maxsize=128)
def trend(live: Lake, asked: Question, organisation: str) -> pl.DataFrame:
    """An organisation's years (engine.atlas.trend); kept, so that going back costs nothing.

    Takes: a question of its indicator, level and measure only, so that equal ones are equal.
    """
    return trend_of(live, asked, organisation).collect()


@lru_cache(maxsize=4)
def indicators(live: Lake) -> pl.DataFrame:
    """What can be asked: the indicator table, one row an indicator (or register) and year."""
    return live.scan("indicator").filter(pl.col("practices") > 0).collect()


@lru_cache(maxsize=4)
def catalogue(live: Lake) -> Catalogue:
    """The same, ordered once for all sessions and requests."""
    return Catalogue(indicators(live))
