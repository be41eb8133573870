"""Checks of the whole lake, after every table is made: are practices placed, do sums hold.

Pure: frames in, facts for the manifest and findings out.
"""

from collections.abc import Mapping

import polars as pl

from engine.atlas.facts import Placed, Tallied
from engine.atlas.reconcile import compare, tally
from engine.atlas.rollup import LEVELS
from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED, PREVALENCE
from refresh.finding import Finding

COVERAGE = 0.95


def coverage(organisations: dict[str, pl.LazyFrame]) -> tuple[dict[str, Placed], list[Finding]]:
    """How many practices of each year have a place; under 95 % of the newest is a failure.

    Takes:  the `organisation` table of each year, oldest first.
    Gives:  `practices` and `placed` of each year; a finding of the newest.
    """
    counted: dict[str, Placed] = {}
    for year, rows in organisations.items():
        practices = rows.filter(pl.col("level") == "practice")
        there, placed = practices.select(pl.len(), pl.col("latitude").count()).collect().row(0)
        counted[year] = {"practices": there, "placed": placed}
    return counted, [_placed(year, counted[year]) for year in list(counted)[-1:]]


def reconciled(
    published: Mapping[str, pl.LazyFrame],
    geography: Mapping[str, pl.LazyFrame],
    achieved: Mapping[str, pl.LazyFrame],
    prevalence: Mapping[str, pl.LazyFrame],
) -> tuple[dict[str, list[Tallied]], list[Finding]]:
    """How far our sums are those that the publisher printed, of each year that has both.

    Takes:  tables by year. Gives: as `totals`.
    """
    compared = {
        year: compare(
            rows,
            practice_geography=geography[year],
            percent_achieved=achieved.get(year, PERCENT_ACHIEVED.empty()),
            prevalence=prevalence.get(year, PREVALENCE.empty()),
        )
        for year, rows in published.items()
        if year in geography
    }
    return totals(compared)


def totals(
    compared: dict[str, pl.LazyFrame],
) -> tuple[dict[str, list[Tallied]], list[Finding]]:
    """How far our sums are those that the publisher printed; a warning where they are not.

    A warning too where an area was printed of which nothing here is known: what was compared with
    nothing does not agree.

    Takes:  of each year that has printed totals, what engine.atlas.reconcile.compare gives.
    Gives:  of each year, the rows of engine.atlas.reconcile.tally; a finding for each of them.
    """
    tallied: dict[str, list[Tallied]] = {}
    findings: list[Finding] = []
    for year, lf in compared.items():
        rows = lf.collect()
        tallied[year] = [
            {
                "level": level,
                "printed": printed,
                "compared": there,
                "equal": equal,
                "differ": differ,
            }
            for level, printed, there, equal, differ in tally(rows.lazy()).collect().rows()
        ]
        findings += [_equal(year, level, rows) for level in tallied[year]]
    return tallied, findings


def _placed(year: str, counted: Placed) -> Finding:
    practices, placed = counted["practices"], counted["placed"]
    share = placed / max(practices, 1)
    return Finding(
        "pass" if share >= COVERAGE else "fail",
        "quality",
        "practices with a place",
        "practice_coordinates",
        f"{placed:,} of {practices:,} practices of {year} have a place ({share:.1%})",
        column="longitude, latitude",
        expected=f"{COVERAGE:.0%} or more",
        observed=f"{share:.1%}",
        rows_failed=practices - placed,
        rows_total=practices,
        next_step=""
        if share >= COVERAGE
        else "put a postcode directory (ONSPD_..._UK.csv) in the mirror, or let the refresh reach"
        " postcodes.io; the table shows every practice meanwhile",
    )


def _equal(year: str, tallied: Tallied, rows: pl.DataFrame) -> Finding:
    level, differ = tallied["level"], tallied["differ"]
    own = rows.filter(pl.col("level") == level)
    worst = (
        own.filter(pl.col("printed") != pl.col("ours"))
        .sort((pl.col("printed") - pl.col("ours")).abs(), descending=True)
        .head(3)
        .iter_rows(named=True)
    )
    unknown = (
        own.group_by("organisation_code")
        .agg(pl.col("ours").count())
        .filter(pl.col("ours") == 0)["organisation_code"]
        .sort()
    )
    said = [
        f"{r['organisation_code']} {r['code']} {r['part']}: printed {r['printed']:,},"
        f" ours {r['ours']:,}"
        for r in worst
    ]
    if len(unknown):
        names = ", ".join(unknown.head(6))
        said.append(f"nothing here of {len(unknown):,} areas that were printed, such as {names}")
    return Finding(
        "warn" if said else "pass",
        "reconciliation",
        "sums are the publisher's",
        f"published_total {year}, {LEVELS[level]}",
        f"{tallied['equal']:,} of {tallied['compared']:,} printed totals equal our sums;"
        f" {tallied['printed'] - tallied['compared']:,} more have nothing here to compare",
        column="value",
        expected="the same, to the patient",
        observed="; ".join(said) or "the same",
        rows_failed=differ,
        rows_total=tallied["compared"],
        next_step="see /changes for all of them; if the publisher corrected either file since,"
        " fetch both again, else compare its notes on mappings and closed practices with ours"
        if said
        else "",
    )
