"""Faults planted in a lake by hand, as they happen: for maintenance and for the runbooks."""

import os
from datetime import datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa

from engine import open_lake
from engine.lake import Layout
from tests.refresh.publications.feeds import Feed, organisations

OLD = "2026-10-30 00:00:00"


def changed(feed: Feed, *statements: str) -> None:
    """The ledger, changed by hand."""
    engine = sa.create_engine(Layout(feed.data).registry_url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def another(feed: Feed, code: str) -> Feed:
    """A second feed of the same lake, registered and loaded once."""
    of = msgspec.structs.replace(feed.of, code=code, name=code, table=f"tbl_{code}")
    other = Feed(feed.root, of)
    other.register()
    other.publish("2026-01", organisations())
    return other


def orphan(feed: Feed, code: str = "gone") -> None:
    """A source that the registry lost, with its table, its files and its loads; a month old."""
    another(feed, code)
    lost = ("source_metrics", "column_metadata", "releases", "validation_results")
    changed(
        feed,
        *(f"DELETE FROM {table} WHERE source_code = '{code}'" for table in lost),
        f"DELETE FROM sources WHERE code = '{code}'",
        f"UPDATE load_events SET started_at = '{OLD}' WHERE source_code = '{code}'",
    )
    aged = datetime.fromisoformat(OLD).timestamp()
    for path in feed.data.rglob("*"):
        os.utime(path, (aged, aged))


def flip(path: Path) -> None:
    """One byte of a file, flipped; its size and its name stay."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def table_file(feed: Feed) -> Path:
    """The file of the feed's table."""
    lake = open_lake(feed.data)
    return lake.layout.table_file(lake.files(feed.of.table)[0]["path"])
