"""The ledger's database is kept up, on either kind, and one that is damaged is left alone."""

from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from refresh.store.database import LedgerBroken
from refresh.store.ledger import Ledger
from refresh.store.upkeep import Kept, Upkeep


def rows_of(url: str, *, kept: int, many: int = 2000) -> None:
    """A ledger with many rows, most of which may be taken out by hand: room to give back."""
    with closing(Ledger(url)) as ledger:
        ledger.enrol("beds", name="Beds", publisher="", owner="a@b.test", purpose="p")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO cli_runs (command, args, started_at, status)"
                " VALUES (:c, :a, '2026-11-30 00:00:00', 'success')"
            ),
            [{"c": "run", "a": "x" * 500} for _ in range(many)],
        )
        connection.execute(sa.text(f"DELETE FROM cli_runs WHERE run_id > {kept}"))
    engine.dispose()


def kept(url: str, *, looks: bool = False) -> Kept:
    with closing(Upkeep(url)) as upkeep:
        return upkeep.look() if looks else upkeep.keep_up()


def test_room_is_given_back_and_no_row_is_lost(url: str):
    rows_of(url, kept=10)
    before = kept(url, looks=True)
    assert before.is_whole and before.done == () and before.before == before.after > 0
    done = kept(url)
    assert done.is_whole and done.done[-1].startswith("VACUUM")
    if done.dialect == "sqlite":  # PostgreSQL keeps the room for itself
        assert done.after < done.before - 500_000
    with closing(Ledger(url)) as ledger:
        assert [row["code"] for row in ledger.sources()] == ["beds"]
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM cli_runs")).scalar() == 10
    engine.dispose()


def test_a_damaged_database_is_told_and_not_written_to(tmp_path: Path):
    path = tmp_path / "registry.sqlite"
    rows_of(url := f"sqlite:///{path}", kept=2000)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    content = bytearray(path.read_bytes())
    # A page in the middle: the first ones say what tables there are.
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    path.write_bytes(bytes(content))
    try:
        found = kept(url)
    except LedgerBroken as error:
        assert "malformed" in error.found
    else:
        assert not found.is_whole and found.found != "ok" and found.before == found.after
    assert len(path.read_bytes()) == len(content)
