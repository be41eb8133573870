"""Storage: what tables and sources weigh, how fast that grows, and where it leads."""

from datetime import date, datetime, timedelta

import polars as pl

from engine.lake import Lake
from engine.publications.operations.contracts import NO_DOMAIN

LARGEST = 20
RUNAWAY = 20.0
"""Percent a week above which a domain's growth is an incident."""
_WEEK = timedelta(days=7)
FITTED_WEEKS = 12
_SIZES = {"table": pl.String, "bytes": pl.Int64, "rows": pl.Int64, "files": pl.Int64}


def largest_tables(lake: Lake, *, limit: int = LARGEST) -> pl.LazyFrame:
    """The largest tables of the snapshot, the largest first.

    Gives:  `table`, `bytes` of its files, `rows`, `files`.
    """
    said = []
    for name, entry in lake.manifest["tables"].items():
        paths = [lake.layout.table_file(file["path"]) for file in entry["files"]]
        said.append(
            {
                "table": name,
                "bytes": sum(path.stat().st_size for path in paths if path.is_file()),
                "rows": sum(file["rows"] for file in entry["files"]),
                "files": len(paths),
            }
        )
    frame = pl.LazyFrame(said, schema=_SIZES)
    return frame.sort("bytes", "table", descending=[True, False]).head(limit)


def areas(lake: Lake) -> dict[str, int]:
    """Bytes on this machine's disk by area of the data folder."""
    layout = lake.layout
    folders = {
        "releases as published": layout.raw,
        "staged": layout.staged,
        "tables of all snapshots kept": layout.tables,
        "archive": layout.archive,
        "sandbox": layout.sandbox.root,
    }
    return {
        words: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        for words, folder in folders.items()
    }


def on_day(lake: Lake, day: date) -> pl.LazyFrame:
    """What each source weighed at the end of a day, by the last measure of it until then.

    Gives:  `source_code`, `domain`, `bytes`, `rows`; no row for what was not measured yet.
    """
    until = lake.scan("source_metrics").filter(pl.col("metric_date") <= day)
    last = until.sort("metric_date").group_by("source_code").agg(pl.all().last())
    return (
        last.join(_domains(lake), on="source_code", how="left")
        .select(
            "source_code",
            pl.col("domain").fill_null(NO_DOMAIN),
            pl.col("table_size_bytes").alias("bytes"),
            pl.col("row_count").alias("rows"),
        )
        .sort("source_code")
    )


def growth(lake: Lake, now: datetime) -> pl.LazyFrame:
    """What each domain weighs, and by how much it grew in a week.

    Gives:  `domain`, `sources`, `bytes`, `rows`, `bytes_before` a week ago (null: nothing was
            measured yet), `percent` of growth (null: nothing to grow from), `is_runaway`. By size.
    """
    by = [pl.len().cast(pl.Int64).alias("sources"), pl.col("bytes").sum(), pl.col("rows").sum()]
    then = on_day(lake, (now - _WEEK).date()).group_by("domain")
    before = then.agg(pl.col("bytes").sum().alias("bytes_before"))
    was = pl.col("bytes_before")
    percent = (pl.col("bytes") - was) * 100 / pl.when(was > 0).then(was)
    return (
        on_day(lake, now.date())
        .group_by("domain")
        .agg(by)
        .join(before, on="domain", how="left")
        .with_columns(percent.alias("percent"))
        .with_columns((pl.col("percent") > RUNAWAY).fill_null(False).alias("is_runaway"))
        .sort("bytes", "domain", descending=[True, False])
    )


def weekly(lake: Lake, now: datetime, *, weeks: int = FITTED_WEEKS) -> pl.LazyFrame:
    """What all sources weighed together at the end of each of the last weeks, the oldest first.

    Gives:  `day`, the last of each week, today the last of all; `bytes`, `rows`. A week before the
            first measure has no row.
    """
    days = [now.date() - back * _WEEK for back in reversed(range(weeks))]
    sums = pl.col("bytes").sum(), pl.col("rows").sum(), pl.len().alias("measured")
    told = pl.concat(on_day(lake, day).select(pl.lit(day).alias("day"), *sums) for day in days)
    return told.filter(pl.col("measured") > 0).drop("measured")


def forecast(sizes: pl.LazyFrame, *, weeks: int) -> pl.LazyFrame:
    """Where a straight line through weekly sizes leads.

    Takes:  `bytes`, one a week, the oldest first, as `weekly` gives them; how many weeks ahead.
    Gives:  one row: `bytes_a_week`, the slope by least squares, and `bytes_then`, on the line, not
            below nothing; both null with fewer than two weeks.

    >>> sizes = pl.LazyFrame({"bytes": [100, 110, 120]})
    >>> forecast(sizes, weeks=13).collect().row(0)
    (10.0, 250.0)
    """
    x, y = pl.int_range(pl.len()).cast(pl.Float64), pl.col("bytes").cast(pl.Float64)
    line = sizes.select(
        pl.when(pl.len() > 1)
        .then(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
        .alias("bytes_a_week"),
        y.mean().alias("middle"),
        x.mean().alias("half"),
    )
    ahead = pl.col("half") + weeks
    then = pl.col("middle") + pl.col("bytes_a_week") * ahead
    return line.select("bytes_a_week", pl.max_horizontal(then, 0.0 * then).alias("bytes_then"))


def _domains(lake: Lake) -> pl.LazyFrame:
    return lake.scan("sources").select(pl.col("code").alias("source_code"), "domain")
