"""Discover: what a page or a mirror offers, and which of it comes first."""

import dataclasses
import re
from datetime import date
from functools import partial

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import PublisherUnreachable
from engine.period import Calendar
from refresh.extract import discover as module
from refresh.extract.discover import browse_folder, browser, discover, links_in, walk
from refresh.extract.fetch import open_client, open_page
from refresh.extract.patience import Patience
from refresh.source import Link, Source
from tests.refresh.files import REAL, needs_real
from tests.refresh.publisher import Publisher, status

ONCE = Patience(attempts=1, first=0, longest=0)


def financial_year(match: re.Match[str], link: Link) -> str | None:
    years = match["period"]
    return f"20{years[:2]}-{years[-2:]}" if years and years != "0000" else None


def from_path(match: re.Match[str], link: Link) -> str | None:
    month = re.search(r"/(\d{4}-\d{2})/", link.url)
    return month[1] if month else None


QOF = Source(
    code="qof",
    name="Quality and Outcomes Framework",
    publisher="NHS England",
    pages=("https://nhs.test/qof",),
    follow=r"/qof/20\d\d-\d\d$",
    files=(
        r"^qof[\s_-]*(?:20)?(?P<period>\d{2}[\s_-]?\d{2})\b.*\.zip$",
        r"^qof[\s_-]*(?:20)?(?P<period>\d{2}[\s_-]?\d{2})(?:_v(?P<version>\d))?\.zip$",
        r"^achievement_(?P<period>\d{4})_.*\.csv$",
    ),
    parts=(),
    period=financial_year,
    calendar=Calendar("year", after_days=150, grace_days=45),
    owner="nobody",
    purpose="a test",
)
PRACTICES = dataclasses.replace(
    QOF, code="practices", files=(r"^epraccur.*\.(csv|zip)$", r"report=epraccur$"), period=from_path
)


def offered(source: Source, *names: str) -> list[tuple[str, int, str]]:
    links = [Link(f"https://nhs.test/{name}") for name in names]
    offers = discover(source, mirror="m", browse=lambda _: links)
    return [(offer.period, offer.version, offer.link.name) for offer in offers]


def pages(site: dict[str, str]):
    """A `get` for a site of pages written in the test; what is not in it does not answer."""

    def get(url: str) -> tuple[str, str]:
        if url not in site:
            raise PublisherUnreachable("no such page", where=url)
        return url, site[url]

    return get


def test_the_newest_period_comes_first_and_its_highest_version_before_all():
    result = offered(QOF, "QOF_1920.zip", "QOF_2122.zip", "QOF_2122_V2.zip")
    assert result == [
        ("2021-22", 2, "QOF_2122_V2.zip"),
        ("2021-22", 1, "QOF_2122.zip"),
        ("2019-20", 1, "QOF_1920.zip"),
    ]


def test_the_publishers_own_pattern_stands_before_a_copys():
    result = offered(QOF, "ACHIEVEMENT_2122_COPD_ONLY.csv", "QOF_2122.zip")
    assert [name for *_, name in result] == ["QOF_2122.zip", "ACHIEVEMENT_2122_COPD_ONLY.csv"]


def test_of_two_alike_the_one_dated_last_comes_first():
    links = [Link(f"file:///{day}/QOF_2122.zip", dated=date(2022, 9, day)) for day in (1, 29, 15)]
    result = discover(QOF, mirror="m", browse=lambda _: links)
    assert [offer.link.dated.day for offer in result] == [29, 15, 1]


@pytest.mark.parametrize("name", ["QOF%202526.zip", "qof2526.ZIP", "QOF2526.zip.gz"])
def test_a_name_matches_decoded_in_any_case_and_gzipped(name):
    assert [period for period, *_ in offered(QOF, name)] == ["2025-26"]


def test_a_name_without_a_period_is_skipped():
    assert offered(QOF, "ACHIEVEMENT_0000_X.csv", "notes.pdf") == []


def test_a_page_leads_to_the_pages_of_its_periods():
    site = {
        "https://nhs.test/qof": '<a href="/qof/2024-25">2024-25</a> <a href="/about">About</a>',
        "https://nhs.test/qof/2024-25": '<a href="//files.test/9F/QOF2425.zip">Raw data</a>',
    }
    [result] = discover(QOF, mirror=None, browse=browser(pages(site)))
    assert result.link.url == "https://files.test/9F/QOF2425.zip"
    assert result.link.text == "Raw data | 2024-25 | https://nhs.test/qof/2024-25"


def test_one_dead_page_of_many_does_not_hide_the_others(caplog):
    site = {
        "https://nhs.test/qof": '<a href="/qof/2012-13">old</a><a href="/qof/2024-25">new</a>',
        "https://nhs.test/qof/2024-25": '<a href="/9F/QOF2425.zip">Raw data</a>',
    }
    [result] = discover(QOF, mirror=None, browse=browser(pages(site)))
    assert result.period == "2024-25"
    assert "https://nhs.test/qof/2012-13" in caplog.text


def test_when_no_page_of_a_period_answers_that_is_an_error():
    site = {"https://nhs.test/qof": '<a href="/qof/2012-13">2012-13</a>'}
    with pytest.raises(PublisherUnreachable, match="2012-13"):
        discover(QOF, mirror=None, browse=browser(pages(site)))


def test_a_page_that_is_itself_the_file_is_offered_as_of_today():
    report = "https://ods.test/api/getReport?report=epraccur"
    source = dataclasses.replace(
        PRACTICES, pages=(report,), period=lambda _, link: f"{link.dated:%Y-%m}"
    )
    [result] = discover(source, mirror=None, browse=browser(pages({})), today=date(2026, 11, 20))
    assert (result.period, result.link.url) == ("2026-11", report)


def test_a_link_to_a_report_is_dated_when_it_is_asked_for():
    site = {"https://ods.test/": '<a href="/api/getReport?report=epraccur">Practices</a>'}
    source = dataclasses.replace(
        PRACTICES, pages=("https://ods.test/",), period=lambda _, link: f"{link.dated:%Y-%m}"
    )
    [result] = discover(source, mirror=None, browse=browser(pages(site)), today=date(2026, 11, 20))
    assert (result.period, result.link.text) == ("2026-11", "Practices")


def test_links_are_absolute_decoded_once_and_without_fragment():
    page = """<base href="https://files.test/a/"><A HREF='QOF 2526.zip#top'> Raw
      <b>data</b></A><a href="QOF%202526.zip">again</a><a href="mailto:x@y.z">mail</a>
      <a href="javascript:void(0)">no</a><a name="top">no link</a><a href="/z.csv?x=1&amp;y=2">"""
    assert [(link.url, link.text) for link in links_in(page, "https://nhs.test/qof")] == [
        ("https://files.test/a/QOF%202526.zip", "Raw data"),
        ("https://files.test/z.csv?x=1&y=2", ""),
    ]


def test_a_link_without_words_borrows_its_label_or_picture():
    page = '<a href="/a.zip" aria-label="Raw data"></a><a href="/b.zip"><img alt="A map"></a>'
    assert [link.text for link in links_in(page, "https://nhs.test")] == ["Raw data", "A map"]


@given(st.text(alphabet="<>a!-[]/\"'= hrefb&;#:?\n%x0", max_size=200))
def test_no_page_is_too_untidy_to_read(page):
    for link in links_in(page, "https://nhs.test/"):
        assert link.url.startswith(("http://", "https://"))


def test_a_folder_gives_every_file_below_it_in_order(tmp_path):
    for name in ("b/QOF 2526.zip", "a.csv", ".git/x.csv", "b/.part-1", "c.tmp", "~$a.xlsx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    links = browse_folder(tmp_path)
    assert [link.name for link in links] == ["a.csv", "QOF 2526.zip"]
    assert links[0].url.startswith("file://") and links[0].dated is not None


def test_a_file_that_changes_gets_another_stamp(tmp_path):
    file = tmp_path / "a.csv"
    stamps = set()
    for content in (b"x", b"xy"):
        file.write_bytes(content)
        stamps.add(browse_folder(tmp_path)[0].stamp)
    assert len(stamps) == 2


def test_a_mirror_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PublisherUnreachable, match="nowhere.*\n.*\n.*nothing\n.*--mirror"):
        discover(QOF, mirror=str(tmp_path / "nowhere"), browse=browser(pages({}), mirror="x"))


def test_a_mirror_over_http_offers_what_its_folder_does(tmp_path):
    for name in ("qof/19/QOF_1920.zip", "qof/QOF 2526.zip", ".hidden/QOF_1718.zip"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with Publisher(tmp_path) as publisher, open_client() as client:
        get = partial(open_page, client=client, patience=ONCE)
        browse = browser(get, mirror=publisher.url)
        result = discover(QOF, mirror=publisher.url, browse=browse)
        asked = len(publisher.requests)
        discover(PRACTICES, mirror=publisher.url, browse=browse)
        assert len(publisher.requests) == asked
    assert [offer.period for offer in result] == ["2025-26", "2019-20"]


def test_a_mirror_that_fails_is_an_error_for_every_source_and_asked_once(tmp_path):
    with Publisher(tmp_path) as publisher, open_client() as client:
        publisher.fault("/", status(500))
        browse = browser(partial(open_page, client=client, patience=ONCE), mirror=publisher.url)
        for source in (QOF, PRACTICES):
            with pytest.raises(PublisherUnreachable, match="500"):
                discover(source, mirror=publisher.url, browse=browse)
        assert len(publisher.requests) == 1


def test_a_walk_stays_below_its_root():
    site = {
        "http://m.test/pub/": """<a href="../secret/">up</a><a href="http://else.test/pub/x/">else</a>
            <a href="?C=N;O=D">sort</a><a href="a.csv">a</a><a href="./">here</a>"""
    }
    assert [link.name for link in walk("http://m.test/pub", pages(site))] == ["a.csv"]


def test_a_walk_down_an_endless_mirror_ends():
    def endless(url: str) -> tuple[str, str]:
        return url, '<a href="deeper/">deeper</a><a href="a.csv">a</a>'

    assert len(walk("http://m.test", endless)) == module.MAX_DEPTH + 1


def test_a_mirror_too_wide_to_look_through_is_refused():
    anchors = "".join(f'<a href="{n}.csv">x</a>' for n in range(module.MAX_LINKS + 1))
    with pytest.raises(PublisherUnreachable, match="5,000"):
        walk("http://m.test", pages({"http://m.test/": anchors}))


@needs_real
def test_the_published_qof_files_are_all_found():
    result = discover(QOF, mirror=str(REAL), browse=browser(httpx.get, mirror=str(REAL)))
    found = {(offer.period, offer.link.name) for offer in result}
    assert found >= {
        ("2017-18", "qof-1718-csv.zip"),
        ("2018-19", "QOF_1819_v2.zip"),
        ("2019-20", "QOF_1920.zip"),
        ("2020-21", "QOF2021_v2.zip"),
        ("2021-22", "ACHIEVEMENT_2122_COPD_ONLY.csv.gz"),
        ("2022-23", "QOF 2022-23 Raw data .csv files.zip"),
        ("2014-15", "ACHIEVEMENT_1415_ASTHMA_ONLY.csv.gz"),
    }


@needs_real
def test_the_published_practice_lists_are_found_by_their_folders():
    result = discover(PRACTICES, mirror=str(REAL), browse=browser(httpx.get, mirror=str(REAL)))
    assert [(offer.period, offer.link.name) for offer in result] == [
        ("2026-02", "epraccur.csv.gz"),
        ("2023-04", "epraccur_WITH_HEADER.csv.gz"),
        ("2022-05", "epraccur.csv.gz"),
        ("2019-11", "epraccur.zip"),
    ]
