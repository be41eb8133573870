"""Everything of a year: all indicators and registers of all practices of an area, as published.

What people ask for who want to work on it elsewhere: raw counts, no percentages, nothing rolled up.
"""

import polars as pl

from engine.atlas import geography
from engine.atlas.ask import Question, check
from engine.lake import Lake

WHO = (
    "practice_code practice_name pcn_code pcn_name sub_icb_code sub_icb_name icb_code icb_name"
    " region_code region_name"
).split()
PARTS = ("numerator", "denominator", "pcas", "register", "points")


def area_extract(
    lake: Lake, year: str, *, area: str = "", boundaries: str = "published"
) -> pl.LazyFrame:
    """One row a practice and indicator, and one a practice and register.

    Takes:  a year of this lake; an area as a question has it (empty: all of England), within the
            boundaries as published or as of `today`.
    Gives:  `year`, WHO, `kind` (`indicator` or `register`), `indicator_code`, `description`,
            PARTS. Of an indicator: patients achieved, eligible, with a personalised care
            adjustment, on its register, and points. Of a register: patients on it and on the list
            of its age band. Null is what the publication does not say; it is never a zero. In the
            order of the published tables, indicators first.
    Raises: UnknownName for an area level that does not exist, BadQuestion for another year.
    """
    asked = Question("", year, area=area)
    check(lake, asked)
    practices = geography.practices(lake, boundaries, year).select(WHO)
    if area:
        practices = practices.filter(asked.within.holds)
    words = lake.scan("indicator").filter(pl.col("year") == year)
    rows = pl.concat([_indicators(lake, year), _registers(lake, year)], how="diagonal")
    return (
        rows.join(practices, on="practice_code", how="inner", maintain_order="left")
        .join(
            words.select("indicator_code", "kind", "description"),
            on=["indicator_code", "kind"],
            how="left",
            maintain_order="left",
        )
        .select("year", *WHO, "kind", "indicator_code", "description", *PARTS)
    )


def _indicators(lake: Lake, year: str) -> pl.LazyFrame:
    rows = lake.scan("percent_achieved", year)
    return rows.select("year", "practice_code", "indicator_code", *PARTS, kind=pl.lit("indicator"))


def _registers(lake: Lake, year: str) -> pl.LazyFrame:
    return lake.scan("prevalence", year).select(
        "year",
        "practice_code",
        indicator_code="group_code",
        numerator="register",
        denominator="list_size",
        kind=pl.lit("register"),
    )
