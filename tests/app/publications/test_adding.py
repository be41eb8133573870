"""Adding a publication by its pages: looked at, mended, tried, registered, charted; and refused."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import httpx
import polars as pl
import pytest
from filelock import FileLock
from playwright.sync_api import Page, expect
from starlette.testclient import TestClient

from app import main
from app.publications.adding.routes import BEGIN
from engine import open_lake
from engine.access import Reader
from engine.errors import NotAllowed, PublisherUnreachable, UnknownName
from engine.layout import Layout
from refresh.extract import fetch
from refresh.extract.public_only import PublicOnly, only_public
from refresh.operate import lifecycle
from refresh.operate.draft_kept import Draft, save
from refresh.publications import adding
from tests.app.serving import served
from tests.app.test_accessible import serious

STEWARD = Reader("ada", "engineer")
ROWS = [
    (f"RA{trust:02}", f"Trust {trust}", sector, 10 + trust, "*" if trust == 3 else str(trust))
    for trust in range(1, 61)
    for sector in ("Acute", "Mental illness")
]
ABOUT = {
    "publication": "Ward beds",
    "domain": "Operational",
    "owner": "beds@nhs.test",
    "purpose": "How full wards are.",
}


def written(path: Path, times: int = 1) -> Path:
    """A publication of one month as its publisher would write it."""
    names = ("Org Code", "Org Name", "Sector", "Beds", "Occupied")
    rows = [dict(zip(names, (*row[:3], row[3] * times, row[4]), strict=True)) for row in ROWS]
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows).write_csv(path)
    return path


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """A publisher's site: a landing page with a link to each month's file."""
    months = {"2026-01": "January 2026", "2026-02": "February 2026", "2026-03": "March 2026"}
    for times, month in enumerate(months, 1):
        written(folder / "beds" / f"ward-beds-{month}.csv", times)
    links = (f'<p><a href="ward-beds-{m}.csv">Ward beds {w}</a>' for m, w in months.items())
    (folder / "beds" / "index.html").write_text(f"<h1>Ward beds</h1>{''.join(links)}")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.func.log_message = lambda *_: None  # type: ignore[method-assign]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The app as an engineer's proxy shows it, on an empty lake."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    monkeypatch.setenv("CARE_ATLAS_ACCESS", "proxy:X-User")
    roles = tmp_path / "roles.toml"
    roles.write_text('ada = "engineer"\n')
    monkeypatch.setenv("CARE_ATLAS_ROLES", str(roles))
    app = main.joined().starlette_app
    yield TestClient(app, client=("127.0.0.1", 50000), headers={"X-User": "ada"})


@pytest.fixture
def drafted(tmp_path: Path) -> tuple[Path, Path]:
    """A data folder with a draft in it that was looked at, and the draft's folder."""
    folder = Layout(tmp_path / "data").drafts / "0123456789ab"
    written(folder / "files" / "ward-beds-2026-01.csv")
    told = adding.look("ward-beds-2026-01.csv", True, folder, lambda *_: None)
    (folder / "manifest.yaml").write_text(told.pop("text"))
    save(folder, Draft(folder.name, "ward-beds-2026-01.csv", True, "ada", "2026-03-01T00:00+00:00"))
    return tmp_path / "data", folder


# What is understood


def test_a_file_that_was_sent_is_understood(drafted: tuple[Path, Path]):
    data, folder = drafted
    (source,) = lifecycle.understood(data, folder.name)["sources"]
    assert source["periods"] == ["2026-01"] and source["header_rows"] == [1]
    assert {c["name"]: c["dtype"] for c in source["columns"]}["beds"] == "int64"
    marks = {c["name"]: c["marks"] for c in source["columns"]}["occupied"]
    assert list(marks) == ["*"]
    seen = adding.look("ward-beds-2026-01.csv", True, folder, lambda *_: None)["seen"]
    (first,) = seen.values()
    assert first["columns"]["beds"]["sum"] == sum(row[3] for row in ROWS)
    assert first["rows_read"] == len(ROWS) and len(first["rows"]) == adding.FIRST_ROWS


def test_what_is_wrong_with_a_text_is_said_by_its_line(drafted: tuple[Path, Path]):
    data, folder = drafted
    text = lifecycle.draft_text(data, folder.name)
    line = next(at for at, each in enumerate(text.splitlines(), 1) if "header_rows" in each)
    wrong = lifecycle.mend_draft(
        data, folder.name, text.replace("header_rows: [1]", "header_rows: one"), {}, by=STEWARD
    )
    assert wrong and f"line {line}" in wrong[0]
    assert "header_rows: one" in lifecycle.draft_text(data, folder.name)  # kept all the same
    with pytest.raises(lifecycle.NotDrafted, match="does not hold together"):
        lifecycle.try_draft(data, folder.name, by=STEWARD)


def test_what_is_said_beside_it_is_written_into_the_text_and_comments_stay(drafted):
    data, folder = drafted
    text = "# mine\n" + lifecycle.draft_text(data, folder.name)
    code = lifecycle.understood(data, folder.name)["sources"][0]["code"]
    said = {**ABOUT, f"mode {code}": "append", "mode nobody": "append"}
    assert lifecycle.mend_draft(data, folder.name, text, said, by=STEWARD) == []
    told = lifecycle.understood(data, folder.name)
    assert {name: told["about"][name] for name in ABOUT} == ABOUT
    assert told["sources"][0]["load_mode"] == "append"
    assert lifecycle.draft_text(data, folder.name).startswith("# mine\n")


def test_what_columns_mean_is_said_one_by_one_or_by_the_publishers_list(drafted):
    data, folder = drafted
    text = lifecycle.draft_text(data, folder.name)
    said = {
        "means ward_beds beds": " Beds that are open at midnight ",
        "meanings ward_beds": "Field\tMeaning\nOCCUPIED\tBeds, with somebody in them\nBeds\tother",
    }
    assert lifecycle.mend_draft(data, folder.name, text, said, by=STEWARD) == []
    (source,) = lifecycle.understood(data, folder.name)["sources"]
    means = {c["name"]: c["description"] for c in source["columns"] if c["description"]}
    assert means == {
        "beds": "Beds that are open at midnight",
        "occupied": "Beds, with somebody in them",
    }


def test_a_field_that_nobody_touched_does_not_undo_what_was_changed_in_the_text(
    drafted, client: TestClient
):
    data, folder = drafted
    said = {"means ward_beds beds": "Beds", **ABOUT}
    text = lifecycle.draft_text(data, folder.name)
    lifecycle.mend_draft(data, folder.name, text, said, by=STEWARD)
    page = client.get(f"/operations/add/draft?id={folder.name}").text
    assert 'name="means ward_beds beds"' in page and 'value="Beds"' in page
    text = lifecycle.draft_text(data, folder.name).replace("description: Beds", "description: Open")
    text = text.replace(ABOUT["purpose"], "Another purpose.")
    form = {"id": folder.name, "action": "save", "text": text, "mode ward_beds": "replace"} | said
    form |= {"domain": "Elsewhere"}
    sent = client.post("/operations/add/act", data=form, headers={"Origin": "http://testserver"})
    assert sent.status_code in (200, 303)
    told = lifecycle.understood(data, folder.name)
    assert told["about"]["purpose"] == "Another purpose."
    assert told["about"]["domain"] == "Elsewhere"
    means = {c["name"]: c["description"] for c in told["sources"][0]["columns"]}
    assert means["beds"] == "Open"


def test_a_period_that_no_file_says_is_said_by_somebody(drafted, client: TestClient):
    data, folder = drafted
    text = lifecycle.draft_text(data, folder.name).replace(", period: 2026-01}", "}")
    assert lifecycle.mend_draft(data, folder.name, text, {}, by=STEWARD) == []
    (source,) = lifecycle.understood(data, folder.name)["sources"]
    assert (source["periods"], source["undated"]) == ([], 1)
    page = client.get(f"/operations/add/draft?id={folder.name}").text
    assert 'name="period ward_beds"' in page
    (failed,) = adding.trial(folder, data, lambda *_: None)
    assert failed["status"] == "failed" and "without a period" in str(failed["findings"])
    said = {"period ward_beds": " 2026-01 "}
    lifecycle.mend_draft(data, folder.name, text, said, by=STEWARD)
    (tried,) = adding.trial(folder, data, lambda *_: None)
    assert (tried["status"], tried["period"]) == ("loaded", "2026-01")


def test_a_table_that_is_no_data_is_left_out_and_can_be_taken_in_again(drafted):
    data, folder = drafted
    text = lifecycle.draft_text(data, folder.name)
    said = {"mode ward_beds": adding.LEFT_OUT}
    lifecycle.mend_draft(data, folder.name, text, said, by=STEWARD)
    told = lifecycle.understood(data, folder.name)
    assert (told["sources"], told["left_out"]) == ([], ["ward-beds-2026-01.csv"])
    with pytest.raises(lifecycle.NotDrafted, match="does not hold together"):
        lifecycle.try_draft(data, folder.name, by=STEWARD)


@pytest.mark.parametrize(
    "url", ["/etc/hostname", "file:///etc/hostname", "../draft.json", "files/../../../x.csv"]
)
def test_a_manifest_reads_no_other_file_of_this_machine(drafted: tuple[Path, Path], url: str):
    data, folder = drafted
    text = lifecycle.draft_text(data, folder.name).replace("files/ward-beds-2026-01.csv", url)
    lifecycle.mend_draft(data, folder.name, text, {}, by=STEWARD)
    for step in (lifecycle.try_draft, lifecycle.register_draft):
        with pytest.raises(lifecycle.NotDrafted, match="may not be read") as refused:
            step(data, folder.name, by=STEWARD)
        assert refused.value.found == url


def test_a_draft_is_tried_then_registered_and_loaded(drafted: tuple[Path, Path]):
    """The steps that the process takes, taken here."""
    data, folder = drafted
    text = lifecycle.draft_text(data, folder.name)
    said = ABOUT | {"mode ward_beds": "append"}
    lifecycle.mend_draft(data, folder.name, text, said, by=STEWARD)
    (tried,) = adding.trial(folder, data, lambda *_: None)
    assert (tried["status"], tried["rows_loaded"]) == ("loaded", len(ROWS))
    assert not Layout(data).current.exists()
    (loaded,) = adding.load_draft(folder, data, STEWARD, lambda *_: None)
    assert loaded["status"] == "loaded"
    table = lifecycle.understood(data, folder.name)["sources"][0]["table"]
    assert open_lake(data).scan(table).collect()["beds"].sum() == sum(row[3] for row in ROWS)
    # Taken once more it registers nothing twice.
    (again,) = adding.load_draft(folder, data, STEWARD, lambda *_: None)
    assert again["status"] == "refused"  # appended once more it would count twice


def test_a_source_that_cannot_be_registered_registers_none(drafted: tuple[Path, Path]):
    data, folder = drafted
    text = lifecycle.draft_text(data, folder.name)
    lifecycle.mend_draft(data, folder.name, text, ABOUT | {"owner": "nobody"}, by=STEWARD)
    with pytest.raises(Exception, match="somebody who can be written to"):
        adding.load_draft(folder, data, STEWARD, lambda *_: None)
    from refresh.store.ledger import Ledger

    ledger = Ledger(Layout(data).registry_url)
    assert ledger.sources() == []
    ledger.close()


# Who may, and from where


def test_who_may_not_register_is_told_so_everywhere(client: TestClient, drafted):
    data, folder = drafted
    for address in ("/operations/add", f"/operations/add/draft?id={folder.name}"):
        refused = client.get(address, headers={"X-User": "cy"})
        assert refused.status_code == 403 and "may not register" in refused.text
        assert "<textarea" not in refused.text and 'action="add/begin"' not in refused.text
    own = {"Origin": "http://testserver", "X-User": "cy"}
    drop = {"id": folder.name, "action": "drop"}
    for address, form in ((BEGIN, {"address": "https://nhs.test"}), ("/operations/add/act", drop)):
        assert client.post(address, data=form, headers=own).status_code == 403
    assert folder.is_dir()
    with pytest.raises(NotAllowed):
        lifecycle.drop_draft(data, folder.name, by=Reader("cy", "analyst"))


def test_who_has_some_domains_sees_their_own_drafts_alone(client: TestClient, drafted, tmp_path):
    """What a draft's first rows are of nobody has said yet."""
    data, folder = drafted
    domains = 'domains = ["Workforce"]'
    (tmp_path / "roles.toml").write_text(f"bea = {{ role = 'engineer', {domains} }}\nada = 'dba'\n")
    bea, address = {"X-User": "bea"}, f"/operations/add/draft?id={folder.name}"
    assert (
        "ward-beds" in client.get(address).text
        and "ward-beds" in client.get("/operations/add").text
    )
    assert client.get(address, headers=bea).status_code == 404
    assert "ward-beds" not in client.get("/operations/add", headers=bea).text
    limited = Reader("bea", "engineer", frozenset({"Workforce"}))
    with pytest.raises(UnknownName):
        lifecycle.drop_draft(data, folder.name, by=limited)
    save(folder, lifecycle.draft(data, folder.name), by="bea")
    assert client.get(address, headers=bea).status_code == 200


def test_a_text_is_not_changed_while_another_change_looks_at_it(drafted, monkeypatch):
    """Who saved another text meanwhile could have a file read that was refused."""
    data, folder = drafted
    before = lifecycle.draft_text(data, folder.name)
    monkeypatch.setattr("refresh.operate.draft_kept.LONGEST_WAIT", 0)
    with (
        FileLock(Layout(data).drafting),
        pytest.raises(lifecycle.NotDrafted, match="just now"),
    ):
        lifecycle.mend_draft(data, folder.name, before.replace("files/", "/etc/"), {}, by=STEWARD)
    assert lifecycle.draft_text(data, folder.name) == before


def test_a_form_of_another_site_changes_nothing(client: TestClient, drafted):
    folder = drafted[1]
    form = {"id": folder.name, "action": "drop"}
    for origin in ({}, {"Origin": "https://evil.test"}):
        assert client.post("/operations/add/act", data=form, headers=origin).status_code == 403
    assert folder.is_dir()


def test_the_page_of_a_draft_shows_all_and_loses_nothing(client: TestClient, drafted):
    folder = drafted[1]
    own, address = {"Origin": "http://testserver"}, f"/operations/add/draft?id={folder.name}"
    page = client.get(address).text
    assert "2026-01" in page and "Save and check" in page and "Load mode of" in page
    assert folder.name in client.get("/operations/add").text
    text = "manifest: <script>\n  name: [\n"
    form = {"id": folder.name, "text": text, "action": "save"}
    assert client.post("/operations/add/act", data=form, headers=own).status_code == 200
    after = client.get(address).text
    assert "manifest: &lt;script&gt;" in after and 'role="alert"' in after
    refused = client.post("/operations/add/act", data=form | {"action": "register"}, headers=own)
    assert "nothing is registered until somebody has looked" in refused.text
    dropped = client.post(
        "/operations/add/act", data={"id": folder.name, "action": "drop"}, headers=own
    )
    assert dropped.url.path == "/operations/add" and not folder.exists()
    assert client.get(address).status_code == 404


def test_a_draft_whose_process_died_can_be_taken_up(client: TestClient, drafted):
    folder = drafted[1]
    told = json.loads((folder / "draft.json").read_text())
    long_ago = {"state": "working", "beat_at": "2026-01-01T00:00:00+00:00"}
    (folder / "draft.json").write_text(json.dumps(told | long_ago))
    page = client.get(f"/operations/add/draft?id={folder.name}").text
    assert "it ended without a word" in page and "Save and check" in page


@pytest.mark.parametrize("name", ["../../etc", "0123456789AB", "", "ffffffffffff"])
def test_an_id_that_is_none_finds_nothing(client: TestClient, name: str):
    answer = client.get("/operations/add/draft", params={"id": name})
    assert answer.status_code == 404 and "no such draft" in answer.text


def test_only_this_address_takes_a_large_file(client: TestClient):
    large = {"Origin": "http://testserver", "Content-Length": "3000000"}
    assert client.post("/operations/add/act", headers=large).status_code == 413
    beyond = large | {"Content-Length": "64000001"}
    assert client.post(BEGIN, headers=beyond).status_code == 413


@pytest.mark.parametrize("address", ["", "ftp://nhs.test/a.csv", "file:///etc/passwd", "nhs.test"])
def test_what_is_no_address_is_refused(client: TestClient, address: str):
    own = {"Origin": "http://testserver"}
    answer = client.post(BEGIN, data={"address": address}, headers=own)
    assert "there is nothing to look at" in answer.text and answer.url.path == "/operations/add"


# Where an address may lead


def led(*numbers: str) -> Callable[[str, int], list[str]]:
    return lambda _host, _port: list(numbers)


@pytest.mark.parametrize(
    "numbers", [["127.0.0.1"], ["10.0.0.8"], ["169.254.169.254"], ["::1"], ["8.8.8.8", "10.0.0.8"]]
)
def test_a_name_that_leads_inside_is_not_asked(numbers: list[str]):
    asked: list[httpx.Request] = []
    inner = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200))
    with httpx.Client(transport=PublicOnly((), led(*numbers), inner)) as client:
        with pytest.raises(PublisherUnreachable, match="no public host"):
            client.get("https://nhs.test/beds.csv")
    assert asked == []


def test_who_is_asked_is_who_was_looked_at_and_each_redirect_is_looked_at_anew():
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url.host, request.headers["host"]) == ("8.8.8.8", "nhs.test")
        assert request.extensions["sni_hostname"] == "nhs.test"
        return httpx.Response(302, headers={"Location": "http://inside.test/"})

    where = {"nhs.test": ["8.8.8.8"], "inside.test": ["192.168.0.1"]}
    transport = PublicOnly((), lambda host, _: where[host], httpx.MockTransport(answer))
    with httpx.Client(transport=transport, follow_redirects=True) as client:
        with pytest.raises(PublisherUnreachable) as refused:
            client.get("https://nhs.test/")
    assert "inside.test" in refused.value.where


def test_a_mirror_may_lie_inside_and_nothing_beside_it(tmp_path: Path):
    with site(tmp_path) as front:
        host = urlsplit(front).netloc
        with only_public([host]), fetch.open_client() as client:
            assert "Ward beds" in fetch.open_page(f"{front}/beds/", client=client)[1]
        with only_public(), fetch.open_client() as client:
            with pytest.raises(PublisherUnreachable, match="no public host"):
                fetch.open_page(f"{front}/beds/", client=client)


# As a new engineer would


@pytest.mark.browser
def test_from_a_landing_page_to_a_charted_table(page: Page, tmp_path: Path):
    """Discovered, drafted, looked at, tried, registered, loaded, charted: none of it by hand."""
    with (
        site(tmp_path / "site") as front,
        served(tmp_path / "data", CARE_ATLAS_ACCESS="local", CARE_ATLAS_MIRROR=front) as address,
    ):
        page.goto(f"{address}operations/add")
        page.get_by_label("Address of a page or a file").fill(f"{front}/beds/")
        page.get_by_role("button", name="Look at it").click()
        done = page.get_by_text("It is drafted, to be looked at.")
        expect(done).to_be_visible(timeout=120_000)
        assert serious(page) == []
        page.set_viewport_size({"width": 360, "height": 800})
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(wide) <= 0
        page.set_viewport_size({"width": 1280, "height": 800})
        for name, value in ABOUT.items():
            page.get_by_label(name.capitalize(), exact=True).fill(value)
        page.get_by_label(re.compile("^Load mode of")).select_option("append")
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_text("It is tried, to be registered.")).to_be_visible(timeout=120_000)
        page.get_by_label("I have looked").check()
        page.get_by_role("button", name="Register and load").click()
        expect(page.get_by_text("It is registered and loaded.")).to_be_visible(timeout=180_000)
        page.get_by_role("link", name="with its chart").click()
        expect(page.locator(".plot[data-drawn]")).to_be_visible()
        page.get_by_label("Number").select_option("beds")
        total = sum(row[3] for row in ROWS)
        for month, times in (("2026-01", 1), ("2026-02", 2), ("2026-03", 3)):
            row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=month))
            expect(row.first).to_contain_text(f"{total * times:,}")
        assert serious(page) == []
        if folder := os.environ.get("CARE_ATLAS_SHOTS"):
            page.screenshot(path=f"{folder}/charted.png", full_page=True)
