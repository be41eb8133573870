"""Batches of a small payer as Parquet, and what of them is the same made here and made in SQL.

Claims that come again changed, unchanged, in another year, late, reversed and reversed twice;
members that change, stay, vanish and come back, with blanks.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from engine.claims.tables.account_contracts import CLAIMS_MOVED, CLAIMS_PLACE
from engine.claims.tables.fact_contracts import FACT_CLAIM
from engine.claims.tables.staged_contracts import CLAIMS_RAW
from engine.sql import Dialect
from refresh.claims.facts import claims_of_year
from refresh.claims.facts_sql import Sent, facts_sql
from refresh.store.fold import Edition, history
from refresh.store.fold_sql import Told, history_sql
from tests.engine.claims.engines import Run

BATCHES = ("2024-02-01", "2024-03-01", "2024-04-01")
YEAR = "2024"
KINDS = ("member", "provider", "plan", "cover")
MEMBER = ("city", "segment", "calls")
_STAGED = [c for c in CLAIMS_RAW.columns if not c.derived]


def write_batches(folder: Path) -> Mapping[str, Path]:
    """The files of the batches and of what claims are placed by, by the name of their view."""
    draw = Random(8)
    frames = {f"claims_{at}": _claims(draw, at) for at in range(len(BATCHES))}
    frames |= {f"members_{at}": _members(draw, at) for at in range(len(BATCHES))}
    frames |= {
        "claims_place": _places(),
        "claims_moved": pl.DataFrame(
            [("C21", "2023"), ("C49", YEAR)], schema=CLAIMS_MOVED.schema, orient="row"
        ),
    }
    paths = {name: folder / f"{name}.parquet" for name in frames}
    for name, rows in frames.items():
        rows.write_parquet(paths[name])
    return paths


def facts_agree(paths: Mapping[str, Path], run: Run, dialect: Dialect) -> None:
    """Raises AssertionError where SQL makes other facts, or refuses other claims."""
    sent = [Sent(f"claims_{at}", f"claims {on} 1") for at, on in enumerate(BATCHES)]
    names = [*FACT_CLAIM.schema.names(), "reason"]
    theirs = _frame(run(facts_sql(sent, YEAR, KINDS, dialect=dialect)), names)
    in_year = pl.col("service_date").dt.year() == int(YEAR)
    editions = [
        Edition(on, 1, pl.scan_parquet(paths[f"claims_{at}"]).filter(in_year))
        for at, on in enumerate(BATCHES)
    ]
    facts, rejects = claims_of_year(
        editions,
        placed=pl.scan_parquet(paths["claims_place"]),
        moved=pl.scan_parquet(paths["claims_moved"]),
        year=YEAR,
    )
    ours = facts.sort("claim_id", "entry").collect()
    _same(theirs.filter(pl.col("reason").is_null()), ours, FACT_CLAIM.schema.names())
    # What staging could not read is a reject as well, and no matter of this query.
    refused = rejects.filter(pl.col("reason") != "unreadable").collect()
    said = ["claim_id", "service_date", "paid_cents", "reason"]
    told = refused.select(pl.col("key").alias("claim_id"), *said[1:])
    _same(theirs.drop_nulls("reason").sort(said), told.sort(said), said)
    # Else the same would say little: every way a claim can go is among them.
    assert set(told["reason"]) == {"no_member", "no_provider", "no_plan", "no_enrollment_on_date"}
    assert set(ours["claim_count"]) == {1, 0, -1} and ours["entry"].max() > 1
    assert "C21" not in ours["claim_id"] and "C49" in ours["claim_id"]


def history_agrees(
    paths: Mapping[str, Path], run: Run, dialect: Dialect, whole: tuple[bool, ...]
) -> None:
    """Raises AssertionError where SQL tells other versions.

    Takes:  of each batch, whether a member that it lacks is gone.
    """
    views = [f"members_{at}" for at in range(len(BATCHES))]
    days = [date.fromisoformat(on) for on in BATCHES]
    told = [Told(*one) for one in zip(views, days, whole, strict=True)]
    editions = [
        Edition(on, 1, pl.scan_parquet(paths[view]), is_whole=is_whole)
        for on, view, is_whole in zip(BATCHES, views, whole, strict=True)
    ]
    for tracked in (None, ("city", "segment")):
        query = history_sql(told, ["member_id"], MEMBER, tracked=tracked, dialect=dialect)
        ours = history(editions, ["member_id"], tracked=tracked).collect()
        names = ["member_id", *MEMBER, "valid_from", "valid_to"]
        _same(_frame(run(query), names), ours, names)
        assert ours.height > ours["member_id"].n_unique()


def _frame(rows: list[tuple[Any, ...]], names: list[str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def _same(theirs: pl.DataFrame, ours: pl.DataFrame, names: list[str]) -> None:
    assert theirs.height == ours.height > 0
    for mine, other in zip(ours.select(names).rows(), theirs.select(names).rows(), strict=True):
        assert mine == other


def _claims(draw: Random, batch: int) -> pl.DataFrame:
    """Claims of two years; from the second batch on most are those that came before."""
    rows = []
    for number in range(120):
        name = f"C{draw.randrange(60 + 10 * batch)}"
        # A claim says the same of itself each time, but for now and then an amount.
        own = Random(name)
        billed = own.randrange(100, 900) + draw.choice((0, 0, 0, 50))
        sign = draw.choice((1, 1, 1, -1))
        adjusts = sign < 0 and draw.random() < 0.4
        paid = own.randrange(1, 90)
        rows.append(
            {
                "claim_id": name,
                "member_id": own.choice(("M1", "M2", "M3", "M9", None)),
                "provider_id": own.choice(("P1", "P1", "P1", "P9")),
                "plan_id": own.choice(("A", "A", "B", "Z")),
                "service_date": date(2023, 11, 1) + timedelta(days=own.randrange(300)),
                "billed_cents": None if adjusts else sign * billed,
                "paid_cents": sign * paid,
                "status": own.choice(("approved", "denied", None)),
                "problem": "paid_cents: no number" if draw.random() < 0.05 else None,
                "file_row": number + 1,
                "columns_given": "claim_id",
            }
        )
    given = pl.DataFrame(rows, schema_overrides={"problem": pl.String}, infer_schema_length=None)
    return given.select(
        (pl.col(c.name) if c.name in given.columns else pl.lit(None)).cast(c.dtype).alias(c.name)
        for c in _STAGED
    )


def _members(draw: Random, batch: int) -> pl.DataFrame:
    rows = [
        (
            f"M{number:02d}",
            draw.choice(("Rye", "Ely", None)),
            draw.choice(("Healthy", "Healthy", "Chronic")),
            draw.randrange(3) + batch,
        )
        for number in range(40)
        if draw.random() < 0.8
    ]
    return pl.DataFrame(rows, schema=["member_id", *MEMBER], orient="row")


def _places() -> pl.DataFrame:
    """Versions and covers of the year; a row with an empty key for each kind that is known."""
    first, middle, last = date(2024, 1, 1), date(2024, 5, 1), date(2024, 12, 31)
    before = middle - timedelta(days=1)
    rows: list[tuple[Any, ...]] = [(YEAR, kind, "", "", None, first, first) for kind in KINDS]
    for number, member in enumerate(("M1", "M2", "M3")):
        rows += [
            (YEAR, "member", member, "", 10 + number, first, before),
            (YEAR, "member", member, "", 20 + number, middle, last),
        ]
    rows += [(YEAR, "plan", plan, "", 30, first, last) for plan in ("A", "B")]
    rows += [(YEAR, "provider", "P1", "", 40, date(2024, 2, 1), last)]
    rows += [(YEAR, "cover", member, "A", 1, first, middle) for member in ("M1", "M2")]
    rows += [(YEAR, "cover", "M1", "B", 1, date(2024, 3, 1), last)]
    return pl.DataFrame(rows, schema=CLAIMS_PLACE.schema, orient="row")
