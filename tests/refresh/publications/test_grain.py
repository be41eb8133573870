"""The level of a table's rows, by codes of the Organisation Data Service and ONS, and by words."""

import polars as pl
import pytest

from refresh.publications.looking.grain import grain_of

CODES = {
    "pcn": ["U12345", "U54321", "U00001", "U99999"],  # also what a practice's code looks like
    "practice": ["A81001", "B82005", "Y02176", "M85001"],
    "trust": ["R1H", "RAL", "RXG", "TAJ"],
    "site": ["RCBCA", "RCB55", "RLQ01", "RXF05"],  # five characters are a trust's sites
    "icb": ["QHG", "QMJ", "QYG", "QE1"],
    "sub_icb": ["00L", "01A", "26A", "92G"],  # no legacy: still sub-ICB locations
    "local_authority": ["E06000015", "E07000032", "E08000034", "E10000007"],
    "region": ["Y56", "Y58", "Y61", "Y63"],
}


@pytest.mark.parametrize("grain", CODES)
def test_codes_say_the_level(grain: str):
    assert grain_of(pl.DataFrame({"Org Code": CODES[grain]})).grain == grain


def test_a_practice_among_its_networks_and_regions_is_the_finest():
    rows = pl.DataFrame(
        {
            "PRACTICE_CODE": CODES["practice"],
            "PCN_CODE": CODES["pcn"],
            "REGION_CODE": ["Y56", "Y56", "Y58", "Y58"],
        }
    )
    found = grain_of(rows)
    assert (found.grain, found.column) == ("practice", "PRACTICE_CODE")


def test_levels_stacked_in_one_column_are_mixed():
    rows = pl.DataFrame({"Code": [*CODES["icb"], *CODES["trust"]]})
    assert grain_of(rows).grain == "mixed"


def test_a_column_of_level_words_says_that_levels_are_stacked():
    rows = pl.DataFrame({"Organisation Type": ["National", "Region", "ICB"], "Name": list("abc")})
    assert grain_of(rows).grain == "mixed"


def test_a_measure_is_never_an_organisation():
    rows = pl.DataFrame({"Patients waiting": CODES["trust"], "Kind": list("abcd")})
    assert grain_of(rows).grain == "none"


def test_words_that_look_like_codes_are_none():
    rows = pl.DataFrame({"Rurality": ["Rural", "Urban", "Mixed", "Rural"]})
    assert grain_of(rows).grain == "none"
