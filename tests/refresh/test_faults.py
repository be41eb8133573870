"""Publishers that fail, over HTTP: the last good snapshot is served all the while.

Each fault is told with the file and the next step, and the next run repairs; and the walk over the
web, from a landing page to the lake.
"""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine import current_id, open_lake
from engine.atlas.years import qof_years
from engine.lake import read_progress
from refresh.extract.patience import Patience
from refresh.pipeline import Outcome, run
from refresh.wings import SOURCES
from tests.refresh.mirrors import (
    DIRECTORY,
    PRACTICES,
    directory,
    epcn,
    epraccur,
    expected_net,
    held,
    lay_out,
    members,
    net,
    packed,
    told,
    zip_of,
)
from tests.refresh.publisher import (
    Publisher,
    Reply,
    Step,
    claim,
    close_early,
    hang,
    html,
    slow,
    status,
    truncate,
)

YEAR, ZIP = "2023-24", zip_of("2023-24")
YEARS = ("2022-23", YEAR)
QUICK = Patience(attempts=2, first=0, longest=0, total=20)
HASTY = Patience(attempts=2, first=0, longest=0, total=0.6)
GOOD = packed(members(YEAR, issue=2))
WRONG = packed(members(YEAR, 2) | {"PREVALENCE_2324.csv": b"PRACTICE,GROUP\r\nA81000,AF\r\n"})


@pytest.fixture
def publisher(root: Path) -> Iterator[Publisher]:
    with Publisher(root / "mirror") as publisher:
        yield publisher


# A publisher that fails

FAULTS: dict[str, tuple[list[Step], Patience, str]] = {
    "404": ([status(404)], QUICK, "404"),
    "403": ([status(403)], QUICK, "403"),
    "500 and again": ([status(500), status(503)], QUICK, "503"),
    "no answer": ([hang()], HASTY, "Timeout"),
    "half an answer": ([hang(after=2_000)], HASTY, "Timeout"),
    "too slow": ([slow(2_000)], HASTY, "bytes in all the time"),
    "cut short": ([truncate(4_000)], QUICK, "4,000 bytes"),
    "nothing": ([truncate(0)], QUICK, "0 bytes"),
    "a page for the zip": ([html()], QUICK, "Access denied"),
    "more than a publication": ([claim(10**12)], QUICK, "larger"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_publisher_that_fails_is_told_and_the_next_run_repairs(
    root: Path, publisher: Publisher, fault: str
):
    steps, patience, found = FAULTS[fault]
    data, during = root / "data", []
    before, live = held(data), current_id(data)
    lay_out(root / "mirror", {ZIP: GOOD})
    publisher.fault(r"QOF2324\.zip", *(looking(step, data, during) for step in steps))

    outcome = run(data=data, mirror=publisher.url, patience=patience)

    (failure,) = told(outcome.findings, "fail")
    assert (outcome.exit_code, failure.source, failure.period) == (1, "qof", YEAR)
    assert "QOF2324.zip" in failure.where and failure.next_step
    assert found in failure.observed + failure.message
    assert set(during) == {(live, net(open_lake(data)))} and held(data) == before
    said = read_progress(data)
    assert said["state"] == "failed" and "QOF2324.zip" in said["findings"][0]

    assert run(data=data, mirror=publisher.url, patience=QUICK).exit_code == 0
    assert net(open_lake(data)) == pytest.approx(expected_net(issue=2))
    assert read_progress(data)["state"] == "done"


@pytest.mark.parametrize(
    "steps",
    [[status(500)], [status(429, Retry_After="0")], [close_early(2_000)]],
    ids=["500 then 200", "429 then 200", "broken off, then gone on with"],
)
def test_a_publisher_that_stumbles_is_asked_again(root: Path, publisher: Publisher, steps):
    lay_out(root / "mirror", {ZIP: GOOD})
    publisher.fault(r"QOF2324\.zip", *steps)
    outcome = run(data=root / "data", mirror=publisher.url, patience=QUICK)
    assert (outcome.exit_code, told(outcome.findings)) == (0, [])
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=2))


def test_wrong_columns_over_http_are_refused_part_by_part(root: Path, publisher: Publisher):
    lay_out(root / "mirror", {ZIP: WRONG})
    outcome = run(data=root / "data", mirror=publisher.url, patience=QUICK)
    (failure,) = told(outcome.findings, "fail")
    assert (outcome.exit_code, failure.where) == (1, "QOF2324.zip: PREVALENCE_2324.csv")
    assert "`practice_code` is missing" in failure.message and "`aka`" in failure.next_step
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=2)), (
        "achievement is good"
    )


@pytest.mark.parametrize(
    ("step", "exit_code"),
    [(status(404), 1), (hang(), 1), (html(), 0)],
    ids=["404", "no answer", "a page without files"],
)
def test_a_listing_that_fails_leaves_everything_as_it_was(
    root: Path, publisher: Publisher, step: Step, exit_code: int
):
    before = held(root / "data")
    publisher.fault(r"^/qof/$", *[step] * 10)
    outcome = run(data=root / "data", mirror=publisher.url, patience=HASTY)
    assert held(root / "data") == before
    assert outcome.exit_code == exit_code
    assert all(f.next_step for f in told(outcome.findings))


def test_nobody_there_is_told_for_every_source(root: Path):
    outcome = run(data=root / "data", mirror="http://127.0.0.1:1", patience=QUICK)
    assert {f.source for f in told(outcome.findings, "fail")} == set(SOURCES)
    assert net(open_lake(root / "data")) == pytest.approx(expected_net(issue=1))


def looking(step: Step, data: Path, seen: list) -> Step:
    """The step, and what a reader sees while it happens."""

    def both(exchange) -> None:
        seen.append((current_id(data), net(open_lake(data))))
        step(exchange)

    return both


# The web, from landing page to lake

SERIES = "/statistical/quality-and-outcomes-framework-achievement"


def page(*links: str) -> Callable[..., Reply]:
    body = "".join(f'<p><a href="{link}">{link[-12:]}</a>' for link in links)
    html = f"<!DOCTYPE html><title>Publications</title>{body}".encode()
    return lambda *_: Reply(body=html, headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """Landing page, a page a year, files below unguessable names; sources that lead there."""
    files = {f"files/{i}A/F{i}/{Path(zip_of(y)).name}": y for i, y in enumerate(YEARS)}
    lay_out(tmp_path / "site", {path: packed(members(y)) for path, y in files.items()})
    lay_out(tmp_path / "site", {"assets/ods/current/ePCN.xlsx": epcn()})
    lay_out(tmp_path / "places", {DIRECTORY: directory(practices=PRACTICES)})
    with Publisher(tmp_path / "site") as publisher:
        named = {"Content-Type": "text/csv", "Content-Disposition": 'filename="epraccur.csv"'}
        publisher.answer("report=epraccur", lambda *_: Reply(body=epraccur(), headers=named))
        for path, year in files.items():
            publisher.answer(f"{SERIES}/{year}$", page("/help", "/" + path.replace(" ", "%20")))
        publisher.answer(f"{SERIES}$", page("/", *(f"{SERIES}/{year}" for year in YEARS)))
        here = {
            "qof": (publisher.url + SERIES,),
            "ods_practices": (f"{publisher.url}/api/getReport?report=epraccur",),
            "ods_networks": (f"{publisher.url}/assets/ods/current/ePCN.xlsx",),
        }
        for name, source in SOURCES.items():
            moved = dataclasses.replace(source, pages=here.get(name, ()))
            monkeypatch.setitem(SOURCES, name, moved)
        yield publisher


def from_the_web(data: Path, **options) -> Outcome:
    """A run on the publishers' own pages, once a mirror has brought all places."""
    if not data.is_dir():
        run(("postcode_directory",), data=data, mirror=str(data.parent / "places"))
    return run(data=data, patience=QUICK, **options)


def test_the_web_walk_from_landing_page_to_lake(web: Publisher, original: Path, tmp_path: Path):
    outcome = from_the_web(tmp_path / "data")
    assert (outcome.exit_code, told(outcome.findings)) == (0, [])
    lake = open_lake(tmp_path / "data")
    same = ("percent_achieved", "prevalence", "practice_geography", "indicator", "pcn")
    expected = {k: v for k, v in held(original / "data").items() if k[0] in same}
    assert {k: v for k, v in held(tmp_path / "data").items() if k[0] in same} == expected
    said = next(r for r in lake.manifest["releases"] if (r["source"], r["period"]) == ("qof", YEAR))
    assert said["files"][0]["url"] == f"{web.url}/files/1A/F1/QOF2324.zip"
    assert from_the_web(tmp_path / "data").is_new is False


def test_a_year_page_that_is_gone_leaves_the_other_years_to_load(web: Publisher, tmp_path: Path):
    web.fault(f"{SERIES}/2022-23", status(404))
    outcome = from_the_web(tmp_path / "data")
    assert qof_years(open_lake(tmp_path / "data")) == (YEAR,) and outcome.exit_code == 0
    assert from_the_web(tmp_path / "data").is_new
    assert qof_years(open_lake(tmp_path / "data")) == YEARS


def test_a_landing_page_that_leads_nowhere_any_more_is_told(web: Publisher, tmp_path: Path):
    from_the_web(tmp_path / "data")
    before = held(tmp_path / "data")
    web.fault(f"{SERIES}$", html())
    outcome = from_the_web(tmp_path / "data")
    (failure,) = told(outcome.findings, "fail")
    assert (failure.source, failure.where) == ("qof", web.url + SERIES)
    assert "refresh/*/sources/" in failure.next_step
    assert held(tmp_path / "data") == before


def test_postcodes_nobody_could_be_asked_for_are_asked_for_again(
    web: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")  # nobody is there
    lay_out(tmp_path / "places", {DIRECTORY: directory()})
    for _ in range(2):
        outcome = from_the_web(tmp_path / "data")
        assert [f.where for f in told(outcome.findings, "warn")] == ["postcodes.io"]
        assert "10 postcodes" in told(outcome.findings, "warn")[0].message
