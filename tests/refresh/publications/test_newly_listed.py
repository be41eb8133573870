"""A registered source goes on by itself: the next month is found where the last one lay."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from refresh.pipeline import run
from refresh.publications.manifest import File, ManifestColumn
from refresh.publications.newly_listed import kinds_of, later_period, on_its_page
from refresh.publications.source_codes import is_of_another_period
from refresh.source import Link
from tests.refresh.files import zipped
from tests.refresh.publications.feeds import ROWS, Feed, organisations, source
from tests.refresh.publications.test_discovering import page
from tests.refresh.publisher import Publisher, Reply

HTML = {"Content-Type": "text/html; charset=utf-8"}


def periods(feed: Feed) -> list[str]:
    return sorted(feed.table()["_period"].unique())


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    """Two months, appended, that somebody registered and loaded."""
    feed = Feed(tmp_path)
    feed.of.load_mode = "append"
    feed.register()
    for period in ("2026-01", "2026-02"):
        feed.publish(period, organisations())
    return feed


def test_the_next_month_in_a_mirror_is_loaded_and_nothing_else(feed: Feed, tmp_path: Path):
    mirror = tmp_path / "mirror"
    other = Feed(mirror)
    mirror.mkdir()
    for period in ("2025-12", "2026-02", "2026-03"):
        other.write(period, organisations())
    other.write("", organisations(), name="chairs-2026-03.csv")
    outcome = run(("beds",), data=feed.data, mirror=str(mirror))
    assert periods(feed) == ["2026-01", "2026-02", "2026-03"]  # December was left out before
    assert feed.table().height == 3 * ROWS
    (told,) = [f for f in outcome.findings if "no source takes" in f.check]
    assert "chairs-2026-03.csv" in told.message and "beds-2026-03" not in told.message
    assert run(("beds",), data=feed.data, mirror=str(mirror)).exit_code == 0
    assert feed.table().height == 3 * ROWS


def test_the_next_month_on_its_page_is_loaded(
    feed: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    site = tmp_path / "site"
    (site / "files").mkdir(parents=True)
    Feed(site / "files").write("2026-03", organisations(), name="beds-2026-03.csv")
    pages = {
        "/beds": page(("/beds/march-2026", "March"), ("/beds/january-2026", "January")),
        "/beds/march-2026": page(("/files/beds-2026-03.csv", "Beds"), ("/notes.pdf", "Notes")),
    }

    def answer(_method: str, path: str, _body: bytes) -> Reply:
        text = pages.get(path.rstrip("/"))
        return Reply(404 if text is None else 200, (text or "").encode(), HTML)

    with Publisher(site) as publisher:
        publisher.answer("^/beds", answer)
        said = {"licence": "", "cadence": "month", "source_url": f"{publisher.url}/beds/"}
        with feed.ledger() as ledger:
            ledger.amend("beds", metadata=said)
        monkeypatch.setenv("CARE_ATLAS_MIRROR", publisher.url)  # as it lies inside
        outcome = run(("beds",), data=feed.data)
        asked = {request.path for request in publisher.requests}
    assert outcome.exit_code == 0, outcome.findings
    assert periods(feed) == ["2026-01", "2026-02", "2026-03"]
    assert "/beds/march-2026" in asked and "/beds/january-2026" not in asked


def test_a_page_that_does_not_answer_is_a_warning_and_what_is_known_is_served(
    feed: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with Publisher(tmp_path / "nothing") as publisher:
        monkeypatch.setenv("CARE_ATLAS_MIRROR", publisher.url)
        said = {"licence": "", "cadence": "month", "source_url": f"{publisher.url}/gone/"}
        with feed.ledger() as ledger:
            ledger.amend("beds", metadata=said)
        outcome = run(("beds",), data=feed.data)
    assert [f.status for f in outcome.findings if f.source == "beds"] == ["warn"]
    assert outcome.exit_code == 0 and periods(feed) == ["2026-01", "2026-02"]


def test_a_run_asks_nothing_inside_the_network_but_the_mirror(
    feed: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The page lies inside; then the mirror does, and its file leads elsewhere inside."""
    with Publisher(tmp_path / "inside") as inside, Publisher(tmp_path / "mirror") as mirror:
        moved = Reply(302, b"", {"Location": f"{inside.url}/beds-2026-03.csv"})
        mirror.answer("^/beds-2026-03", lambda *_: moved)
        listed = Reply(200, page(("/beds-2026-03.csv", "Beds, March 2026")).encode(), HTML)
        mirror.answer("^/beds/", lambda *_: listed)
        for where in (inside, mirror):
            said = {"licence": "", "cadence": "month", "source_url": f"{where.url}/beds/"}
            with feed.ledger() as ledger:
                ledger.amend("beds", metadata=said)
            monkeypatch.setenv("CARE_ATLAS_MIRROR", mirror.url)
            outcome = run(("beds",), data=feed.data)
            told = [f"{f.message} {f.observed}" for f in outcome.findings if f.source == "beds"]
            assert any("leads to no public host" in one for one in told), told
        assert inside.requests == []
        assert "/beds-2026-03.csv" in {request.path for request in mirror.requests}
    assert periods(feed) == ["2026-01", "2026-02"]


@pytest.mark.parametrize(
    ("known", "text", "later"),
    [
        ("2026-02", "beds-2026-03", "2026-03"),
        ("2026-02", "beds-2026-02", None),
        ("2026-02", "beds-2025-12", None),
        ("2026-12", "beds jan-27", "2027-01"),
        ("2026-02", "beds 2026-27", None),  # a year where months come
        ("2024-25", "qof-2025-26", "2025-26"),
        ("", "beds-2026-03", None),
        ("2026-02", "beds", None),
    ],
)
def test_what_is_later_is_of_the_same_kind_and_after_the_newest(known, text, later):
    of = source(files=[File(url="beds-2026-01.csv", period=known)])
    assert later_period(of)(text) == later


def browse(links: Sequence[str]):
    return lambda page: [Link(f"{page}{link}") for link in links]


def test_a_workbook_with_two_tables_is_named_twice_and_its_pin_is_not_kept():
    both = [
        File(url="https://x.test/beds-2026-02.xlsx", period="2026-02", sheet=sheet, sha256="ab")
        for sheet in ("Open", "Shut")
    ]
    found = on_its_page(source(files=both), "https://x.test/", browse(["beds-2026-03.xlsx"]))
    assert [(f.url[-12:], f.period, f.sheet, f.sha256) for f in found] == [
        ("2026-03.xlsx", "2026-03", "Open", ""),
        ("2026-03.xlsx", "2026-03", "Shut", ""),
    ]


def test_a_file_called_by_its_month_alone_is_of_no_kind():
    of = source(files=[File(url="https://x.test/february-2026.csv", period="2026-02")])
    assert kinds_of(of) == frozenset()
    assert on_its_page(of, "https://x.test/", browse(["march-2026.csv"])) == []


def test_a_member_that_is_called_for_its_month_is_found_in_the_next_zip(tmp_path: Path):
    feed = Feed(tmp_path)
    feed.of.load_mode = "append"
    feed.of.columns = [
        ManifestColumn(name="org", original_name="ORG", position=1),
        ManifestColumn(name="beds", original_name="BEDS", position=2, dtype="int64"),
    ]
    feed.register()
    rows = "ORG,BEDS\n" + "".join(f"R{n:04d},{n}\n" for n in range(ROWS))
    names = {"2026-01": "January_2026", "2026-02": "February_2026"}
    for period, month in names.items():
        members = {f"Beds_{month}.csv": rows.encode(), f"Notes_{month}.csv": b"a,b\n1,2\n"}
        (tmp_path / f"beds-{period}.zip").write_bytes(zipped(members))
        url, extract = f"beds-{period}.zip", "Beds_January_2026.csv"  # as the first was drafted
        assert feed.load(File(url=url, period=period, extract=extract)).exit_code == 0
    assert feed.table().height == 2 * ROWS


def test_numbers_of_tables_are_no_periods():
    assert not is_of_another_period("Table 1.2", "Table 1.3")
    assert not is_of_another_period("Sheet 1", "Sheet 2")
