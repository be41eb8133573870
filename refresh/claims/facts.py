"""How claims of a year become facts, or rejects with a reason, by who was known that day. Pure.

A claim is its newest row, and whatever reverses it after that. Where no batch of members (or
providers, plans, enrolments) ever came, claims are not held against them.
"""

from collections.abc import Sequence

import polars as pl

from engine.claims.tables.fact_contracts import FACT_CLAIM
from refresh.claims.batches import STAGED_ONLY, in_order, put_together, usable
from refresh.claims.places import of_kind, with_version
from refresh.claims.rejects import as_rejects, numbered, unread
from refresh.store.fold import Edition

_PART = "claims_raw"
SAME = ("claim_id", "service_date", "billed_cents", "allowed_cents", "paid_cents")
"""Two reversals that say the same of these are one that was sent twice."""

_ROWS_AT_ONCE = 1_000_000


def claims_of_year(
    rows: Sequence[Edition],
    *,
    placed: pl.LazyFrame,
    moved: pl.LazyFrame,
    year: str,
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The facts of a service year, and the rows of it that found no place.

    Takes:  the batches' rows of that year; what holds on each of its days; claims that a correction
            has moved to another year.
    """
    given = put_together(in_order(rows, _PART))
    newest = entries(_staying(usable(given), moved, year))
    told = _placed(newest, placed.collect())
    facts = told.filter(pl.col("reason").is_null()).with_columns(
        service_month=pl.col("service_date").dt.month_start(), service_year=pl.lit(year)
    )
    refused = [told.filter(pl.col("reason").is_not_null()), unread(given)]
    rejects = [as_rejects(one, "claims", year, key="claim_id") for one in refused]
    return facts.select(FACT_CLAIM.schema.names()), numbered(pl.concat(rejects))


def entries(rows: pl.LazyFrame) -> pl.LazyFrame:
    """What holds of each claim: its newest row, and the reversals after it.

    Takes:  rows in the order in which they count, numbered by `nth`; `content`, a hash of what each
            says, where that is known already. A row that takes money back (a negative amount)
            reverses; the same reversal sent twice is one.
    Gives:  the rows that hold, in their order, with `entry` and `claim_count`. Of rows in a row
            that say the same it is the first: a claim that is sent again unchanged stays as it was.
    """
    # Few claims come more than once: only those are held against each other, by little more than
    # their amounts; then each row is looked up, so that none but these are ever held back.
    twice = _of_those_that_come_again(rows)
    once = _count_of(pl.lit(None, pl.Int64))
    if twice is None:
        return rows.with_columns(entry=pl.lit(1, pl.Int32), claim_count=once)
    found = rows.join(twice.lazy(), on="nth", how="left", maintain_order="left")
    told = found.with_columns(pl.col("entry").fill_null(1), pl.col("claim_count").fill_null(once))
    return told.filter(pl.col("entry") > 0)


def _of_those_that_come_again(rows: pl.LazyFrame) -> pl.DataFrame | None:
    """Of claims with several rows `nth`, `entry` and `claim_count` of each row; None without any.

    Gives:  `entry` 0 where a row does not hold; no row that is told as one that comes once is.
    """
    hashed = rows.select(hash=pl.col("claim_id").hash())
    several = hashed.group_by("hash").len().filter(pl.col("len") > 1).select("hash")
    repeated = several.collect(engine="streaming")
    if repeated.is_empty():
        return None
    names = rows.collect_schema().names()
    said = [c for c in names if c not in (*STAGED_ONLY, "load_id", "at", "nth")]
    content = pl.col("content") if "content" in names else pl.struct(said).hash()
    again = rows.with_columns(hash=pl.col("claim_id").hash()).join(
        repeated.lazy(), on="hash", how="semi", maintain_order="left"
    )
    known = again.select("nth", "hash", *SAME, content=content).collect(engine="streaming")
    shares = -(-known.height // _ROWS_AT_ONCE)
    return pl.concat(_held(known.filter(pl.col("hash") % shares == at)) for at in range(shares))


def _held(rows: pl.DataFrame) -> pl.DataFrame:
    """`_of_those_that_come_again` of some claims, all rows of each."""
    takes_back = is_reversal()
    among = _first_of_alike(rows).with_columns(
        stated=pl.when(~takes_back).then("nth").max().over("claim_id")
    )
    is_stated = (pl.col("nth") == pl.col("stated")).fill_null(False)
    is_after = takes_back & (pl.col("nth") > pl.col("stated")).fill_null(True)
    original = pl.when(is_stated).then("billed_cents").max().over("claim_id")
    held = (
        among.filter(is_stated | is_after)
        .unique(SAME, keep="first", maintain_order=True)
        .select(
            "nth",
            entry=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("claim_id"),
            claim_count=_count_of(original),
        )
    )
    told = rows.join(held, on="nth", how="left").with_columns(pl.col("entry").fill_null(0))
    is_as_once = (pl.col("entry") == 1) & (
        pl.col("claim_count") == _count_of(pl.lit(None, pl.Int64))
    )
    return told.filter(~is_as_once).select("nth", "entry", "claim_count")


def _first_of_alike(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows by claim and order, without those that say what the row before them says."""
    ordered = rows.sort("claim_id", "nth")
    is_alike = pl.all_horizontal(pl.col(c) == pl.col(c).shift() for c in ("claim_id", "content"))
    return ordered.filter(~is_alike.fill_null(False))


def is_reversal() -> pl.Expr:
    """Whether a row takes money back."""
    return pl.any_horizontal(
        pl.col(c).fill_null(0) < 0 for c in ("billed_cents", "allowed_cents", "paid_cents")
    )


def _staying(rows: pl.LazyFrame, moved: pl.LazyFrame, year: str) -> pl.LazyFrame:
    gone = moved.filter(pl.col("service_year") != year).select("claim_id")
    return rows.join(gone, on="claim_id", how="anti", maintain_order="left")


def _count_of(original: pl.Expr) -> pl.Expr:
    """What a row counts as: a claim, the end of one, or neither."""
    billed = pl.col("billed_cents").fill_null(0)
    takes_all = (billed < 0) & (billed == -original).fill_null(True)
    count = pl.when(~is_reversal()).then(1).when(takes_all).then(-1).otherwise(0)
    return count.cast(pl.Int32)


def _placed(rows: pl.LazyFrame, placed: pl.DataFrame) -> pl.LazyFrame:
    """Rows with the numbers of their versions and, of those that find none, the reason."""
    reasons, details = [], []
    for kind, key in (("member", "member_id"), ("provider", "provider_id"), ("plan", "plan_id")):
        tiles = of_kind(placed, kind)
        rows = with_version(rows, tiles, f"{kind}_sk", on=[key])
        if tiles is not None:
            is_unknown = pl.col(f"{kind}_sk").is_null()
            reasons.append(pl.when(is_unknown).then(pl.lit(f"no_{kind}")))
            details.append(pl.when(is_unknown).then(_unknown(key)))
    covers = of_kind(placed, "cover")
    if covers is not None:
        rows = with_version(rows, covers, "cover", on=["member_id", "plan_id"])
        is_uncovered = pl.col("cover").is_null()
        reasons.append(pl.when(is_uncovered).then(pl.lit("no_enrollment_on_date")))
        details.append(pl.when(is_uncovered).then(_uncovered()))
    return rows.with_columns(
        reason=pl.coalesce(pl.lit(None, pl.String), *reasons),
        detail=pl.coalesce(pl.lit(None, pl.String), *details),
    )


def _unknown(key: str) -> pl.Expr:
    return pl.format("{} {} is not known on that day", pl.lit(key), pl.col(key).fill_null("(none)"))


def _uncovered() -> pl.Expr:
    return pl.format(
        "{} has no cover of {} on that day",
        pl.col("member_id").fill_null("(none)"),
        pl.col("plan_id").fill_null("(none)"),
    )
