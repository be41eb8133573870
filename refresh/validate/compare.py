"""Compare: a part of a release with the one before it, and with the other parts. Pure."""

import polars as pl

from refresh.finding import Finding

SHRUNK = 0.5
ABSENT_SHARE = 0.05


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
