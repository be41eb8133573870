"""Following by e-mail, as a reader does it: the form, the link in the mail, the one click."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.atlas.drawing.download_menu import question_items
from app.atlas.follow_link import follow_address
from app.atlas.routes import routes
from engine import Lake
from engine.atlas.years import qof_years
from refresh.operate import lifecycle
from tests.app.test_organisation_page import practice  # noqa: F401  (a fixture)
from tests.sinks import Sink, mail_server

ADDRESS = "ann@example.org"
HERE = {"origin": "http://testserver"}


@pytest.fixture
def client(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    monkeypatch.setenv("CARE_ATLAS_WATCH", str(tmp_path / "watch.sqlite"))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    return TestClient(Starlette(routes=routes()))


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with mail_server() as sink:
        monkeypatch.setenv("CARE_ATLAS_SMTP", f"smtp://127.0.0.1:{sink.port}")
        monkeypatch.setenv("CARE_ATLAS_MAIL_FROM", "atlas@example.org")
        yield sink


@pytest.fixture
def icb(lake: Lake) -> str:
    """The code of a board of the newest year."""
    rows = lake.scan("practice_geography", qof_years(lake)[-1]).select("icb_code").collect()
    return str(rows["icb_code"].drop_nulls().min())


def link_in(sink: Sink) -> str:
    return re.search(r"/watch/\S+", sink.taken[-1].get_content())[0]


def counts(lake: Lake) -> dict[str, int]:
    return lifecycle.watch_counts(lake.layout.root)


def test_a_board_is_followed_by_the_form_of_its_page_and_left_by_one_click(
    client: TestClient, mail: Sink, lake: Lake, icb: str
):
    page = client.get(f"/icb/{icb}").text
    (address,) = re.findall(r'href="\.\./(follow\?[^"]+)"', page)
    form = client.get(f"/{address}").text
    assert f'value="icb:{icb}"' in form
    asked = {"area": f"icb:{icb}", "address": ADDRESS}
    assert "a mail is on its way" in client.post("/follow", data=asked, headers=HERE).text
    link = link_in(mail)
    # To open it is not to use it: mail servers do, looking for viruses.
    assert "Yes, follow it" in client.get(link).text and counts(lake) == {}
    assert "The next release is told to you" in client.post(link).text
    assert counts(lake) == {"icb": 1}
    client.post("/follow", data=asked, headers=HERE)
    leave = link_in(mail)
    one_click = {"List-Unsubscribe": "One-Click"}
    assert "your address is forgotten" in client.post(leave, data=one_click).text
    assert counts(lake) == {} and client.get(leave).status_code == 404


def test_a_practice_a_group_and_england_can_be_followed(
    client: TestClient,
    mail: Sink,
    practice: dict,  # noqa: F811
):
    code = practice["organisation_code"]
    for area in (f"practice:{code}", f"group:{code}", "england"):
        asked = {"area": area, "address": ADDRESS}
        assert client.post("/follow", data=asked, headers=HERE).status_code == 200
    assert len(mail.taken) == 3


def test_no_answer_tells_whether_an_address_is_known(client: TestClient, mail: Sink, icb: str):
    asked = {"area": f"icb:{icb}", "address": ADDRESS}
    first = client.post("/follow", data=asked, headers=HERE)
    client.post(link_in(mail))
    again = client.post("/follow", data=asked, headers=HERE)
    other = client.post("/follow", data=asked | {"address": "bob@example.org"}, headers=HERE)
    assert first.text == again.text == other.text and ADDRESS not in first.text


@pytest.mark.parametrize(
    "form, status",
    [
        ({"area": "england", "address": "nobody"}, 422),
        ({"area": "icb:NOPE", "address": ADDRESS}, 404),
        ({"area": "", "address": ADDRESS}, 404),
        ({}, 404),
    ],
)
def test_what_cannot_be_followed_is_said(
    client: TestClient, mail: Sink, form: dict[str, str], status: int
):
    assert client.post("/follow", data=form, headers=HERE).status_code == status
    assert mail.taken == []


def test_a_form_of_another_site_writes_to_nobody(client: TestClient, mail: Sink):
    form = {"area": "england", "address": ADDRESS}
    answer = client.post("/follow", data=form, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403 and mail.taken == []


@pytest.mark.parametrize("token", ["x", "c.1.2", quote("l.' OR 1=1 --.x", safe="")])
def test_a_link_that_nobody_signed_does_nothing(client: TestClient, mail: Sink, token: str):
    assert client.get(f"/watch/{token}").status_code == 404
    assert client.post(f"/watch/{token}").status_code == 404


def test_without_a_mail_server_nobody_is_asked_for_an_address(
    client: TestClient, icb: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_SMTP", raising=False)
    assert "follow?" not in client.get(f"/icb/{icb}").text
    assert "e-mail" not in client.get("/changes").text
    assert client.get(f"/follow?area=icb:{icb}").status_code == 404
    assert follow_address(f"icb:{icb}") == ""


def test_the_menu_leads_to_it_beside_the_feed(mail: Sink):
    said = dict(query="", follow="changes.atom?x", snapshot="s", cite="c")
    menu = str(question_items("A Board", mail=follow_address("icb:QAA"), **said))
    assert 'href="follow?area=icb:QAA"' in menu
    assert "follow?" not in str(question_items("A Board", mail="", **said))
