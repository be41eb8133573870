"""How enrolments become facts and member months: who was covered by what, day by day. Pure.

A day that two spans of one member in one plan share counts once; of its premium, that of the span
that began first. A span without an end lasts to the end of its batch's month, for that is how far
anybody knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import polars as pl

from engine.claims.exposure import by_month, once_a_day
from engine.claims.tables.fact_contracts import FACT_ENROLLMENT, MEMBER_MONTH
from refresh.claims.batches import (
    STAGED_ONLY,
    Batch,
    in_order,
    put_together,
    shares_of,
    shares_of_keys,
    usable,
)
from refresh.claims.places import of_year, tiles, versions, with_version
from refresh.claims.rejects import as_rejects, numbered, unread
from refresh.store.fold import Edition

_PART = "enrollments_raw"
_OPEN_FROM = 2100  # a year; payers write 2199 or 9999 for a span that has not ended
_LAST_YEAR = 2035  # of the calendar: as far as a span without an end is looked for


def years() -> pl.Expr:
    """The calendar years that a span of a part lies in."""
    last = pl.when(_is_open()).then(_LAST_YEAR).otherwise(pl.col("end_date").dt.year())
    return pl.int_ranges(pl.col("start_date").dt.year(), last + 1)


def began() -> pl.Expr:
    """The calendar year in which a span of a part begins: that of the file it is in."""
    return pl.col("start_date").dt.year()


def enrollments(
    rows: Sequence[Edition],
    *,
    moved: pl.LazyFrame,
    members: pl.LazyFrame,
    plans: pl.LazyFrame,
    year: str,
) -> pl.LazyFrame:
    """The spans of cover that begin in a year, as the newest batch has each.

    Takes:  the batches' rows of that year; spans that a correction has moved to another year; the
            dimensions, without rows where no batch of them ever came: then nothing is held against
            them.
    """
    gone = moved.filter(pl.col("service_year") != year).select("enrollment_id")
    days = (pl.col("end_date") - pl.col("start_date")).dt.total_days() + 1
    found = [
        told.filter(pl.col("reason").is_null())
        .join(gone, on="enrollment_id", how="anti", maintain_order="left")
        .with_columns(coverage_days=days, service_year=pl.lit(year))
        .select(FACT_ENROLLMENT.schema.names())
        .collect()
        for told in _told(rows, members, plans, since=True)
    ]
    return pl.concat(found).lazy()


def refused(rows: Sequence[Edition], *, members: pl.LazyFrame, plans: pl.LazyFrame) -> pl.LazyFrame:
    """The rows that are no span of cover, each with its reason.

    Takes:  the batches, all rows of them; the dimensions as `enrollments` does.
    """
    told = _told(rows, members, plans)
    placeless = [some.filter(pl.col("reason").is_not_null()).collect() for some in told]
    found = (pl.concat(placeless).lazy(), unread(put_together(in_order(rows, _PART))))
    said = ("enrollments", "enrollments")
    rejects = [as_rejects(one, *said, key="enrollment_id", on="start_date") for one in found]
    return numbered(pl.concat(rejects))


def member_months(
    spans: Mapping[str, pl.LazyFrame], *, members: pl.LazyFrame, plans: pl.LazyFrame, year: str
) -> pl.LazyFrame | None:
    """Each member's months of cover in a year; None where nobody had any.

    Takes:  the spans by the year in which they begin; the dimensions; the year.
    """
    # What begins later covers no day of it; what began earlier may.
    until = [rows for began, rows in spans.items() if int(began) <= int(year)]
    if not until:
        return None
    covers = pl.concat(until).with_columns(pl.col("plan_id").fill_null(""))
    known = {"member": _tiles_of(members), "plan": _tiles_of(of_year(plans, int(year)), "plan")}
    found = []
    # Twelve rows a member, with all that they are made of: of a million members some at a time.
    for among in shares_of_keys(covers.select("member_id"), "member_id"):
        some = covers if among is None else covers.filter(among)
        months = months_of(some, int(year)).with_columns(year=pl.lit(year))
        for kind, there in known.items():
            months = with_version(months, there, f"{kind}_sk", on=[f"{kind}_id"], day="first_on")
        found.append(months.select(MEMBER_MONTH.schema.names()).collect())
    whole = pl.concat(found)
    return None if whole.is_empty() else whole.lazy()


def months_of(spans: pl.LazyFrame, year: int) -> pl.LazyFrame:
    """Cover by month within a calendar year: `engine.claims.exposure.by_month` of its days.

    >>> from datetime import date
    >>> one = {"member_id": "A", "plan_id": "P", "enrollment_id": "1", "premium_cents": 31_000}
    >>> span = one | {"start_date": date(2024, 1, 15), "end_date": date(2024, 2, 29)}
    >>> months_of(pl.LazyFrame([span]), 2024).select("days", "premium_cents").collect().rows()
    [(17, 17000.0), (29, 31000.0)]
    """
    start, end = pl.col("start_date"), pl.col("end_date")
    # Cut after days are told apart, for whose premium counts is who began first, whenever it was.
    cut = once_a_day(spans, ties=("enrollment_id",)).with_columns(
        start_date=pl.max_horizontal(start, pl.date(year, 1, 1)),
        end_date=pl.min_horizontal(end, pl.date(year, 12, 31)),
    )
    return by_month(cut.filter(start <= end))


def _told(
    rows: Sequence[Edition], members: pl.LazyFrame, plans: pl.LazyFrame, *, since: bool = False
) -> Iterator[pl.LazyFrame]:
    """The newest row of every span, with its versions, or why it has none; some spans at a time.

    Every batch may have all spans so far: of six there are several times the rows that count.

    Takes:  `since`: whether its `load_id` is of the batch since which it says what it says.
    """
    batches = in_order(rows, _PART)
    known, there = plans.collect(), _tiles_of(members)
    for among in shares_of(batches, "enrollment_id"):
        share = [b if among is None else replace(b, rows=b.rows.filter(among)) for b in batches]
        given = usable(put_together(share))
        said = _first_said(given) if since else given
        newest = said.unique("enrollment_id", keep="last", maintain_order=True)
        yield _placed(newest.with_columns(end_date=_end(batches)), there, known)


def _first_said(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The same rows; of those in a row that say the same, all have the first one's `load_id`.

    So a span that is sent again unchanged is the same bytes again.
    """
    apart = (*STAGED_ONLY, "load_id", "at", "nth")
    said = [name for name in rows.collect_schema().names() if name not in apart]
    ordered = rows.sort("enrollment_id", "nth")
    is_alike = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift()) for c in said)
    first = pl.when(~is_alike | (pl.int_range(pl.len()) == 0)).then("load_id").forward_fill()
    return ordered.with_columns(load_id=first).sort("nth")


def _is_open() -> pl.Expr:
    return (pl.col("end_date").dt.year() >= _OPEN_FROM).fill_null(True)


def _end(batches: Sequence[Batch]) -> pl.Expr:
    """The last day of a span: its own, or as far as its batch knows."""
    ends = pl.Series([batch.on for batch in batches], dtype=pl.Date).dt.month_end()
    batch = pl.col("at").replace_strict(dict(enumerate(ends)), return_dtype=pl.Date)
    as_known = pl.max_horizontal(batch, pl.col("start_date").dt.month_end())
    return pl.when(_is_open()).then(as_known).otherwise("end_date")


def _tiles_of(dimension: pl.LazyFrame, kind: str = "member") -> pl.LazyFrame | None:
    """The tiles of a dimension, held, for they are asked again and again; None without any."""
    known = dimension.collect()
    return None if known.is_empty() else tiles(versions(known.lazy(), kind)).collect().lazy()


def _placed(rows: pl.LazyFrame, members: pl.LazyFrame | None, plans: pl.DataFrame) -> pl.LazyFrame:
    """Rows with their versions, and why one has none; takes the tiles of members."""
    is_backwards = pl.col("start_date") > pl.col("end_date")
    reasons = [pl.when(is_backwards).then(pl.lit("ends_before_start"))]
    details = [pl.when(is_backwards).then(pl.format("{} is after {}", "start_date", "end_date"))]
    rows = rows.with_columns(_year=pl.col("start_date").dt.year().cast(pl.String))
    for there, kind, on in (
        (members, "member", ["member_id"]),
        (_plans_asked(rows, plans), "plan", ["plan_id", "_year"]),
    ):
        rows = with_version(rows, there, f"{kind}_sk", on=on, day="start_date")
        if there is not None:
            is_unknown = pl.col(f"{kind}_sk").is_null()
            said = pl.format(
                "{} is not known on that day", pl.col(f"{kind}_id").fill_null("(none)")
            )
            reasons.append(pl.when(is_unknown).then(pl.lit(f"no_{kind}")))
            details.append(pl.when(is_unknown).then(said))
    return rows.with_columns(reason=pl.coalesce(reasons), detail=pl.coalesce(details))


def _plans_asked(rows: pl.LazyFrame, known: pl.DataFrame) -> pl.LazyFrame | None:
    """The tiles of plans, once for each year that is asked; None without any plan."""
    if known.is_empty():
        return None
    asked = rows.select("_year").unique().collect()["_year"].drop_nulls().sort()
    spans = [
        versions(of_year(known.lazy(), int(year)), "plan").with_columns(plan_id=pl.lit(year))
        for year in asked
    ]
    return tiles(pl.concat(spans)) if spans else None
