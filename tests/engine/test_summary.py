"""Summary and marks: what a whole answer says, and what a reader must see beside a number."""

from pathlib import Path

import polars as pl
import pytest

from engine import Lake, Question, answer, marked, summary
from tests.conftest import rows
from tests.engine.universe import england

ANSWER = {
    "organisation_code": pl.String,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "value": pl.Float64,
    "value_low": pl.Float64,
    "value_high": pl.Float64,
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


def say(lake: Lake, indicator: str = "COPD010", **asked: str) -> dict:
    lf = summary(answer(lake, Question(indicator, "2021-22", **asked)))
    return lf.collect().row(0, named=True)


def marks(lake: Lake, column: str, bands: str = "five", **asked: str) -> list[str]:
    """The codes that carry a mark."""
    lf = answer(lake, Question("COPD010", "2021-22", bands=bands, **asked))
    found = marked(lf, bands).filter(pl.col(column)).collect()
    return sorted(found["organisation_code"])


def test_the_whole_is_a_sum_over_a_sum(lake: Lake):
    said = say(lake)
    assert (said["numerator"], said["denominator"]) == (146, 239)
    assert said["value"] == pytest.approx(146 / 239 * 100)
    assert said["value_low"] == pytest.approx(54.77, abs=0.01)
    assert said["value_high"] == pytest.approx(67.05, abs=0.01)


def test_the_whole_is_the_same_from_practices_as_from_england(lake: Lake):
    for measure in ("net", "pri", "pca_rate", "points"):
        assert say(lake, measure=measure)["value"] == pytest.approx(
            say(lake, measure=measure, level="england")["value"]
        )


def test_organisations_and_those_that_reported_are_counted_apart(lake: Lake):
    assert (say(lake)["organisations"], say(lake)["reported"]) == (11, 8)


def test_the_spread_is_that_of_the_organisations_own_values(lake: Lake):
    said = say(lake, area="sub_icb:01A")
    assert (said["lower_quartile"], said["median"], said["upper_quartile"]) == (62.5, 75, 77.5)


def test_points_have_a_value_and_no_interval(lake: Lake):
    said = say(lake, measure="points")
    assert said["value"] == pytest.approx(14.25 / 27 * 100)
    assert said["value_low"] is said["value_high"] is None


@pytest.mark.parametrize("asked", [{"indicator": "NOSUCH"}, {"area": "icb:GONE"}])
def test_nothing_reported_is_one_row_without_a_value(lake: Lake, asked: dict[str, str]):
    said = say(lake, **asked)
    assert said["reported"] == 0
    assert said["value"] is said["value_low"] is said["median"] is None


def test_reported_needs_both_parts(lake: Lake):
    assert set(marks(lake, "reported")) == {
        *("A00001", "A00002", "A00003", "B00001", "B00002", "B00003"),
        *("C00002", "C00004"),
    }


def test_small_is_fewer_than_ten_eligible_patients(lake: Lake):
    assert marks(lake, "small") == ["B00002", "C00002"]
    assert marks(lake, "small", measure="pri") == ["B00002", "C00002"]


def test_points_are_no_patients_and_never_small_numbers(lake: Lake):
    assert marks(lake, "small", measure="points") == []


def test_uncertain_is_an_interval_that_reaches_into_another_band(lake: Lake):
    drawn = rows(
        """
        organisation_code | numerator | denominator | value | value_low | value_high
        inside            | 30        | 100         | 30    | 21        | 39
        reaches           | 30        | 100         | 30    | 19        | 39
        touches           | 30        | 100         | 30    | 21        | 40
        from the edge     | 30        | 100         | 30    | 20        | 39
        no interval       | 120       | 100         | 120   |           |
        nothing           |           |             |       |           |
        """,
        ANSWER,
    )
    result = marked(drawn.lazy(), "five").collect()
    uncertain = result.filter("uncertain")["organisation_code"]
    assert uncertain.to_list() == ["reaches", "touches"]


def test_marks_are_never_null(lake: Lake):
    for bands in ("five", "quintiles"):
        lf = answer(lake, Question("COPD010", "2021-22", bands=bands))
        result = marked(lf, bands).select("reported", "small", "uncertain").collect()
        assert set(result.dtypes) == {pl.Boolean}
        assert result.null_count().row(0) == (0, 0, 0)
        nobody = marked(answer(lake, Question("NOSUCH", "2021-22", bands=bands)), bands).collect()
        assert not nobody.select(pl.any_horizontal("reported", "small", "uncertain").any()).item()


def test_a_lake_where_nobody_reports_still_answers(tmp_path: Path):
    nothing = england(tmp_path, percent_achieved="year | practice_code | indicator_code")
    assert say(nothing)["organisations"] == 11
