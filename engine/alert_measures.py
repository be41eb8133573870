"""What the rules of alerts measure: lazy frames over the ledger, one row a source and subject.

Each is a `Measure`: it takes `scan`, which gives a table of the ledger by its name, and an instant
(UTC, as the ledger keeps it). It gives `source_code` (empty: of the whole lake), `subject` (what
of the source, such as a period; empty: all of it), `value` (null: nobody knows now) and `detail`
(words). A source without a row has nothing to alert of.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import polars as pl

from engine.ledger_scan import first_line
from engine.load_success import HAS_ENDED, IS_WELL

Scan = Callable[[str], pl.LazyFrame]
Measure = Callable[[Scan, datetime], pl.LazyFrame]

WEEK, BASELINE = timedelta(days=7), timedelta(days=28)
FEWEST_LOADS = 3
"""Loads that an average needs before anything is held against it."""
NOTICEABLE_SECONDS = 10
"""The ledger keeps whole seconds: of a load that takes two, a third is noise."""
REPEATED = (
    "rows that repeat between periods"  # the check's name, refresh/publications/duplicates.py
)
ALREADY = "already loaded"  # likewise, refresh/publications/bringing.py
NO_DOMAIN = "No domain"  # as the pages of operations call it
_COLUMNS = ("source_code", "subject", "value", "detail")


def success_rate(scan: Scan, now: datetime) -> pl.LazyFrame:
    """Percent of the finished loads begun in the last 7 days that completed; one row."""
    ok = pl.col("is_completed").sum()
    return _shaped(
        _finished(scan)
        .filter(pl.col("started_at") >= now - WEEK, pl.col("started_at") <= now)
        .select(
            source_code=pl.lit(""),
            subject=pl.lit(""),
            value=_percent(ok, pl.len()),
            detail=pl.format("{} of {}", ok, pl.len()),
        )
    )


def failures_in_a_row(scan: Scan, now: datetime) -> pl.LazyFrame:
    """How many of a source's newest finished loads did not complete, one after the other."""
    before = pl.col("is_completed").cum_max()
    return _shaped(
        _of_live_sources(scan, _finished(scan))
        .filter(pl.col("started_at") <= now)
        .sort("load_id", descending=True)
        .group_by("source_code", maintain_order=True)
        .agg(
            value=(~before).sum(),
            # What was expected and what to do stands on the load's page; here one line is read.
            detail=first_line("error_message").first().fill_null("no reason is kept"),
        )
    )


def not_brought(scan: Scan, now: datetime) -> pl.LazyFrame:
    """How many things went wrong with a source before there was anything to load, when its
    publisher was last asked; a source of which all was well has no row."""
    asked = scan("sources").select(source_code="code", asked_at="last_checked_at")
    # Who loads a file twice is told so there and then.
    is_fault = (pl.col("status") == "fail") & (pl.col("check_name") != ALREADY)
    told = scan("validation_results").filter(
        is_fault, pl.col("load_id").is_null(), pl.col("validated_at") <= now
    )
    return _shaped(
        _of_live_sources(scan, told)
        .join(asked, on="source_code")
        .filter(pl.col("validated_at") >= pl.col("asked_at"))
        .sort("validation_id")
        .group_by("source_code")
        .agg(value=pl.len(), detail=pl.col("message").last())
    )


def breaking_schema(scan: Scan, now: datetime) -> pl.LazyFrame:
    """How many breaking changes of columns came up since a source last loaded."""
    since = (
        _finished(scan)
        .filter("is_completed", pl.col("started_at") <= now)
        .group_by("source_code")
        .agg(loaded_at=pl.col("completed_at").max())
    )
    drift = scan("drift_events").rename({"canonical_code": "source_code"})
    waiting = (
        _of_live_sources(scan, drift)
        .filter(
            pl.col("severity") == "error",
            ~pl.col("auto_resolved"),
            pl.col("detected_at") <= now,
        )
        .join(since, on="source_code", how="left")
        # The ledger knows whole seconds: of the same one, the change came after the load.
        .filter(pl.col("loaded_at").is_null() | (pl.col("detected_at") >= pl.col("loaded_at")))
    )
    gone = pl.format(
        "gone: {}",
        pl.col("details").str.json_path_match("$.columns").str.replace_all(r'[\[\]"]', ""),
    )
    retyped = pl.format(
        "`{}` was {} and is {}",
        *(pl.col("details").str.json_path_match(f"$.{name}") for name in ("column", "was", "is")),
    )
    return _shaped(
        waiting.sort("drift_id")
        .group_by("source_code")
        .agg(
            value=pl.len(), detail=pl.coalesce(gone, retyped, "drift_type").unique().str.join("; ")
        )
    )


def undescribed_columns(scan: Scan, _now: datetime) -> pl.LazyFrame:
    """How many columns the tables of a publication have that are not described at all.

    One row a publication of a domain, under the first of its sources: a workbook of ten tables is
    one thing to do. 0 where each table has a column that is described.
    """
    known = scan("sources").select("publication", "domain", source_code="code")
    bare = pl.col("described") == 0
    codes = pl.col("source_code").filter(bare).sort().str.join(", ")
    return _shaped(
        _described(scan)
        .join(known, on="source_code", how="left")
        # A source of no publication stands for itself.
        .with_columns(pl.coalesce("publication", "source_code"))
        .group_by("publication", "domain")
        .agg(
            source_code=pl.col("source_code").min(),
            value=pl.col("columns").filter(bare).sum(),
            detail=pl.when(pl.len() > 1)
            .then(
                pl.format("{} tables of {}: {}", bare.sum(), pl.col("publication").first(), codes)
            )
            .otherwise(pl.lit("")),
        )
    )


def undescribed_table(scan: Scan, table: str) -> pl.LazyFrame:
    """Whether nobody described a registered table: then it is not exported.

    Gives:  one row, `columns`, how many it has, where none of them is described; else no row.
    """
    source = scan("sources").filter(pl.col("table_name") == table).select(source_code="code")
    told = _described(scan).join(source, on="source_code", how="semi")
    return told.filter(pl.col("described") == 0).select("columns")


def metadata_coverage(scan: Scan, _now: datetime) -> pl.LazyFrame:
    """Percent of a source's columns that are described."""
    return _shaped(
        _described(scan).select(
            "source_code",
            value=_percent(pl.col("described"), pl.col("columns")),
            detail=pl.format("{} of {}", "described", "columns"),
        )
    )


def degradation(scan: Scan, now: datetime) -> pl.LazyFrame:
    """By how many percent a source's loads of a week take longer than those of four weeks before.

    Null where it did not load in that week, or too seldom before; 0 where they take no time.
    """
    week = pl.col("started_at") >= now - WEEK
    return _shaped(
        _timed(scan, now)
        .filter(pl.col("started_at") >= now - WEEK - BASELINE)
        .group_by("source_code")
        .agg(
            took=pl.col("seconds").filter(week).mean(),
            before=pl.col("seconds").filter(~week).mean(),
            loads=(~week).sum(),
        )
        .select(
            "source_code",
            # Multiplied before it is divided: 12 seconds for 10 are 20 % and not a bit less.
            value=_judged(100 * (pl.col("took") - pl.col("before")) / pl.col("before")),
            detail=_beside(),
        )
    )


def slowness(scan: Scan, now: datetime) -> pl.LazyFrame:
    """How many times its average of before a source's newest completed load took."""
    return _shaped(
        _timed(scan, now)
        .sort("load_id", descending=True)
        .group_by("source_code")
        .agg(
            took=pl.col("seconds").first(),
            before=pl.col("seconds").slice(1).mean(),
            loads=pl.len() - 1,
        )
        .select("source_code", value=_judged(pl.col("took") / pl.col("before")), detail=_beside())
    )


def storage_growth(scan: Scan, now: datetime) -> pl.LazyFrame:
    """By how many percent what is kept of a domain's sources grew in 7 days; a row a domain."""
    domains = scan("sources").select(
        source_code="code", domain=pl.col("domain").fill_null(NO_DOMAIN)
    )
    kept = scan("source_metrics").sort("metric_date").group_by("source_code")
    sizes = kept.agg(
        size=_last_until(now),
        before=_last_until(now - WEEK),
    )
    before = pl.col("before").sum()
    return _shaped(
        sizes.join(domains, on="source_code")
        .group_by(subject="domain")
        .agg(value=_percent(pl.col("size").sum() - before, before))
        .select(pl.lit("").alias("source_code"), "subject", "value", detail="subject")
    )


def orphan_share(scan: Scan, _now: datetime) -> pl.LazyFrame:
    """How many orphans there are for a hundred tables: one row, of `orphans` and `tables`."""
    return _shaped(
        scan("orphans").select(
            source_code=pl.lit(""),
            value=_percent(pl.col("orphans"), pl.col("tables")),
            detail=pl.format("{} beside {} tables", "orphans", "tables"),
        )
    )


def duplicates(scan: Scan, now: datetime) -> pl.LazyFrame:
    """The largest percentage of a period's rows that the one before has too, where they add up."""
    share = _percent(pl.col("n_failed"), pl.col("n_total"))
    is_appended = scan("sources").select(
        source_code="code", is_appended=pl.col("load_mode") == "append"
    )
    return _shaped(
        scan("validation_results")
        .filter(pl.col("check_name") == REPEATED, pl.col("validated_at") <= now)
        .sort("validation_id")
        # Each load looks at every pair of periods again: its newest word holds.
        .unique(["source_code", "where"], keep="last")
        .join(is_appended, on="source_code")
        .with_columns(value=pl.when("is_appended").then(share).otherwise(0.0))
        .sort("value", descending=True, nulls_last=True)
        .group_by("source_code")
        .agg(pl.col("value").first(), detail=pl.col("where").first())
        # An alert names its source already.
        .with_columns(pl.col("detail").str.strip_prefix(pl.format("{}: ", "source_code")))
    )


def new_tables(scan: Scan, now: datetime) -> pl.LazyFrame:
    """1 for each registered source that loaded for the first time in the last 7 days."""
    tables = scan("sources").filter(pl.col("table_name").is_not_null())
    first = (
        _finished(scan)
        .filter("is_completed")
        .group_by("source_code")
        .agg(first_at=pl.col("started_at").min())
        .filter(_is_of_the_week("first_at", now))
    )
    return _shaped(
        tables.select(source_code="code", subject="table_name")
        .join(first, on="source_code")
        .select("source_code", "subject", value=pl.lit(1), detail="subject")
    )


def new_periods(scan: Scan, now: datetime) -> pl.LazyFrame:
    """1 for each period that came in the last 7 days, later than all of the days before.

    Of a source that never loaded before everything is new, which is no news.
    """
    loads = _finished(scan).filter("is_completed")
    first = loads.group_by("source_code", "period").agg(first_at=pl.col("started_at").min())
    before = first.select("source_code", known="period", known_at="first_at")
    newest_before = (
        first.filter(_is_of_the_week("first_at", now))
        .join(before, on="source_code")
        .filter(pl.col("known_at").dt.date() < pl.col("first_at").dt.date())
        .group_by("source_code", "period")
        .agg(known=pl.col("known").max())
        .filter(pl.col("period") > pl.col("known"))
    )
    return _shaped(
        newest_before.select("source_code", subject="period", value=pl.lit(1), detail="period")
    )


def deprecated(scan: Scan, _now: datetime) -> pl.LazyFrame:
    """1 for each source that is on its way out."""
    said = pl.format(
        "{}; it goes on {}",
        pl.col("deprecation_reason").fill_null("nobody said why"),
        pl.col("archive_date").cast(pl.String).fill_null("no day that was said"),
    )
    return _shaped(
        scan("sources")
        .filter(pl.col("status") == "deprecated")
        .select(source_code="code", value=pl.lit(1), detail=said)
    )


def archived(scan: Scan, now: datetime) -> pl.LazyFrame:
    """1 for each source that was archived in the last 7 days."""
    return _shaped(
        scan("sources")
        .filter(pl.col("status") == "archived", _is_of_the_week("archived_at", now))
        .select(
            source_code="code",
            value=pl.lit(1),
            detail=pl.col("archived_at").dt.date().cast(pl.String),
        )
    )


def _shaped(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The four columns of a measure, in their types; the whole of a source where none is said."""
    names = rows.collect_schema().names()
    whole = [] if "subject" in names else [pl.lit("").alias("subject")]
    return (
        rows.with_columns(*whole)
        .select(*_COLUMNS)
        .with_columns(pl.col("value").cast(pl.Float64), pl.col("detail").fill_null(""))
        .sort("source_code", "subject")
    )


def _finished(scan: Scan) -> pl.LazyFrame:
    """Loads that have ended, and whether they completed."""
    return scan("load_events").filter(HAS_ENDED).with_columns(is_completed=IS_WELL)


def _of_live_sources(scan: Scan, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Without those of sources that were archived: nobody mends them."""
    gone = scan("sources").filter(pl.col("status") == "archived").select(source_code="code")
    return rows.join(gone, on="source_code", how="anti", maintain_order="left")


def _described(scan: Scan) -> pl.LazyFrame:
    """How many columns a source has, and how many of them are described."""
    said = pl.col("description").fill_null("").str.strip_chars() != ""
    return (
        _of_live_sources(scan, scan("column_metadata"))
        .group_by("source_code")
        .agg(columns=pl.len(), described=said.sum())
    )


def _timed(scan: Scan, now: datetime) -> pl.LazyFrame:
    """Completed loads with the seconds that they took."""
    took = (pl.col("completed_at") - pl.col("started_at")).dt.total_seconds()
    return _of_live_sources(
        scan,
        _finished(scan)
        .filter("is_completed", pl.col("started_at") <= now)
        .with_columns(seconds=took),
    )


def _judged(value: pl.Expr) -> pl.Expr:
    """A value of time, where there is enough to judge it by.

    Takes: `took`, `before` (seconds) and `loads`, of which `before` is the average.
    """
    can_tell = (pl.col("loads") >= FEWEST_LOADS) & (pl.col("before") > 0)
    return pl.when(pl.col("took") < NOTICEABLE_SECONDS).then(0.0).when(can_tell).then(value)


def _beside() -> pl.Expr:
    return pl.format(
        "{} s where {} s were usual", pl.col("took").round(1), pl.col("before").round(1)
    )


def _last_until(at: datetime) -> pl.Expr:
    """The last size that is known of a source on a day; 0 where it was not there yet."""
    known = pl.col("table_size_bytes").filter(pl.col("metric_date") <= at.date())
    return known.last().fill_null(0)


def _is_of_the_week(column: str, now: datetime) -> pl.Expr:
    return pl.col(column).is_between(now - WEEK, now, closed="right")


def _percent(part: pl.Expr, of: pl.Expr) -> pl.Expr:
    """A percentage; null of nothing."""
    return pl.when(of > 0).then(100 * part.cast(pl.Float64) / of)
