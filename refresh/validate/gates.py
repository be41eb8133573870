"""Gates: what a load must be beside its contract, judged on counts; all thresholds stand here.

A gate is a declaration: which kind it is, what it expects, and a pure function from what was seen
of a load to verdicts. Frames are counted by measured.py; a
failed gate writes nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from engine.vocabulary import Gate, Verdict
from refresh.finding import Finding
from refresh.validate.seen import AUDIT, Seen, is_breaking, reconciled

FEWEST_ROWS = 10
MOST_ROWS = 10_000_000
CHANGED_PERCENT = 50
NORMAL_PERCENT = 10
MANY_ADDED = 10
TO_REVIEW = 5
"""From so many new columns on, somebody must say yes to them."""
NULL_PERCENT = 50
OLDEST_YEARS = 10
MISREAD_PERCENT = 1
REJECTED_PERCENT = 1
DESCRIBED_PERCENT = 50
DESCRIBED_GOAL = 90


@dataclass(frozen=True)
class Told:
    """One verdict of a gate, in words; `broken` of `of` rows, cells or columns are wrong."""

    status: Verdict
    message: str
    observed: str
    column: str = ""
    broken: int = 0
    of: int = 0
    next: str = ""
    sample: str = ""


@dataclass(frozen=True)
class GateRule:
    """A gate: its kind, its name in a word or two, what it expects, and how it judges."""

    gate: Gate
    check: str
    expected: str
    judge: Callable[[Seen], Iterable[Told]]


def judged(seen: Seen, gates: Iterable[GateRule], *, where: str) -> list[Finding]:
    """Every verdict of these gates, passes too; `where` names the file or table."""
    return [
        Finding(
            told.status,
            rule.gate,
            rule.check,
            where,
            told.message,
            column=told.column,
            expected=rule.expected,
            observed=told.observed,
            rows_failed=told.broken,
            rows_total=told.of,
            sample=told.sample,
            next_step=told.next,
        )
        for rule in gates
        for told in rule.judge(seen)
    ]


def _there_are_rows(seen: Seen) -> Iterator[Told]:
    few: Verdict = "fail" if not seen.rows else "warn" if seen.rows < FEWEST_ROWS else "pass"
    status: Verdict = "pass" if seen.may_be_empty else few
    advice = "" if status == "pass" else "open the file: it may be an empty template"
    yield Told(status, f"{seen.rows:,} rows", f"{seen.rows:,}", next=advice)


def _as_usual(seen: Seen) -> Iterator[Told]:
    few = seen.rows < seen.usual_rows
    said = f"{seen.rows:,} rows, expected at least {seen.usual_rows:,}"
    advice = "if so few are right, lower `expected_min_rows` in the manifest" if few else ""
    yield Told("warn" if few else "pass", said, f"{seen.rows:,}", next=advice)


def _not_too_many(seen: Seen) -> Iterator[Told]:
    many = seen.rows > MOST_ROWS
    advice = "it will be slow: part it by period" if many else ""
    yield Told("warn" if many else "pass", f"{seen.rows:,} rows", f"{seen.rows:,}", next=advice)


def _rows_against_before(seen: Seen) -> Iterator[Told]:
    if seen.before is None or not seen.before.rows:
        yield Told("pass", f"{seen.rows:,} (the first load)", f"{seen.rows:,}")
        return
    was = seen.before.rows
    # In whole numbers: 50.0 % is on the line, and a fraction might fall beside it.
    change = 100 * abs(seen.rows - was)
    much = change >= CHANGED_PERCENT * was
    near = (
        f"within {NORMAL_PERCENT} % of"
        if change <= NORMAL_PERCENT * was
        else f"{100 * (seen.rows - was) / was:+.1f} % against"
    )
    said = f"{seen.rows:,} ({near} previous: {was:,})"
    advice = "compare the file with the publisher's page: a part may be missing, or twice there"
    yield Told("warn" if much else "pass", said, f"{seen.rows:,}", next=advice if much else "")


def _columns_added(seen: Seen) -> Iterator[Told]:
    new = (*seen.added, *seen.held)
    many = len(new) > MANY_ADDED
    said = f"{len(new)} columns added" + (f": {_some(new)}" if new else "")
    advice = "look whether the publication was restructured" if many else ""
    yield Told("warn" if many else "pass", said, str(len(new)), _some(new), next=advice)


def _columns_held(seen: Seen) -> Iterator[Told]:
    held = seen.held
    said = f"{len(held)} new columns wait for approval and are not loaded: {_some(held)}"
    yield Told(
        "warn" if held else "pass",
        said if held else "no column waits for approval",
        str(len(held)),
        _some(held),
        next="python -m refresh requests; then approve or reject: what is held comes from the"
        " kept file"
        if held
        else "",
    )


def _columns_retyped(seen: Seen) -> Iterator[Told]:
    if not seen.retyped:
        yield Told("pass", "no column changed its type", "0")
    for name, (was, now) in seen.retyped.items():
        kind = "breaking" if is_breaking(was, now) else "widening"
        advice = "--auto-heal permissive widens numbers, aggressive makes text of it"
        said = f"`{name}` was {was} and is {now}: {kind}"
        yield Told("warn", said, now, name, 1, len(seen.columns), advice)


def _columns_gone(seen: Seen) -> Iterator[Told]:
    left = [name for name in seen.gone if name not in seen.may_go]
    if not left:
        gone = f"{len(seen.gone)} columns are gone, as approved: {_some(seen.gone)}"
        yield Told("pass", gone if seen.gone else "no column is gone", str(len(seen.gone)))
        return
    yield Told(
        "fail",
        f"gone of the columns that the load before had: {_some(left)}",
        str(len(left)),
        _some(left),
        len(left),
        len(left) + len(seen.columns),
        "if the publisher dropped them: python -m refresh requests, then approve; if it renamed"
        " them, say so in the manifest (`original_name`)",
    )


def _columns_filled(seen: Seen) -> Iterator[Told]:
    before = seen.before.columns if seen.before else {}
    empty = [n for n, column in seen.columns.items() if seen.rows and column.nulls == seen.rows]
    if not empty:
        yield Told("pass", "every column has values", "0")
    for name in empty:
        had = name in before and before[name][1] > 0
        said = f"`{name}` has no value at all" + ("; the load before had some" if had else "")
        advice = "look at the file: the column may be empty, moved or withheld"
        status: Verdict = "fail" if had else "warn"
        yield Told(status, said, "100 % null", name, seen.rows, seen.rows, advice)


def _few_nulls(seen: Seen) -> Iterator[Told]:
    if not seen.strict:
        return
    many = {
        name: column.nulls
        for name, column in seen.columns.items()
        if 100 * column.nulls > NULL_PERCENT * seen.rows and column.nulls < seen.rows
    }
    if not many:
        yield Told("pass", f"no column is null in more than {NULL_PERCENT} % of rows", "0")
    for name, nulls in many.items():
        said = f"`{name}` is null in {100 * nulls / seen.rows:.1f} % of rows"
        yield Told("warn", said, f"{nulls:,}", name, nulls, seen.rows)


def _dates_believable(seen: Seen) -> Iterator[Told]:
    days = {n: c for n, c in seen.columns.items() if c.first and c.last}
    if seen.on is None or not days:
        return
    oldest = oldest_day(seen.on)
    wrong = {n: c for n, c in days.items() if c.last > seen.on or c.first < oldest}  # type: ignore[operator]
    if not wrong:
        yield Told("pass", "no date lies in the future or ten years back", "0")
    for name, column in wrong.items():
        said = f"`{name}` goes from {column.first} to {column.last}"
        yield Told(
            "warn", said, f"{column.first} to {column.last}", name, next="look at these days"
        )


def _types_fit(seen: Seen) -> Iterator[Told]:
    wrong = seen.mismatches
    said = f"{wrong:,} cells do not fit the type of their column" + (
        f": {'; '.join(seen.mismatch[:3])}" if wrong else ""
    )
    advice = "--auto-heal widens the type, or mend `dtype` in the manifest" if wrong else ""
    shown = [*seen.mismatch]
    shown += [f"and {wrong - len(shown):,} more"] if shown and wrong > len(shown) else []
    yield Told(
        "fail" if wrong else "pass",
        said,
        f"{wrong:,}",
        "",
        wrong,
        seen.cells,
        advice,
        "; ".join(shown),
    )


def _marks_understood(seen: Seen) -> Iterator[Told]:
    much = bool(seen.cells) and 100 * seen.misread >= MISREAD_PERCENT * seen.cells
    said = f"{seen.misread:,} of {seen.cells:,} cells are marks that were read as text"
    advice = "name the marks under `marks` of their column in the manifest" if much else ""
    yield Told(
        "warn" if much else "pass", said, f"{seen.misread:,}", "", seen.misread, seen.cells, advice
    )


def _audit_there(seen: Seen) -> Iterator[Told]:
    lost = [name for name in AUDIT if name not in seen.audit]
    said = f"audit columns are missing: {_some(lost)}" if lost else "all audit columns are there"
    yield Told("warn" if lost else "pass", said, str(len(seen.audit)), _some(lost))


def _described(seen: Seen) -> Iterator[Told]:
    if seen.described is None or not seen.columns:
        return
    got, of = seen.described, len(seen.columns)
    said = f"{got} of {of} columns are described ({100 * got / of:.1f} %)"
    if seen.before is None and not got:
        said = f"critical: {said}; a new source that says nothing is not exported"
    elif DESCRIBED_PERCENT * of <= 100 * got < DESCRIBED_GOAL * of:
        said += f", under the goal of {DESCRIBED_GOAL} %"
    few = 100 * got < DESCRIBED_PERCENT * of
    advice = "write `description` in the manifest" if 100 * got < DESCRIBED_GOAL * of else ""
    yield Told("warn" if few else "pass", said, f"{got} of {of}", "", of - got, of, advice)


def _searchable(seen: Seen) -> Iterator[Told]:
    if seen.searchable is None or not seen.columns:
        return
    lack, of = len(seen.columns) - seen.searchable, len(seen.columns)
    said = f"{lack} of {of} columns have no search terms"
    advice = "write `query_keywords` in the manifest" if lack else ""
    yield Told("warn" if lack else "pass", said, f"{seen.searchable} of {of}", "", lack, of, advice)


def _rows_reconciled(seen: Seen) -> Iterator[Told]:
    how = reconciled(seen)
    if how == "no_source_info":
        yield Told("warn", "nobody knows how many rows the files have", how)
        return
    said = (
        f"{seen.source_rows:,} rows read, {seen.rows:,} loaded, {seen.rejected:,} rejected: {how}"
    )
    advice = "" if how == "match" else "nothing is loaded: tell the maintainers, with the file"
    yield Told("pass" if how == "match" else "fail", said, how, next=advice)


def _few_rejected(seen: Seen) -> Iterator[Told]:
    of = seen.rows + seen.rejected
    much = 100 * seen.rejected > REJECTED_PERCENT * of
    said = f"{seen.rejected:,} of {of:,} rows were rejected"
    status: Verdict = "fail" if much else "warn" if seen.rejected else "pass"
    advice = "look at the rejected rows beside the staged file; then mend the manifest"
    yield Told(
        status,
        said,
        f"{seen.rejected:,}",
        "",
        seen.rejected,
        of,
        advice if seen.rejected else "",
    )


def _some(names: Iterable[str], most: int = 12) -> str:
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def oldest_day(on: date) -> date:
    """The first day that a load of this day may believe.

    >>> oldest_day(date(2026, 11, 30))
    datetime.date(2016, 11, 30)
    """
    # On 29 February ten years back there is none.
    day = min(on.day, 28) if on.month == 2 else on.day
    return date(on.year - OLDEST_YEARS, on.month, day)


THERE_ARE_ROWS = GateRule("row_count", "there are rows", f"{FEWEST_ROWS} or more", _there_are_rows)
ROWS_AGAINST_BEFORE = GateRule(
    "row_count",
    "rows against the load before",
    f"a change of less than {CHANGED_PERCENT} %",
    _rows_against_before,
)
NOT_TOO_MANY = GateRule("row_count", "rows at once", f"at most {MOST_ROWS:,}", _not_too_many)
COLUMNS_FILLED = GateRule("quality", "columns have values", "none without", _columns_filled)
NULLS = GateRule("quality", "nulls", f"at most {NULL_PERCENT} % of rows", _few_nulls)
DATES = GateRule(
    "quality", "believable dates", f"within {OLDEST_YEARS} years, not to come", _dates_believable
)
MARKS = GateRule(
    "quality", "marks are understood", f"under {MISREAD_PERCENT} % of cells", _marks_understood
)
RECONCILED = GateRule(
    "reconciliation", "every row is accounted for", "read = loaded + rejected", _rows_reconciled
)

DECLARED = (NOT_TOO_MANY, ROWS_AGAINST_BEFORE, RECONCILED)
"""What is asked of a part that a wing declares, too: its contract says the rest by its rules."""

GATES = (
    THERE_ARE_ROWS,
    GateRule("row_count", "rows as usual", "`expected_min_rows` or more", _as_usual),
    NOT_TOO_MANY,
    ROWS_AGAINST_BEFORE,
    GateRule("schema", "columns added", f"at most {MANY_ADDED} in one load", _columns_added),
    GateRule("schema", "columns held for review", f"fewer than {TO_REVIEW} new", _columns_held),
    GateRule("schema", "types of columns", "as in the load before", _columns_retyped),
    GateRule("schema", "columns removed", "none, unless approved", _columns_gone),
    COLUMNS_FILLED,
    NULLS,
    DATES,
    GateRule("quality", "cells fit their type", "all", _types_fit),
    MARKS,
    GateRule("quality", "audit columns", ", ".join(AUDIT), _audit_there),
    GateRule("metadata", "columns described", f"{DESCRIBED_PERCENT} % or more", _described),
    GateRule("metadata", "search terms", "on every column", _searchable),
    GateRule("reconciliation", "rows rejected", f"at most {REJECTED_PERCENT} %", _few_rejected),
    RECONCILED,
)
"""All gates, in the order of a report. That a key is one is the contract's to say: check.py."""
