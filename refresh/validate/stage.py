"""Stage: raw text frames become frames to contract, by column name; nothing is lost on the way.

Rows in = rows staged + rows rejected; each rejected row keeps the reason. Pure: frames in, frames
and findings out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import polars as pl

from engine.errors import ContractBroken
from engine.rules import NotNull, OneOf
from engine.table import Column, Table
from engine.vocabulary import TypeName, Verdict
from refresh.finding import Finding
from refresh.validate.cells import MISSING, days, marks_among, number, plain_number
from refresh.validate.retyped import retyped
from refresh.validate.shares import worst
from refresh.validate.withheld import withheld_findings

REJECTED_SHARE = 0.01
_ALIKE = 0.8  # of 1: `INHERITED_RATING_(Y/N)` and `INHERITED_RATING`


@dataclass(frozen=True)
class Staged:
    """rows: to the contract. rejects: the raw rows that could not be, with their `reason`.

    repeats  the raw rows that said what one before them said, with that as their `reason`
    headers  the raw frame's, for the release after this one
    given    how many rows the raw frame had: those staged, rejected and repeated
    retyped  columns of which most cells are of another type than the contract's, and of which
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    repeats: pl.DataFrame
    findings: tuple[Finding, ...]
    headers: tuple[str, ...] = ()
    given: int = 0
    retyped: dict[str, TypeName] = field(default_factory=dict)


def stage(
    raw: pl.DataFrame,
    table: Table,
    *,
    where: str,
    refuse: pl.Expr | None = None,
    before: Collection[str] = (),
) -> Staged:
    """Bring a raw frame to a table's published columns.

    Takes:  a frame of text columns with upper-case headers, as `read_table` gives it (a column
            that its source's shape has brought to its type already stays as it is); `where` names
            the file for the findings; `refuse`, over the contract's columns, says why a row cannot
            be used although its cells can be read (null where it can); `before`, the headers of
            the release before (none on a first load).
    Gives:  the contract's published columns, typed; blanks and the publishers' words for missing
            are null; so are marks for what is withheld (`*`, `[c]`, `EST`) in columns of numbers or
            days, which is told. A row whose key is missing or whose number is no number is
            rejected, and so is one with a word that is not in a list of words which may grow
            (`OneOf` with `allow`).
            Exact repeats of a row are dropped and said so. What is left out is as it was given,
            with its `row` in the raw frame, from 1, and the `reason`.
    Raises: ContractBroken where a required column is missing.
    """
    table = table.staged
    names = {column.name: _published_name(raw, column, table, where) for column in table.columns}
    # The same words for nothing in every column, before any is read as a number or a day.
    read = list(dict.fromkeys(filter(None, names.values())))
    # Looked up, not replaced: most cells are none of these words, and no text is made anew.
    cells = pl.col([name for name in read if raw.schema[name] == pl.String])
    known = raw.with_columns(pl.when(~cells.is_in(list(MISSING))).then(cells))
    typed = known.with_columns(
        _typed(known, column, names[column.name]).alias(f"_{column.name}")
        for column in table.columns
    )
    typed, marks = _reread(typed, table, names)
    staged = typed.select(pl.col(f"_{column.name}").alias(column.name) for column in table.columns)
    complaints = [
        _complaint(c, name, marks.get(c.name, ())) for c in table.columns if (name := names[c.name])
    ]
    if refuse is not None:
        complaints.append(pl.lit(staged.select(refuse).to_series()))
    unread = pl.concat_str(complaints, separator="; ", ignore_nulls=True)
    lists = [(c, rule) for c in table.columns for rule in _lists_that_grow(c)]
    words = [_words_finding(staged, column, rule, where) for column, rule in lists]
    strange = [
        pl.lit(_strange(staged, column, rule, names[column.name]))
        for (column, rule), finding in zip(lists, words, strict=True)
        if finding.status == "warn"
    ]
    # Of a row with a strange word nobody knows what its other cells should be.
    told = typed.with_columns(
        is_strange=pl.any_horizontal(pl.lit(False), *(why.is_not_null() for why in strange)),
        reason=pl.coalesce(*strange, unread),
    )
    is_good = told["reason"] == ""
    numbered = raw.with_row_index("row", offset=1).with_columns(reason=told["reason"])
    # A file of which every row is good, as most are, is not copied.
    rejects, usable, good = (
        (numbered.clear(), numbered, staged)
        if is_good.all()
        else (numbered.filter(~is_good), numbered.filter(is_good), staged.filter(is_good))
    )
    # In the order of the file: staged rows of the same bytes are then the same bytes.
    rows = good if _all_differ(good) else good.unique(maintain_order=True)
    repeats = _repeats(usable, good, is_any=rows.height < good.height)
    findings = [
        _columns_finding(raw, table, names, where),
        *_drift_findings(raw, table, names, before, where),
        _rejects_finding(told, staged, table, where),
        *withheld_findings(typed, staged, table, names, marks, where),
        *words,
        _repeats_finding(good.height - rows.height, good.height, where),
    ]
    types = retyped(typed, table, names, marks)
    return Staged(rows, rejects, repeats, tuple(findings), tuple(raw.columns), raw.height, types)


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
        " in engine/*/tables/",
    )


def _typed(known: pl.DataFrame, column: Column, name: str | None) -> pl.Expr:
    if name is None:
        return pl.lit(None, column.dtype)
    if known.schema[name] == column.dtype:
        return pl.col(name)
    if column.dtype == pl.Date:
        return pl.lit(days(known[name]))
    text = pl.col(name)
    if column.dtype == pl.Boolean:
        return text.str.to_lowercase().is_in(["true", "1", "y", "yes"])
    if column.dtype.is_numeric():
        return number(text, column.dtype)
    return text


def _reread(
    typed: pl.DataFrame, table: Table, names: Mapping[str, str | None]
) -> tuple[pl.DataFrame, dict[str, tuple[str, ...]]]:
    """Cells that are no plain number or day, looked at once more; and the marks in each column.

    Takes:  the raw cells and, under `_` and the column's name, what was made of them.
    Gives:  the same, with numbers that were written for people; by column, the marks among what is
            left: words that stand where a number is not told.
    """
    marks: dict[str, tuple[str, ...]] = {}
    for column in table.columns:
        name, made = names[column.name], f"_{column.name}"
        if name is None or not (column.dtype.is_numeric() or column.dtype == pl.Date):
            continue
        if typed.schema[name] == column.dtype:
            continue
        unread = typed.filter(pl.col(name).is_not_null(), pl.col(made).is_null())[name]
        if unread.is_empty():
            continue
        words = unread.unique().to_list()
        marks[column.name] = marks_among(words)
        plain = {word: said for word in words if (said := plain_number(word))}
        if plain and column.dtype.is_numeric():
            again = number(pl.col(name).replace_strict(plain, default=None), column.dtype)
            typed = typed.with_columns(pl.coalesce(made, again).alias(made))
    return typed, marks


def _complaint(column: Column, name: str, marks: Collection[str]) -> pl.Expr:
    """Why a row cannot be used, as far as this column goes; null where it can."""
    is_mark = pl.col(name).is_in(list(marks)) if marks else pl.lit(False)
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
        .when(is_mark & needed)
        .then(pl.format(f"{name} is withheld: {{}}", pl.col(name)))
        .when(unread & ~is_mark)
        .then(pl.format(f"{name} is no {kind}: {{}}", pl.col(name)))
    )


def _all_differ(rows: pl.DataFrame) -> bool:
    """Whether no row is another's repeat, as far as hashes tell; rows that are equal never pass."""
    return rows.hash_rows().n_unique() == rows.height


def _repeats(given: pl.DataFrame, good: pl.DataFrame, *, is_any: bool) -> pl.DataFrame:
    """The rows as given of those good ones that repeat one before them."""
    if not is_any:
        return given.clear()
    is_first = good.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    why = pl.lit("what is read of it is an exact repeat of a row before it")
    return given.filter(~is_first).with_columns(reason=why)


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


def _drift_findings(
    raw: pl.DataFrame,
    table: Table,
    names: dict[str, str | None],
    before: Collection[str],
    where: str,
) -> list[Finding]:
    """Optional columns that are gone, or that seem to be there under a name that is not known."""
    known = {*before, *names.values()}
    new = [header for header in raw.columns if header not in known]
    findings = []
    for column in (column for column in table.columns if names[column.name] is None):
        likeness, nearest = max(
            ((_likeness(column, header), header) for header in new), default=(0, "")
        )
        had = not {*before}.isdisjoint(column.published_as)
        if had or likeness >= _ALIKE:
            gone = "the release before had it, this one does not" if had else "it is not here"
            findings.append(
                Finding(
                    "warn",
                    "schema",
                    "columns against the release before" if had else "columns of another name",
                    where,
                    f"optional column `{column.name}` is left empty: {gone}"
                    + (f"; `{nearest}` is the nearest new name" if nearest else ""),
                    column=column.name,
                    expected=" or ".join(column.published_as),
                    observed=nearest or ", ".join(raw.columns[:20]),
                    next_step=f"if the publisher renamed it, add the new name to `aka` of"
                    f" {table.name} in engine/*/tables/ and run again",
                )
            )
    return findings


def _likeness(column: Column, header: str) -> float:
    """How alike a header and the nearest of a column's names are, from 0 to 1."""
    return max(SequenceMatcher(None, name, header).ratio() for name in column.published_as)


def _lists_that_grow(column: Column) -> list[OneOf]:
    """The lists of words to which a publisher may add."""
    return [rule for rule in column.rules if isinstance(rule, OneOf) and rule.allow > 0]


def _strange(staged: pl.DataFrame, column: Column, rule: OneOf, name: str | None) -> pl.Series:
    """Why a row's word cannot be used; null where it is in the list."""
    word = pl.col(column.name)
    complaint = pl.format("{} is a word that is not known: {}", pl.lit(name), word)
    return staged.select(pl.when(rule.broken(column.name)).then(complaint)).to_series()


def _words_finding(staged: pl.DataFrame, column: Column, rule: OneOf, where: str) -> Finding:
    """New words are left out; too many, or one that may be the new name of another, stop it all."""
    new = rule.broken(column.name)
    # A new word in a row that also breaks another rule may be a known thing renamed.
    doubts = [other for other in column.rules if other is not rule]
    wrong = pl.any_horizontal(new & other.broken(column.name) for other in doubts)
    strange = staged.select(column.name, new=new, wrong=wrong).filter("new")
    is_too_much = strange.height > rule.allow * staged.height or strange["wrong"].any()
    counts = strange[column.name].value_counts(sort=True).rows()
    words = ", ".join(f"{word} ({count:,} rows)" for word, count in counts[:6])
    rest = "so nothing of the file is used" if is_too_much else "these rows are left out"
    return Finding(
        "pass" if not strange.height else "fail" if is_too_much else "warn",
        "quality",
        "words that are known",
        where,
        f"{strange.height:,} of {staged.height:,} rows have a `{column.name}` that nobody knows"
        + (f": {words}; {rest}" if strange.height else ""),
        column=column.name,
        expected="; ".join(r.words for r in (rule, *doubts) if not isinstance(r, NotNull)),
        observed=words,
        rows_failed=strange.height,
        rows_total=staged.height,
        sample=words,
        next_step=f"if it is the new name of a known word, or is wanted, add it to"
        f" `{column.name}` in engine/*/tables/; else nothing"
        if strange.height
        else "",
    )


def _rejects_finding(told: pl.DataFrame, staged: pl.DataFrame, table: Table, where: str) -> Finding:
    """How many rows cannot be read, and whether that is much of the file, or of a group in it."""
    is_bad = told.select((pl.col("reason") != "") & ~pl.col("is_strange")).to_series()
    rejects = told.filter(is_bad)
    # A hundredth of a file can be a tenth of one register, which moves England's.
    most = worst(staged, is_bad, table)
    bad: Verdict = "fail" if most.share > REJECTED_SHARE else "warn"
    reasons = rejects["reason"].value_counts(sort=True) if rejects.height else rejects
    sample = "; ".join(reasons["reason"].head(3)) if rejects.height else ""
    column = sample.split(" ")[0] if sample else ""
    return Finding(
        bad if rejects.height else "pass",
        "reconciliation",
        "rows rejected",
        where,
        f"{rejects.height:,} of {told.height:,} rows cannot be read{most.words}"
        + (f", such as: {sample}" if sample else ""),
        column=column,
        expected=f"at most {REJECTED_SHARE:.0%} of rows, and of those of each group",
        observed=f"{rejects.height:,}",
        rows_failed=rejects.height,
        rows_total=told.height,
        sample=sample,
        next_step="look at the rejected rows beside the staged file, then ask the publisher or"
        " widen the contract in engine/*/tables/"
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
