"""Check: all rules of a table on a frame, in one pass; every verdict is a Finding.

Pure. What a rule says comes from the contract; what is checked across rows (keys, counts) is here.
"""

import polars as pl

from engine.table import Rule, Table
from refresh.finding import Finding

FEW_ROWS = 10
SHRUNK = 0.5
ABSENT_SHARE = 0.05


def check(rows: pl.DataFrame, table: Table, *, where: str) -> list[Finding]:
    """Every rule of every column, that the key is unique, and that there are rows at all.

    Takes:  rows to the contract (staged or folded); `where` names the file or table.
    Gives:  one Finding a rule, passes too, so that history can be charted.
    """
    present = [column for column in table.columns if column.name in rows.columns]
    rules = [(column.name, rule) for column in present for rule in column.rules]
    counts = rows.select(
        rule.broken(name).sum().alias(str(i)) for i, (name, rule) in enumerate(rules)
    )
    broken = counts.row(0) if rules else ()
    return [
        _row_count(rows, where),
        _unique_key(rows, table, where),
        *(
            _verdict(rows, name, rule, n, where)
            for (name, rule), n in zip(rules, broken, strict=True)
        ),
    ]


def compare_count(rows: int, before: int | None, *, where: str, unit: str = "rows") -> Finding:
    """Whether a count is believable after the one of the release before (None: first)."""
    change = abs(rows - before) / before if before else 0.0
    return Finding(
        "fail" if before and rows < before * SHRUNK else "warn" if change >= SHRUNK else "pass",
        "row_count",
        f"{unit} against the release before",
        where,
        f"{rows:,} {unit}" + (f" after {before:,}" if before else ", the first release"),
        expected=f"more than half of {before:,}" if before else "",
        observed=f"{rows:,}",
        next_step="a part of the release may be missing: compare the file with the publisher's"
        " page; the release before stays in use"
        if before and change >= SHRUNK
        else "",
    )


def compare_practices(mine: pl.Series, theirs: pl.Series, *, where: str, other: str) -> Finding:
    """Whether a part of a release has the practices that another part of it has.

    Takes:  the codes of both, in any order and repeated; `other` names the other part.
    Gives:  a failure where more than 5 % of theirs are absent: a part of England would pass for
            all of it. Fewer are a warning, none a pass.
    """
    wanted = theirs.unique()
    absent = wanted.filter(~wanted.is_in(mine.implode())).sort()
    share = len(absent) / max(len(wanted), 1)
    return Finding(
        "fail" if share > ABSENT_SHARE else "warn" if len(absent) else "pass",
        "reconciliation",
        f"practices of `{other}`",
        where,
        f"{len(absent):,} of the {len(wanted):,} practices of `{other}` are not here",
        column="practice_code",
        expected=f"at most {ABSENT_SHARE:.0%} of them absent",
        observed=f"{share:.1%}",
        rows_failed=len(absent),
        rows_total=len(wanted),
        sample=", ".join(absent.head(6)),
        next_step="rows of this file may be missing: compare it with the publisher's page"
        if len(absent)
        else "",
    )


def _row_count(rows: pl.DataFrame, where: str) -> Finding:
    status = "fail" if not rows.height else "warn" if rows.height < FEW_ROWS else "pass"
    return Finding(
        status,
        "row_count",
        "there are rows",
        where,
        f"{rows.height:,} rows",
        expected=f"{FEW_ROWS} or more",
        observed=f"{rows.height:,}",
        next_step="" if status == "pass" else "open the file: it may be an empty template",
    )


def _unique_key(rows: pl.DataFrame, table: Table, where: str) -> Finding:
    key = [name for name in table.key if name in rows.columns]
    repeats = rows.filter(pl.struct(key).is_duplicated()) if key else rows.clear()
    return Finding(
        "fail" if repeats.height else "pass",
        "quality",
        "one row a key",
        where,
        f"{repeats.height:,} rows share a key with another row"
        if repeats.height
        else "one row a key",
        column=" + ".join(key),
        expected="one row a key",
        observed=f"{repeats.height:,} rows",
        rows_failed=repeats.height,
        rows_total=rows.height,
        sample=str(repeats.select(key).head(1).rows()) if repeats.height else "",
        next_step="look the key up: where two files of the release overlap, keep the newer one in"
        " the mirror; where one file has it twice, ask the publisher which row holds"
        if repeats.height
        else "",
    )


def _verdict(rows: pl.DataFrame, name: str, rule: Rule, broken: int, where: str) -> Finding:
    share = broken / max(rows.height, 1)
    status = "pass" if not broken else "warn" if share <= rule.allow else rule.severity
    sample = rows.filter(rule.broken(name)).head(2).rows() if broken else []
    return Finding(
        status,
        "quality",
        f"{name} {rule.words}",
        where,
        f"`{name}` {rule.words}"
        + (f", but not in {broken:,} of {rows.height:,} rows" if broken else ""),
        column=name,
        expected=rule.words,
        observed=str(sample[0]) if sample else "",
        rows_failed=broken,
        rows_total=rows.height,
        sample=str(sample) if sample else "",
        next_step=""
        if not broken
        else "kept as published; worth a question to the publisher"
        if status == "warn"
        else f"look these rows up in the file; if they are right, the rule for `{name}` in"
        " engine/*/tables/ is too narrow",
    )
