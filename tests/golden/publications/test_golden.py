"""Golden datasets: invented stand-ins and published files, loaded by the one load path."""

from pathlib import Path

import pytest

from engine.errors import UnknownName
from refresh.publications.golden import Expected, ExpectedTable, TableSeen, changed_files, judged
from refresh.publications.golden_run import golden_folders, run_golden
from refresh.publications.manifest import Described, File, Manifest, TableOf

HERE = Path(__file__).parent
FOLDERS = {folder.name: folder for folder in golden_folders(HERE)}


@pytest.mark.golden
@pytest.mark.parametrize("name", FOLDERS)
def test_a_golden_dataset_gives_what_it_gave(name: str):
    report = run_golden(FOLDERS[name])
    if report.outcome == "not here":
        pytest.skip("; ".join(report.differences))
    assert (report.outcome, report.differences) == ("pass", ())
    assert report.rows == report.expected_rows


def test_the_four_of_the_brief_are_there_with_their_sources():
    asked = {
        "gp_registrations_nov25": 6,
        "pcn_workforce_nov25": 7,
        "adhd_nov25": 11,
        "dementia_jul25": 3,
    }
    assert asked.keys() <= FOLDERS.keys()
    with pytest.raises(UnknownName, match="adhd_nov25"):
        golden_folders(HERE, ["adhd_aug25"])


EXPECTED = Expected(
    name="g",
    what="w",
    truth="by hand",
    tables=[
        ExpectedTable(source="a", rows=3, columns=["Code", "N"], sums={"N": 6.0}, nulls={"N": 1})
    ],
)


def seen(**other: object) -> TableSeen:
    said = {
        "source": "a", "period": "2025-11", "is_loaded": True, "rows": 3,
        "columns": ("Code", "N"), "sums": {"N": 6.0}, "nulls": {"N": 1},
    }  # fmt: skip
    return TableSeen(**said | other)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (seen(rows=2), "2 rows, of 3 expected"),
        (seen(columns=("Code",)), "columns missing: N"),
        (seen(columns=("Code", "N", "M")), "columns more: M"),
        (seen(columns=("N", "Code")), "another order"),
        (seen(sums={"N": 6.1}), "`N`, sum: 6.1, of 6.0 expected"),
        (seen(nulls={"N": 0}), "`N`, cells without a value: 0, of 1 expected"),
        (seen(is_loaded=False, why="no such sheet"), "did not load: no such sheet"),
        (seen(source="b"), "not there"),
    ],
)
def test_any_difference_on_the_same_bytes_is_a_regression(found: TableSeen, words: str):
    report = judged(EXPECTED, [found])
    assert report.outcome == "regression" and report.is_bad
    assert any(words in difference for difference in report.differences)


def test_sums_may_differ_by_the_order_in_which_they_were_added():
    assert judged(EXPECTED, [seen(sums={"N": 6.0 + 1e-12})]).outcome == "pass"


def test_other_bytes_with_other_numbers_are_the_publishers_change():
    report = judged(EXPECTED, [seen(rows=2)], changed=["a.csv"])
    assert (report.outcome, report.is_bad) == ("source changed", False)
    assert report.differences[0] == "a.csv is not what was pinned"


def test_other_bytes_with_the_same_numbers_pass_and_say_so():
    report = judged(EXPECTED, [seen()], changed=["a.csv"])
    assert (report.outcome, len(report.differences)) == ("pass", 1)


def test_what_is_not_here_is_no_failure_and_no_success():
    report = judged(EXPECTED, [], missing=["a.csv"])
    assert (report.outcome, report.is_bad) == ("not here", False)


def test_files_are_held_against_their_pins_and_those_of_disabled_sources_are_not():
    pinned = File(url="a.csv", sha256="aa")
    gone, free = File(url="b.csv", sha256="bb"), File(url="c.csv")
    on = TableOf(code="on", name="on", table="on", files=[pinned, gone, free])
    off = TableOf(code="off", name="off", table="off", enabled=False, files=[File(url="d.csv")])
    manifest = Manifest(manifest=Described(name="m"), sources=[on, off])
    found = {"a.csv": "xx", "b.csv": None, "c.csv": "cc", "d.csv": None}
    assert changed_files(manifest, found) == (["b.csv"], ["a.csv"])


def test_part_of_the_sources_may_be_enough():
    most = Expected(name="g", what="w", truth="t", least_loaded=0.75)
    loads = [seen(source=code, is_loaded=code != "d") for code in "abcd"]
    assert judged(most, loads).outcome == "pass"
    assert judged(most, [*loads, seen(source="e", is_loaded=False)]).outcome == "regression"
