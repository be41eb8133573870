"""Duplicates: rows of one release that another of the same source has, too, by their hashes.

Legitimate repeats exist (withheld rows that are alike, reference rows that do not change), so this
tells a share a pair of periods and refuses nothing. Where periods are appended, rows that repeat
are counted twice: then a change of the load mode is proposed, and somebody must say yes.
"""

from collections.abc import Iterator
from itertools import pairwise

import polars as pl

from engine.lake import Layout
from engine.vocabulary import Verdict
from refresh.finding import Finding
from refresh.publications.agreed import accepted
from refresh.publications.manifest import TableOf
from refresh.store.fold import Edition, newest_revisions
from refresh.store.ledger import Ledger
from refresh.validate.seen import AUDIT

WARN_PERCENT, CRITICAL_PERCENT = 5, 50
MANY_ROWS = 1.5
"""A period with so many times the average of rows is suspicious."""


def look_for_duplicates(ledger: Ledger, layout: Layout, of: TableOf) -> list[Finding]:
    """What repeats between consecutive periods of a source; where it appends, a proposal is made.

    Gives:  a finding a pair of periods that shares rows, one that passes where none does.
    """
    editions = _editions(ledger, layout, of.code)
    row = ledger.source(of.code)
    agreed = accepted(row) if row else None
    is_appended = agreed is not None and agreed.load_mode == "append"
    found = [_between(*pair, code=of.code, is_appended=is_appended) for pair in pairwise(editions)]
    wrong = [finding for finding in found if finding.status != "pass"]
    found += _swollen(editions, of.code)
    if wrong:
        ledger.request_change(
            of.code,
            wrong[-1].period,
            "load_mode",
            {"columns": [], "from": "append", "to": "replace"},
        )
    ledger.note_findings(found)
    return found


def _editions(ledger: Ledger, layout: Layout, code: str) -> list[Edition]:
    releases = ledger.releases(code, demonstration=False)
    return newest_revisions(
        [
            Edition(
                release.period,
                release.revision,
                pl.scan_parquet(layout.told(part["path"]), glob=False),
            )
            for release, row in releases
            if row["status"] == "staged"
            for part in row["parts"].values()
        ]
    )


def _between(one: Edition, other: Edition, *, code: str, is_appended: bool) -> Finding:
    """How many rows of a later release an earlier one has, too; no harm where one replaces the
    other."""
    hashes = [_hashes(edition) for edition in (one, other)]
    rows = hashes[1].len()
    repeated = int(hashes[1].is_in(hashes[0].unique().implode()).sum())
    much = is_appended and bool(rows) and 100 * repeated >= WARN_PERCENT * rows
    is_critical = much and 100 * repeated >= CRITICAL_PERCENT * rows
    status: Verdict = "warn" if much else "pass"
    share = 100 * repeated / max(rows, 1)
    said = (
        f"{repeated:,} of {rows:,} rows of {other.period} ({share:.1f} %) are in {one.period} too"
    )
    return Finding(
        status,
        "quality",
        "rows that repeat between periods",
        f"{code}: {one.period} and {other.period}",
        f"critical: {said}" if is_critical else said,
        expected=f"under {WARN_PERCENT} %",
        observed=f"{share:.1f} %",
        rows_failed=repeated,
        rows_total=rows,
        next_step="python -m refresh requests   (each release may hold all that came before:"
        " then `replace` is the word)"
        if status != "pass"
        else "",
        source=code,
        period=other.period,
    )


def _hashes(edition: Edition) -> pl.Series:
    """The hash of each row; made anew where the rows have no stamp."""
    names = edition.rows.collect_schema().names()
    if "_row_hash" in names:
        return edition.rows.select("_row_hash").collect().to_series()
    business = [name for name in names if name not in AUDIT]
    return edition.rows.select(business).collect().hash_rows(seed=0)


def _swollen(editions: list[Edition], code: str) -> Iterator[Finding]:
    """Periods with many more rows than the source's average."""
    counts = {e.period: e.rows.select(pl.len()).collect().item() for e in editions}
    average = sum(counts.values()) / max(len(counts), 1)
    for period, rows in counts.items():
        if len(counts) > 2 and rows > MANY_ROWS * average:
            yield Finding(
                "warn",
                "row_count",
                "rows against the source's average",
                f"{code}: {period}",
                f"{rows:,} rows, {rows / average:.1f} times the average of {average:,.0f}",
                expected=f"at most {MANY_ROWS} times the average",
                observed=f"{rows:,}",
                next_step="look whether the file has a period twice, or older ones too",
                source=code,
                period=period,
            )
