"""Roll-up: from practices to organisations, against the same sums in plain Python."""

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.atlas.rollup import GIVEN, LEVELS, SHARE, organisation_code, roll_up

SCHEMA = {
    "organisation_code": pl.String,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "pcas": pl.Int64,
}
SCHEMA_OF_PARTS = {"numerator": pl.Int64, "denominator": pl.Int64}
PATIENTS = st.none() | st.integers(0, 20_000)
PRACTICES = st.lists(
    st.fixed_dictionaries(
        {
            "organisation_code": st.none() | st.sampled_from("ABC"),
            "numerator": PATIENTS,
            "denominator": PATIENTS,
            "pcas": PATIENTS,
        }
    )
)


def total(numbers: list[int | None]) -> int | None:
    given_ones = [n for n in numbers if n is not None]
    return sum(given_ones) if given_ones else None


def by_hand(practices: list[dict]) -> list[tuple]:
    """The roll-up as one would do it on paper."""
    members = defaultdict(list)
    for practice in practices:
        if practice["organisation_code"] is not None:
            members[practice["organisation_code"]].append(practice)
    rows = []
    for code, some in sorted(members.items()):
        both = [p for p in some if p["numerator"] is not None and p["denominator"] is not None]
        sums = (total([p[part] for p in some]) for part in ("numerator", "denominator", "pcas"))
        rows.append((code, *sums, len(both)))
    return rows


@given(PRACTICES)
def test_sums_are_those_made_by_hand(practices: list[dict]):
    lf = pl.LazyFrame(practices, schema=SCHEMA)
    assert roll_up(lf).collect().rows() == by_hand(practices)


@given(PRACTICES, st.randoms(use_true_random=False))
def test_the_order_of_practices_does_not_matter(practices: list[dict], random):
    shuffled = random.sample(practices, len(practices))
    one, other = (pl.LazyFrame(p, schema=SCHEMA) for p in (practices, shuffled))
    assert roll_up(one).collect().equals(roll_up(other).collect())


def test_a_part_that_is_null_adds_nothing_and_only_whole_reports_are_counted():
    lf = pl.LazyFrame([("A", 1, 2, 3), ("A", None, 50, None)], SCHEMA, orient="row")
    assert roll_up(lf).collect().rows() == [("A", 1, 52, 3, 1)]


def test_nothing_reported_is_null_and_nobody_eligible_is_zero():
    lf = pl.LazyFrame([("A", None, None, None), ("B", 0, 0, None)], SCHEMA, orient="row")
    assert roll_up(lf).collect().rows() == [("A", None, None, None, 0), ("B", 0, 0, None, 1)]


@pytest.mark.parametrize(
    ("level", "code"),
    [
        ("practice", "A81001"),
        ("pcn", None),
        ("sub_icb", "16C"),
        ("icb", "U"),
        ("region", "Y63"),
        ("england", "ENG"),
    ],
)
def test_only_a_network_can_be_unallocated(level: str, code: str | None):
    practice = pl.DataFrame(
        {
            "practice_code": "A81001",
            "pcn_code": "U",
            "sub_icb_code": "16C",
            "icb_code": "U",
            "region_code": "Y63",
        }
    )
    assert practice.select(organisation_code(level).alias("code")).item() == code


def test_levels_run_from_the_practice_to_england():
    assert list(LEVELS) == ["practice", "pcn", "sub_icb", "icb", "region", "england"]


@pytest.mark.parametrize("whole", range(1, 101))
def test_a_share_that_is_whole_percent_is_that_number_to_the_bit(whole: int):
    """29 / 100 * 100 is 28.999999999999996, which is in the band below."""
    row = pl.DataFrame({"numerator": [whole * 7], "denominator": [700]})
    assert row.select(SHARE).item() == whole


@given(PATIENTS, PATIENTS)
def test_a_share_needs_both_parts_and_somebody(numerator: int | None, denominator: int | None):
    row = pl.DataFrame({"numerator": [numerator], "denominator": [denominator]}, SCHEMA_OF_PARTS)
    is_given = numerator is not None and denominator is not None
    share, was_given = row.select(SHARE.alias("share"), GIVEN.alias("given")).row(0)
    assert was_given == is_given
    assert (share is None) == (not is_given or denominator == 0)
