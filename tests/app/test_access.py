"""Who asks: a name is believed from whom it is the business of, and from nobody else."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from app.access import Readers, reader_of
from app.main import joined
from engine import Lake
from engine.access import Reader
from engine.errors import BadDeclaration
from engine.lake import Layout
from refresh.operate.acting import os_user
from refresh.store.audit_log import AuditLog
from refresh.store.ledger import Ledger
from tests.people import PROXY, USER, client_as, with_roles

ROLES = """
ann = "analyst"
eve = "engineer"
dan = "dba"
"@wards" = { role = "engineer", domains = ["Workforce"] }
"@beds" = { role = "engineer", domains = ["Clinical"] }
"@board" = "analyst"
"""
CONNECT = "rstudio-connect-credentials"
FAR = ("203.0.113.9", 50_000)


@pytest.fixture(autouse=True)
def roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file := tmp_path / "roles.toml").write_text(ROLES, encoding="utf-8")
    with_roles(monkeypatch, str(file))
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path / "data"))
    for name in ("CARE_ATLAS_REGISTRY", "FORWARDED_ALLOW_IPS", "CARE_ATLAS_TRUSTED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("POSIT_PRODUCT", raising=False)


def reader(
    *headers: tuple[str, str], peer: tuple[str, int] | None = PROXY, host: str = "127.0.0.1:8000"
) -> Reader:
    """Who somebody is who sends these headers from there."""
    said = [("host", host), *headers]
    raw = [(name.lower().encode(), value.encode()) for name, value in said]
    return reader_of(HTTPConnection({"type": "http", "headers": raw, "client": peer}))


def role(*headers: tuple[str, str], **more: Any) -> tuple[str, str]:
    found = reader(*headers, **more)
    return found.name, found.role


VISITOR = ("visitor", "analyst")


def test_a_trusted_proxys_word_is_believed_and_nobody_elses(monkeypatch: pytest.MonkeyPatch):
    dan = (USER, "dan")
    assert role(dan) == ("dan", "dba")
    assert role(dan, peer=FAR) == VISITOR
    assert role(dan, peer=None) == VISITOR
    assert role(dan, dan) == VISITOR, "one of both is not the proxy's"
    assert role((USER, " ")) == role() == VISITOR
    assert role((USER, "zoe")) == ("zoe", "analyst"), "known, and granted nothing"
    monkeypatch.setenv("CARE_ATLAS_TRUSTED", "203.0.113.0/24")
    assert (role(dan, peer=FAR), role(dan)) == (("dan", "dba"), VISITOR)


def test_a_proxy_that_the_server_was_told_of_is_believed(monkeypatch: pytest.MonkeyPatch):
    """uvicorn puts the caller in the proxy's place, with port 0; told to believe all, it lies."""
    assert role((USER, "dan"), peer=(FAR[0], 0)) == ("dan", "dba")
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    assert role((USER, "dan"), peer=(FAR[0], 0)) == VISITOR


def test_groups_give_the_highest_role_and_the_domains_of_all_of_that_role(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("CARE_ATLAS_ACCESS", f"proxy:{USER}+X-Groups")
    found = reader((USER, "zoe"), ("X-Groups", "board, wards,beds"))
    assert (found.role, found.domains) == ("engineer", frozenset({"Workforce", "Clinical"}))
    one, another = ("X-Groups", "board"), ("X-Groups", "wards")
    assert role((USER, "zoe"), one, another) == VISITOR, "one of both is not the proxy's"
    # Their own grant goes before any group's.
    assert reader((USER, "ann"), ("X-Groups", "wards")).role == "analyst"


@pytest.mark.parametrize(
    ("said", "name", "role_"),
    [
        ('{"user": "dan", "groups": ["board"]}', "dan", "dba"),
        ('{"user": "zoe", "groups": ["wards"]}', "zoe", "engineer"),
        ('{"user": "zoe", "groups": null}', "zoe", "analyst"),
        ('{"user": null}', *VISITOR),
        ('{"user": ["dan"]}', *VISITOR),
        ("[1]", *VISITOR),
        ("not json", *VISITOR),
    ],
)
def test_connect_says_user_and_groups(
    said: str, name: str, role_: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CARE_ATLAS_ACCESS", "")
    assert role((CONNECT, said)) == VISITOR, "Connect is not here, so it is a stranger's"
    monkeypatch.setenv("POSIT_PRODUCT", "CONNECT")
    assert role((CONNECT, said)) == (name, role_)
    assert role((USER, "dan")) == VISITOR


def test_on_a_laptop_who_sits_there_is_who_runs_the_app(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_ACCESS", "local")
    monkeypatch.setenv("CARE_ATLAS_ROLES", "")
    me = (os_user(), "dba")
    assert role() == role(host="localhost:8000") == me
    assert role(peer=("::1", 50_000), host="[::1]:8000") == me
    assert role(peer=FAR) == VISITOR
    # A page of elsewhere whose name leads here, and a proxy on this very machine.
    assert role(host="evil.example") == role(("X-Forwarded-For", "203.0.113.9")) == VISITOR
    assert role((USER, "dan"), peer=FAR) == VISITOR


def test_off_is_usual_and_nobody_is_more_than_a_visitor(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CARE_ATLAS_ACCESS")
    assert role((USER, "dan")) == role((CONNECT, '{"user": "dan"}')) == VISITOR
    monkeypatch.setenv("CARE_ATLAS_ACCESS", "everybody")
    with pytest.raises(BadDeclaration, match="nobody knows how names come here"):
        reader()


def test_everybody_else_may_see_less_and_never_do_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (file := tmp_path / "others.toml").write_text(
        '"*" = { role = "engineer", domains = ["Workforce"] }', encoding="utf-8"
    )
    monkeypatch.setenv("CARE_ATLAS_ROLES", str(file))
    assert reader() == Reader("visitor", "analyst", frozenset({"Workforce"}))
    assert reader((USER, "zoe")) == Reader("zoe", "engineer", frozenset({"Workforce"}))


def test_where_roles_cannot_be_read_everybody_has_the_least(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CARE_ATLAS_ROLES", str(tmp_path / "gone.toml"))
    assert reader((USER, "dan")) == Reader("dan", "analyst", frozenset())


def test_what_strangers_say_is_taken_out_of_the_request():
    """Shiny itself believes a header of Connect's: it must not get to see a stranger's."""
    import anyio

    seen: list[dict[str, Any]] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    headers = [(CONNECT.encode(), b"{}"), (USER.lower().encode(), b"dan"), (b"accept", b"*/*")]
    scope = {"type": "websocket", "headers": headers, "client": FAR}
    anyio.run(Readers(app), {**scope}, None, None)
    assert seen[0]["headers"] == [(b"accept", b"*/*")]
    anyio.run(Readers(app), scope | {"client": PROXY}, None, None)
    assert [name for name, _ in seen[1]["headers"]] == [USER.lower().encode(), b"accept"]


# The page of the log


def test_the_audit_log_is_a_dbas(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whom it is refused is told so, and the refusal stands in it with the request's number."""
    url = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", url)
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    with closing(Ledger(url)):
        pass
    app = joined().starlette_app
    for name in ("ann", "eve"):
        said = client_as(app, name).get("/operations/audit", headers={"X-Request-ID": f"of-{name}"})
        assert said.status_code == 403 and "may not administer" in said.text
    page = client_as(app, "dan").get("/operations/audit?outcome=refused&verify=1")
    assert page.status_code == 200 and "2 rows." in page.text and "The log is whole" in page.text
    assert "ann (analyst)" in page.text and "eve (engineer)" in page.text
    assert 'href="../operations/audit"' in page.text
    assert client_as(app, "dan").get("/operations/audit?who=ann").text.count("the audit log") == 1
    with closing(AuditLog(url, Layout(lake.layout.root).audit_anchors)) as log:
        assert [row["request_id"] for row in log.rows()] == ["of-ann", "of-eve"]
    assert "private" in page.headers["cache-control"]
