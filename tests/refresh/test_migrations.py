"""The ledger's schema grows: whatever an older Care Atlas wrote is there afterwards, or nothing has
changed. `baseline/` holds the schema of the last code without migrations, as it made it, and rows.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.ledger import METADATA
from refresh.store.database import LedgerBroken
from refresh.store.ledger import Ledger
from refresh.store.migrate import LedgerRefused
from refresh.store.migrations import HEAD, VERSION_TABLE
from tests.refresh.test_ledger import FILE, QOF, load, release
from tests.test_house import ROOT

BASELINE = Path(__file__).parent / "baseline"
VERSIONS = ROOT / "refresh" / "store" / "migrations"
Opening = Callable[..., dict[str, Any]]
ROWS = {"sources": 2, "fetches": 2, "releases": 3, "load_events": 3, "validation_results": 4}


@lru_cache(maxsize=4)
def beside(url: str) -> sa.Engine:
    """A way to a database that holds no connection, but what SQLAlchemy made of its questions.

    To make those anew is most of what it takes to look at PostgreSQL's tables, after each of
    thirty kills.
    """
    return sa.create_engine(url, poolclass=sa.NullPool)


@contextmanager
def reached(url: str) -> Iterator[sa.Connection]:
    """The database itself, beside our code; what is written is committed at the end."""
    with beside(url).begin() as connection:
        yield connection


def execute(url: str, *statements: str) -> None:
    with reached(url) as connection:
        connection.execution_options(no_parameters=True)  # a % is a %
        for statement in statements:
            connection.exec_driver_sql(statement)


def written(name: str) -> list[str]:
    """The statements of a file of `baseline/`."""
    lines = (BASELINE / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("--"))
    return [statement for statement in text.split(";\n") if statement.strip()]


def as_of_old(url: str) -> str:
    """In an empty database, a ledger as the last code without migrations left it."""
    execute(url, *written(sa.make_url(url).get_backend_name()), *written("rows"))
    return url


@pytest.fixture
def old(url: str) -> str:
    """An old ledger."""
    return as_of_old(url)


@pytest.fixture(params=["new", "old"])
def stale(request: pytest.FixtureRequest, database: Callable[[], str]) -> Callable[[], str]:
    """Gives a database at each call that opening has something to do with."""
    return database if request.param == "new" else lambda: as_of_old(database())


def rows_of(url: str, columns: Mapping[str, Iterable[str]]) -> dict[str, list[tuple]]:
    """Every row of these columns, by table, in the order of their words."""
    found = {}
    with reached(url) as connection:
        for table, names in columns.items():
            quoted = ", ".join(f'"{name}"' for name in names)
            rows = connection.exec_driver_sql(f'SELECT {quoted} FROM "{table}"')
            found[table] = sorted((tuple(row) for row in rows), key=repr)
    return found


def shape_of(url: str) -> dict[str, Any]:
    """The columns of every table, with their types and what is indexed."""
    with reached(url) as connection:
        inspector = sa.inspect(connection)
        indexes = inspector.get_multi_indexes()
        return {
            table: (
                {column["name"]: str(column["type"]) for column in columns},
                sorted(index["name"] for index in indexes[of, table]),
            )
            for (of, table), columns in inspector.get_multi_columns().items()
        }


def state(url: str) -> tuple[dict[str, Any], dict[str, list[tuple]]]:
    """All that a database holds: the shape of its tables, and every row."""
    shape = shape_of(url)
    return shape, rows_of(url, {table: columns for table, (columns, _) in shape.items()})


def differences(url: str) -> list[Any]:
    """What Alembic would have to do to make of a database what engine/ledger.py declares."""
    with reached(url) as connection:
        opts = {"version_table": VERSION_TABLE, "compare_type": True}
        return compare_metadata(MigrationContext.configure(connection, opts=opts), METADATA)


# Where the steps lead


def test_a_new_ledger_is_what_is_declared(url: str):
    """Fails where somebody changes engine/ledger.py without a migration, and says what lacks."""
    Ledger(url).close()
    assert differences(url) == []


def test_an_old_ledger_becomes_what_is_declared(old: str):
    assert differences(old) != []
    Ledger(old).close()
    assert differences(old) == []


def test_the_newest_step_is_the_one_that_openings_look_for():
    assert ScriptDirectory(str(VERSIONS)).get_current_head() == HEAD


def test_to_open_a_ledger_of_today_needs_no_alembic(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'registry.sqlite'}"
    Ledger(url).close()
    opening = "import sys; from refresh.store.ledger import Ledger; Ledger(sys.argv[1])"
    telling = "print([name for name in sys.modules if name.startswith('alembic')])"
    done = subprocess.run(
        [sys.executable, "-c", f"{opening}; {telling}", url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_ledger_can_be_made_from_whatever_folder_one_is_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Ledger("sqlite:///registry.sqlite").close()
    assert differences(f"sqlite:///{tmp_path / 'registry.sqlite'}") == []


# What was there before


def test_every_row_of_an_old_ledger_is_there_afterwards(old: str):
    shape, before = state(old)
    assert {table: len(rows) for table, rows in before.items()} == ROWS | {"postcodes": 2}
    Ledger(old).close()
    assert rows_of(old, {table: columns for table, (columns, _) in shape.items()}) == before


def test_an_old_ledger_answers_as_it_did_and_goes_on_counting(old: str):
    with closing(Ledger(old)) as ledger:
        assert [f["check_name"] for f in ledger.findings_of("qof", "2021-22")] == ["one row a key"]
        ((first, row), (_, refused)) = ledger.releases("qof", demonstration=False)
        assert (first.files[0].size, first.published_on) == (2147483647, date(2022, 9, 29))
        assert row["parts"]["achievement"]["headers"] == ["PRACTICE_CODE", "WERT ä"]
        assert refused["stored_at"] == datetime(2026, 11, 20, 10, 0, 6)
        assert ledger.known_postcodes(["TS18 1HU"])["longitude"].item() == -1.3214567890123456
        assert ledger.close_interrupted() == 1
        assert load(ledger) == 4


def test_a_ledger_whose_making_was_stopped_half_way_is_finished(url: str):
    """Before the migrations, one table after the other was made, each for itself."""
    execute(url, *written(sa.make_url(url).get_backend_name())[:3])
    Ledger(url).close()
    assert differences(url) == []


def test_other_tables_of_the_same_database_are_left_alone(url: str):
    execute(url, "CREATE TABLE alembic_version (version_num VARCHAR(32))")
    execute(url, "INSERT INTO alembic_version VALUES ('of another program')")
    Ledger(url).close()
    assert rows_of(url, {"alembic_version": ["version_num"]}) == {
        "alembic_version": [("of another program",)]
    }


def test_files_beyond_2_gib_can_be_noted(old: str):
    large = replace(FILE, size=5 << 30)
    with closing(Ledger(old)) as ledger:
        ledger.note_fetch(FILE.url, large)
        assert ledger.fetched(FILE.url) == large
        ledger.begin_load(QOF, replace(release(), files=(large, large)), by="tests")
        assert ledger.loads()[0]["file_size_bytes"] == 10 << 30


# What is refused


def test_a_ledger_of_a_newer_program_is_refused_and_left_as_it_is(url: str):
    Ledger(url).close()
    execute(url, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    before = state(url)
    with pytest.raises(LedgerRefused) as refused:
        Ledger(url)
    assert (refused.value.found, refused.value.expected) == (
        "schema 9999",
        f"schema {HEAD} or older",
    )
    assert "newer Care Atlas" in refused.value.what and "update the program" in refused.value.next
    assert sa.make_url(url).get_backend_name() in refused.value.where
    assert state(url) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("DROP TABLE releases; CREATE TABLE releases (version TEXT)", "releases.judged_by"),
        ("ALTER TABLE sources ADD COLUMN colour TEXT", "remove column sources.colour"),
        ("DROP TABLE postcodes; CREATE TABLE postcodes AS SELECT 1 AS postcode", "postcodes"),
    ],
)
def test_tables_of_our_names_that_are_not_ours_are_refused(old: str, change: str, said: str):
    execute(old, *change.split("; "))
    before = state(old)
    with pytest.raises(LedgerRefused, match="not the ledger's") as refused:
        Ledger(old)
    assert said in refused.value.found
    assert state(old) == before


def test_an_index_of_the_owners_own_is_no_reason_to_refuse(old: str):
    execute(old, "CREATE INDEX mine ON load_events (status)")
    Ledger(old).close()
    assert "mine" in shape_of(old)["load_events"][1]


def test_a_driver_that_is_missing_is_named_and_no_password():
    with pytest.raises(LedgerBroken, match="driver") as broken:
        Ledger("mysql://atlas:secret@db/atlas")
    assert "secret" not in str(broken.value) and "pip install" in broken.value.next


# Whatever happens meanwhile


@pytest.fixture(scope="module")
def opening() -> Iterator[Opening]:
    """Opens ledgers in processes of their own; how they ended, and how much they wrote."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.refresh.opening"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(url: str, **how: int) -> dict[str, Any]:
        print(json.dumps({"url": url} | how), file=process.stdin, flush=True)
        return json.loads(process.stdout.readline())

    yield ask
    process.stdin.close()
    process.stdout.close()
    assert process.wait() == 0


def test_one_that_is_killed_leaves_what_was_there(stale: Callable[[], str], opening: Opening):
    """Before every statement and before the commit: the next opening begins at the beginning."""
    url = stale()
    before, writes = state(url), opening(stale())["writes"]
    assert writes > 4
    for at in range(1, writes + 1):
        assert opening(url, kill_before=at)["codes"] == [-9]
        assert state(url) == before, f"killed before write {at} of {writes}"
    assert opening(url) == {"codes": [0], "writes": writes}
    assert differences(url) == []


def test_of_many_that_open_one_at_once_one_does_the_work(
    stale: Callable[[], str], opening: Opening
):
    url, writes = stale(), opening(stale())["writes"]
    assert opening(url, at_once=6) == {"codes": [0] * 6, "writes": writes}
    assert differences(url) == []
    assert opening(url, at_once=2) == {"codes": [0] * 2, "writes": 0}
