"""What changed: between two years of a lake, or between a snapshot and the one before it.

Everything is said of what the publications hold: that a practice is *gone* means that the later
publication does not have it, not why. Nothing is guessed: a merger is not inferred.
"""

from typing import Literal

import polars as pl

from engine.atlas.facts import Placed
from engine.atlas.metrics.qof_measures import MEASURES
from engine.lake import Lake
from engine.manifest import ReleaseEntry
from engine.metric import total

KINDS = {
    "gone": "no longer there",
    "new": "new",
    "renamed": "another name",
    "pcn": "another network",
    "sub_icb": "another sub-ICB location",
    "icb": "another board",
}
_MOVES = ("pcn", "sub_icb", "icb")


class NewRelease(ReleaseEntry):
    """A release that a snapshot has and the one before it had not."""

    what: Literal["new", "issued again"]


def practices(before: Lake, year: str, after: Lake, later: str) -> pl.LazyFrame:
    """How the practices of one year differ from those of another, or of another snapshot.

    Takes:  a lake and one of its QOF years, twice (the same lake for two years of it).
    Gives:  `practice_code`, `practice_name` (the later one, if any), `what` (one of KINDS),
            `was`, `now` (names; null where there is none), by what, then code. A practice that
            moved to another board has a row for each level that changed.
    """
    joined = (
        _practices(before, year)
        .join(_practices(after, later), on="practice_code", how="full", coalesce=True, suffix="_2")
        .with_columns(there=pl.col("here").is_not_null(), still=pl.col("here_2").is_not_null())
    )
    both = joined.filter("there", "still")
    rows = [
        joined.filter(~pl.col("still")).select(*_said("gone", "name", None)),
        joined.filter(~pl.col("there")).select(*_said("new", None, "name_2")),
        both.filter(_differ("name")).select(*_said("renamed", "name", "name_2")),
        *(
            both.filter(pl.col(f"{level}_code") != pl.col(f"{level}_code_2")).select(
                *_said(level, f"{level}_name", f"{level}_name_2")
            )
            for level in _MOVES
        ),
    ]
    return pl.concat(rows).sort("what", "practice_code")


def indicators(before: Lake, year: str, after: Lake, later: str) -> pl.LazyFrame:
    """Which indicators (and registers) one year has that the other has not.

    Gives:  `indicator_code`, `description`, `what` (`gone` or `new`), by what, then code. Kinds of
            figures that only one of the two years has loaded at all are left out.
    """
    was, now = _indicators(before, year), _indicators(after, later)
    was, now = was.join(now, on="kind", how="semi"), now.join(was, on="kind", how="semi")
    code = "indicator_code"
    rows = pl.concat(
        [
            was.join(now, on=code, how="anti").with_columns(what=pl.lit("gone")),
            now.join(was, on=code, how="anti").with_columns(what=pl.lit("new")),
        ]
    )
    return rows.select(code, "description", "what").sort("what", code)


def figures(before: Lake, after: Lake, year: str) -> pl.LazyFrame:
    """The indicators whose figures for a year were issued again with other numbers.

    Gives:  `indicator_code`, `practices` (whose parts differ, or that one of the two lacks), and
            England's sums by the metric: `numerator_was`, `denominator_was`, `numerator_now`,
            `denominator_now` (patients; null where no practice gave both parts); only indicators
            that both have, by code.
    """
    key = ["practice_code", "indicator_code"]
    joined = _figures(before, year).join(
        _figures(after, year), on=key, how="full", coalesce=True, suffix="_now"
    )
    return (
        joined.group_by("indicator_code")
        .agg(
            practices=(_differ("numerator", "_now") | _differ("denominator", "_now")).sum(),
            in_both=pl.col("here").is_not_null().any() & pl.col("here_now").is_not_null().any(),
            numerator_was=total(pl.col("met")),
            denominator_was=total(pl.col("of")),
            numerator_now=total(pl.col("met_now")),
            denominator_now=total(pl.col("of_now")),
        )
        .filter("in_both", pl.col("practices") > 0)
        .drop("in_both")
        .sort("indicator_code")
    )


def releases(before: Lake | None, after: Lake) -> list[NewRelease]:
    """The releases that a snapshot has and the one before it had not, as its manifest has them.

    Gives: the manifest's entries with `what`: `new`, or `issued again` for a period that the
           snapshot before had with other bytes.
    """
    # By content, not by revision: bytes that were issued again unchanged are nothing new.
    had = {_period(r): r["sha256"] for r in before.manifest["releases"]} if before else {}
    return [
        {**release, "what": "issued again" if _period(release) in had else "new"}
        for release in after.manifest["releases"]
        if had.get(_period(release)) != release["sha256"]
    ]


def coverage_lost(before: Lake | None, after: Lake) -> dict[str, tuple[int, int]]:
    """The years in which fewer practices have a place on the map than before: (was, is now)."""
    was: dict[str, Placed] = (before and before.fact("coverage")) or {}
    now: dict[str, Placed] = after.fact("coverage") or {}
    return {
        year: (was[year]["placed"], now[year]["placed"])
        for year in sorted(was.keys() & now.keys())
        # Fewer places is how a broken directory shows, long before anybody misses a dot.
        if now[year]["placed"] < was[year]["placed"]
    }


def rewritten(before: Lake, after: Lake, table: str) -> list[str]:
    """The partitions of a table that both snapshots have and that are not the same file."""
    was, now = (_files(lake, table) for lake in (before, after))
    return sorted(part for part in was.keys() & now.keys() if was[part] != now[part])


def _practices(lake: Lake, year: str) -> pl.LazyFrame:
    """Every practice of a year with its names and codes at each level."""
    geography, names = lake.scan("practice_geography", year), lake.scan("organisation", year)
    rows = geography.select(
        "practice_code", *(f"{level}_code" for level in _MOVES), here=pl.lit(True)
    )
    for level in ("practice", *_MOVES):
        own = names.filter(pl.col("level") == level).select(
            "organisation_code",
            pl.col("organisation_name").alias("name" if level == "practice" else f"{level}_name"),
        )
        rows = rows.join(own, left_on=f"{level}_code", right_on="organisation_code", how="left")
    return rows


def _said(what: str, was: str | None, now: str | None) -> list[pl.Expr]:
    def words(name: str | None) -> pl.Expr:
        return pl.col(name) if name else pl.lit(None, pl.String)

    return [
        pl.col("practice_code"),
        pl.coalesce("name_2", "name").alias("practice_name"),
        pl.lit(what).alias("what"),
        words(was).alias("was"),
        words(now).alias("now"),
    ]


def _differ(name: str, suffix: str = "_2") -> pl.Expr:
    return pl.col(name).ne_missing(pl.col(f"{name}{suffix}"))


def _indicators(lake: Lake, year: str) -> pl.LazyFrame:
    rows = lake.scan("indicator").filter(pl.col("year") == year, pl.col("practices") > 0)
    return rows.select("indicator_code", "description", "kind")


def _figures(lake: Lake, year: str) -> pl.LazyFrame:
    columns = ("practice_code", "indicator_code", "numerator", "denominator")
    net = MEASURES["net"]
    return lake.scan("percent_achieved", year).select(
        *columns, met=net.numerator, of=net.denominator, here=pl.lit(True)
    )


def _period(release: ReleaseEntry) -> tuple[str, str]:
    return release["source"], release["period"]


def _files(lake: Lake, table: str) -> dict[str, str]:
    files = lake.files(table) if lake.has(table) else []
    return {f["partition"]: f["sha256"] for f in files if f["partition"] is not None}
