"""Rules of a table and between tables: the rows that break them, told by hand."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rules import Between
from engine.table_rules import (
    BetweenRule,
    NoGap,
    NoOverlap,
    References,
    Rising,
    RowCount,
    Sum,
    TableRule,
    Unique,
)
from tests.conftest import rows

# One row a version of a practice. A: as it should be. B: the third lies within the first, though
# not within its neighbour. C: a gap of a day. D: the second is there twice. E: no day at all.
VERSIONS = rows(
    """
    line | code | valid_from | valid_to
    1    | A    | 2020-01-01 | 2021-01-01
    2    | B    | 2020-01-01 | 2024-01-01
    3    | A    | 2021-01-01 | 9999-12-31
    4    | B    | 2020-06-01 | 2020-07-01
    5    | B    | 2022-01-01 | 2023-01-01
    6    | C    | 2020-01-02 | 9999-12-31
    7    | C    | 2019-01-01 | 2020-01-01
    8    | D    | 2020-01-01 | 2021-01-01
    9    | D    | 2021-01-01 | 9999-12-31
    10   | D    | 2021-01-01 | 9999-12-31
    11   | E    | 2020-01-01 | 2020-01-01
    12   | E    | 2019-01-01 | 9999-12-31
    13   | E    | 2030-01-01 |
    14   |      | 2020-01-01 | 2021-01-01
    15   |      | 2020-06-01 | 2021-01-01
    """,
    {"line": pl.Int64, "code": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
)
BENEFITS = rows(
    """
    line | member | plan | paid_on    | paid
    1    | M1     | P1   | 2026-01-01 | 10
    2    | M1     | P1   | 2026-06-30 | 20
    3    | M1     | P1   | 2026-07-01 | 30
    4    | M2     | P1   | 2026-01-01 | 40
    5    | M3     |      | 2026-01-01 | 50
    6    | M1     | P2   | 2026-01-01 | 60
    7    | M1     | P1   |            |
    """,
    {
        "line": pl.Int64,
        "member": pl.String,
        "plan": pl.String,
        "paid_on": pl.Date,
        "paid": pl.Int64,
    },
)
# M1 was in plan P1 for half a year, then in P2.
ENROLLED = rows(
    """
    person | plan | valid_from | valid_to
    M1     | P1   | 2026-01-01 | 2026-07-01
    M1     | P2   | 2026-07-01 | 9999-12-31
    M1     | P1   | 2024-01-01 | 2025-01-01
    """,
    {"person": pl.String, "plan": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
)


def lines(rule: TableRule, frame: pl.DataFrame) -> list[int]:
    return rule.broken(frame.lazy()).collect(engine="streaming")["line"].to_list()


def lost(rule: BetweenRule, **others: pl.DataFrame) -> list[int]:
    lazy = {name: frame.lazy() for name, frame in others.items()}
    return rule.broken(BENEFITS.lazy(), lazy).collect(engine="streaming")["line"].to_list()


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Unique(("code",)), "one row a key"),
        (Unique(("member", "paid_on"), of="member and day"), "one row a member and day"),
        (NoOverlap(("code",)), "at most one row of each `code` is valid at a time"),
        (
            NoGap(("member", "plan")),
            "the rows of each `member` + `plan` follow each other without a gap",
        ),
        (RowCount(), "the number of rows is 1 or more"),
        (RowCount(100, 1000), "the number of rows is 100 or more and at most 1,000"),
        (Sum("paid", Between(0)), "the sum of `paid` is 0 or more"),
        (Sum("paid", Between(1, 1), by=("plan",)), "the sum of `paid` of each `plan` is 1"),
        (References(("plan",), "plan"), "every `plan` is in `plan`"),
        (
            References(("member",), "enrolled", ("person",), as_of="paid_on"),
            "every `member` is in `enrolled` as `person` on its `paid_on`",
        ),
    ],
)
def test_every_rule_of_a_table_says_itself(rule: TableRule | BetweenRule, words: str):
    assert rule.words == words


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (("code", "valid_from"), [9, 10]),
        (("code", "valid_from", "valid_to"), [9, 10]),
        (("valid_to",), [1, 3, 6, 7, 8, 9, 10, 11, 12, 14, 15]),
        (("line",), []),
    ],
)
def test_rows_that_share_a_key_are_all_told_in_their_order_blanks_too(
    key: tuple[str, ...], expected: list[int]
):
    assert lines(Unique(key), VERSIONS) == expected


def test_of_intervals_that_overlap_the_later_ones_are_told():
    assert lines(NoOverlap(("code",)), VERSIONS) == [4, 5, 10, 15]


def test_a_gap_is_told_by_the_row_after_it():
    assert lines(NoGap(("code",)), VERSIONS) == [6]


def test_what_begins_on_the_day_that_another_ends_neither_overlaps_nor_leaves_a_gap():
    one = VERSIONS.filter(pl.col("code") == "A")
    assert lines(NoOverlap(("code",)), one) == lines(NoGap(("code",)), one) == []


def test_where_the_last_day_is_in_it_what_begins_on_that_day_overlaps():
    one = VERSIONS.filter(pl.col("code") == "A")
    assert lines(NoOverlap(("code",), last=True), one) == [3]
    next_day = one.with_columns(pl.col("valid_from").dt.offset_by("1d"))
    assert lines(NoOverlap(("code",), last=True), next_day) == []
    assert lines(NoGap(("code",), last=True), next_day) == []
    assert lines(NoGap(("code",)), next_day) == [3]


DAYS = st.integers(0, 12)
SPANS = st.lists(st.tuples(st.sampled_from("AB"), DAYS, DAYS), max_size=12)


@given(SPANS)
def test_two_rows_overlap_where_they_have_a_day_in_common(spans: list[tuple[str, int, int]]):
    frame = pl.DataFrame(
        [(i, code, date(2026, 1, 1) + timedelta(a), date(2026, 1, 1) + timedelta(b))
         for i, (code, a, b) in enumerate(spans)],
        schema={"line": pl.Int64, "code": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
        orient="row",
    )  # fmt: skip
    days = [(code, day) for code, a, b in spans for day in range(a, b)]
    assert bool(lines(NoOverlap(("code",)), frame)) == (len(days) != len(set(days)))


@given(st.lists(st.tuples(DAYS, DAYS), max_size=8))
def test_there_is_a_gap_where_a_day_between_two_is_in_none(spans: list[tuple[int, int]]):
    frame = pl.DataFrame(
        [(i, "A", a, b) for i, (a, b) in enumerate(spans)],
        schema={"line": pl.Int64, "code": pl.String, "valid_from": pl.Int64, "valid_to": pl.Int64},
        orient="row",
    )
    days = {day for a, b in spans for day in range(a, b)}
    has_hole = bool(days) and len(days) < max(days) - min(days) + 1
    assert bool(lines(NoGap(("code",)), frame)) == has_hole


@pytest.mark.parametrize(
    ("rule", "broken"),
    [(RowCount(7), []), (RowCount(8), [(7,)]), (RowCount(0, 6), [(7,)]), (RowCount(0, 7), [])],
)
def test_a_count_that_is_wrong_is_told_as_it_is(rule: RowCount, broken: list[tuple]):
    assert rule.broken(BENEFITS.lazy()).collect().rows() == broken


def test_sums_are_judged_one_a_group():
    rule = Sum("paid", Between(60, 120), by=("plan",))
    assert rule.units(BENEFITS.lazy()).collect().rows() == [(None, 50), ("P1", 100), ("P2", 60)]
    assert rule.broken(BENEFITS.lazy()).collect().rows() == [(None, 50)]
    assert Sum("paid", Between(210, 210)).broken(BENEFITS.lazy()).collect().rows() == []
    assert Sum("paid", Between(0, 209)).broken(BENEFITS.lazy()).collect().rows() == [(210,)]


def test_a_key_that_another_table_lacks_is_told_and_a_blank_is_not():
    assert lost(References(("member",), "enrolled", ("person",)), enrolled=ENROLLED) == [4, 5]
    assert lost(References(("plan",), "enrolled"), enrolled=ENROLLED) == []
    both = References(("member", "plan"), "enrolled", ("person", "plan"))
    assert lost(both, enrolled=ENROLLED) == [4]


def test_as_of_a_day_the_other_row_must_be_valid_then_and_its_last_day_is_not_its_own():
    on = References(("member", "plan"), "enrolled", ("person", "plan"), as_of="paid_on")
    assert lost(on, enrolled=ENROLLED) == [3, 4, 6]
    anyhow = References(("member",), "enrolled", ("person",), as_of="paid_on")
    assert lost(anyhow, enrolled=ENROLLED) == [4, 5]


def test_the_last_day_is_valid_where_the_other_table_says_so():
    inclusive = References(("member", "plan"), "enrolled", ("person", "plan"), "paid_on", last=True)
    # M1's P1 until 2026-07-01: line 3 is of that very day.
    assert lost(inclusive, enrolled=ENROLLED) == [4, 6]


PREMIUMS = rows(
    """
    year | tier   | premium
    2025 | Silver | 20
    2025 | Bronze | 10
    2025 | Bronze | 90
    2025 | Bronze | 12
    2025 | Gold   | 30
    2026 | Gold   | 19
    2026 | Bronze | 19
    2026 | Other  | 1
    2026 | Silver |
    """,
    {"year": pl.Int64, "tier": pl.String, "premium": pl.Int64},
)


def test_medians_rise_along_an_order_and_a_step_without_rows_is_stepped_over():
    rule = Rising("premium", "tier", ("Bronze", "Silver", "Gold"), by=("year",))
    # 2025: 12, 20, 30. 2026: Bronze 19 and Gold 19, with nothing known of Silver between them.
    told = rule.broken(PREMIUMS.lazy()).collect()
    assert told.select(rule.columns).rows() == [(2026, "Gold", 19.0)]
    assert rule.units(PREMIUMS.lazy()).collect().height == 5 and rule.unit == "medians"


def test_nothing_is_found_in_a_table_that_is_empty():
    assert lost(References(("member",), "enrolled", ("person",)), enrolled=ENROLLED.clear()) == [
        *range(1, 8)
    ]
    assert lines(Unique(("code",)), VERSIONS.clear()) == []
    assert lines(NoOverlap(("code",)), VERSIONS.clear()) == []


def test_a_rule_of_no_kind_says_nothing():
    frame = BENEFITS.lazy()
    for what in (
        lambda: TableRule().columns,
        lambda: TableRule().broken(frame),
        lambda: BetweenRule().columns,
        lambda: BetweenRule().others,
        lambda: BetweenRule().broken(frame, {}),
    ):
        with pytest.raises(NotImplementedError):
            what()
