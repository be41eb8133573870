"""Who may go through which door: each of refresh/operate/lifecycle.py, and of the command line."""

import inspect
import json
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.access import MAY, Reader, may
from engine.errors import LakeError, NotAllowed
from engine.lake import Layout
from refresh.__main__ import main
from refresh.operate import lifecycle
from refresh.operate.acting import os_user
from refresh.store.audit_log import AuditLog, AuditRow
from tests.people import ANALYST, DBA, ENGINEER

PEOPLE = (ANALYST, ENGINEER, DBA)
NOW = datetime(2026, 11, 30, 12)
GIVEN: Mapping[str, Any] = {
    "code": "beds",
    "request": 1,
    "reason": "because",
    "today": NOW.date(),
    "now": NOW,
    "until": date(2026, 12, 24),
    "anomaly": "A1:x",
    "verdict": "confirmed",
    "principal": "zoe",
    "role": "dba",
    "alert": 1,
    "mark": "none",
    "number": 3,
    "target": 96.0,
    "days": 400,
    "sources": ("nobody",),
    "name": "0123456789ab",
    "text": "manifest:",
    "said": {},
}
"""What a door is given here, by the names of its parameters: one more name is one more line."""
# The matrix of PUBLICATIONS 2.9, written down by hand.
OF_ENGINEERS = {"acknowledge", "deprecate", "judge", "keep_days", "send_test", "snooze"} | {
    *("begin_draft", "mend_draft", "look_again", "try_draft", "register_draft", "drop_draft"),
    *("cancel_run", "start_run"),
}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CARE_ATLAS_REGISTRY", "CARE_ATLAS_ROLES", "CARE_ATLAS_ALERT_CHANNELS"):
        monkeypatch.delenv(name, raising=False)
    (folder := tmp_path / "data").mkdir()
    return folder


def rows(data: Path) -> list[AuditRow]:
    layout = Layout(data)
    with closing(AuditLog(layout.registry_url, layout.audit_anchors)) as log:
        assert log.broken() == []
        return log.rows()


def doors() -> set[str]:
    return {n for n in lifecycle.__all__ if inspect.isfunction(getattr(lifecycle, n))}


def test_every_door_says_whether_it_changes_something():
    kinds = (set(lifecycle.CHANGES), set(lifecycle.READS), set(lifecycle.OF_ANYBODY))
    assert sorted(name for kind in kinds for name in kind) == sorted(doors())
    takers = {n for n in doors() if "by" in inspect.signature(getattr(lifecycle, n)).parameters}
    assert takers - {"audited"} == lifecycle.CHANGES.keys()


@pytest.mark.parametrize("door", sorted(lifecycle.CHANGES))
def test_a_door_lets_in_who_may_and_leaves_one_row(data: Path, door: str):
    """An empty lake: whoever may fails for another reason, or changes something."""
    able = set()
    for count, reader in enumerate(PEOPLE, 1):
        try:
            through(door, data, reader)
        except NotAllowed:
            pass
        except LakeError:
            able.add(reader.role)
        else:
            able.add(reader.role)
        (*_, last) = said = rows(data)
        assert len(said) == count, "one row, whatever came of it"
        assert (last["who"], last["role"]) == (reader.name, reader.role)
        assert last["action"] == lifecycle.CHANGES[door]
        assert (last["outcome"] == "refused") == (reader.role not in able)
    assert able == ({"engineer", "dba"} if door in OF_ENGINEERS else {"dba"})


def through(door: str, data: Path, by: Reader) -> None:
    call = getattr(lifecycle, door)
    asked = inspect.signature(call).parameters.values()
    needed = [p.name for p in asked if p.default is p.empty and p.name not in ("data", "by")]
    call(data, by=by, **{name: GIVEN[name] for name in needed})


# The command line


LINES = {
    "run --offline": "load",
    "rollback": "restore",
    "maintain": "archive",
    "register beds --publication B --domain D --owner a@b.test --purpose p": "register",
    "deprecate beds --reason r": "deprecate",
    "archive beds": "archive",
    "approve 1 --reason r": "approve",
    "reject 1 --reason r": "approve",
    "orphans --execute": "archive",
    "retention --execute": "archive",
    "access grant zoe analyst": "administer",
    "access revoke zoe": "administer",
    "audit": "administer",
}


@pytest.mark.parametrize("role", MAY)
def test_the_command_line_refuses_whom_the_roles_refuse(
    data: Path, role: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (roles := data.parent / "roles.toml").write_text(
        f'"{os_user()}" = "{role}"\nsomebody = "dba"', encoding="utf-8"
    )
    monkeypatch.setenv("CARE_ATLAS_ROLES", str(roles))
    (me,) = [reader for reader in PEOPLE if reader.role == role]
    for line, action in LINES.items():
        before = len(rows(data))
        code = main([*line.split(), "--data", str(data)])
        new = rows(data)[before:]
        told = capsys.readouterr()
        if may(me, action):
            assert [row["outcome"] for row in new if row["outcome"] == "refused"] == [], line
            assert len(new) == (0 if line == "audit" else 1), line
        else:
            assert code == 2 and "NotAllowed" in told.err, line
            assert [(row["action"], row["outcome"]) for row in new] == [(action, "refused")], line


def test_without_roles_whoever_has_the_files_is_the_dba(data: Path):
    assert main(["access", "grant", "dan", "dba", "--data", str(data)]) == 0
    (row,) = rows(data)
    assert (row["who"], row["role"], row["object"]) == (os_user(), "dba", "access of dan")
    # From now on there are roles, and nobody gave them one.
    assert lifecycle.me(data).role == "analyst"


def test_nobody_is_locked_out_for_good(data: Path):
    with pytest.raises(NotAllowed, match="nobody would be a dba any more"):
        lifecycle.grant(data, "ann", "analyst", by=DBA)
    with pytest.raises(NotAllowed, match="nobody would be a dba any more"):
        lifecycle.grant(data, "dan", "dba", by=DBA, domains=frozenset({"Workforce"}))
    lifecycle.grant(data, "dan", "dba", by=DBA)
    lifecycle.grant(data, "ann", "analyst", by=DBA)
    with pytest.raises(NotAllowed, match="nobody would be a dba any more"):
        lifecycle.revoke(data, "dan", by=DBA)


def test_the_file_of_the_operator_goes_before_what_was_granted(
    data: Path, monkeypatch: pytest.MonkeyPatch
):
    lifecycle.grant(data, os_user(), "dba", by=DBA)
    (roles := data.parent / "roles.toml").write_text(
        f'"{os_user()}" = {{ role = "engineer", domains = ["Workforce"] }}', encoding="utf-8"
    )
    monkeypatch.setenv("CARE_ATLAS_ROLES", str(roles))
    assert lifecycle.me(data) == Reader(os_user(), "engineer", frozenset({"Workforce"}))


@pytest.mark.parametrize("said", ["not toml", 'ann = "king"', 'ann = { role = "dba", more = 1 }'])
def test_roles_that_cannot_be_read_let_nobody_in(
    data: Path, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (roles := data.parent / "roles.toml").write_text(said, encoding="utf-8")
    monkeypatch.setenv("CARE_ATLAS_ROLES", str(roles))
    assert main(["rollback", "--data", str(data)]) == 2
    assert "roles.toml" in capsys.readouterr().err


def test_who_tampered_with_the_log_is_told_on_by_verify(
    data: Path, capsys: pytest.CaptureFixture[str]
):
    lifecycle.grant(data, "dan", "dba", by=DBA)
    lifecycle.revoke(data, "dan", by=DBA)
    assert main(["audit", "verify", "--data", str(data)]) == 0
    whole = capsys.readouterr().out
    assert "is whole: 2 rows" in whole
    from tests.refresh.test_audit import without_triggers

    url = Layout(data).registry_url
    without_triggers(url, "UPDATE audit_log SET who = 'bob' WHERE audit_id = 1")
    assert main(["audit", "verify", "--data", str(data)]) == 1
    assert "row 1: it was changed" in capsys.readouterr().out
    assert main(["audit", "--json", "--data", str(data)]) == 0
    assert [row["who"] for row in json.loads(capsys.readouterr().out)] == ["bob", "dan"]
