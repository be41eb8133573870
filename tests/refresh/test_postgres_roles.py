"""PostgreSQL's own roles: whoever connects by another way than ours meets the same rules."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from engine.access import Grant
from engine.errors import BadQuestion
from refresh.operate.postgres_roles import GROUPS, apply
from refresh.store.audit_log import AuditLog
from refresh.store.grants import Grants
from refresh.store.ledger import Ledger
from tests.refresh import postgres

As = Callable[[str, str], list[tuple]]
PEOPLE = dict(zip(("ann_in", "eve_in", "dan_in"), GROUPS, strict=True))
SOURCE = "INSERT INTO sources (code, name, publisher, owner, purpose, table_name, domain,"
SOURCE += " created_at) VALUES ('{0}', '{0}', '', '', '', 'tbl_{0}', {1}, now())"


@pytest.fixture(scope="module")
def registry(server: str) -> str:
    """The address of a registry with three logins, of which two have the domain Workforce alone."""
    url = postgres.schema(server)
    with closing(Ledger(url)) as ledger:
        for code, domain in (("staff", "Workforce"), ("beds", "Clinical"), ("qof", None)):
            table = f"tbl_{code}" if domain else None
            about = dict(name=code, publisher="", owner="", purpose="", table_name=table)
            ledger.enrol(code, **about, domain=domain)
    with closing(Grants(url)) as grants:
        grants.give(Grant("dan_in", "dba"), by="tests")
        for name in ("ann_in", "eve_in"):
            grants.give(Grant(name, "analyst", frozenset({"Workforce"})), by="tests")
    assert apply(url) == apply(url)
    with owner(url) as connection:
        for name, group in PEOPLE.items():
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
            connection.exec_driver_sql(f"GRANT {group} TO {name}")
    return url


def owner(url: str, name: str = "postgres") -> sa.engine.base.Connection:
    engine = sa.create_engine(sa.make_url(url).set(username=name), poolclass=sa.NullPool)
    return engine.begin()


@pytest.fixture
def asked(registry: str) -> Iterator[As]:
    def ask(name: str, statement: str) -> list[tuple]:
        with owner(registry, name) as connection:
            found = connection.exec_driver_sql(statement)
            return [tuple(row) for row in found.all()] if found.returns_rows else []

    yield ask


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("ann_in", ["qof", "staff"]),
        ("eve_in", ["qof", "staff"]),
        ("dan_in", ["beds", "qof", "staff"]),
    ],
)
def test_sources_are_seen_by_domain(asked: As, name: str, codes: list[str]):
    assert asked(name, "SELECT code FROM sources ORDER BY code") == [(code,) for code in codes]


ADD_LOAD = "INSERT INTO load_events (load_id, source_code, period, file_url, file_sha256,"
ADD_LOAD += " file_size_bytes, load_mode, status, started_at, triggered_by) VALUES"
ADD_LOAD += " ({0}, '{1}', '2026-01', '', '', 0, '', 'completed', now(), '')"


@pytest.mark.parametrize(
    ("statement", "may"),
    [
        (SOURCE.format("staff_2", "'Workforce'"), {"eve_in"}),
        (SOURCE.format("beds_2", "'Clinical'"), {"dan_in"}),
        (ADD_LOAD.format(901, "staff"), {"eve_in"}),
        (ADD_LOAD.format(902, "beds"), {"dan_in"}),
        ("DELETE FROM sources WHERE code = 'staff_2'", {"dan_in"}),
        ("SELECT who FROM audit_log", {"dan_in"}),
        ("UPDATE audit_log SET who = 'bob'", set()),
        ("DELETE FROM audit_log", set()),
        ("TRUNCATE audit_log", set()),
        ("INSERT INTO access_grants VALUES ('eve_in_2', 'dba', NULL, 'x', now())", {"dan_in"}),
        ("UPDATE access_grants SET role = 'dba' WHERE principal = 'dan_in'", {"dan_in"}),
    ],
)
def test_who_may_say_what(asked: As, statement: str, may: set[str]):
    able = set()
    for name in PEOPLE:
        try:
            asked(name, statement)
            able.add(name)
        except sa.exc.DBAPIError as error:
            # Where a dba, too, may: by then it is there already.
            if isinstance(error.orig, sa.exc.IntegrityError) or "duplicate key" in str(error):
                continue
    assert able == may


def test_an_engineer_adds_to_the_log_and_the_chain_holds(registry: str):
    for name in ("eve_in", "dan_in"):
        with closing(AuditLog(named(registry, name))) as log:
            log.add({"who": name, "role": "x", "action": "load", "object": "y", "outcome": "done"})
    with closing(AuditLog(registry)) as log:
        assert log.broken() == [] and [row["who"] for row in log.rows()] == ["eve_in", "dan_in"]


def named(url: str, name: str) -> str:
    return sa.make_url(url).set(username=name).render_as_string(hide_password=False)


def test_a_file_has_no_roles(tmp_path):
    with pytest.raises(BadQuestion, match="only PostgreSQL has roles"):
        apply(f"sqlite:///{tmp_path / 'registry.sqlite'}")
