"""Stage: raw text frames become frames to contract, by column name; nothing is lost on the way.

Rows in = rows staged + rows rejected; each rejected row keeps the reason. Pure: frames in, frames
and findings out.
"""

from dataclasses import dataclass

import polars as pl

from engine.errors import ContractBroken
from engine.table import Column, NotNull, Table
from refresh.finding import Finding

MISSING = ("", "NA", "N/A", "NULL", "-", "Insufficient indicator data", "#VALUE!", "#N/A", "nan")
REJECTED_SHARE = 0.01
_TRUE_DATE = ("%Y%m%d", "%Y-%m-%d", "%d/%m/%Y", "%d%b%Y", "%d %b %Y")
_FIRST_YEAR = 1800  # `01/02/26` would be the year 26


@dataclass(frozen=True)
class Staged:
    """rows: to the contract. rejects: the raw rows that could not be, with their `reason`."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    findings: tuple[Finding, ...]


def stage(raw: pl.DataFrame, table: Table, *, where: str, refuse: pl.Expr | None = None) -> Staged:
    """Bring a raw frame to a table's published columns.

    Takes:  a frame of text columns with upper-case headers, as `read_table` gives it; `where`
            names the file for the findings; `refuse`, over the contract's columns, says why a row
            cannot be used although its cells can be read (null where it can).
    Gives:  the contract's published columns, typed; blanks and the publishers' words for missing
            are null. A row whose key is missing or whose number is no number is rejected.
            Exact repeats of a row are dropped and said so.
    Raises: ContractBroken where a required column is missing.
    """
    table = table.staged
    names = {column.name: _published_name(raw, column, table, where) for column in table.columns}
    known = raw.with_columns(pl.all().replace(list(MISSING), [None] * len(MISSING)))
    typed = known.with_columns(
        _typed(column, names[column.name]).alias(f"_{column.name}") for column in table.columns
    )
    staged = typed.select(pl.col(f"_{column.name}").alias(column.name) for column in table.columns)
    complaints = [_complaint(c, names[c.name]) for c in table.columns if names[c.name]]
    if refuse is not None:
        complaints.append(pl.lit(staged.select(refuse).to_series()))
    reason = pl.concat_str(complaints, separator="; ", ignore_nulls=True)
    is_good = typed.select(reason=reason).to_series() == ""
    rejects = typed.with_columns(reason=reason).filter(~is_good).select(*raw.columns, "reason")
    good = staged.filter(is_good)
    rows = good.unique(maintain_order=True)
    findings = [
        _columns_finding(raw, table, names, where),
        _rejects_finding(raw, rejects, where),
        _repeats_finding(good.height - rows.height, good.height, where),
    ]
    return Staged(rows, rejects, tuple(findings))


def _published_name(raw: pl.DataFrame, column: Column, table: Table, where: str) -> str | None:
    """The header under which the column is found, or None for an optional one that is not."""
    for name in column.published_as:
        if name in raw.columns:
            return name
    if not column.required:
        return None
    raise ContractBroken(
        f"column `{column.name}` is missing",
        where=where,
        expected=" or ".join(column.published_as),
        found=", ".join(raw.columns[:20]),
        next=f"if the publisher renamed it, add the new name to `aka` of {table.name}"
        " in engine/tables/",
    )


def _typed(column: Column, name: str | None) -> pl.Expr:
    if name is None:
        return pl.lit(None, column.dtype)
    text = pl.col(name)
    if column.dtype == pl.Date:
        day = pl.coalesce(text.str.to_date(form, strict=False) for form in _TRUE_DATE)
        return pl.when(day.dt.year() >= _FIRST_YEAR).then(day)
    if column.dtype == pl.Boolean:
        return text.str.to_lowercase().is_in(["true", "1", "y", "yes"])
    if column.dtype.is_numeric():
        return _number(text, column.dtype)
    return text


def _number(text: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A number from text; `7,294` is one, `12,5` is none; `112.0` is whole, `112.5` is not."""
    has_thousands = text.str.contains(r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$")
    number = pl.when(has_thousands).then(text.str.replace_all(",", "")).otherwise(text)
    value = number.cast(pl.Float64, strict=False)
    value = pl.when(value.is_finite()).then(value)
    if dtype.is_integer():
        return pl.when(value == value.round()).then(value).cast(dtype, strict=False)
    return value.cast(dtype)


def _complaint(column: Column, name: str) -> pl.Expr:
    """Why a row cannot be used, as far as this column goes; null where it can."""
    always = (rule for rule in column.rules if isinstance(rule, NotNull) and not rule.allow)
    needed = any(rule.severity == "fail" for rule in always)
    missing = pl.col(name).is_null() if needed else pl.lit(False)
    unread = pl.col(name).is_not_null() & pl.col(f"_{column.name}").is_null()
    kind = (
        "date"
        if column.dtype == pl.Date
        else "whole number"
        if column.dtype.is_integer()
        else "number"
    )
    return (
        pl.when(missing)
        .then(pl.lit(f"{name} is missing"))
        .when(unread)
        .then(pl.format(f"{name} is no {kind}: {{}}", pl.col(name)))
    )


def _columns_finding(
    raw: pl.DataFrame, table: Table, names: dict[str, str | None], where: str
) -> Finding:
    absent = [name for name, found in names.items() if found is None]
    used = ", ".join(f"{found} as {name}" for name, found in names.items() if found)
    return Finding(
        "pass",
        "schema",
        "columns",
        where,
        f"read by name: {used}" + (f"; not given: {', '.join(absent)}" if absent else ""),
        expected=", ".join(column.name for column in table.columns),
        observed=", ".join(raw.columns),
    )


def _rejects_finding(raw: pl.DataFrame, rejects: pl.DataFrame, where: str) -> Finding:
    share = rejects.height / max(raw.height, 1)
    status = "pass" if not rejects.height else "fail" if share > REJECTED_SHARE else "warn"
    reasons = rejects["reason"].value_counts(sort=True) if rejects.height else rejects
    sample = "; ".join(reasons["reason"].head(3)) if rejects.height else ""
    column = sample.split(" ")[0] if sample else ""
    return Finding(
        status,
        "reconciliation",
        "rows rejected",
        where,
        f"{rejects.height:,} of {raw.height:,} rows cannot be read"
        + (f", such as: {sample}" if sample else ""),
        column=column,
        expected=f"at most {REJECTED_SHARE:.0%} of rows",
        observed=f"{rejects.height:,}",
        rows_failed=rejects.height,
        rows_total=raw.height,
        sample=sample,
        next_step="look at the rejected rows beside the staged file, then ask the publisher or"
        " widen the contract in engine/tables/"
        if rejects.height
        else "",
    )


def _repeats_finding(repeats: int, rows: int, where: str) -> Finding:
    return Finding(
        "warn" if repeats else "pass",
        "quality",
        "repeated rows",
        where,
        f"{repeats:,} exact repeats of a row dropped" if repeats else "no row is repeated",
        rows_failed=repeats,
        rows_total=rows,
        next_step="nothing, if the publisher joined files; else compare with the release before"
        if repeats
        else "",
    )
