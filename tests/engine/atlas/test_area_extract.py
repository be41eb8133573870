"""Everything of an area: each published count once, whoever asks, and none that was not given."""

import pytest

from engine import Lake
from engine.atlas.area_extract import PARTS, WHO, area_extract
from engine.errors import BadQuestion, UnknownName
from tests.engine.universe import england

YEAR = "2021-22"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("extract"))


def test_an_area_has_a_row_for_each_indicator_and_register_of_its_practices(lake: Lake):
    rows = area_extract(lake, YEAR, area="icb:QAA").collect()
    assert rows.columns == ["year", *WHO, "kind", "indicator_code", "description", *PARTS]
    assert set(rows["practice_code"]) == {"A00001", "A00002", "A00003"}
    assert rows["kind"].to_list() == ["indicator"] * 5 + ["register"] * 5
    counts = rows.filter(practice_code="A00001", kind="register")
    parts = counts.sort("indicator_code").select("indicator_code", "numerator", "denominator")
    assert parts.rows() == [("COPD", 20, 1000), ("DM", 60, 800)]


def test_what_was_not_given_is_null_and_no_zero(lake: Lake):
    rows = area_extract(lake, YEAR).collect()
    copd = rows.filter(indicator_code="COPD010").select("practice_code", "numerator", "denominator")
    assert ("C00001", None, 30) in copd.rows() and ("C00002", 0, 0) in copd.rows()
    registers = rows.filter(kind="register", practice_code="B00001")
    assert registers.select("numerator", "denominator").rows() == [(None, 900)]


def test_all_of_england_is_every_published_row(lake: Lake):
    published = ("percent_achieved", "prevalence")
    heights = [lake.scan(name, YEAR).collect().height for name in published]
    assert area_extract(lake, YEAR).collect().height == sum(heights)


def test_a_group_is_an_area_too(lake: Lake):
    rows = area_extract(lake, YEAR, area="group:B00002.C00005").collect()
    assert set(rows["practice_code"]) == {"B00002", "C00005"}


@pytest.mark.parametrize(
    ("year", "area", "error"), [("1999-00", "", BadQuestion), (YEAR, "county:X", UnknownName)]
)
def test_another_year_or_kind_of_area_is_refused(lake: Lake, year: str, area: str, error: type):
    with pytest.raises(error):
        area_extract(lake, year, area=area)
