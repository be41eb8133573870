"""Restoring: a data folder as a backup has it, or not at all.

Everything is brought beside the lake and looked at by its hash before anything here is touched; a
file that is damaged or missing is named, and nothing has happened. What is here and newer is not
written over, unless that is meant; then the registry that was here is kept under another name.
"""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path, PureWindowsPath
from typing import Any

from engine.access import Reader, may, refusal
from engine.errors import LakeError
from engine.lake import Layout, current_id
from refresh.operate.auditing import audited
from refresh.operate.backing_up import ANCHORS, LISTS, VERSION, Backup, Kept, digest_of, key_of
from refresh.store.object_store import NotTheBytes, Store, StoreUnreachable
from refresh.store.seal import settle, writing


class NotRestored(LakeError):
    """A backup that cannot be used here."""


def restore(
    data: Path,
    of: str,
    *,
    by: Reader,
    at: str | None = None,
    dry_run: bool = False,
    force: bool = False,
) -> Backup:
    """Make a data folder hold what a backup has; other files stay as they are.

    Takes:  the data folder; the place of backups; who does it; which (None: the newest); whether
            only to look at every file; whether to put an older state in the place of a newer one.
    Gives:  the list of what was (or would be) restored.
    Raises: NotRestored where there is no such backup, its list or one of its files is damaged or
            missing (each is named), or the lake here is newer; LakeBusy while a refresh writes;
            NotAllowed for who may not.
    """
    store, layout = Store(of), Layout(data)
    found = _listed(store, at)
    what = f"backup {found.id} of {store.address}"
    if not may(by, "restore") or by.domains is not None:
        raise refusal(by, "restore", object=what)
    with writing(layout):
        if not force:
            _assert_not_newer(layout, found)
        beside = layout.root / f".restore-{os.getpid()}"
        try:
            _bring_all(store, found, beside)
            if not dry_run:
                _put_in_place(layout, found, beside)
                # In the log that is live from now on: the one that was may be damaged, or gone.
                if layout.has_registry:
                    with audited(data, by, "restore", object=what, everything=True) as said:
                        said.after = {"snapshot": found.snapshot, "files": len(found.kept)}
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return found


def _listed(store: Store, at: str | None) -> Backup:
    names = sorted(Path(key).stem for key in store.sizes(LISTS))
    name = at or (names[-1] if names else "")
    if name not in names:
        raise NotRestored(
            "there is no such backup" if at else "there is no backup",
            where=store.address,
            found=at or "",
            expected=", ".join(names),
            next="python -m refresh backup TO   makes one",
        )
    key = f"{LISTS}/{name}.json"
    try:
        said: dict[str, Any] = json.loads(store.read(key) or b"")
        if said.pop("sha256") != digest_of(said) or said["version"] != VERSION:
            raise ValueError("its hash is another, or its version")
        if said["id"] != name:  # what was here is kept under it
            raise ValueError("it is the list of another backup")
        kept = tuple(Kept(**one) for one in said["files"])
        made = Backup(said["id"], said["snapshot"], kept, said["registry"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotRestored(
            "the list of the backup is damaged, or of a newer Care Atlas",
            where=f"{store.address}/{key}",
            found=str(error),
            next="take another one: --at " + " or ".join(n for n in names if n != name),
        ) from error
    _assert_inside(made, f"{store.address}/{key}")
    return made


def _assert_inside(made: Backup, where: str) -> None:
    """That a list names places below a data folder: its hash says only that nobody slipped."""
    # As Windows reads them: what leads outside anywhere does there.
    paths = [PureWindowsPath(one.path) for one in made.kept]
    bad = [str(path) for path in paths if path.anchor or ".." in path.parts or not path.parts]
    if bad:
        raise NotRestored("it names files outside of the lake", where=where, found=bad[0])


def _bring_all(store: Store, found: Backup, beside: Path) -> None:
    """Bring every file beside the lake; all that are wrong are named at once."""
    wrong = []
    for one in found.kept:
        try:
            store.bring(key_of(one), beside / one.path, one.sha256)
        except NotTheBytes:
            wrong.append(f"{one.path} (damaged)")
        except StoreUnreachable as error:
            if key_of(one) in store.sizes(key_of(one).rpartition("/")[0]):
                raise
            wrong.append(f"{one.path} (missing: {error.found[:80]})")
    if wrong:
        raise NotRestored(
            f"{len(wrong)} of {len(found.kept)} files of the backup cannot be used;"
            " nothing was changed",
            where=f"{store.address}, {found.id}",
            found="; ".join(wrong[:20]),
            next="take another backup (--at), or bring these files back",
        )


def _assert_not_newer(layout: Layout, found: Backup) -> None:
    # Names of times, in one form: they sort as they came.
    live, last, newer = current_id(layout.root), _last_load(layout), ""
    if live is not None and live > (found.snapshot or ""):
        newer = f"snapshot {live}"
    elif last is not None and last > found.id:
        newer = f"a load that began at {last}"
    if newer:
        raise NotRestored(
            "what is here is newer than the backup",
            where=str(layout.root),
            found=newer,
            expected=f"nothing after {found.id} (snapshot {found.snapshot})",
            next="restore to another folder (--data), or, if it is to go: --force",
        )


def _last_load(layout: Layout) -> str | None:
    """When the last load began, by the registry that is here; None where there is none."""
    file = layout.registry_file
    if file is None or not file.is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as registry:
            [(at,)] = registry.execute("SELECT max(started_at) FROM load_events")
    except sqlite3.DatabaseError:
        return None  # damaged: that is what a backup is for
    return f"{datetime.fromisoformat(at):%Y%m%dT%H%M%SZ}" if at else None


def _put_in_place(layout: Layout, found: Backup, beside: Path) -> None:
    """Files first, then the registry, then the one line that counts."""
    current = layout.below(layout.current)
    own = {"registry.sqlite": layout.registry_file, "watch.sqlite": layout.watch}
    for one in found.kept:
        if one.path != current and one.path not in own:
            final = layout.audit_anchors if one.path == ANCHORS else layout.told(one.path)
            if one.path == ANCHORS and final.is_file():
                os.replace(final, final.with_name(f"{final.name}.before-{found.id}"))
            final.parent.mkdir(parents=True, exist_ok=True)
            os.replace(beside / one.path, final)
    for name, database in own.items():
        if (beside / name).is_file() and database is not None:
            _database(beside / name, database, found.id)
    if (beside / current).is_file():
        settle(layout.current, (beside / current).read_bytes())


def _database(copy: Path, final: Path, stamp: str) -> None:
    """Put a database into the place of another, which is kept; whoever has it open sees the new."""
    if final.is_file():
        kept = final.with_name(f"{final.name}.before-{stamp}")
        shutil.copy2(final, kept)
        for beside in ("-wal", "-shm"):
            if (more := final.with_name(final.name + beside)).is_file():
                shutil.copy2(more, kept.with_name(kept.name + beside))
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        _poured(copy, final)
    except sqlite3.DatabaseError:
        # What was there is no database any more; a copy of it is kept.
        for name in ("", "-wal", "-shm"):
            final.with_name(final.name + name).unlink(missing_ok=True)
        _poured(copy, final)


def _poured(copy: Path, final: Path) -> None:
    with closing(sqlite3.connect(copy)) as there, closing(sqlite3.connect(final)) as here:
        there.backup(here)
