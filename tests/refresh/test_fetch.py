"""Fetch: what reaches the disk is whole, is what it says, and is asked for politely."""

import dataclasses
import gzip
import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from email.utils import formatdate
from pathlib import Path

import pytest

from engine.errors import NotTheFile, PublisherUnreachable
from refresh.extract.discover import browse_folder
from refresh.extract.fetch import fetch, open_client, open_page
from refresh.extract.partial_file import NoRoom
from refresh.extract.patience import Patience, user_agent
from refresh.source import Link, StoredFile
from tests.refresh.files import zipped
from tests.refresh.publisher import (
    Publisher,
    Reply,
    claim,
    close_early,
    hang,
    html,
    slow,
    status,
    truncate,
    unmeasured,
)

AT_ONCE = Patience(attempts=3, first=0, longest=0)
CSV = b"PRACTICE_CODE,VALUE\n" + b"A81001,1\n" * 30_000


@pytest.fixture
def publisher(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.csv").write_bytes(CSV)
    (folder / "QOF 2526.zip").write_bytes(zipped({"ACHIEVEMENT_2526.csv": CSV}))
    with Publisher(folder) as publisher:
        yield publisher


@pytest.fixture(scope="module")
def client():
    with open_client(timeout=2) as client:
        yield client


@pytest.fixture
def into(tmp_path):
    return tmp_path / "raw" / "qof" / "2025-26" / "incoming"


def get(publisher, name, into, client, **options) -> StoredFile | None:
    link = Link(f"{publisher.url}/{name}")
    options = {"known": None, "patience": AT_ONCE} | options
    return fetch(link, into, client=client, **options)


def beats_of(link: Link, into: Path, client, **patience) -> int:
    """How often a fetch says that it is alive."""
    heard = []
    patient = dataclasses.replace(AT_ONCE, beat=lambda: heard.append(1), **patience)
    fetch(link, into, client=client, known=None, patience=patient)
    return len(heard)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What comes


def test_a_file_arrives_whole_under_its_decoded_name(publisher, client, into):
    result = get(publisher, "QOF%202526.zip", into, client)
    content = (into / "QOF 2526.zip").read_bytes()
    assert content == (publisher.folder / "QOF 2526.zip").read_bytes()
    assert (result.name, result.size) == ("QOF 2526.zip", len(content))
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    assert result.etag and result.last_modified
    assert names(into) == ["QOF 2526.zip"]


def test_the_publisher_is_told_who_asks(publisher, client, into, monkeypatch):
    monkeypatch.setenv("CARE_ATLAS_CONTACT", "data@trust.example\r\nX: é")
    assert user_agent().endswith("(+data@trust.exampleX: )")
    get(publisher, "a.csv", into, client)
    [asked] = publisher.requests
    assert asked.headers["User-Agent"].startswith("CareAtlas/")


def test_a_file_that_has_not_changed_is_not_downloaded_twice(publisher, client, into):
    known = get(publisher, "a.csv", into, client)
    assert get(publisher, "a.csv", into, client, known=known) is None
    assert [asked.status for asked in publisher.requests] == [200, 304]


def test_a_file_that_changed_under_the_same_name_is_downloaded_again(publisher, client, into):
    known = get(publisher, "a.csv", into, client)
    (publisher.folder / "a.csv").write_bytes(CSV + b"A81002,2\n")
    result = get(publisher, "a.csv", into, client, known=known)
    assert result.size == known.size + 9
    assert result.sha256 != known.sha256


def test_what_is_known_of_another_address_is_no_reason_not_to_ask(publisher, client, into):
    known = get(publisher, "a.csv", into, client)
    (publisher.folder / "b.csv").write_bytes(CSV)
    assert get(publisher, "b.csv", into, client, known=known).name == "b.csv"


def test_not_modified_without_being_asked_is_no_answer(publisher, client, into):
    publisher.fault("a.csv", status(304))
    with pytest.raises(PublisherUnreachable, match="304"):
        get(publisher, "a.csv", into, client)


def test_a_redirect_is_followed(publisher, client, into):
    publisher.fault("old.csv", status(302, Location="/a.csv"))
    assert get(publisher, "old.csv", into, client).size == len(CSV)


def test_a_redirect_without_end_is_given_up(publisher, client, into):
    publisher.answer("loop", lambda *_: Reply(302, headers={"Location": "/loop"}))
    with pytest.raises(PublisherUnreachable, match="redirects"):
        get(publisher, "loop.csv", into, client)


def test_a_report_is_named_by_the_service_that_makes_it(publisher, client, into):
    named = {"Content-Disposition": 'attachment; filename="../epraccur.csv"'}
    publisher.answer("getReport", lambda *_: Reply(body=CSV, headers=named))
    result = get(publisher, "api/getReport?report=epraccur", into, client)
    assert result.name == "_epraccur.csv"
    assert names(into) == ["_epraccur.csv"]


def test_a_report_that_the_service_does_not_name_is_named_by_what_was_asked(
    publisher, client, into
):
    typed = {"Content-Type": "text/csv; charset=utf-8"}
    publisher.answer("getReport", lambda *_: Reply(body=CSV, headers=typed))
    result = get(publisher, "api/getReport?report=epraccur", into, client)
    assert result.name == "epraccur.csv"


@pytest.mark.parametrize("kind", ["text/csv", "application/octet-stream", ""])
def test_a_file_behind_a_download_page_keeps_its_own_name(publisher, client, into, kind):
    """So the patient survey's site gives its files."""
    name = "GPPS_2025_Practice_data_(weighted)_(csv)_PUBLIC.csv"
    typed = {"Content-Type": kind} if kind else {}
    publisher.answer("FileDownload", lambda *_: Reply(body=CSV, headers=typed))
    asked = f"FileDownload/Download?fileRedirect=2025%2Fresults%2Fpractice-data-csv%2F{name}"
    result = get(publisher, asked, into, client)
    assert result.name == name and names(into) == [name]


@pytest.mark.parametrize("name", ["%2e%2e%2f%2e%2e%2fevil.csv", "..%5C..%5Cevil.csv"])
def test_no_address_writes_outside_its_folder(publisher, client, into, name):
    publisher.answer("evil", lambda *_: Reply(body=CSV))
    result = get(publisher, name, into, client)
    assert names(into) == [result.name]
    assert "/" not in result.name and "\\" not in result.name


def test_a_compressed_answer_is_stored_as_the_file_it_stands_for(publisher, client, into):
    packed = {"Content-Encoding": "gzip"}
    publisher.answer("csv", lambda *_: Reply(body=gzip.compress(CSV), headers=packed))
    get(publisher, "x.csv", into, client)
    get(publisher, "x.csv.gz", into, client)
    assert (into / "x.csv").read_bytes() == CSV
    assert gzip.decompress((into / "x.csv.gz").read_bytes()) == CSV


def test_without_a_client_one_is_opened_for_the_file(publisher, into):
    assert get(publisher, "a.csv", into, None).size == len(CSV)


# From a folder


def test_a_file_of_a_folder_is_copied(tmp_path, into):
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "QOF 2526 é.csv").write_bytes(CSV)
    [link] = browse_folder(tmp_path / "mirror")
    result = fetch(link, into, client=None, known=None)
    assert (into / "QOF 2526 é.csv").read_bytes() == CSV
    assert (result.stamp, result.size) == (link.stamp, len(CSV))
    assert fetch(link, into, client=None, known=result) is None


def test_a_file_of_a_folder_that_changed_is_copied_again(tmp_path, into):
    (tmp_path / "a.csv").write_bytes(CSV)
    known = fetch(browse_folder(tmp_path)[0], into, client=None, known=None)
    (tmp_path / "a.csv").write_bytes(CSV[:-9])
    link = next(link for link in browse_folder(tmp_path) if "incoming" not in link.url)
    assert fetch(link, into, client=None, known=known).size == len(CSV) - 9


def test_a_file_that_left_the_folder_is_named(tmp_path, into):
    with pytest.raises(PublisherUnreachable, match="gone.csv.*\n.*\n.*No such file.*\n.*mirror"):
        fetch(Link((tmp_path / "gone.csv").as_uri()), into, client=None, known=None)


# What goes wrong on the way


@pytest.mark.parametrize(("code", "advice"), [(404, "discover"), (403, "CARE_ATLAS_CONTACT")])
def test_a_plain_no_is_taken_at_once(publisher, client, into, code, advice):
    publisher.fault("a.csv", status(code))
    with pytest.raises(PublisherUnreachable) as caught:
        get(publisher, "a.csv", into, client)
    assert caught.value.where == f"{publisher.url}/a.csv"
    assert str(code) in caught.value.found
    assert advice in caught.value.next
    assert len(publisher.requests) == 1
    assert names(into) == []


@pytest.mark.parametrize(
    "step",
    [status(500), status(503), status(429), hang(), close_early(0), close_early(9), claim(99)],
    ids=["500", "503", "429", "hang", "drop", "drop later", "drop shorter"],
)
def test_a_passing_trouble_is_waited_out(publisher, into, step):
    publisher.fault("a.csv", step)
    with open_client(timeout=0.3) as client:
        assert get(publisher, "a.csv", into, client).size == len(CSV)
    assert (into / "a.csv").read_bytes() == CSV


@pytest.mark.parametrize(("step", "found"), [(status(500), "500"), (hang(), "Timeout")])
def test_a_lasting_trouble_is_named_with_the_attempts(publisher, into, step, found):
    publisher.fault("a.csv", *[step] * 9)
    with open_client(timeout=0.1) as client, pytest.raises(PublisherUnreachable) as caught:
        get(publisher, "a.csv", into, client)
    assert found in caught.value.found and "attempt 3, the last" in caught.value.found
    assert "--mirror" in caught.value.next
    assert names(into) == []


def test_a_publisher_that_is_not_there_is_named(client, into):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/a.csv"
    with pytest.raises(PublisherUnreachable, match=url):
        fetch(Link(url), into, client=client, known=None, patience=AT_ONCE)


@pytest.mark.parametrize("url", ["ftp://files.test/a.csv", "https:///a.csv", "a.csv"])
def test_an_address_that_is_none_is_not_tried_again(client, into, url):
    waits: list[float] = []
    with pytest.raises(PublisherUnreachable):
        fetch(Link(url), into, client=client, known=None, patience=Patience(sleep=waits.append))
    assert waits == []


def test_the_publisher_says_when_to_come_back(publisher, client, into):
    waits: list[float] = []
    soon = formatdate(usegmt=True)
    steps = [status(429, Retry_After="7"), status(503, Retry_After=soon), status(429)]
    publisher.fault("a.csv", *steps, status(429, Retry_After="9999"))
    get(publisher, "a.csv", into, client, patience=Patience(longest=60, sleep=waits.append))
    assert waits[:2] == [7, 0]
    assert 0 <= waits[2] <= 4
    assert waits[3] == 60


def test_pauses_grow_and_differ(publisher, client, into):
    def pauses() -> list[float]:
        waits: list[float] = []
        publisher.fault("a.csv", *[status(500)] * 5)
        patience = Patience(attempts=6, first=1, longest=8, sleep=waits.append)
        get(publisher, "a.csv", into, client, patience=patience)
        return waits

    first, second = pauses(), pauses()
    assert all(0 <= wait <= most for wait, most in zip(first, (1, 2, 4, 8, 8), strict=True))
    assert first != second


def test_a_broken_transfer_goes_on_where_it_broke(publisher, client, into):
    publisher.fault("a.csv", close_early(100_000))
    result = get(publisher, "a.csv", into, client)
    assert (into / "a.csv").read_bytes() == CSV
    assert result.sha256 == hashlib.sha256(CSV).hexdigest()
    first, second = publisher.requests
    assert second.status == 206 and second.headers["Range"].startswith("bytes=")


def test_a_file_that_changes_between_two_attempts_is_never_mixed(publisher, client, into):
    new = CSV.replace(b",1\n", b",2\n")

    def drop_and_change(exchange):
        close_early(100_000)(exchange)
        (publisher.folder / "a.csv").write_bytes(new)

    publisher.fault("a.csv", drop_and_change)
    get(publisher, "a.csv", into, client)
    assert (into / "a.csv").read_bytes() == new


def test_a_server_that_cannot_resume_is_asked_for_all_of_it(publisher, client, into):
    def whole(exchange):
        exchange.reply(200, CSV)

    publisher.fault("a.csv", close_early(100_000), whole)
    get(publisher, "a.csv", into, client)
    assert (into / "a.csv").read_bytes() == CSV


@pytest.mark.parametrize("range_", ["bytes 5-8/9", "bytes */9", ""])
def test_a_server_that_sends_another_part_is_not_believed(publisher, client, into, range_):
    def other(exchange):
        exchange.reply(206, CSV[:100], {"Content-Range": range_} if range_ else {})

    publisher.fault("a.csv", close_early(100_000), other)
    get(publisher, "a.csv", into, client)
    assert (into / "a.csv").read_bytes() == CSV


def test_a_server_that_has_no_more_is_asked_from_the_start(publisher, client, into):
    publisher.fault("a.csv", close_early(100_000), status(416))
    get(publisher, "a.csv", into, client)
    assert (into / "a.csv").read_bytes() == CSV
    assert [asked.status for asked in publisher.requests] == [200, 416, 200]


def test_a_slow_publisher_is_waited_for_only_so_long(publisher, client, into):
    publisher.fault("a.csv", slow(1_000))
    patience = Patience(attempts=3, first=0, longest=0, total=0.1)
    with pytest.raises(PublisherUnreachable, match="all the time"):
        get(publisher, "a.csv", into, client, patience=patience)
    assert names(into) == []


def test_a_killed_transfer_leaves_no_file_with_the_final_name(publisher, into):
    publisher.fault("a.csv", hang(after=100_000))
    code = (
        "import sys, pathlib; from refresh.extract.fetch import fetch; "
        "from refresh.source import Link; "
        "fetch(Link(sys.argv[1]), pathlib.Path(sys.argv[2]), client=None, known=None)"
    )
    command = [sys.executable, "-c", code, f"{publisher.url}/a.csv", str(into)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root) as process:
        assert publisher.hanging.wait(30)
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    assert [name[:6] for name in names(into)] == [".part-"]
    with open_client() as client:
        assert get(publisher, "a.csv", into, client).size == len(CSV)


def test_a_half_written_copy_is_not_seen_under_the_final_name(publisher, client, into):
    seen: list[list[str]] = []

    def look(exchange):
        exchange.promise(len(CSV))
        exchange.wfile.write(CSV[:-1])
        exchange.wfile.flush()
        seen.append(names(into))
        exchange.wfile.write(CSV[-1:])

    publisher.fault("a.csv", look)
    get(publisher, "a.csv", into, client)
    assert [name[:6] for name in seen[0]] == [".part-"]


# Room


def test_a_file_over_the_limit_is_refused_before_its_bytes_come(publisher, client, into):
    with pytest.raises(NotTheFile, match="1,000 bytes"):
        get(publisher, "a.csv", into, client, limit=1_000)
    assert names(into) == []


def test_a_file_without_a_length_is_cut_off_at_the_limit(publisher, client, into):
    publisher.fault("a.csv", unmeasured())
    with pytest.raises(NotTheFile, match="1,000 bytes"):
        get(publisher, "a.csv", into, client, limit=1_000)
    assert names(into) == []


def test_a_file_larger_than_the_disk_is_not_begun(publisher, client, into):
    publisher.fault("a.csv", claim(10**15))
    with pytest.raises(NoRoom, match="CARE_ATLAS_DATA"):
        get(publisher, "a.csv", into, client, limit=10**16)
    assert names(into) == []


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on file size")
def test_a_disk_that_fills_up_leaves_nothing_behind(publisher, client, into):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(NoRoom, match="File too large"):
            get(publisher, "a.csv", into, client)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert names(into) == []


# Pages


def test_a_page_comes_with_the_address_that_answered(publisher, client):
    (publisher.folder / "page.html").write_text("<p>é", encoding="utf-8")
    publisher.fault("old", status(301, Location="/page.html"))
    url, page = open_page(f"{publisher.url}/old", client=client, patience=AT_ONCE)
    assert (url, page) == (f"{publisher.url}/page.html", "<p>é")


def test_a_page_in_windows_1252_is_read_as_it_says(publisher, client):
    typed = {"Content-Type": "text/html; charset=windows-1252"}
    publisher.answer("page", lambda *_: Reply(body="–".encode("cp1252"), headers=typed))
    assert open_page(f"{publisher.url}/page", client=client)[1] == "–"


def test_a_page_without_end_is_refused(publisher, client):
    publisher.answer("page", lambda *_: Reply(body=bytes(17 << 20)))
    with pytest.raises(NotTheFile, match="larger"):
        open_page(f"{publisher.url}/page", client=client)


def test_two_files_come_at_once(publisher, client, into):
    found: list[StoredFile | None] = []
    wanted = ("a.csv", "QOF%202526.zip")
    threads = [
        threading.Thread(target=lambda n=n: found.append(get(publisher, n, into, client)))
        for n in wanted
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {file.name for file in found} == {"a.csv", "QOF 2526.zip"}


# What it is


@pytest.mark.parametrize(
    ("step", "found"),
    [(html(), "Access denied"), (truncate(200), "200 bytes"), (truncate(0), "0 bytes")],
    ids=["page", "cut short", "nothing"],
)
def test_what_is_not_the_file_never_gets_its_name(publisher, client, into, step, found):
    publisher.fault("zip", step)
    with pytest.raises(NotTheFile) as caught:
        get(publisher, "QOF%202526.zip", into, client)
    assert caught.value.where == "QOF 2526.zip"
    assert found in caught.value.found
    assert "--mirror" in caught.value.next
    assert names(into) == []


# Who waits is not dead


def test_a_download_is_heard_with_its_bytes_and_at_each_attempt(publisher, client, into):
    publisher.fault("a.csv", status(503), status(503))
    link = Link(f"{publisher.url}/a.csv")
    assert beats_of(link, into, client) >= 3 + len(CSV) // 65_536


def test_a_file_from_a_folder_is_heard_as_it_is_copied(tmp_path, into):
    (tmp_path / "big.csv").write_bytes(CSV * 10)
    link = Link((tmp_path / "big.csv").as_uri())
    assert beats_of(link, into, None) == -(-len(CSV) * 10 // 2**20)
