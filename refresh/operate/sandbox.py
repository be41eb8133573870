"""Sandbox: tables that people keep for themselves, beside the lake and never in it.

Each user has an area with a quota. Once a week what is older than a week goes, but for what is
pinned; a pin holds a month. No snapshot names what lies there, so no page, metric or recipe reads
it. What has proved itself is handed over as a file, and comes in by the door that all data
comes in by: a contract, a registration, every gate.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from engine.errors import LakeError, UnknownName
from engine.lake import Layout, current_id, open_lake
from engine.wings import TABLES
from refresh.store.seal import writing

WEEK = timedelta(days=7)


class SandboxFull(LakeError):
    """A user's area has no room for another table."""


@dataclass(frozen=True)
class Quota:
    """How much a user may keep, in bytes, and how long a pin holds, in days."""

    size: int = 5 * 1024**3
    days: int = 30


QUOTA = Quota()


@dataclass(frozen=True)
class Kept:
    """A table in a user's area.

    until  the day from which on the next wipe takes it
    """

    name: str
    rows: int
    size: int
    kept_on: date
    until: date
    is_pinned: bool = False


@dataclass(frozen=True)
class Tried:
    """A table that `load --test` made; it stays until it is tried anew."""

    name: str
    rows: int
    size: int


def keep(
    data: Path, user: str, name: str, rows: pl.LazyFrame, *, today: date, quota: Quota = QUOTA
) -> Kept:
    """Put a table into a user's area, in place of one of that name.

    Takes:  the data folder, whose area, the table's name and rows; the day.
    Gives:  what is said of it. A pin of the one before does not go over to it.
    Raises: UnknownName for a name that is no plain word; SandboxFull where the area would be larger
            than the quota: what was there stays as it was.
    """
    layout = Layout(data)
    path = _file(layout, user, name)
    with _changing(layout, user) as kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".part-{os.getpid()}-{path.name}")
        try:
            rows.sink_parquet(part, compression="zstd")
            size = part.stat().st_size
            others = sum(one.size for one in kept.values() if one.name != name)
            if size + others > quota.size:
                raise SandboxFull(
                    f"there is no room for `{name}`",
                    where=f"sandbox of {user}",
                    expected=f"{quota.size:,} bytes in all",
                    found=f"{others:,} bytes kept, {size:,} more",
                    next="drop what is not needed: python -m refresh sandbox drop TABLE",
                )
            count = pl.scan_parquet(part, glob=False).select(pl.len()).collect().item()
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
        kept[name] = Kept(name, count, size, today, today + WEEK)
    return kept[name]


def read(data: Path, user: str, name: str) -> pl.LazyFrame:
    """A table of a user's own area.

    Raises: UnknownName where there is none of that name.
    """
    layout = Layout(data)
    _one(_listed(layout, user), user, name)
    return pl.scan_parquet(_file(layout, user, name), glob=False)


def listed(data: Path, user: str) -> list[Kept]:
    """What a user keeps, by name."""
    return sorted(_listed(Layout(data), user).values(), key=lambda one: one.name)


def tried(data: Path) -> list[Tried]:
    """What `load --test` made of files that anybody tried, by name of the table.

    Raises: NoSnapshot where the snapshot of what was tried, or a file of it, is gone.
    """
    layout = Layout(data).sandbox
    if current_id(layout.root) is None:
        return []
    lake = open_lake(layout.root)
    # Not the dates, which every lake has.
    files = {name: lake.files(name) for name in sorted(lake.manifest["tables"].keys() - TABLES)}
    return [
        Tried(
            name,
            sum(file["rows"] for file in made),
            sum(layout.table_file(file["path"]).stat().st_size for file in made),
        )
        for name, made in files.items()
        if made
    ]


def pin(data: Path, user: str, name: str, *, today: date, quota: Quota = QUOTA) -> Kept:
    """Keep a table from the weekly wipe, for as many days as the quota says from today.

    Raises: UnknownName where there is none of that name.
    """
    with _changing(Layout(data), user) as kept:
        until = today + timedelta(days=quota.days)
        kept[name] = replace(_one(kept, user, name), is_pinned=True, until=until)
    return kept[name]


def drop(data: Path, user: str, name: str) -> None:
    """Take a table out of a user's area.

    Raises: UnknownName where there is none of that name.
    """
    layout = Layout(data)
    with _changing(layout, user) as kept:
        _one(kept, user, name)
        _file(layout, user, name).unlink(missing_ok=True)
        del kept[name]


def leaving(data: Path, *, on: date) -> dict[str, list[Kept]]:
    """The notice before a wipe: what it would take on that day, by user."""
    layout = Layout(data)
    users = sorted(path.name for path in layout.area().glob("*") if path.is_dir())
    going = {user: [one for one in listed(data, user) if one.until <= on] for user in users}
    return {user: tables for user, tables in going.items() if tables}


def wipe(data: Path, *, today: date) -> dict[str, list[Kept]]:
    """The weekly wipe: takes what is a week old and not pinned, and pins that have run out.

    Gives:  what went, by user.
    """
    going = leaving(data, on=today)
    for user, tables in going.items():
        for one in tables:
            drop(data, user, one.name)
    return going


def hand_over(data: Path, user: str, name: str, folder: Path) -> Path:
    """A table as a CSV file in a folder, for a manifest to be drafted from and registered.

    Gives:  the file. It is the same way in as for any publication: nothing is promoted past a gate.
    Raises: UnknownName where there is none of that name.
    """
    rows = read(data, user, name)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    rows.sink_csv(path)
    return path


def _file(layout: Layout, user: str, name: str) -> Path:
    return layout.area(_plain(user, "user"), f"{_plain(name, 'table')}.parquet")


def _list(layout: Layout, user: str) -> Path:
    return layout.area(_plain(user, "user"), "kept.json")


def _plain(name: str, of: str) -> str:
    """A name that is safe as that of a folder or file."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,62}", name):
        raise UnknownName(
            f"this is no name of a {of}",
            found=repr(name)[:80],
            expected="up to 63 lower case letters, digits, _ and -, a letter or digit first",
        )
    return name


def _one(kept: dict[str, Kept], user: str, name: str) -> Kept:
    if name not in kept:
        raise UnknownName(
            f"`{name}` is not kept",
            where=f"sandbox of {user}",
            found=", ".join(sorted(kept)) or "nothing",
        )
    return kept[name]


def _listed(layout: Layout, user: str) -> dict[str, Kept]:
    path = _list(layout, user)
    if not path.is_file():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    days = ("kept_on", "until")
    read_back = [Kept(**row | {day: date.fromisoformat(row[day]) for day in days}) for row in rows]
    return {one.name: one for one in read_back}


@contextmanager
def _changing(layout: Layout, user: str) -> Iterator[dict[str, Kept]]:
    """A user's list, to be changed: written when the block ends well, whole or not at all."""
    # The one writer's lock: two who keep at once would each forget the other's table.
    with writing(layout):
        kept = _listed(layout, user)
        yield kept
        path = _list(layout, user)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".part-{os.getpid()}-{path.name}")
        rows = [asdict(one) for one in kept.values()]
        part.write_text(json.dumps(rows, default=str, indent=1), encoding="utf-8")
        os.replace(part, path)
