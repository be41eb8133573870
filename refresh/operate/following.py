"""Following: a copy, on this machine, of a lake that somebody publishes on object storage.

The only thing that is trusted is a hash: a file is brought once, looked at, and given its name when
it is whole. CURRENT comes last, so that readers of the copy see what readers of a lake see: one
snapshot, then the next. Where the storage is away they keep the last one.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout

from engine.errors import LakeError, NoSnapshot
from engine.lake import Layout, current_id, read_following, snapshot_ids
from engine.manifest import Manifest
from refresh.store.object_store import Store
from refresh.store.seal import manifest_of, settle

NAMED = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")  # what seal.py calls a snapshot
MOST_BYTES = 4 << 30  # of a copy: earlier snapshots come as far as they fit into it


@dataclass(frozen=True)
class Followed:
    """What one look brought.

    snapshot  the one that is live here now
    brought   the names of the files that came
    """

    snapshot: str
    brought: tuple[str, ...]


def follow_once(layout: Layout, store: Store, *, most: int = MOST_BYTES) -> Followed:
    """Make a copy hold what is published now.

    Takes:  the copy's layout; where it is published; the bytes that a copy may have: the live
            snapshot comes whatever it takes, earlier ones, the newest first, while they fit.
    Gives:  what came. What is published no more, or does not fit, goes.
    Raises: NoSnapshot where nothing is published, or what is cannot be read; StoreUnreachable;
            NotTheBytes for a damaged file: then what is live here stays live.
    """
    live = _live(layout, store)
    if not live:
        raise NoSnapshot(
            "nothing is published there yet",
            where=store.address,
            next="where it is made: python -m refresh publish " + store.address,
        )
    manifest = _published(layout, store, live)
    brought = _brought(layout, store, live, manifest)
    if current_id(layout.root) != live:
        settle(layout.current, f"{live}\n".encode())
    there = store.sizes(layout.below(layout.current.parent))
    named = {live: _keys(layout, manifest)}
    for name in _earlier(layout, there, live):
        manifest = _published(layout, store, name)
        wanted = set().union(*named.values(), keys := _keys(layout, manifest))
        if sum(there.get(key, 0) for key in wanted) > most:
            break
        brought += _brought(layout, store, name, manifest)
        named[name] = keys
    _let_go(layout, named)
    return Followed(live, tuple(brought))


def follow(
    layout: Layout,
    address: str,
    *,
    every: float,
    over: Event,
    tell: Callable[[Followed | LakeError], None],
    most: int = MOST_BYTES,
) -> None:
    """Keep a copy up to date until it is over, and note beside it how that goes.

    Takes:  seconds between two looks; who hears of each snapshot that came, and of a look that went
            wrong, once until another does.
    """
    said = ""
    while True:
        error = ""
        try:
            store = Store(address)
            # One small question each time; the rest only where there is something to bring.
            if not (said and said == _live(layout, store) and _is_whole(layout, said)):
                followed = follow_once(layout, store, most=most)
                tell(followed)
                said = followed.snapshot
        except LakeError as wrong:
            error = str(wrong)
            if error != said:
                tell(wrong)
            said = error
        note(layout, address, error=error)
        if over.wait(every):
            return


def follow_alone(layout: Layout, over: Event, begin: Callable[[], None]) -> None:
    """Begin once nobody else follows into this copy; hold it until `begin` has ended.

    Several processes of a machine share a copy: one brings it, and if that dies, another does.
    """
    layout.root.mkdir(parents=True, exist_ok=True)
    while not over.is_set():
        try:
            with FileLock(layout.follower, timeout=1):
                return begin()
        except Timeout:
            continue


def note(layout: Layout, address: str, *, error: str) -> None:
    """Say beside a copy whose it is, when it was looked at, and what went wrong."""
    layout.root.mkdir(parents=True, exist_ok=True)
    before = read_following(layout.root) or {}
    said = {
        "origin": address,
        "checked_at": before.get("checked_at") if error else datetime.now(UTC).isoformat(),
        "snapshot": current_id(layout.root),
        "error": error,
    }
    settle(layout.following, json.dumps(said).encode())


def _live(layout: Layout, store: Store) -> str:
    """The id of the snapshot that is published as live; empty where none is."""
    return (store.read(layout.below(layout.current)) or b"").decode(errors="replace").strip()


def _is_whole(layout: Layout, name: str) -> bool:
    """Whether a snapshot is live in the copy with all its files: caches are swept by others too."""
    manifest = manifest_of(layout, name)
    if manifest is None or current_id(layout.root) != name:
        return False
    return all(layout.told(key).is_file() for key in _keys(layout, manifest))


def _published(layout: Layout, store: Store, name: str) -> Manifest:
    """A published snapshot's manifest: the copy's own where it came before."""
    # Whoever may write there must not write anywhere else on this machine.
    if not NAMED.fullmatch(name):
        raise NoSnapshot("it names no snapshot", where=store.address, found=name[:60])
    key = layout.below(layout.manifest(name))
    if (known := manifest_of(layout, name)) is not None:
        return known
    try:
        manifest: Manifest = json.loads(store.read(key) or b"")
        keys = _keys(layout, manifest)
    except (ValueError, KeyError, TypeError) as error:
        raise NoSnapshot(
            "the published snapshot's manifest is not there, or cannot be read",
            where=f"{store.address}/{key}",
            next="where it is made: python -m refresh publish, again",
        ) from error
    within = layout.tables.resolve()
    if not all(layout.told(key).resolve().is_relative_to(within) for key in keys):
        raise NoSnapshot("it names files outside of the lake", where=f"{store.address}/{key}")
    return manifest


def _brought(layout: Layout, store: Store, name: str, manifest: Manifest) -> list[str]:
    """Bring a snapshot: its files, and when all are here its manifest."""
    brought = []
    for table in manifest["tables"].values():
        for file in table["files"]:
            path = layout.table_file(file["path"])
            if not path.is_file():
                store.bring(layout.below(path), path, file["sha256"])
                brought.append(path.name)
    if not (there := layout.manifest(name)).is_file():
        settle(there, json.dumps(manifest, indent=1).encode())
        brought.append(there.name)
    return brought


def _earlier(layout: Layout, there: Mapping[str, int], live: str) -> list[str]:
    """The snapshots that are published beside the live one, the newest first."""
    folder = f"{layout.below(layout.snapshots)}/"
    names = {Path(key).stem for key in there if key.startswith(folder) and key.endswith(".json")}
    return sorted(names - {live}, reverse=True)


def _keys(layout: Layout, manifest: Manifest) -> set[str]:
    """The keys of the files that a snapshot names."""
    tables = manifest["tables"].values()
    return {layout.below(layout.table_file(f["path"])) for table in tables for f in table["files"]}


def _let_go(layout: Layout, named: Mapping[str, set[str]]) -> None:
    """Delete all but these snapshots and the files that they name: manifests first."""
    for name in snapshot_ids(layout.root):
        if name not in named:
            layout.manifest(name).unlink(missing_ok=True)
    stays = set().union(*named.values())
    for path in sorted(layout.tables.rglob("*")):
        if path.is_file() and layout.below(path) not in stays:
            path.unlink(missing_ok=True)
