"""The account of loading: what each batch brought, and that nothing is lost at any hop. Pure.

Rows of a batch are held against all batches before it by hashes of eight bytes, a few million keys
at a time: the account of forty million claims must fit where they do not.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from engine.claims.tables.account_contracts import CLAIMS_RECONCILIATION, LOAD_BATCH
from engine.claims.tables.attributes import ENGAGEMENT
from refresh.claims.batches import (
    STAGED_ONLY,
    Batch,
    in_order,
    put_together,
    seems_cut_short,
    usable,
)
from refresh.claims.facts import entries
from refresh.store.fold import Edition, batches

AMOUNTS = ("billed", "allowed", "paid")
_KEYS_AT_ONCE = 5_000_000
_NOT_SAID = frozenset(
    {*STAGED_ONLY, "load_id", "at", "nth", "year"} | {column.name for column in ENGAGEMENT}
)
"""Columns that may differ while a row says the same: where it stood, and what begins no version."""
_IN_FULL = ("members", "plans", "providers")
"""Entities whose batches are extracts in full: what one lacks may be gone."""


def load_batches(rows: Sequence[Edition], *, part: str, key: tuple[str, ...]) -> pl.LazyFrame:
    """One row a batch of an entity, replaced ones too.

    Takes:  every issue of every batch; the part that they are staged as; the columns of its key.
    """
    entity = part.removesuffix("_raw")
    used = in_order(batches(rows), part)
    counted = [_counted(used, key, entity)] if used else []
    told = pl.concat(
        [*counted, *(_described(one, entity) for one in _replaced(rows, used, part))],
        how="diagonal",
    )
    filled = told.with_columns(
        pl.col(c.name).fill_null(0)
        for c in LOAD_BATCH.columns
        if c.name in told.columns and c.dtype == pl.Int64
    )
    lacking = [c for c in LOAD_BATCH.columns if c.name not in filled.columns]
    return filled.lazy().with_columns(
        pl.lit(0 if c.dtype == pl.Int64 else None, c.dtype).alias(c.name) for c in lacking
    )


def moved(rows: Sequence[Edition], *, part: str, key: str, day: str) -> pl.LazyFrame:
    """Claims, or spans of cover, whose rows lie in more than one year, and that of the newest.

    Takes:  the batches; the part that they are staged as; the columns of their key and their day.
    """
    given = usable(put_together(in_order(rows, part))).select(
        key, "nth", service_year=pl.col(day).dt.year()
    )
    found = [
        some.group_by(key)
        .agg(
            pl.col("service_year").n_unique().alias("years"),
            pl.col("service_year").sort_by("nth").last().cast(pl.String),
        )
        .filter(pl.col("years") > 1)
        .drop("years")
        .collect(engine="streaming")
        for some in _some_keys_at_a_time(given, (key,))
    ]
    return pl.concat(found).lazy()


def reconciled(
    loads: Mapping[str, pl.LazyFrame],
    *,
    claims: Mapping[str, pl.LazyFrame],
    enrollments: Mapping[str, pl.LazyFrame],
    members: pl.LazyFrame,
    plans: pl.LazyFrame,
    providers: pl.LazyFrame,
    rejects: Mapping[str, pl.LazyFrame],
) -> pl.LazyFrame:
    """Rows and cents in and out of each hop, by entity.

    Takes:  the batches; the tables that were made of them, and the rejects.
    """
    batches_used = pl.concat(loads.values()).filter(pl.col("status") == "used").collect()
    refused = _refused(rejects)
    tables = {
        "claims": pl.concat(claims.values()) if claims else None,
        "enrollments": pl.concat(enrollments.values()) if enrollments else None,
        "members": members.unique("member_id"),
        "plans": plans.unique(["plan_id", "effective_year"]),
        "providers": providers.unique("provider_id"),
    }
    hops = [
        hop
        for entity, table in tables.items()
        if not (mine := batches_used.filter(entity=entity)).is_empty()
        for hop in _hops(entity, mine, table, refused.filter(entity=entity))
    ]
    return pl.LazyFrame(hops, schema=CLAIMS_RECONCILIATION.schema)


def _hops(
    entity: str, loads: pl.DataFrame, table: pl.LazyFrame | None, refused: pl.DataFrame
) -> Iterator[dict[str, int | str]]:
    total = loads.sum().row(0, named=True)
    unread = _sums(refused.filter(pl.col("reason").is_in(["no_key", "unreadable"])))
    unplaced = _sums(refused.filter(~pl.col("reason").is_in(["no_key", "unreadable"])))
    rows = {"in": total["source_row_count"], "out": total["row_count"]}
    cents = {a: {"in": total[f"{a}_cents"], "out": total[f"{a}_cents"]} for a in AMOUNTS}
    yield _hop("file to staged", entity, rows, cents)
    newest = total["row_count"] - total["unreadable"] - total["rows_replaced"]
    rows = {
        "in": total["row_count"],
        "out": newest,
        "rejected": unread["rows"],
        "replaced": total["rows_replaced"],
    }
    kept = {
        a: total[f"{a}_cents"] - total[f"{a}_unreadable_cents"] - total[f"{a}_replaced_cents"]
        for a in AMOUNTS
    }
    cents = {
        a: {
            "in": total[f"{a}_cents"],
            "out": kept[a],
            "rejected": unread[a],
            "replaced": total[f"{a}_replaced_cents"],
        }
        for a in AMOUNTS
    }
    yield _hop("staged to newest", entity, rows, cents)
    made = _sums(None if table is None else table)
    rows = {"in": newest, "out": made["rows"], "rejected": unplaced["rows"]}
    cents = {a: {"in": kept[a], "out": made[a], "rejected": unplaced[a]} for a in AMOUNTS}
    yield _hop("newest to table", entity, rows, cents)


def _hop(
    name: str, entity: str, rows: Mapping[str, int], cents: Mapping[str, Mapping[str, int]]
) -> dict[str, int | str]:
    def left(of: Mapping[str, int]) -> int:
        return of["in"] - of["out"] - of.get("rejected", 0) - of.get("replaced", 0)

    ways = ("in", "out", "rejected", "replaced")
    told: dict[str, int | str] = {"hop": name, "entity": entity}
    told |= {f"rows_{way}": rows.get(way, 0) for way in ways} | {"rows_difference": left(rows)}
    for amount, of in cents.items():
        told |= {f"{amount}_{way}_cents": of.get(way, 0) for way in ways}
        told[f"{amount}_difference_cents"] = left(of)
    return told


def _refused(rejects: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    names = ["entity", "reason", *(f"{a}_cents" for a in AMOUNTS)]
    if not rejects:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return pl.concat(rejects.values()).select(names).collect()


def _sums(rows: pl.DataFrame | pl.LazyFrame | None) -> dict[str, int]:
    """How many rows there are and what their amounts come to; nothing where they have none."""
    if rows is None:
        return {"rows": 0} | dict.fromkeys(AMOUNTS, 0)
    there = rows.lazy().collect_schema().names()
    sums = [
        pl.col(f"{a}_cents").sum().alias(a) if f"{a}_cents" in there else pl.lit(0).alias(a)
        for a in AMOUNTS
    ]
    return rows.lazy().select(pl.len().alias("rows"), *sums).collect().row(0, named=True)


def _counted(used: Sequence[Batch], key: tuple[str, ...], entity: str) -> pl.DataFrame:
    """The batches that count: their rows, and what is new in each."""
    given = put_together(used)
    told = pl.concat(_described(batch, entity, status="used") for batch in used)
    turns = [_turnover(some, key) for some in _some_keys_at_a_time(usable(given), key)]
    by_batch = pl.concat(turns).group_by("load_id").sum()
    whole = told.join(by_batch, on="load_id", how="left").with_columns(
        pl.selectors.integer().fill_null(0)
    )
    whole = whole.with_columns(
        rows_replaced=pl.col("row_count") - pl.col("unreadable") - pl.col("held"),
        **{
            f"{a}_replaced_cents": pl.col(f"{a}_cents")
            - pl.col(f"{a}_unreadable_cents")
            - pl.col(f"{a}_held")
            for a in AMOUNTS
        },
        known=pl.col("new").cum_sum().shift(fill_value=0),
    )
    whole = whole.with_columns(absent=pl.col("known") - pl.col("changed") - pl.col("unchanged"))
    warnings = [
        _warning(entity, missed, known) for missed, known in whole.select("absent", "known").rows()
    ]
    held = ["held", *(f"{a}_held" for a in AMOUNTS), "known"]
    return whole.with_columns(pl.Series("warning", warnings, pl.String)).drop(held)


def _warning(entity: str, missed: int, known: int) -> str | None:
    if entity not in _IN_FULL or not seems_cut_short(missed, known):
        return None
    return (
        f"it lacks {missed:,} of {known:,} that were known: it may be cut short; nobody is closed"
    )


def _described(batch: Batch, entity: str, *, status: str = "replaced") -> pl.DataFrame:
    """What a batch's own rows say of it."""
    is_odd = pl.col("problem").is_not_null()
    there = batch.rows.collect_schema().names()
    sums = [
        cents
        for a in AMOUNTS
        if f"{a}_cents" in there
        for cents in (
            pl.col(f"{a}_cents").sum(),
            pl.col(f"{a}_cents").filter(is_odd).sum().alias(f"{a}_unreadable_cents"),
        )
    ]
    none = [pl.lit(0).alias(f"{a}_{w}cents") for a in AMOUNTS for w in ("", "unreadable_")]
    return (
        batch.rows.select(
            pl.len().cast(pl.Int64).alias("row_count"),
            pl.col("file_rows").filter(pl.col("file_row") == 1).sum().alias("source_row_count"),
            is_odd.sum().cast(pl.Int64).alias("unreadable"),
            *(sums or none),
        )
        .collect(engine="streaming")
        .with_columns(
            load_id=pl.lit(batch.load_id),
            entity=pl.lit(entity),
            batch_on=pl.lit(batch.on),
            revision=pl.lit(batch.revision, pl.Int64),
            files=pl.lit(batch.files),
            status=pl.lit(status),
        )
    )


def _turnover(rows: pl.LazyFrame, key: tuple[str, ...]) -> pl.DataFrame:
    """By batch: keys, repeats, what is new, changed and as before, and the rows that hold.

    Takes:  all rows of some keys.
    """
    said = [c for c in rows.collect_schema().names() if c not in _NOT_SAID]
    hashed = rows.select(
        "nth",
        "load_id",
        "at",
        key=pl.struct(key).hash(),
        content=pl.struct(said).hash(),
    )
    next_is_same = (pl.col("key") == pl.col("key").shift(-1)).fill_null(False)
    is_repeated = next_is_same & (pl.col("at") == pl.col("at").shift(-1)).fill_null(False)
    is_other = (pl.col("content") != pl.col("content").shift(-1)).fill_null(False)
    ordered = hashed.sort("key", "nth").with_columns(
        repeated=is_repeated, conflicting=is_repeated & is_other
    )
    last = ordered.filter(~pl.col("repeated")).with_columns(
        is_old=(pl.col("key") == pl.col("key").shift()).fill_null(False),
        is_same=(pl.col("content") == pl.col("content").shift()).fill_null(False),
    )
    told = [
        ordered.group_by("load_id").agg(pl.col("repeated", "conflicting").sum()),
        last.group_by("load_id").agg(
            keys=pl.len(),
            new=(~pl.col("is_old")).sum(),
            changed=(pl.col("is_old") & ~pl.col("is_same")).sum(),
            unchanged=(pl.col("is_old") & pl.col("is_same")).sum(),
        ),
        _held(rows, key, pl.struct(said).hash()),
    ]
    return pl.concat(told, how="diagonal").group_by("load_id").sum().collect()


def _held(rows: pl.LazyFrame, key: tuple[str, ...], content: pl.Expr) -> pl.LazyFrame:
    """By batch: how many of its rows hold still, and their amounts."""
    if key == ("claim_id",):
        needed = [f"{a}_cents" for a in AMOUNTS]
        names = ("claim_id", "service_date", "nth", "load_id", *needed)
        newest = entries(rows.select(*names, content=content))
        sums = [pl.col(f"{a}_cents").sum().alias(f"{a}_held") for a in AMOUNTS]
    else:
        newest = rows.unique(key, keep="last", maintain_order=True)
        sums = [pl.lit(0).alias(f"{a}_held") for a in AMOUNTS]
    return newest.group_by("load_id").agg(pl.len().alias("held"), *sums)


def _some_keys_at_a_time(rows: pl.LazyFrame, key: Sequence[str]) -> Iterator[pl.LazyFrame]:
    """The rows in as many shares as memory asks for, all rows of a key in one of them."""
    count = rows.select(pl.len()).collect(engine="streaming").item()
    shares = -(-count // _KEYS_AT_ONCE) or 1
    if shares == 1:
        yield rows
        return
    for share in range(shares):
        yield rows.filter(pl.struct(key).hash() % shares == share)


def _replaced(rows: Sequence[Edition], used: Sequence[Batch], part: str) -> list[Batch]:
    ids = {batch.load_id for batch in used}
    return [batch for batch in in_order(rows, part) if batch.load_id not in ids]
