"""How the files of a batch are staged: typed cells, and what is wrong with each row. Pure.

No row is left out. One that cannot be used says why in `problem`; cells of columns that no contract
names are kept as JSON, so that a payer's new column is not lost before somebody names it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from engine.claims.tables.staged_contracts import (
    CLAIMS_RAW,
    ENROLLMENTS_RAW,
    MEMBERS_RAW,
    PLANS_RAW,
    PROVIDERS_RAW,
)
from engine.table import Column, Table
from refresh.claims import amounts
from refresh.validate.cells import MISSING

NO_KEY = "no key: "
"""How the problem begins of a row without a key."""

_READERS: tuple[tuple[type[pl.DataType], Callable[[pl.Series], pl.Series], str], ...] = (
    (pl.Date, amounts.day, "day"),
    (pl.Int64, amounts.whole, "whole number"),
    (pl.Float64, amounts.fraction, "number"),
    (pl.Boolean, amounts.yes, "yes or no"),
)
_QUOTED = (r'(["\\])', r"\$1")
# Columns that staging makes, whatever a file says.
_MADE = (
    "file_row",
    "file_rows",
    "problem",
    "columns_given",
    "other_attributes",
    "is_rounded",
)


@dataclass(frozen=True)
class Entity:
    """What a kind of file is read by.

    table     the contract that it is staged to
    key       columns that a row cannot do without
    needs     columns that it cannot be used without
    amounts   names that files have for each column of cents, the preferred one first
    """

    table: Table
    key: tuple[str, ...]
    needs: tuple[str, ...] = ()
    amounts: Mapping[str, tuple[str, ...]] | None = None


MEMBERS = Entity(MEMBERS_RAW, ("member_id",))
PLANS = Entity(
    PLANS_RAW,
    ("plan_id", "effective_year"),
    amounts={
        "premium_cents": ("MONTHLY_PREMIUM", "PREMIUM"),
        "deductible_cents": ("DEDUCTIBLE",),
        "oop_max_cents": ("OOP_MAX",),
        "pcp_copay_cents": ("PCP_COPAY",),
    },
)
PROVIDERS = Entity(PROVIDERS_RAW, ("provider_id",))
ENROLLMENTS = Entity(
    ENROLLMENTS_RAW,
    ("enrollment_id",),
    ("member_id", "start_date"),
    {"premium_cents": ("PREMIUM_PAID", "MONTHLY_PREMIUM", "PREMIUM")},
)
CLAIMS = Entity(
    CLAIMS_RAW,
    ("claim_id",),
    ("service_date",),
    {
        "billed_cents": ("CLAIM_AMOUNT", "BILLED_AMOUNT", "CHARGE_AMOUNT"),
        "allowed_cents": ("ALLOWED_AMOUNT", "ALLOWED"),
        "paid_cents": ("PAID_AMOUNT", "PAID"),
        "charges_cents": ("CHARGES",),
    },
)


def shape_of(entity: Entity) -> Callable[[pl.LazyFrame], pl.LazyFrame]:
    """The shape of a part: raw text as read in, rows to its contract out."""
    return partial(shaped, entity=entity)


def shaped(raw: pl.LazyFrame, *, entity: Entity) -> pl.LazyFrame:
    """Every row of a file, typed, with what is wrong with it.

    Takes:  text columns with upper-case headers.
    Gives:  the columns of the entity's contract that the file has, under their names in capitals.
    Raises: ColumnNotFoundError where a file has no column of the key.
    """
    text = raw.collect()
    names = _names(entity, text.columns)
    _check_key(entity, names, text.columns)
    # In every column the same words for nothing, before any is read as a number or a day.
    cells = pl.when(~pl.all().is_in(list(MISSING))).then(pl.all())
    known = text.select(cells) if text.width else text
    read: dict[str, pl.Series] = {}
    wrong: list[pl.Series] = []
    for column in _published(entity):
        if (name := names.get(column.name)) is not None:
            read[column.name], complaint = _read(column, name, known[name])
            wrong += complaint
    rows = pl.DataFrame(read)
    problem = _problem(entity, rows, wrong)
    told = {*names.values(), *(n for them in (entity.amounts or {}).values() for n in them)}
    others = [name for name in text.columns if name not in told]
    made = rows.with_columns(
        problem,
        *_rounded(entity, known, names),
        file_row=pl.int_range(1, text.height + 1, dtype=pl.Int64, eager=True),
        file_rows=pl.lit(text.height, pl.Int64),
        columns_given=pl.lit(" ".join(sorted(names))),
        other_attributes=_as_json(known, others),
    )
    return made.rename(str.upper).lazy()


def _published(entity: Entity) -> list[Column]:
    return [column for column in entity.table.published if column.name not in _MADE]


def _names(entity: Entity, headers: Sequence[str]) -> dict[str, str]:
    """The header under which each column is found, of those that the file has."""
    known = {
        column.name: (entity.amounts or {}).get(column.name, ()) + column.published_as
        for column in _published(entity)
    }
    found = {c: next((n for n in names if n in headers), None) for c, names in known.items()}
    return {column: name for column, name in found.items() if name is not None}


def _check_key(entity: Entity, names: Mapping[str, str], headers: Sequence[str]) -> None:
    for column in entity.key:
        if column not in names:
            raise pl.exceptions.ColumnNotFoundError(
                f"{column.upper()} is not among {', '.join(headers[:20])}"
            )


def _read(column: Column, name: str, text: pl.Series) -> tuple[pl.Series, list[pl.Series]]:
    """A column's values, and what is said of those cells that cannot be read."""
    if column.dtype == pl.String:
        return text.alias(column.name), []
    kind, read, what = (
        (pl.Int64, amounts.cents, "amount")
        if column.unit == "cents"
        else next(reader for reader in _READERS if reader[0] == column.dtype)
    )
    values = read(text).cast(kind).alias(column.name)
    if values.null_count() == text.null_count():
        return values, []
    cells = pl.DataFrame({"text": text, "value": values})
    is_odd = pl.col("text").is_not_null() & pl.col("value").is_null()
    said = pl.when(is_odd).then(pl.format("{} is no {}: {}", pl.lit(name), pl.lit(what), "text"))
    return values, [cells.select(said.alias(name)).to_series()]


def _problem(entity: Entity, rows: pl.DataFrame, wrong: Sequence[pl.Series]) -> pl.Series:
    """Why each row cannot be used; null where it can."""
    missing = [_missing(column, NO_KEY) for column in entity.key]
    missing += [_missing(column, "") for column in entity.needs if column in rows.columns]
    missing += [
        pl.lit(f"there is no column {column}") for column in entity.needs if column not in rows
    ]
    whole = rows.with_columns(complaint.alias(f" {i}") for i, complaint in enumerate(wrong))
    odd = [pl.col(f" {i}") for i in range(len(wrong))]
    said = pl.concat_str([*missing, *odd], separator="; ", ignore_nulls=True)
    return whole.select(problem=pl.when(said != "").then(said)).to_series()


def _missing(column: str, what: str) -> pl.Expr:
    return pl.when(pl.col(column).is_null()).then(pl.lit(f"{what}{column} is missing"))


def _rounded(entity: Entity, known: pl.DataFrame, names: Mapping[str, str]) -> list[pl.Series]:
    """Whether an amount of each claim had more than two decimals."""
    if entity is not CLAIMS:
        return []
    finer = [amounts.is_finer(known[names[c]]) for c in entity.amounts or () if c in names]
    marks = pl.DataFrame({str(i): one for i, one in enumerate(finer)})
    said = pl.any_horizontal(pl.lit(False), pl.all().fill_null(False))
    return [marks.select(is_rounded=said).to_series()] if finer else []


def _as_json(known: pl.DataFrame, others: Sequence[str]) -> pl.Series:
    """The filled cells of columns that nobody knows, as a JSON object; null without any."""
    filled = [name for name in others if known[name].null_count() < known.height]
    if not filled:
        return pl.Series("other_attributes", [None] * known.height, pl.String)
    pairs = (
        pl.format('"{}": "{}"', pl.lit(name.lower()), pl.col(name).str.replace_all(*_QUOTED))
        for name in filled
    )
    said = pl.concat_str([*pairs], separator=", ", ignore_nulls=True)
    told = pl.when(said != "").then(pl.format("{}{}{}", pl.lit("{"), said, pl.lit("}")))
    return known.select(told.alias("other_attributes")).to_series()
