"""A mirror that has nothing to give: said once, with what was looked for; what is live stays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import open_lake
from refresh.extract.patience import Patience
from refresh.finding import Finding
from refresh.pipeline import run
from refresh.wings import SOURCES
from tests.refresh.mirrors import contents, lay_out, refresh, told
from tests.refresh.publisher import Publisher, Reply, html, status

QUICK = Patience(attempts=2, first=0, longest=0, total=20)


@pytest.fixture
def publisher(root: Path) -> Iterator[Publisher]:
    with Publisher(root / "mirror") as publisher:
        yield publisher


def alone(findings: tuple[Finding, ...]) -> Finding:
    [failure] = told(findings, "fail")
    assert failure.check == "files on offer" and failure.expected and failure.next_step
    return failure


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, "none"),
        ({".hidden": b"x", "folder/~lock.csv": b"x"}, "none"),
        ({"holiday.jpg": b"x", "a/README.txt": b"x"}, "2 files: README.txt, holiday.jpg"),
    ],
    ids=["empty", "nothing but hidden files", "nothing known"],
)
def test_a_folder_without_publications_fails_and_says_what_is_there(
    root: Path, tmp_path: Path, files: dict[str, bytes], found: str
):
    before, other = contents(open_lake(root / "data")), tmp_path / "other"
    other.mkdir()
    outcome = refresh(lay_out(other, files), root / "data")
    failure = alone(outcome.findings)
    assert (outcome.exit_code, failure.where, failure.observed) == (1, str(other), found)
    assert contents(open_lake(root / "data")) == before


def test_a_listing_that_became_an_error_page_is_no_empty_mirror(root: Path, publisher: Publisher):
    """Status 200, and not a link to any file: what was there yesterday cannot be gone."""
    publisher.fault("^/$", html())
    before = contents(open_lake(root / "data"))
    outcome = run(data=root / "data", mirror=publisher.url)
    failure = alone(outcome.findings)
    assert (outcome.exit_code, failure.where) == (1, publisher.url)
    assert "no page that lists any" in failure.message
    assert contents(open_lake(root / "data")) == before
    assert run(data=root / "data", mirror=publisher.url).exit_code == 0


def test_an_error_page_full_of_links_is_none_either(root: Path, publisher: Publisher):
    page = b'<html><a href="/login">Log in</a> <a href="mailto:x@y.test">Help</a></html>'
    publisher.answer("^/$", lambda *_: Reply(body=page, headers={"Content-Type": "text/html"}))
    failure = alone(run(data=root / "data", mirror=publisher.url).findings)
    assert failure.observed == "1 files: login"


@pytest.mark.parametrize("code", [403, 500])
def test_a_listing_that_is_refused_is_told_with_its_status(
    root: Path, publisher: Publisher, code: int
):
    publisher.fault("^/$", *[status(code)] * 4)
    outcome = run(data=root / "data", mirror=publisher.url, patience=QUICK)
    failures = told(outcome.findings, "fail")
    assert outcome.exit_code == 1 and {f.source for f in failures} == set(SOURCES)
    assert all(str(code) in f.observed and f.next_step for f in failures)


def test_a_source_asked_for_by_name_is_missed_where_only_others_are(root: Path, tmp_path: Path):
    files = {"ods/epraccur.csv": b"x\n"}
    outcome = refresh(lay_out(tmp_path / "other", files), root / "data", codes=("qof",))
    failure = alone(outcome.findings)
    assert failure.observed == "1 files: epraccur.csv"
    assert failure.expected.endswith(SOURCES["qof"].name)


def test_building_again_from_what_is_stored_asks_no_mirror(root: Path, tmp_path: Path):
    (tmp_path / "other").mkdir()
    outcome = refresh(tmp_path / "other", root / "data", offline=True)
    assert (outcome.exit_code, told(outcome.findings)) == (0, [])
