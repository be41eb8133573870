"""Every threshold of PUBLICATIONS 2.3, just below it, on it and just above it."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from refresh.finding import Finding
from refresh.validate.gates import GATES, judged
from refresh.validate.measured import columns_seen, misread_marks
from refresh.validate.seen import AUDIT, Before, ColumnSeen, Seen, reconciled

INT = ColumnSeen("int64")


def of(check: str, rows: int = 1000, **seen: Any) -> list[Finding]:
    """What one gate says; everything else of the load is as it should be."""
    found = judged(Seen(rows, **({"source_rows": rows} | seen)), GATES, where="a.csv")
    return [finding for finding in found if finding.check == check]


def status(check: str, rows: int = 1000, **seen: Any) -> str:
    (finding,) = of(check, rows, **seen)
    return finding.status


def many(count: int) -> tuple[str, ...]:
    return tuple(f"c{i}" for i in range(count))


def columns(count: int) -> dict[str, ColumnSeen]:
    return dict.fromkeys(many(count), INT)


def test_a_load_that_is_as_it_should_be_passes_every_gate():
    whole = Seen(
        1000,
        columns(10),
        before=Before(1000, dict.fromkeys(many(10), ("int64", 5))),
        source_rows=1000,
        described=10,
        searchable=10,
        on=date(2026, 11, 30),
        strict=True,
    )
    found = judged(whole, GATES, where="a.csv")
    assert [f for f in found if f.status != "pass"] == []
    assert {f.gate for f in found} == {
        *("row_count", "schema", "quality", "metadata", "reconciliation")
    }
    assert all(f.expected and f.observed for f in found)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(0, "fail"), (1, "warn"), (9, "warn"), (10, "pass"), (11, "pass")],
)
def test_ten_rows_are_the_floor(rows: int, expected: str):
    assert status("there are rows", rows) == expected


@pytest.mark.parametrize(("rows", "expected"), [(99, "warn"), (100, "pass"), (101, "pass")])
def test_a_hundred_rows_are_usual(rows: int, expected: str):
    assert status("rows as usual", rows) == expected


def test_a_small_national_table_may_lower_what_is_usual():
    assert [status("rows as usual", n, usual_rows=12) for n in (11, 12)] == ["warn", "pass"]


@pytest.mark.parametrize(
    ("rows", "expected"), [(9_999_999, "pass"), (10_000_000, "pass"), (10_000_001, "warn")]
)
def test_ten_million_rows_are_not_too_many(rows: int, expected: str):
    assert status("rows at once", rows) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        *((499, "warn"), (500, "warn"), (501, "pass")),
        *((1499, "pass"), (1500, "warn"), (1501, "warn"), (1000, "pass")),
    ],
)
def test_a_change_of_half_or_more_is_a_warning(rows: int, expected: str):
    assert status("rows against the load before", rows, before=Before(1000)) == expected


def test_half_is_half_in_whole_numbers():
    assert [
        status("rows against the load before", n, before=Before(333)) for n in (166, 167, 499, 500)
    ] == ["warn", "pass", "pass", "warn"]


@pytest.mark.parametrize(
    ("rows", "was", "said"),
    [
        (1234, 1150, "1,234 (within 10 % of previous: 1,150)"),
        (1100, 1000, "1,100 (within 10 % of previous: 1,000)"),
        (1101, 1000, "1,101 (+10.1 % against previous: 1,000)"),
        (400, 1000, "400 (-60.0 % against previous: 1,000)"),
    ],
)
def test_what_is_said_of_rows_is_said_as_people_read_it(rows: int, was: int, said: str):
    (finding,) = of("rows against the load before", rows, before=Before(was))
    assert finding.message == said


@pytest.mark.parametrize(("n", "expected"), [(0, "pass"), (1, "pass"), (10, "pass"), (11, "warn")])
def test_more_than_ten_new_columns_are_a_warning(n: int, expected: str):
    (finding,) = of("columns added", added=many(n))
    assert (finding.status, finding.observed) == (expected, str(n))
    assert status("columns added", held=many(n)) == expected


def test_columns_that_are_held_are_a_warning():
    assert status("columns held for review") == "pass"
    (finding,) = of("columns held for review", held=many(5))
    assert (finding.status, finding.column) == ("warn", "c0, c1, c2, c3, c4")


def test_a_changed_type_is_a_warning_that_says_whether_it_breaks():
    was = {"a": ("int64", "float64"), "b": ("float64", "int64"), "c": ("date", "string")}
    found = of("types of columns", retyped=was)
    assert [f.status for f in found] == ["warn"] * 3
    assert [f.message.rpartition(": ")[2] for f in found] == ["widening", "breaking", "breaking"]


def test_a_column_that_is_gone_fails_unless_somebody_said_it_may():
    gone = ("a", "b")
    assert status("columns removed", gone=gone) == "fail"
    assert status("columns removed", gone=gone, may_go=frozenset("a")) == "fail"
    assert status("columns removed", gone=gone, may_go=frozenset("ab")) == "pass"


def test_a_column_without_any_value_fails_where_it_had_some():
    empty = {"a": ColumnSeen("int64", nulls=1000), "b": ColumnSeen("int64", nulls=999)}
    assert status("columns have values", columns=empty) == "warn"
    for filled, expected in ((0, "warn"), (1, "fail")):
        before = Before(1000, {"a": ("int64", filled)})
        (finding,) = of("columns have values", columns=empty, before=before)
        assert (finding.status, finding.column) == (expected, "a")


def test_in_strict_mode_more_nulls_than_half_are_a_warning():
    for nulls, expected in ((499, "pass"), (500, "pass"), (501, "warn")):
        seen = {"a": ColumnSeen("int64", nulls=nulls)}
        assert status("nulls", columns=seen, strict=True) == expected
        assert of("nulls", columns=seen) == []


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2016, 11, 30), date(2026, 11, 30), "pass"),
        (date(2016, 11, 29), date(2026, 11, 30), "warn"),
        (date(2020, 1, 1), date(2026, 12, 1), "warn"),
    ],
)
def test_dates_to_come_and_of_ten_years_ago_are_a_warning(first: date, last: date, expected: str):
    seen = {"on": date(2026, 11, 30), "columns": {"day": ColumnSeen("date", 0, first, last)}}
    assert status("believable dates", **seen) == expected


def test_ten_years_before_the_29th_of_february_are_known():
    seen = {"day": ColumnSeen("date", 0, date(2018, 2, 28), date(2020, 1, 1))}
    assert status("believable dates", columns=seen, on=date(2028, 2, 29)) == "pass"


def test_one_cell_that_does_not_fit_its_type_fails():
    assert [status("cells fit their type", mismatches=n) for n in (0, 1)] == ["pass", "fail"]


@pytest.mark.parametrize(("n", "expected"), [(0, "pass"), (99, "pass"), (100, "warn")])
def test_marks_that_nobody_understood_are_a_warning_from_one_in_a_hundred_cells(
    n: int, expected: str
):
    assert status("marks are understood", 1000, columns=columns(10), misread=n) == expected


def test_a_missing_audit_column_is_a_warning():
    (finding,) = of("audit columns", audit=AUDIT[1:])
    assert (finding.status, finding.column) == ("warn", "_load_id")


@pytest.mark.parametrize(
    ("described", "expected", "words"),
    [
        (499, "warn", "49.9 %"),
        (500, "pass", "under the goal of 90 %"),
        (899, "pass", "under the goal of 90 %"),
        (900, "pass", "900 of 1000 columns are described (90.0 %)"),
    ],
)
def test_half_of_the_columns_are_described_and_nine_in_ten_are_the_goal(
    described: int, expected: str, words: str
):
    (finding,) = of("columns described", columns=columns(1000), described=described)
    assert (
        finding.status == expected and finding.message.endswith(words) or words in finding.message
    )
    assert ("goal" in finding.message) == ("goal" in words)


def test_a_new_source_that_says_nothing_is_critical_and_an_old_one_is_not():
    for before, expected in ((None, True), (Before(1000), False)):
        (finding,) = of("columns described", columns=columns(4), described=0, before=before)
        assert (finding.status, "critical" in finding.message) == ("warn", expected)


def test_missing_search_terms_are_a_warning():
    seen = {"columns": columns(4)}
    assert [status("search terms", **seen, searchable=n) for n in (3, 4)] == ["warn", "pass"]


@pytest.mark.parametrize(
    ("rejected", "expected"), [(0, "pass"), (1, "warn"), (10, "warn"), (11, "fail")]
)
def test_more_than_one_row_in_a_hundred_rejected_fails(rejected: int, expected: str):
    assert status("rows rejected", 1000 - rejected, rejected=rejected) == expected


@pytest.mark.parametrize(
    ("read", "rejected", "how", "expected"),
    [
        (1000, 0, "match", "pass"),
        (1002, 2, "match", "pass"),
        (1003, 2, "rows_lost", "fail"),
        (1001, 2, "rows_added", "fail"),
        (None, 0, "no_source_info", "warn"),
    ],
)
def test_every_row_is_accounted_for(read: int | None, rejected: int, how: str, expected: str):
    assert reconciled(Seen(1000, source_rows=read, rejected=rejected)) == how
    told = status("every row is accounted for", source_rows=read, rejected=rejected)
    assert told == expected


def test_a_frame_is_counted_as_it_is():
    rows = pl.DataFrame(
        {"n": [1, None, 3], "day": [date(2026, 2, 1), None, date(2025, 1, 1)], "_period": "x"}
    )
    assert columns_seen(rows) == {
        "n": ColumnSeen("int64", 1),
        "day": ColumnSeen("date", 1, date(2025, 1, 1), date(2026, 2, 1)),
    }


@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        (["1", "2", "*"], 1),
        (["1,200", "3.5", "[c]", " .. "], 2),
        (["Ash", "-", "Elm"], 0),
        (["*", "*"], 0),
        (["1", "x", "y", "*"], 0),
    ],
)
def test_marks_count_in_columns_that_are_otherwise_numbers(cells: list[str], marks: int):
    assert misread_marks(pl.DataFrame({"n": cells})) == marks
