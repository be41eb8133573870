"""How the QOF tables are made of what was staged. Pure: lazy frames in, lazy frames out.

A measure that was not published stays null: absent is not zero. Denominators come with PCAs taken
off already and are left alone.
"""

from collections.abc import Mapping

import polars as pl

from engine.atlas.geography import drawn_up
from engine.atlas.tables.qof_contracts import PUBLISHED_MEASURES
from refresh.finding import Finding

_LARGE, _MANY_TIMES, _NO_SHORT_LIST = 0.2, 15, 3_000  # of a list; England's share; patients
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
    # Grouped and not pivoted: a pivot has the columns of its data, and a contract has its own. Of a
    # measure there is one number (it is of the key), so the greatest is that one, and is found four
    # times as fast as the first; codes are compared as numbers for the same reason.
    codes = ("indicator_code", "practice_code")
    numbers = (
        pl.when(pl.col("measure").is_in(measures)).then("value").alias(name)
        for name, measures in names.items()
    )
    wide = (
        achievement.select(pl.col(codes).cast(pl.Categorical), *numbers)
        .group_by(codes)
        .agg(pl.col(name).max() for name in names)
        .with_columns(pl.col(codes).cast(pl.String))
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


def prevalence(registers: pl.LazyFrame, *, year: str) -> pl.LazyFrame:
    """The `prevalence` contract of one year, sorted by group and practice."""
    return registers.with_columns(year=pl.lit(year)).sort("group_code", "practice_code")


def practice_points(maxima: pl.LazyFrame, *, year: str) -> pl.LazyFrame:
    """The `practice_points` contract of one year, sorted by practice."""
    return maxima.with_columns(year=pl.lit(year)).sort("practice_code")


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
    # A release may lack its mapping; its practices are in England all the same.
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


def out_of_line(made: Mapping[str, pl.LazyFrame | None], where: str) -> list[Finding]:
    """A warning of registers that are a large part of their list, and many times England's.

    A digit too many makes half a practice's patients epileptic. Such a number stays as published.
    Short lists are not looked at: those of hospices and care homes are out of line, and right.
    """
    frame = made["prevalence"]
    if frame is None:
        return []
    both = frame.filter(pl.col("register").is_not_null(), pl.col("list_size") > 0)
    england = (pl.col("register").sum() / pl.col("list_size").sum()).over("group_code")
    share = pl.col("register") / pl.col("list_size")
    odd = (
        both.with_columns(share=share, england=england)
        .filter(
            pl.col("share") >= _LARGE,
            pl.col("share") >= _MANY_TIMES * pl.col("england"),
            pl.col("list_size") >= _NO_SHORT_LIST,
        )
        .sort(pl.col("share") / pl.col("england"), descending=True)
        .select("practice_code", "group_code", "register", "list_size", "england")
        .collect()
    )
    told = [
        f"{practice} {group}: {register:,} of {size:,} (England: {usual:.1%})"
        for practice, group, register, size, usual in odd.rows()
    ]
    return [
        Finding(
            "warn" if told else "pass",
            "quality",
            "registers are in line",
            f"prevalence (of {where})",
            f"{len(told):,} registers are {_LARGE:.0%} of their list or more, and"
            f" {_MANY_TIMES} times England's share" + (f": {'; '.join(told[:3])}" if told else ""),
            column="register",
            expected=f"less than {_MANY_TIMES} times England's share",
            observed="; ".join(told[:3]),
            rows_failed=len(told),
            sample="; ".join(told[:20]),
            next_step="compare each with the years before and after; what is wrong is the"
            " publisher's to mend, and is shown as published"
            if told
            else "",
        )
    ]


def without_boards(made: Mapping[str, pl.LazyFrame | None]) -> list[Finding]:
    """A warning of a year whose practices have an area and no board: those boundaries came later.

    Nothing is said of a release that has no mapping at all, which its parts tell.
    """
    frame = made["practice_geography"]
    if frame is None:
        return []
    given = pl.col("sub_icb_code", "icb_code").is_not_null().sum()
    year, areas, boards = frame.select(pl.col("year").first(), given).collect().row(0)
    is_before = areas > 0 and boards == 0
    return (
        [
            Finding(
                "warn",
                "quality",
                "boards of the year",
                f"practice_geography {year}",
                f"{year} is from before today's boundaries: its practices belonged to clinical"
                " commissioning groups and regions of that time, and there were no boards to show",
                column="icb_code",
                expected="a board for each practice",
                observed="none",
                rows_failed=areas,
                next_step="nothing; to see it by today's boards, choose today's boundaries on the"
                " page",
            )
        ]
        if is_before
        else []
    )


def practice_mapping(mapping: pl.LazyFrame, *, period: str) -> pl.LazyFrame:
    """The `practice_mapping` contract of one month, sorted, names in mixed case."""
    names = (f"{level}_name" for level in ("practice", "pcn", "sub_icb", "icb", "region"))
    return (
        mapping.with_columns(period=pl.lit(period))
        .with_columns(readable(name) for name in names)
        .sort("practice_code")
    )


def organisation(geography: pl.LazyFrame, *, coordinates: pl.LazyFrame, year: str) -> pl.LazyFrame:
    """Every organisation of the year at every level, with its parent, size and middle.

    Gives:  the `organisation` contract, sorted by level and code. The middle is that of its
            practices, weighted by list size; null where none of them has a place.
    """
    return drawn_up(geography, coordinates, year=year)


def readable(column: str) -> pl.Expr:
    """A name in mixed case where it was published all in capitals."""
    name = pl.col(column).str.strip_chars()
    mixed = (
        name.str.to_titlecase()
        # Marked first and raised after: a pattern of Polars cannot change case.
        .str.replace_all(r"\b(Nhs|Icb|Ccg|Pcn|Stp|Gp)\b", "«$1»")
        .str.replace_all("'S\\b", "'s")
    )
    for word in ("Nhs", "Icb", "Ccg", "Pcn", "Stp", "Gp"):
        mixed = mixed.str.replace_all(f"«{word}»", word.upper(), literal=True)
    return pl.when(name == name.str.to_uppercase()).then(mixed).otherwise(name).alias(column)


def _nowhere() -> pl.LazyFrame:
    levels = ("pcn", "sub_icb", "icb", "region")
    names = ["practice_code", "practice_name"] + [
        f"{level}_{part}" for level in levels for part in ("code", "name")
    ]
    return pl.LazyFrame(schema=dict.fromkeys(names, pl.String))
