"""One organisation beside England and its parent: the figures that it has everywhere else."""

import pytest

from engine import Lake, Question, answer
from engine.atlas.profile import profile
from engine.errors import BadQuestion, UnknownName
from tests.engine.universe import england

YEAR = "2021-22"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("profile"))


def value(lake: Lake, level: str, organisation: str, measure: str = "net") -> float:
    code = "COPD010" if measure == "net" else "DM"
    rows = answer(lake, Question(code, YEAR, level=level, measure=measure)).collect()
    return rows.filter(organisation_code=organisation)["value"].item()


def row(lake: Lake, level: str, organisation: str, code: str, parent: str | None = None) -> dict:
    rows = profile(lake, YEAR, level, organisation, parent=parent).collect()
    return rows.filter(indicator_code=code).row(0, named=True)


@pytest.mark.parametrize(
    ("level", "organisation", "parent", "above"),
    [
        ("practice", "A00001", "pcn", "U00001"),
        ("practice", "A00001", None, "QAA"),
        ("icb", "QBB", None, "Y02"),
    ],
)
def test_its_figures_are_those_of_the_answers(
    lake: Lake, level: str, organisation: str, parent: str | None, above: str
):
    found = row(lake, level, organisation, "COPD010", parent)
    up = parent or {"practice": "icb", "icb": "region"}[level]
    assert found["value"] == pytest.approx(value(lake, level, organisation))
    assert found["parent_value"] == pytest.approx(value(lake, up, above))
    assert found["england_value"] == pytest.approx(value(lake, "england", "ENG"))


def test_registers_are_there_as_prevalence(lake: Lake):
    found = row(lake, "practice", "A00001", "DM")
    assert (found["measure"], found["numerator"], found["denominator"]) == ("prevalence", 60, 800)
    assert found["england_value"] == pytest.approx(value(lake, "england", "ENG", "prevalence"))


def test_it_is_lower_or_higher_only_where_its_own_interval_says_so(lake: Lake):
    high, few = row(lake, "practice", "A00001", "COPD010"), row(lake, "icb", "QAA", "MH007")
    assert high["against_england"] == "higher" and high["value_low"] > high["england_value"]
    assert few["denominator"] == 2 and few["against_england"] is None


def test_who_gave_nothing_has_no_value_and_england_still_has(lake: Lake):
    found = row(lake, "practice", "C00003", "COPD010")
    assert found["value"] is None and found["against_england"] is None
    assert found["england_value"] == pytest.approx(value(lake, "england", "ENG"))


def test_a_level_or_year_that_is_not_there_is_refused(lake: Lake):
    with pytest.raises(UnknownName):
        profile(lake, YEAR, "practice", "A00001", parent="county")
    with pytest.raises(BadQuestion):
        profile(lake, "1999-00", "icb", "QAA")
