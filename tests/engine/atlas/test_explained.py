"""What only its kind of practices accounts for, worked by hand; what is not known is left out."""

import polars as pl

from engine.atlas.explained import expected
from tests.conftest import rows

OF = {"numerator": pl.Int64, "denominator": pl.Int64, "kind": pl.Int64, "here": pl.Boolean}


def test_each_kind_counts_with_the_area_s_own_patients():
    given = rows(
        """
        numerator | denominator | kind | here
               20 |         100 |    1 | true
               80 |         100 |    1 | false
               90 |         100 |    2 | false
               45 |          50 |    2 | true
        """,
        OF,
    )
    # Kind 1: 100 of 200; kind 2: 135 of 150. The area: 100 patients of kind 1, 50 of kind 2.
    row = expected(given.lazy()).collect().row(0, named=True)
    assert row["value"] == 65 * 100 / 150
    assert row["expected"] == (0.5 * 100 + 0.9 * 50) * 100 / 150
    assert row["england"] == 235 * 100 / 350 and (row["practices"], row["unknown"]) == (2, 0)


def test_who_gave_nothing_or_whose_kind_is_not_known_takes_no_part():
    given = rows(
        """
        numerator | denominator | kind | here
               50 |         100 |    1 | true
               10 |         100 |      | true
                  |         100 |    1 | true
                0 |           0 |    1 | true
        """,
        OF,
    )
    row = expected(given.lazy()).collect().row(0, named=True)
    assert (row["value"], row["expected"], row["england"]) == (50.0, 50.0, 50.0)
    assert (row["practices"], row["unknown"]) == (1, 1)


def test_of_nobody_nothing_is_said():
    row = expected(rows("numerator|denominator|kind|here", OF).lazy()).collect().row(0, named=True)
    assert row["value"] is None and row["expected"] is None and row["practices"] == 0
