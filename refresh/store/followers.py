"""Followers: who follows what by e-mail. A database of its own, for here alone stand addresses.

Nothing else knows them: they are in no log, no ledger and no metric. Who is forgotten is gone; what
was never confirmed goes after a week.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.errors import LakeError

UNCONFIRMED = timedelta(days=7)
_METADATA = sa.MetaData()
# Random keys: a number that is free again would make an old link somebody else's.
_KEY = sa.String(32)

PEOPLE = sa.Table(
    "people",
    _METADATA,
    sa.Column("person", _KEY, primary_key=True),
    sa.Column("address", sa.String(254), nullable=False, unique=True),
    sa.Column("asked_on", sa.Date),
    sa.Column("asked", sa.Integer, nullable=False, default=0),
    sa.Column("told", sa.Text, nullable=False, default=""),  # the last snapshot that they know of
)
FOLLOWS = sa.Table(
    "follows",
    _METADATA,
    sa.Column("follow", _KEY, primary_key=True),
    sa.Column("person", _KEY, sa.ForeignKey("people.person"), nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("asked_at", sa.DateTime, nullable=False),
    sa.Column("confirmed_at", sa.DateTime),
    sa.UniqueConstraint("person", "topic"),
)
DIGESTS = sa.Table(
    "digests",
    _METADATA,
    sa.Column("person", _KEY, primary_key=True),
    sa.Column("snapshot", sa.Text, primary_key=True),
    sa.Column("claimed_at", sa.DateTime, nullable=False),
    sa.Column("sent_at", sa.DateTime),
)
EDITIONS = sa.Table(
    "editions",
    _METADATA,
    sa.Column("snapshot", sa.Text, primary_key=True),
    sa.Column("releases", sa.JSON, nullable=False),
)
SECRETS = sa.Table("secrets", _METADATA, sa.Column("secret", sa.String(64), primary_key=True))


class WatchBroken(LakeError):
    """The database of followers cannot be read or written."""


@dataclass(frozen=True)
class Follow:
    """One thing that somebody follows."""

    key: str
    person: str
    topic: str
    title: str
    is_confirmed: bool

    def __repr__(self) -> str:
        return f"Follow({self.topic})"


class Followers:
    """The open database; each method is one transaction, and raises WatchBroken where it is away.

    No error has an address in it: neither the statement's parameters nor the database's words are
    told.
    """

    def __init__(self, path: Path):
        self._path = path
        is_new = not path.exists()
        # Parameters would stand in whatever is raised.
        self._engine = sa.create_engine(f"sqlite:///{path}", hide_parameters=True)
        with self._told(), self._engine.begin() as connection:
            _METADATA.create_all(connection)
            if connection.execute(sa.select(SECRETS)).first() is None:
                connection.execute(sa.insert(SECRETS).values(secret=secrets.token_hex(32)))
        if is_new:
            with suppress(OSError):  # a disk without rights
                os.chmod(path, 0o600)

    def close(self) -> None:
        self._engine.dispose()

    @property
    def secret(self) -> bytes:
        """What links are signed with; it never leaves this database."""
        return str(self._rows(sa.select(SECRETS))[0]["secret"]).encode()

    def ask(self, address: str, topic: str, title: str, *, now: datetime, most: int) -> str | None:
        """Keep that somebody asked to follow something; the key of it.

        Gives:  None where that address asked `most` times today: nobody writes to it again.
        """
        with self._write() as connection:
            row = _first(connection, sa.select(PEOPLE).where(PEOPLE.c.address == address))
            asked = row["asked"] if row and row["asked_on"] == now.date() else 0
            if asked >= most:
                return None
            person = row["person"] if row else secrets.token_hex(16)
            counted = dict(asked_on=now.date(), asked=asked + 1)
            if row is None:
                new = dict(person=person, address=address, told="", **counted)
                connection.execute(sa.insert(PEOPLE).values(new))
            else:
                mine = PEOPLE.c.person == person
                connection.execute(sa.update(PEOPLE).where(mine).values(counted))
            same = (FOLLOWS.c.person == person, FOLLOWS.c.topic == topic)
            known = _first(connection, sa.select(FOLLOWS).where(*same))
            if known is None:
                key = secrets.token_hex(16)
                row = dict(follow=key, person=person, topic=topic, title=title, asked_at=now)
                connection.execute(sa.insert(FOLLOWS).values(row))
                return key
            if known["confirmed_at"] is None:
                connection.execute(sa.update(FOLLOWS).where(*same).values(asked_at=now))
            return str(known["follow"])

    def asked_since(self, at: datetime) -> int:
        """How many asked to follow something since then and have not confirmed it."""
        waiting = (FOLLOWS.c.asked_at >= at, FOLLOWS.c.confirmed_at.is_(None))
        return len(self._rows(sa.select(FOLLOWS.c.follow).where(*waiting)))

    def one(self, key: str) -> Follow | None:
        """What a key of a follow stands for."""
        rows = self._rows(sa.select(FOLLOWS).where(FOLLOWS.c.follow == key))
        return _follow(rows[0]) if rows else None

    def of_person(self, person: str) -> list[Follow]:
        """What somebody follows, or asked to."""
        mine = sa.select(FOLLOWS).where(FOLLOWS.c.person == person).order_by(FOLLOWS.c.title)
        return [_follow(row) for row in self._rows(mine)]

    def address_of(self, person: str) -> str:
        """Where somebody is written to."""
        rows = self._rows(sa.select(PEOPLE.c.address).where(PEOPLE.c.person == person))
        return str(rows[0]["address"])

    def confirm(self, key: str, *, now: datetime, told: str) -> bool:
        """Note that the one who reads that address wants this; whether there was such a wish.

        Takes:  the snapshot that is live: they are told of what comes after it.
        """
        with self._write() as connection:
            row = _first(connection, sa.select(FOLLOWS).where(FOLLOWS.c.follow == key))
            if row is None:
                return False
            if row["confirmed_at"] is None:
                this = FOLLOWS.c.follow == key
                connection.execute(sa.update(FOLLOWS).where(this).values(confirmed_at=now))
                new = (PEOPLE.c.person == row["person"], PEOPLE.c.told == "")
                connection.execute(sa.update(PEOPLE).where(*new).values(told=told))
            return True

    def stop(self, key: str) -> None:
        """Take one thing out of what somebody follows; the last one takes the person with it."""
        with self._write() as connection:
            connection.execute(sa.delete(FOLLOWS).where(FOLLOWS.c.follow == key))
            _sweep(connection)

    def forget(self, person: str) -> None:
        """Take somebody out, with all that is known of them."""
        with self._write() as connection:
            connection.execute(sa.delete(FOLLOWS).where(FOLLOWS.c.person == person))
            _sweep(connection)

    def forget_address(self, address: str) -> bool:
        """The same by the address; whether it was there."""
        rows = self._rows(sa.select(PEOPLE.c.person).where(PEOPLE.c.address == address))
        for row in rows:
            self.forget(row["person"])
        return bool(rows)

    def drop_unconfirmed(self, *, now: datetime) -> None:
        """Forget what was not confirmed within a week."""
        old = (FOLLOWS.c.confirmed_at.is_(None), FOLLOWS.c.asked_at < now - UNCONFIRMED)
        with self._write() as connection:
            connection.execute(sa.delete(FOLLOWS).where(*old))
            _sweep(connection)

    def people(self) -> dict[str, str]:
        """Everybody who confirmed anything, with the last snapshot that they know of."""
        confirmed = sa.select(FOLLOWS.c.person).where(FOLLOWS.c.confirmed_at.is_not(None))
        query = sa.select(PEOPLE).where(PEOPLE.c.person.in_(confirmed)).order_by(PEOPLE.c.person)
        return {row["person"]: row["told"] for row in self._rows(query)}

    def counts(self) -> dict[str, int]:
        """How many follow a topic of each kind, confirmed; no address and no single topic."""
        confirmed = sa.select(FOLLOWS.c.topic).where(FOLLOWS.c.confirmed_at.is_not(None))
        found: dict[str, int] = {}
        for row in self._rows(confirmed):
            kind = row["topic"].partition(":")[0] or "england"
            found[kind] = found.get(kind, 0) + 1
        return dict(sorted(found.items()))

    # What was told

    def claim(self, person: str, snapshot: str, *, now: datetime, died_before: datetime) -> bool:
        """Take on the digest of a person and a snapshot; whether it is nobody else's."""
        row = dict(person=person, snapshot=snapshot, claimed_at=now)
        this = (DIGESTS.c.person == person, DIGESTS.c.snapshot == snapshot)
        with self._write() as connection:
            known = _first(connection, sa.select(DIGESTS).where(*this))
            if known is None:
                connection.execute(sa.insert(DIGESTS).values(row))
                return True
            is_dead = (DIGESTS.c.sent_at.is_(None), DIGESTS.c.claimed_at < died_before)
            mine = sa.update(DIGESTS).where(*this, *is_dead).values(claimed_at=now)
            return bool(connection.execute(mine).rowcount)

    def let_go(self, person: str, snapshot: str) -> None:
        """Let a digest that could not be sent be taken on again."""
        this = (DIGESTS.c.person == person, DIGESTS.c.snapshot == snapshot)
        with self._write() as connection:
            connection.execute(sa.delete(DIGESTS).where(*this, DIGESTS.c.sent_at.is_(None)))

    def sent(self, person: str, snapshot: str, *, now: datetime) -> None:
        """Note that somebody was told of a snapshot."""
        this = (DIGESTS.c.person == person, DIGESTS.c.snapshot == snapshot)
        with self._write() as connection:
            connection.execute(sa.update(DIGESTS).where(*this).values(sent_at=now))
        self.knows(person, snapshot)

    def knows(self, person: str, snapshot: str) -> None:
        """Note that somebody knows of a snapshot: they were told, or it has nothing new."""
        mine = PEOPLE.c.person == person
        with self._write() as connection:
            connection.execute(sa.update(PEOPLE).where(mine).values(told=snapshot))

    def remember(self, snapshot: str, releases: dict[str, str]) -> None:
        """Keep which releases a snapshot has, for when it is swept away."""
        row = dict(snapshot=snapshot, releases=releases)
        with self._write() as connection:
            known = sa.select(EDITIONS).where(EDITIONS.c.snapshot == snapshot)
            if _first(connection, known) is None:
                connection.execute(sa.insert(EDITIONS).values(row))

    def releases(self, snapshot: str) -> dict[str, str] | None:
        """Which releases a snapshot had; None where nobody kept it."""
        rows = self._rows(sa.select(EDITIONS).where(EDITIONS.c.snapshot == snapshot))
        return rows[0]["releases"] if rows else None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise WatchBroken(
                "the database of followers cannot be read or written",
                where=str(self._path),
                found=type(error.orig).__name__,
                next="make room on the disk or mend its rights; nobody was written to",
            ) from None

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        with self._told(), self._engine.begin() as connection:
            yield connection

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._told(), self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _first(connection: sa.Connection, query: sa.Select[Any]) -> dict[str, Any] | None:
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None


def _follow(row: dict[str, Any]) -> Follow:
    names = ("person", "topic", "title")
    said = {name: row[name] for name in names}
    return Follow(key=row["follow"], is_confirmed=row["confirmed_at"] is not None, **said)


def _sweep(connection: sa.Connection) -> None:
    """Forget whoever follows nothing any more."""
    left = sa.select(FOLLOWS.c.person)
    connection.execute(sa.delete(DIGESTS).where(DIGESTS.c.person.not_in(left)))
    connection.execute(sa.delete(PEOPLE).where(PEOPLE.c.person.not_in(left)))
