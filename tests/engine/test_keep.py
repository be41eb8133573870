"""Filters by context: who is kept, who is left out, and who is neither, because nobody knows."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.atlas.context import context, fifths
from engine.atlas.metrics.context_filters import KEEP, applying, names, only, passes
from engine.atlas.metrics.context_measures import CONTEXT, NOT_RATED, RATINGS
from tests.engine.universe import england

YEAR = "2021-22"


def asked(wanted: list[str], **known: list) -> list[bool | None]:
    rows = pl.DataFrame(known)
    return rows.select(kept=passes(wanted)).to_series().to_list()


@pytest.mark.parametrize(
    ("name", "measure", "kept_values", "left_values"),
    [
        ("deprived", "deprivation_decile", [1.0, 2.0], [3.0, 10.0]),
        ("least_deprived", "deprivation_decile", [9.0, 10.0], [1.0, 8.0]),
        ("large", "list_size", [10_000, 70_000], [9_999, 0]),
        ("small", "list_size", [0, 2_999], [3_000, 70_000]),
        ("older", "aged_65_and_over", [25.0, 43.0], [24.99, 0.0]),
        ("few_gps", "gps_per_10_000", [0.0, 3.99], [4.0, 12.0]),
        ("rated_good", "cqc_rating", ["Good", "Outstanding"], ["Inadequate"]),
        ("rated_low", "cqc_rating", ["Inadequate", "Requires improvement"], ["Good"]),
    ],
)
def test_each_filter_keeps_what_its_words_say(name, measure, kept_values, left_values):
    values = [*kept_values, *left_values, None]
    wanted = [True] * len(kept_values) + [False] * len(left_values) + [None]
    assert asked([name], **{measure: values}) == wanted
    assert KEEP[name].measure == measure


def test_no_doctors_is_few_and_unknown_doctors_are_not():
    """DOMAIN trap: NA FTE is unknown, not zero doctors."""
    assert asked(["few_gps"], gps_per_10_000=[0.0, None]) == [True, None]


@pytest.mark.parametrize("name", ["rated_good", "rated_low"])
def test_who_is_not_rated_is_neither_good_nor_low(name: str):
    """DOMAIN 1.9: not rated is a category of its own."""
    assert asked([name], cqc_rating=[NOT_RATED, None]) == [None, None]


def test_filters_of_one_measure_add_up_and_of_two_narrow():
    known = {"list_size": [500, 5_000, 12_000], "aged_65_and_over": [30.0, 30.0, 10.0]}
    assert asked(["small", "large"], **known) == [True, False, True]
    assert asked(["small", "large", "older"], **known) == [True, False, False]


def test_who_is_left_out_anyhow_is_not_counted_as_unknown():
    found = asked(["large", "older"], list_size=[None, None], aged_65_and_over=[10.0, 30.0])
    assert found == [False, None]


def test_tenths_and_ratings_mean_nothing_above_practices():
    every = ",".join(KEEP)
    assert applying(every, "practice") == tuple(KEEP)
    assert applying(every, "icb") == ("large", "small", "older", "few_gps")


def test_names_that_nobody_knows_are_left_out():
    assert names("rich,large,,large") == ("large",)


def test_every_filter_looks_at_a_context_measure_and_says_what_it_keeps():
    for name, one in KEEP.items():
        assert one.name == name and one.label and one.measure in CONTEXT
        assert one.holds.meta.root_names()[0] == one.measure


def test_a_filter_works_on_the_context_of_a_lake(tmp_path):
    lists = """
    measure   | period  | as_of      | practice_code | numerator | source
    list_size | 2021-22 | 2022-04-01 | A00001        | 12000     | x
    list_size | 2021-22 | 2022-04-01 | A00002        | 400       | x
    """
    lake = england(tmp_path, practice_context=lists)
    codes = pl.LazyFrame({"organisation_code": ["A00001", "A00002", "A00003", "Z99999"]})
    result = only(codes, context(lake, YEAR), ["large"]).collect()
    assert result["kept"].to_list() == [True, False, None, None]


def test_fifths_are_of_what_is_shown_and_the_unknown_are_in_none():
    given = pl.DataFrame(
        {
            "deprivation": [10.0, 20, 30, 40, 50, 99, None],
            "shown": [True, True, True, True, True, False, True],
        }
    )
    result = fifths(given.lazy(), CONTEXT["deprivation"]).select("band").collect()
    expected = pl.DataFrame({"band": [0, 1, 2, 3, 4, None, None]}, schema={"band": pl.UInt8})
    assert_frame_equal(result, expected)


def test_ratings_have_their_own_order_and_not_rated_is_no_part_of_it():
    given = pl.DataFrame({"cqc_rating": [*RATINGS, NOT_RATED, None]}).with_columns(shown=True)
    result = fifths(given.lazy(), CONTEXT["cqc_rating"]).collect()
    assert result["band"].to_list() == [0, 1, 2, 3, None, None]
