"""Two organisations of one year: by hand in the small England, and as the answers of the large."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.compare_pair import differences, relation, together
from engine.atlas.years import qof_years
from tests.engine.universe import england

YEAR = "2021-22"
COUNTS = ("numerator_one", "denominator_one", "numerator_other", "denominator_other")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("apart"))


def one_row(lake: Lake, one: str, other: str, code: str = "COPD010") -> dict:
    return (
        differences(lake, YEAR, one, other).filter(indicator_code=code).collect().row(0, named=True)
    )


def counts(row: dict) -> tuple:
    return tuple(row[name] for name in COUNTS)


def how(lake: Lake, one: str, other: str) -> tuple:
    return relation(together(lake, YEAR, one, other)).collect().row(0)


# Newcombe's method 10, worked out from the two Wilson intervals with a calculator.
BY_HAND = {
    # 5 of 10 less 80 of 100
    ("practice:A00002", "practice:A00001"): (-30.0, -57.17, -2.20, "lower"),
    ("practice:A00001", "practice:A00002"): (30.0, 2.20, 57.17, "higher"),
    # a practice and the rest of its place: 80 of 100 less 35 of 50
    ("practice:A00001", "sub_icb:01A"): (10.0, -4.06, 25.28, "similar"),
    ("group:A00001", "group:A00002.A00003"): (10.0, -4.06, 25.28, "similar"),
}


@pytest.mark.parametrize("pair", BY_HAND)
def test_the_difference_and_its_interval_are_newcombes(drawn: Lake, pair: tuple[str, str]):
    row = one_row(drawn, *pair)
    *numbers, verdict = BY_HAND[pair]
    found = [row[name] for name in ("difference", "difference_low", "difference_high")]
    assert found == pytest.approx(numbers, abs=0.005) and row["verdict"] == verdict


def test_who_lies_within_the_other_is_held_against_the_rest_of_it(drawn: Lake):
    """QAA has 115 of 150; the rest of England is QBB: 31 of 89, of those that gave both parts."""
    assert how(drawn, "icb:QAA", "england:ENG") == (0, 8, 3, "one within")
    assert counts(one_row(drawn, "icb:QAA", "england:ENG")) == (115, 150, 31, 89)
    assert how(drawn, "england:ENG", "icb:QAA") == (8, 0, 3, "other within")
    assert counts(one_row(drawn, "england:ENG", "icb:QAA")) == (31, 89, 115, 150)
    boards = one_row(drawn, "icb:QAA", "icb:QBB")
    assert one_row(drawn, "icb:QAA", "england:ENG") == boards


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("pcn:U00002", "icb:QAA", (1, 2, 1, "partly")),  # the network that spans two boards
        ("icb:QAA", "icb:QAA", (0, 0, 3, "same")),
        ("icb:QAA", "sub_icb:01A", (0, 0, 3, "same")),
        ("icb:QAA", "icb:QZZ", (3, 0, 0, "nobody")),
        ("group:Z99999", "icb:QAA", (0, 3, 0, "nobody")),
        ("icb:QZZ", "icb:QYY", (0, 0, 0, "nobody")),
    ],
)
def test_nothing_is_formed_of_those_who_are_not_independent(
    drawn: Lake, one: str, other: str, said: tuple
):
    assert how(drawn, one, other) == said
    rows = differences(drawn, YEAR, one, other).collect()
    assert rows.drop_nulls("difference").is_empty()


def test_the_unallocated_belong_to_no_network(drawn: Lake):
    assert how(drawn, "pcn:U", "icb:QAA") == (0, 3, 0, "nobody")


def test_few_patients_and_more_counted_than_could_be_are_not_compared(drawn: Lake):
    few = one_row(drawn, "practice:B00002", "practice:A00001")  # 9 of 9
    assert (few["difference"], few["verdict"]) == (pytest.approx(20.0), None)
    over = one_row(drawn, "practice:C00004", "practice:A00001")  # 12 of 10
    assert (over["difference_low"], over["verdict"]) == (None, None)


def test_what_only_one_of_them_has_stands_there_without_a_difference(drawn: Lake):
    row = one_row(drawn, "practice:A00001", "practice:A00002", "MH007")
    assert counts(row) == (1, 2, None, None)
    assert row["difference"] is None and row["verdict"] is None


def test_registers_are_compared_as_shares_of_their_lists(drawn: Lake):
    row = one_row(drawn, "practice:A00001", "practice:A00002", "DM")
    assert (row["measure"], *counts(row)) == ("prevalence", 60, 800, 40, 200)
    assert (row["difference"], row["verdict"]) == (pytest.approx(-12.5), "lower")


@pytest.mark.parametrize("geography", ["published", "today"])
@pytest.mark.parametrize("level", ["practice", "pcn", "icb"])
def test_both_sides_are_the_answers_of_each(lake: Lake, level: str, geography: str):
    year = qof_years(lake)[-2]
    asked = Question("HYP008", year, level, geography=geography)
    there = answer(lake, asked).drop_nulls("value").collect().to_dicts()
    one, other = there[0], there[-1]
    pair = (f"{level}:{row['organisation_code']}" for row in (one, other))
    rows = differences(lake, year, *pair, geography=geography)
    row = rows.filter(indicator_code="HYP008").collect().row(0, named=True)
    for side, want in (("one", one), ("other", other)):
        for name in ("numerator", "denominator", "value", "value_low", "value_high"):
            assert row[f"{name}_{side}"] == pytest.approx(want[name]), name
    assert row["difference"] == pytest.approx(one["value"] - other["value"])


def test_the_other_way_round_says_the_opposite(lake: Lake):
    there = lake.scan("organisation", qof_years(lake)[-1]).filter(level="icb").collect()
    one, other = (f"icb:{code}" for code in there["organisation_code"][:2])
    opposite = {"lower": "higher", "higher": "lower", "similar": "similar"}
    rows, turned = (
        differences(lake, qof_years(lake)[-1], *p).collect() for p in ((one, other), (other, one))
    )
    expected = turned.select(
        "indicator_code",
        difference=-pl.col("difference"),
        difference_low=-pl.col("difference_high"),
        difference_high=-pl.col("difference_low"),
        verdict=pl.col("verdict").replace_strict(opposite),
    )
    assert rows.height and set(rows["verdict"]) > {"lower", "higher"}
    assert_frame_equal(rows.select(expected.columns), expected)
