"""Two manifests, periods or releases side by side: what came, what went, and what that breaks."""

import json

import polars as pl
import pytest

from refresh.publications.comparing import as_json, compare, compare_releases, of_period
from refresh.publications.manifest import Described, File, Manifest, ManifestColumn, TableOf


def source(code: str, *columns: str, periods: tuple[str, ...] = ()) -> TableOf:
    """A source with columns such as `n:int64`; of text where none is said."""
    split = [column.partition(":") for column in columns]
    made = [ManifestColumn(name=n, original_name=n, dtype=t or "string") for n, _, t in split]
    files = [File(url=f"{code}-{period}.csv", period=period) for period in periods]
    return TableOf(code=code, name=code, table=f"tbl_{code}", columns=made, files=files)


def publication(*sources: TableOf) -> Manifest:
    return Manifest(manifest=Described(name="m"), sources=list(sources))


def compared(before: str, after: str):
    """Publications of sources named by one letter each, without columns."""
    return compare(*(publication(*map(source, letters)) for letters in (before, after)))


@pytest.mark.parametrize(
    ("before", "after", "verdict", "consistency"),
    [
        ("abcd", "abcd", "STABLE", 1.0),
        ("abcd", "abcde", "GROWTH", 1.0),
        ("abcd", "abc", "REDUCTION", 0.75),
        ("abcd", "abce", "RESTRUCTURE", 0.75),
        ("", "a", "GROWTH", 0.0),
        ("", "", "STABLE", 1.0),
    ],
)
def test_the_verdict_is_about_sources(before, after, verdict, consistency):
    found = compared(before, after)
    assert (found.verdict, found.consistency) == (verdict, consistency)


@pytest.mark.parametrize(
    ("kept", "band"), [(96, "stable"), (95, "moderate"), (81, "moderate"), (80, "major")]
)
def test_fiscal_bands(kept: int, band: str):
    codes = [source(f"s{i}") for i in range(100)]
    assert compare(publication(*codes), publication(*codes[:kept])).fiscal_band == band


@pytest.mark.parametrize(
    ("before", "after", "is_breaking"),
    [
        ("int64", "float64", False),
        ("int32", "int64", False),
        ("date", "timestamp", False),
        ("int64", "int32", True),
        ("float64", "int64", True),
        ("int64", "string", True),
        ("string", "int64", True),
    ],
)
def test_a_type_that_holds_all_of_the_old_one_breaks_nobody(before, after, is_breaking):
    one, two = (publication(source("a", f"n:{dtype}")) for dtype in (before, after))
    assert bool(compare(one, two).breaking) == is_breaking


def test_what_comes_breaks_nobody_and_what_goes_does():
    narrow, wide = publication(source("a", "x")), publication(source("a", "x", "y"), source("b"))
    assert compare(narrow, wide).breaking == []
    assert compare(wide, narrow).breaking == ["source `b` is gone", "a: column `y` is gone"]


def test_a_column_of_another_name_is_known_by_its_values():
    """CCG codes became sub-ICB codes in July 2022; half of the names went, the values stayed."""
    codes = [f"{i:02d}L" for i in range(40)]
    one = pl.DataFrame({"CCG_CODE": codes, "LIST": range(40), "STP_CODE": ["E54"] * 40})
    two = pl.DataFrame({"SUB_ICB_LOC": codes, "LIST": range(40), "SUPPLIER": ["TPP", "EMIS"] * 20})
    found = compare_releases(one, two)
    assert [(r.before, r.after, r.likeness) for r in found.renamed] == [
        ("CCG_CODE", "SUB_ICB_LOC", 1.0)
    ]
    assert (found.added, found.removed) == (("SUPPLIER",), ("STP_CODE",))
    assert found.renamed[0].evidence == "100% of the values are the same, of 40"


def test_small_counts_that_happen_to_agree_are_no_rename():
    one = pl.DataFrame({"starters": [1, 2, 3, 4, 5, 6] * 3})
    two = pl.DataFrame({"dentists": [6, 5, 4, 3, 2, 1] * 3})
    assert compare_releases(one, two).renamed == ()


def test_without_rows_a_rename_is_proposed_by_its_name_alone():
    one, two = source("a", "register size", "x"), source("a", "register_size", "y")
    (change,) = compare(publication(one), publication(two)).changes
    assert [(r.before, r.after) for r in change.renamed] == [("register size", "register_size")]
    assert (change.added, change.removed) == (("y",), ("x",))


def test_a_source_of_another_code_is_known_by_its_columns():
    one = publication(source("prac_all", "code", "sex", "patients"))
    found = compare(one, publication(source("practice_totals", "code", "sex", "patients")))
    assert found.breaking == ["source `prac_all` seems to be called `practice_totals` now"]


def test_sources_cut_alike_are_not_told_apart_by_their_columns():
    one = publication(source("a", "measure", "value"))
    two = publication(source("b", "measure", "value"), source("c", "measure", "value"))
    assert compare(one, two).renamed == ()


def test_two_periods_of_one_manifest_differ_by_which_sources_have_a_file():
    of_year = publication(
        source("always", periods=("2025-03", "2025-04")), source("april", periods=("2025-04",))
    )
    found = compare(of_period(of_year, "2025-03"), of_period(of_year, "2025-04"))
    assert (found.before, found.after, found.added) == ("m@2025-03", "m@2025-04", ("april",))


def test_machines_read_it():
    told = json.loads(json.dumps(as_json(compared("ab", "bc"))))
    assert (told["verdict"], told["consistency"]) == ("RESTRUCTURE", 0.5)
    assert told["breaking"] == ["source `a` is gone"]
