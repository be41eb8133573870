"""By what claims of a year are placed: the version, and the cover, that holds on each day. Pure.

Cut to the days of one year: a new version, or a span that changed, makes only the claims of those
years again that it touches.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from refresh.claims.batches import FLOOR

_KEY = ("key", "plan_id")
_LONG_AGO, _FAR_AHEAD = date(1, 1, 1), date(9999, 12, 31)


def places(
    members: pl.LazyFrame,
    providers: pl.LazyFrame,
    plans: pl.LazyFrame,
    enrollments: Mapping[str, pl.LazyFrame],
    *,
    year: str,
) -> pl.LazyFrame:
    """What holds on each day of a year, of everybody who is known.

    Takes:  the dimensions and, by the year that they begin in, the enrolments; each without rows
            where no batch of it ever came.
    Gives:  for each kind of which there is anything, a row with an empty key, then spans of days.
    """
    found = [
        known(versions(members, "member")),
        known(versions(providers, "provider")),
        known(versions(of_year(plans, int(year)), "plan")),
        *([known(_covers(pl.concat(enrollments.values())))] if enrollments else []),
    ]
    first, last = date(int(year), 1, 1), date(int(year), 12, 31)
    # What ends before the year or begins after it is nobody's business here.
    touching = (pl.col("from_on") <= last) & (pl.col("to_on") >= first)
    cut = pl.concat(found).filter(touching | (pl.col("key") == ""))
    return cut.select(
        pl.lit(year).alias("service_year"),
        "kind",
        *_KEY,
        "sk",
        pl.col("from_on").clip(first, last),
        pl.col("to_on").clip(first, last),
    )


def tiles(spans: pl.LazyFrame) -> pl.LazyFrame:
    """Spans and what lies between them: of each key every day is in exactly one row.

    Takes:  `key`, `plan_id`, `sk`, `from_on`, `to_on` (in it), no two of a key on one day.
    Gives:  the same and, with a null `sk`, the days before, between and after them.
    """
    ordered = spans.sort(*_KEY, "from_on")
    before = pl.col("to_on").shift().over(_KEY).dt.offset_by("1d")
    gaps_before = ordered.select(
        *_KEY,
        sk=pl.lit(None, pl.Int64),
        from_on=before.fill_null(_LONG_AGO),
        to_on=pl.col("from_on").dt.offset_by("-1d"),
    ).filter(pl.col("from_on") <= pl.col("to_on"))
    last = ordered.group_by(_KEY).agg(pl.col("to_on").max())
    gaps_after = last.filter(pl.col("to_on") < _FAR_AHEAD).select(
        *_KEY,
        sk=pl.lit(None, pl.Int64),
        from_on=pl.col("to_on").dt.offset_by("1d"),
        to_on=pl.lit(_FAR_AHEAD),
    )
    return pl.concat(
        [ordered.select(gaps_before.collect_schema().names()), gaps_before, gaps_after]
    )


def of_kind(placed: pl.DataFrame, kind: str) -> pl.LazyFrame | None:
    """The tiles of a kind, by key and plan; None where nothing of it is known at all."""
    mine = placed.filter(kind=kind)
    if mine.is_empty():
        return None
    spans = mine.filter(pl.col("key") != "").select(*_KEY, "sk", "from_on", "to_on")
    return tiles(spans.lazy())


def with_version(
    rows: pl.LazyFrame,
    there: pl.LazyFrame | None,
    name: str,
    *,
    on: Sequence[str],
    day: str = "service_date",
) -> pl.LazyFrame:
    """The same rows, none more and none fewer, with the version that holds on their day as `name`.

    Takes:  the tiles of a kind (None: nothing is known of it, and `name` is null); the rows'
            columns of the key, and of the plan where it has one; the column of their day.
    """
    if there is None:
        return rows.with_columns(pl.lit(None, pl.Int64).alias(name))
    spans = there.select(
        *(pl.col(k).alias(c) for k, c in zip(_KEY, on, strict=False)),
        pl.col("sk").alias(name),
        _from="from_on",
        _to="to_on",
    )
    holds = pl.col(day).is_between("_from", "_to") | pl.col("_from").is_null()
    # Of each key every day is in one row: so this keeps one for each of theirs.
    found = rows.join(spans, on=list(on), how="left", maintain_order="left").filter(holds)
    return found.drop("_from", "_to")


def merged(spans: pl.LazyFrame, key: Sequence[str], start: str, end: str) -> pl.LazyFrame:
    """Spans of one key that overlap, or follow each other without a day between, as one.

    Takes:  first and last days, both in the span.
    """
    ordered = spans.sort(*key, start, end)
    reached = pl.col(end).cum_max().shift().over(key)
    begins = (pl.col(start) > reached.dt.offset_by("1d")).fill_null(True)
    return (
        ordered.with_columns(begins.cum_sum().alias("_span"))
        .group_by(*key, "_span", maintain_order=True)
        .agg(pl.col(start).min(), pl.col(end).max())
        .drop("_span")
    )


def of_year(plans: pl.LazyFrame, year: int) -> pl.LazyFrame:
    """The versions of plans that count in a year.

    A plan of which a year has no row goes on as it was in the newest year before.
    """
    started = plans.filter(pl.col("effective_year") <= year)
    newest = pl.col("effective_year") == pl.col("effective_year").max().over("plan_id")
    return started.filter(newest)


def versions(dimension: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    """The versions of a dimension as spans of days, both ends in them."""
    # Half-open there, with its last day here; what is current has no last day.
    last = pl.col("valid_to").dt.offset_by("-1d")
    return dimension.select(
        kind=pl.lit(kind),
        key=f"{kind}_id",
        plan_id=pl.lit(""),
        sk=f"{kind}_sk",
        # Whatever a key's first version begins with, older facts find it.
        from_on=pl.when(pl.col("valid_from") == FLOOR)
        .then(pl.lit(_LONG_AGO))
        .otherwise("valid_from"),
        to_on=pl.when("is_current").then(pl.lit(_FAR_AHEAD)).otherwise(last),
    )


def known(spans: pl.LazyFrame) -> pl.LazyFrame:
    """The spans and, where there are any, a row with an empty key."""
    mark = spans.head(1).with_columns(
        key=pl.lit(""),
        plan_id=pl.lit(""),
        sk=pl.lit(None, pl.Int64),
        from_on=pl.lit(_LONG_AGO),
        to_on=pl.lit(_LONG_AGO),
    )
    return pl.concat([mark, spans])


def _covers(enrollments: pl.LazyFrame) -> pl.LazyFrame:
    spans = enrollments.select(
        key="member_id",
        plan_id=pl.col("plan_id").fill_null(""),
        from_on="start_date",
        to_on="end_date",
    )
    return merged(spans, _KEY, "from_on", "to_on").select(
        pl.lit("cover").alias("kind"), *_KEY, pl.lit(1, pl.Int64).alias("sk"), "from_on", "to_on"
    )
