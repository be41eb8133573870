"""Listed: what practices gave, null where they gave nothing, and the order of every list."""

import polars as pl
import pytest

from engine.atlas.indicator_list import in_words, parts
from engine.atlas.metrics.qof_measures import MEASURES
from tests.engine.universe import england

YEAR = "2021-22"


def test_what_was_not_reported_stays_null(tmp_path):
    """DOMAIN 3: zero for absent."""
    given = parts(england(tmp_path), YEAR, MEASURES["net"]).collect()
    asked = given.filter(pl.col("indicator_code") == "COPD010")
    rows = {practice: parts_ for practice, _, *parts_ in asked.rows()}
    assert rows["A00001"] == [80, 100]
    assert rows["C00001"] == rows["C00005"] == [None, None]  # one part alone says nothing


@pytest.mark.parametrize("backwards", [False, True])
def test_a_list_goes_by_group_with_its_register_first_and_unknown_codes_last(tmp_path, backwards):
    given = [("ZZZ001", "net"), ("COPD010", "net"), ("COPD", "prevalence"), ("AST007", "net")]
    lake = england(
        tmp_path,
        indicator="""
        year    | indicator_code | group_name | description | kind
        2021-22 | COPD010        | Lungs      | Reviewed    | indicator
        2021-22 | COPD           | Lungs      | On the list | register
        2021-22 | AST007         | Asthma     | Reviewed    | indicator
        2022-23 | ZZZ001         | Later      | Not yet     | indicator
        """,
    )
    schema = {"indicator_code": pl.String, "measure": pl.String}
    lf = pl.LazyFrame(given[::-1] if backwards else given, schema=schema, orient="row")
    listed = in_words(lf, lake, YEAR).select("indicator_code", "description").collect().rows()
    assert listed == [
        ("AST007", "Reviewed"),
        ("COPD", "On the list"),
        ("COPD010", "Reviewed"),
        ("ZZZ001", None),
    ]
