"""The verbs of hosting on the command line: publish a lake, follow one, back it up, restore it."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM, signal
from threading import Event, Thread

from rich.console import Console

from engine.access import Reader
from engine.errors import LakeError
from engine.lake import Layout, data_folder
from engine.layout import copy_of, store_address
from refresh.operate.acting import me, os_user
from refresh.operate.auditing import audited
from refresh.store.database import LedgerBroken
from refresh.wing import Verb

EVERY_SECONDS = 15.0

console = Console(stderr=False)


def _publish(given: argparse.Namespace) -> int:
    from refresh.operate.publishing import Published, keep_published, publish
    from refresh.store.object_store import Store

    def told(of: Published | LakeError) -> None:
        if isinstance(of, LakeError):
            return _say(str(of))
        sent = f"{len(of.sent)} files sent ({of.bytes / 1e6:,.1f} MB), {len(of.removed)} removed"
        _say(f"Published {of.snapshot}: {sent}")

    data = data_folder(given.data)
    by = me(data)
    if given.make:
        Store(given.to).make()
    if given.every is None:
        told(publish(data, given.to, by=by, force=given.force))
        return 0
    with _until_told() as over:
        keep_published(
            data, given.to, by=by, every=given.every, over=over, tell=told, force=given.force
        )
    return 0


def _publish_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("to", help="s3://BUCKET/PREFIX, or a folder")
    parser.add_argument("--make", action="store_true", help="make the bucket where it is not there")
    parser.add_argument(
        "--every",
        type=_seconds,
        metavar="SECONDS",
        help="stay, look each so many seconds, and publish what became live",
    )
    parser.add_argument(
        "--force", action="store_true", help="also where somebody else sealed a later one"
    )


def _follow(given: argparse.Namespace) -> int:
    from refresh.operate.following import Followed, follow, follow_alone, follow_once, note
    from refresh.store.object_store import Store

    def told(of: Followed | LakeError) -> None:
        if isinstance(of, LakeError):
            return _say(str(of))
        _say(f"Live: {of.snapshot}; {len(of.brought)} files came")

    address, layout = _followed(given)
    if given.every is None:
        told(follow_once(layout, Store(address)))
        note(layout, address, error="")
        return 0
    with _until_told(attached=given.attached) as over:

        def go() -> None:
            follow(layout, address, every=given.every, over=over, tell=told)

        # Who started this one holds the copy already.
        go() if given.attached else follow_alone(layout, over, go)
    return 0


def _followed(given: argparse.Namespace) -> tuple[str, Layout]:
    """The address that is followed, and the copy's layout."""
    address = given.address or str(given.data or os.environ.get("CARE_ATLAS_DATA") or "")
    if named := store_address(address):
        return named, Layout(copy_of(named))
    # A folder that somebody shares over a network is copied to where it is said.
    if given.address and given.data:
        return given.address, Layout(data_folder(given.data))
    raise LakeError(
        "it is not said which lake is followed",
        expected="s3://BUCKET/PREFIX here or in CARE_ATLAS_DATA; or a folder, with --data COPY",
        found=address or "nothing",
    )


def _follow_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("address", nargs="?", help="s3://BUCKET/PREFIX (CARE_ATLAS_DATA)")
    parser.add_argument(
        "--every", type=_seconds, metavar="SECONDS", help="stay, and look each so many seconds"
    )
    parser.add_argument(
        "--attached", action="store_true", help="end when the standard input is closed"
    )


def _backup(given: argparse.Namespace) -> int:
    from refresh.operate.backing_up import backup

    now = datetime.now(UTC).replace(tzinfo=None)
    data = data_folder(given.data)
    with _noted(data, me(data), f"backup to {given.to}"):
        made = backup(data, given.to, now=now, every=given.all, watch=given.with_watch)
    _say(
        f"Backup {made.id}: snapshot {made.snapshot or 'none'}, {len(made.kept)} files,"
        f" {sum(one.bytes for one in made.kept) / 1e6:,.1f} MB,"
        f" of which {made.sent / 1e6:,.1f} MB are new there"
    )
    if made.registry:
        _say(
            "The registry is a database of its own, and not in it. Beside this backup:\n"
            f"  pg_dump --format=custom --file=registry-{made.id}.dump '{made.registry}'"
        )
    return 0


def _backup_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("to", help="a folder, or s3://BUCKET/PREFIX; it keeps many backups")
    parser.add_argument("--all", action="store_true", help="every snapshot, not the live one alone")
    parser.add_argument(
        "--with-watch",
        action="store_true",
        help="the addresses of those who follow by e-mail, too",
    )


def _restore(given: argparse.Namespace) -> int:
    from refresh.operate.restoring import restore

    data = data_folder(given.data)
    by = _me_though_damaged(data)
    found = restore(data, given.of, by=by, at=given.at, dry_run=given.dry_run, force=given.force)
    did = "Whole, and not restored" if given.dry_run else "Restored"
    _say(f"{did}: backup {found.id}, snapshot {found.snapshot or 'none'}, {len(found.kept)} files")
    if found.registry:
        _say(
            "Its registry is a database of its own:\n"
            f"  pg_restore --clean --if-exists --dbname='{found.registry}'"
            f" registry-{found.id}.dump"
        )
    return 0


def _me_though_damaged(data: Path) -> Reader:
    """Who runs this, where the registry that says what they may is what is to be restored.

    Whoever can write its file can write anything into it: nothing is given away.
    """
    try:
        return me(data)
    except LedgerBroken:
        return Reader(os_user(), "dba")


def _noted(data: Path, by: Reader, what: str) -> AbstractContextManager[object]:
    """A row of the audit log, where there is a registry: a backup has everything in it."""
    if not Layout(data).has_registry:
        return nullcontext()
    return audited(data, by, "administer", object=what, everything=True)


def _restore_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("of", metavar="from", help="the folder, or s3://BUCKET/PREFIX, of backups")
    parser.add_argument("--at", metavar="ID", help="which; the newest where none is given")
    parser.add_argument("--dry-run", action="store_true", help="only look at every file of it")
    parser.add_argument(
        "--force", action="store_true", help="also where what is here is newer than the backup"
    )


def _seconds(text: str) -> float:
    """A time that is not nothing, for argparse."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e7:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return seconds


@contextmanager
def _until_told(*, attached: bool = False) -> Iterator[Event]:
    """An event that is set when this process is to end: by a signal, or by whoever started it."""
    over = Event()
    before = signal(SIGTERM, lambda *_: over.set())

    def read_on() -> None:
        # Nobody writes; the end comes when the other process is gone, however it went.
        while sys.stdin.buffer.read(4096):
            pass
        over.set()

    if attached:
        Thread(target=read_on, daemon=True).start()
    try:
        yield over
    finally:
        signal(SIGTERM, before)


def _say(line: str) -> None:
    console.print(line, soft_wrap=True, markup=False, highlight=False)


VERBS: tuple[Verb, ...] = (
    Verb("publish", "hold the lake ready elsewhere, for readers", _publish, _publish_options),
    Verb("backup", "keep the lake in another place", _backup, _backup_options),
    Verb("restore", "bring a lake back from a backup", _restore, _restore_options),
    Verb("follow", "keep a copy of a published lake up to date", _follow, _follow_options),
)
