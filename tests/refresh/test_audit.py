"""The audit log: a row for whatever is changed, refused or goes wrong; tampering shows."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.access import Reader
from engine.errors import NotAllowed
from engine.lake import Layout
from refresh.operate.auditing import audited
from refresh.store.audit_log import AuditLog
from tests.people import ANALYST, DBA, ENGINEER
from tests.test_house import ROOT

SAID = {"who": "ada", "role": "dba", "action": "load", "object": "qof", "outcome": "done"}
Tampered = Callable[..., list[tuple[int, str]]]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    return tmp_path / "data"


def log_of(data: Path) -> closing[AuditLog]:
    return closing(AuditLog(Layout(data).registry_url, Layout(data).audit_anchors))


def test_what_was_changed_refused_or_went_wrong_is_one_row_each(data: Path):
    with audited(data, DBA, "load", object="every source") as said:
        said.before, said.after = {"live": None}, {"live": "1"}
    with pytest.raises(NotAllowed, match="eve is an engineer and may not approve"):
        with audited(data, ENGINEER, "approve", object="request 1"):
            pytest.fail("nothing is done for who may not")
    with pytest.raises(ZeroDivisionError), audited(data, DBA, "load", object="qof"):
        _ = 1 / 0
    with log_of(data) as log:
        rows = log.rows()
        assert log.broken() == []
    assert [(r["who"], r["action"], r["object"], r["outcome"]) for r in rows] == [
        ("dan", "load", "every source", "done"),
        ("eve", "approve", "request 1", "refused"),
        ("dan", "load", "qof", "failed"),
    ]
    assert (rows[0]["before"], rows[0]["after"]) == ('{"live":null}', '{"live":"1"}')
    assert rows[2]["why"] == "ZeroDivisionError"


def test_whoever_may_in_some_domains_only_may_not_in_others(data: Path):
    wards = Reader("eve", "engineer", frozenset({"Workforce"}))
    with audited(data, wards, "register", object="source beds", domain="Workforce"):
        pass
    for of in ({"domain": "Clinical"}, {"source": "unknown"}, {"everything": True}):
        with pytest.raises(NotAllowed, match="only what is of their domains"):
            with audited(data, wards, "register", object="source", **of):
                pytest.fail("it is not theirs")


@pytest.fixture
def tampered(url: str, tmp_path: Path) -> Iterator[Tampered]:
    """Does something to a log of five rows, as who owns the database can; what is found."""
    anchors = tmp_path / "anchors"
    with closing(AuditLog(url, anchors)) as log:
        for number in range(5):
            log.add(SAID | {"object": f"source {number + 1}"})
        assert log.broken() == []

    def done(*statements: str, notes: bool = True) -> list[tuple[int, str]]:
        if not notes:
            anchors.unlink()
        without_triggers(url, *statements)
        with closing(AuditLog(url, anchors)) as log:
            return [(one.row, one.what) for one in log.broken()]

    yield done


def without_triggers(url: str, *statements: str) -> None:
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in connection.exec_driver_sql(named).all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            for table in ("audit_log", "audit_head"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_changed_row_is_found(tampered: Tampered):
    found = tampered("UPDATE audit_log SET who = 'bob' WHERE audit_id = 3")
    assert found == [(3, "it was changed after it was written")]


def test_a_deleted_row_is_found(tampered: Tampered):
    found = tampered("DELETE FROM audit_log WHERE audit_id = 2")
    assert found == [(2, "it is missing")]


def test_a_deleted_last_row_is_found_by_the_head(tampered: Tampered):
    found = tampered("DELETE FROM audit_log WHERE audit_id = 5", notes=False)
    assert found == [(5, "it is missing, at the end")]


def test_a_deleted_last_row_is_found_beside_the_lake_where_the_head_was_turned_back(
    tampered: Tampered,
):
    found = tampered(
        "DELETE FROM audit_log WHERE audit_id = 5",
        'UPDATE audit_head SET "rows" = 4, hash = (SELECT hash FROM audit_log WHERE audit_id = 4)',
    )
    assert found == [(5, "it is missing, at the end")]


def test_reordered_rows_are_found(tampered: Tampered):
    found = tampered(
        "UPDATE audit_log SET audit_id = 99 WHERE audit_id = 2",
        "UPDATE audit_log SET audit_id = 2 WHERE audit_id = 4",
        "UPDATE audit_log SET audit_id = 4 WHERE audit_id = 99",
    )
    assert [(row, what) for row, what in found if row in (2, 4)] == [
        (2, "it was moved here: it was written as row 4"),
        (4, "it was moved here: it was written as row 2"),
    ]


def test_a_row_that_was_put_in_is_found(tampered: Tampered):
    found = tampered(
        "INSERT INTO audit_log SELECT 6, at, who, role, action, object, source_code, before, after,"
        " outcome, why, request_id, hash, hash FROM audit_log WHERE audit_id = 5"
    )
    assert [row for row, _ in found] == [6]


def test_a_chain_that_was_written_anew_is_found_beside_the_lake(
    url: str, tampered: Tampered, tmp_path: Path
):
    """Whoever owns the database can make a whole other chain; what was noted outside stands."""
    with closing(AuditLog(url)) as log:
        rows = log.rows()
    without_triggers(url, "DELETE FROM audit_log", "UPDATE audit_head SET \"rows\" = 0, hash = ''")
    with closing(AuditLog(url)) as log:  # it notes nothing beside the lake
        for row in rows:
            log.add({name: row[name] for name in SAID} | {"who": "bob"})
        assert log.broken() == []
    with closing(AuditLog(url, tmp_path / "anchors")) as log:
        assert [one.row for one in log.broken()] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET who = 'bob'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_head",
        'UPDATE audit_head SET "rows" = 0',
    ],
)
def test_the_database_itself_refuses(url: str, statement: str):
    with closing(AuditLog(url)) as log:
        log.add(SAID)
    engine = sa.create_engine(url)
    with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_writers_at_once_make_one_chain(url: str, tmp_path: Path):
    def write(number: int) -> None:
        with closing(AuditLog(url, tmp_path / "anchors")) as log:
            for _ in range(5):
                log.add(SAID | {"who": f"writer {number}"})

    with closing(AuditLog(url)), ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with closing(AuditLog(url, tmp_path / "anchors")) as log:
        assert log.broken() == [] and log.head()[0] == len(log.rows()) == 20


def test_an_analyst_is_told_who_may(data: Path):
    with pytest.raises(NotAllowed) as said, audited(data, ANALYST, "restore", object="snapshot 1"):
        pytest.fail("it is not theirs")
    assert said.value.exit_code == 2 and said.value.expected == "a dba"


KILLED = """
import os, sys
from pathlib import Path
from engine.access import Reader
from refresh.operate.auditing import audited

with audited(Path(sys.argv[1]), Reader("dan", "dba"), "archive", object="source beds"):
    os.kill(os.getpid(), 9)
"""


def test_a_change_whose_process_was_killed_is_a_row_when_the_next_one_is_made(data: Path):
    done = subprocess.run([sys.executable, "-c", KILLED, str(data)], cwd=ROOT, check=False)
    assert done.returncode == -9
    for number in (1, 2):
        with audited(data, ENGINEER, "load", object=f"load {number}"):
            pass
    with log_of(data) as log:
        rows = [(row["who"], row["object"], row["outcome"]) for row in log.rows()]
        assert log.broken() == []
    assert rows == [
        ("dan", "source beds", "failed"),
        ("eve", "load 1", "done"),
        ("eve", "load 2", "done"),
    ]
    assert not list(Layout(data).unfinished_changes.iterdir())
