"""The fiscal suite: manifests of four publications around a new financial year (fiscal/)."""

from pathlib import Path

import msgspec
import pytest
from ruamel.yaml import YAML

from engine.errors import BadQuestion, UnknownName
from refresh.publications.fiscal import Class, Course, alerts, course, expectation, first_day
from refresh.publications.manifest import Described, Manifest, ManifestColumn, TableOf

HERE = Path(__file__).parent / "fiscal"
FOLDERS = {
    "2024-10": "historical",
    "2025-03": "baseline",
    "2025-04": "fy_transition",
    "2025-05": "stabilization",
}
TEMPORAL = {month: f"temporal/{month}" for month in ("2025-05", "2025-08", "2025-11")}


def manifest(path: Path) -> Manifest:
    return msgspec.convert(YAML(typ="safe").load(path), Manifest)


def course_of(publication: str) -> Course:
    """The course of a publication by the manifests that there are of it."""
    folders = TEMPORAL if publication == "adhd" else FOLDERS
    paths = {period: HERE / folder / f"{publication}.yaml" for period, folder in folders.items()}
    return course([(period, manifest(path)) for period, path in paths.items() if path.is_file()])


@pytest.mark.parametrize(
    ("publication", "kind"),
    [
        ("pcn_workforce", "fiscal-step"),
        ("gp_registrations", "fiscal-transient"),
        ("adhd", "evolving"),
        ("dementia", "stable"),
    ],
)
def test_each_publication_has_its_class(publication: str, kind: Class):
    assert course_of(publication).kind == kind


def test_the_workforce_gained_69_columns_in_april_and_none_in_may():
    """By their codes alone its sources never changed: that is what the earlier tool reported."""
    steps = course_of("pcn_workforce").steps
    assert [step.comparison.columns_added for step in steps] == [0, 69, 0]
    assert [step.comparison.consistency for step in steps] == [1.0, 1.0, 1.0]
    assert {step.comparison.verdict for step in steps} == {"STABLE"}
    assert {len(step.comparison.common) for step in steps} == {11}


def test_registrations_have_6_9_and_6_sources():
    steps = course_of("gp_registrations").steps
    sources = [len(step.comparison.common) + len(step.comparison.removed) for step in steps]
    assert [*sources, len(steps[-1].comparison.common)] == [6, 9, 6]
    assert [step.comparison.verdict for step in steps] == ["GROWTH", "REDUCTION"]


def test_adhd_grew_from_4_to_16_to_31_and_half_and_an_eighth_stayed():
    steps = course_of("adhd").steps
    last = steps[-1].comparison
    sizes = [step.comparison.sources_before for step in steps]
    assert [*sizes, len(last.common) + len(last.added)] == [4, 16, 31]
    assert [step.comparison.consistency for step in steps] == [0.5, 0.125]
    assert {step.comparison.fiscal_band for step in steps} == {"major"}


def test_what_comes_in_april_is_expected_and_what_goes_never_is():
    april = course_of("pcn_workforce").steps[1]
    assert {severity for severity, _ in alerts(april)} == {"info"}
    may = course_of("gp_registrations").steps[1]
    assert {severity for severity, _ in alerts(may)} == {"critical"}


def test_a_step_that_does_not_come_and_a_guest_that_stays_alert():
    dementia = course_of("dementia").steps  # as if it were known for either
    assert [s for s, _ in alerts(dementia[1], "fiscal-step")] == ["warning"]
    assert [s for s, _ in alerts(dementia[2], "fiscal-transient")] == ["warning"]
    assert alerts(dementia[1], "stable") == alerts(dementia[2], "stable") == []


def columns(count: int) -> Manifest:
    made = [ManifestColumn(name=f"c{i}") for i in range(count)]
    source = TableOf(code="a", name="a", table="a", columns=made)
    return Manifest(manifest=Described(name="m"), sources=[source])


@pytest.mark.parametrize(("added", "kind"), [(5, "stable"), (6, "fiscal-step")])
def test_a_twentieth_is_still_stable(added: int, kind: Class):
    """99 columns and their source are 100 things: 5 more are 5 %."""
    one, two = columns(99), columns(99 + added)
    assert course([("2025-03", one), ("2025-04", two), ("2025-05", two)]).kind == kind


def test_one_period_shows_no_course():
    with pytest.raises(BadQuestion, match="two or more"):
        course([("2025-03", columns(3))])


@pytest.mark.parametrize(
    ("pair", "level", "most"),
    [
        (("2025-03", "2025-04"), "high", 0.40),
        (("2025-04", "2025-05"), "low", 0.05),
        (("2025-05", "2025-08"), "medium", 0.10),
        (("2024-25 Q4", "2025-26 Q1"), "high", 0.40),
        (("FY24-Q4", "FY25-Q1"), "high", 0.40),
        (("2023-24", "2024-25"), "high", 0.40),
    ],
)
def test_how_much_is_usual_hangs_on_the_time_of_year(pair, level, most):
    usual = expectation(*pair)
    assert (usual.level, usual.added[1]) == (level, most)


def test_what_is_no_period_is_refused():
    with pytest.raises(UnknownName):
        first_day("spring")
