"""Reconcile: printed totals beside our sums, of the same practices by the same rule."""

from pathlib import Path

import polars as pl

from engine.atlas.reconcile import reconcile, tally
from engine.atlas.tables.published_contracts import PUBLISHED_TOTAL
from engine.rules import OneOf
from tests.engine.universe import england

PRINTED = """
year    | level   | organisation_code | code    | part        | value
2021-22 | sub_icb | 01A               | COPD010 | numerator   | 115
2021-22 | sub_icb | 01A               | COPD010 | denominator | 150
2021-22 | sub_icb | 01A               | COPD010 | pcas        | 36
2021-22 | icb     | QBB               | COPD010 | numerator   | 31
2021-22 | icb     | QBB               | DM      | register    | 87
2021-22 | region  | Y02               | DM      | list_size   | 2850
2021-22 | region  | Y02               | DM      | practices   | 7
2021-22 | england | ENG               | COPD    | register    | 39
2021-22 | sub_icb | 03C               | HYP008  | numerator   | 4
2022-23 | england | ENG               | DM      | register    | 9
"""


def compared(tmp_path: Path) -> dict[tuple[str, str, str], tuple[int, int | None]]:
    lake = england(tmp_path, published_total=PRINTED)
    rows = reconcile(lake, "2021-22").collect().iter_rows()
    return {(area, code, part): (printed, ours) for _, area, code, part, printed, ours in rows}


def test_our_sum_of_an_area_stands_beside_each_printed_total(tmp_path: Path):
    """B, of 31 printed: 0 + 9 + 10 + 0 + 12; who gave one part only is in neither sum."""
    found = compared(tmp_path)
    assert found["01A", "COPD010", "numerator"] == (115, 115)
    assert found["01A", "COPD010", "denominator"] == (150, 150)
    assert found["QBB", "COPD010", "numerator"] == (31, 31)
    assert found["ENG", "COPD", "register"] == (39, 39)


def test_a_list_counts_where_its_register_is_blank_as_the_publisher_counts_it(tmp_path: Path):
    found = compared(tmp_path)
    assert found["QBB", "DM", "register"] == (87, 50 + 30 + 7)
    assert found["Y02", "DM", "list_size"] == (2850, 900 + 250 + 1000 + 700)
    assert found["Y02", "DM", "practices"] == (7, 6)


def test_what_no_practice_reported_is_not_compared_and_another_year_is_left_out(tmp_path: Path):
    found = compared(tmp_path)
    assert found["03C", "HYP008", "numerator"] == (4, None)
    assert len(found) == 9


def test_a_tally_counts_from_the_finest_level_to_england(tmp_path: Path):
    lake = england(tmp_path, published_total=PRINTED)
    rows = tally(reconcile(lake, "2021-22")).collect()
    assert rows.rows() == [
        ("sub_icb", 4, 3, 2, 1),
        ("icb", 2, 2, 2, 0),
        ("region", 2, 2, 1, 1),
        ("england", 1, 1, 1, 0),
    ]


def test_every_level_that_the_contract_allows_can_be_tallied():
    (level,) = (column for column in PUBLISHED_TOTAL.columns if column.name == "level")
    (allowed,) = (rule.values for rule in level.rules if isinstance(rule, OneOf))
    compared = pl.LazyFrame({"level": allowed, "printed": 7, "ours": 7})
    assert tally(compared).collect()["level"].to_list() == list(allowed)
