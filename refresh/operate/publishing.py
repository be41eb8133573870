"""Publishing: a lake's snapshots on object storage (or in another folder), for readers elsewhere.

Tables first, then the manifest, then the one line in CURRENT: whatever dies before it, readers keep
the snapshot before. Names are hashes, so what is there already is not sent again.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout

from engine.access import Reader
from engine.errors import LakeBusy, LakeError, NoSnapshot
from engine.lake import Lake, Layout, current_id, open_lake, snapshot_ids
from refresh.operate.auditing import audited
from refresh.store.object_store import Store


class NotPublished(LakeError):
    """A place that somebody else publishes to."""


@dataclass(frozen=True)
class Published:
    """What one publishing did.

    snapshot  the one that readers are led to now
    sent      keys of files that were not there, in the order in which they went
    bytes     how many that were
    removed   keys that no kept snapshot names any more
    """

    snapshot: str
    sent: tuple[str, ...]
    bytes: int
    removed: tuple[str, ...]


def publish(data: Path, to: str, *, by: Reader, force: bool = False) -> Published:
    """Make another place hold the snapshots that are kept here, and lead readers to the live one.

    Takes:  the data folder; `s3://BUCKET/PREFIX` or a folder; who does it; `force` publishes where
            somebody else sealed later.
    Gives:  what was sent and removed. Earlier snapshots follow the live one, for links that are
            pinned to them; those that maintenance swept away here go there too.
    Raises: NoSnapshot where nothing is sealed; NotPublished where the snapshot there is newer than
            any here and unknown; NotTheBytes where a file here is damaged; StoreUnreachable;
            LakeBusy where another process publishes; NotAllowed for who may not hand on all of it.
    """
    layout, store = Layout(data), Store(to)
    with _alone(layout), ExitStack() as stack:
        live = open_lake(data)
        known = snapshot_ids(data)
        if not force:
            _assert_ours(store, layout, known)
        stack.enter_context(_noted(layout, by, f"snapshot {live.id} to {store.address}"))
        there = store.sizes(layout.below(layout.current.parent))
        sent: list[tuple[str, int]] = _lake_sent(live, store, there)
        store.write(layout.below(layout.current), f"{live.id}\n".encode())
        kept = [live]
        for name in (name for name in known if name != live.id):
            try:
                earlier = open_lake(data, snapshot=name)
                sent += _lake_sent(earlier, store, there)
            # Swept away meanwhile, or not whole: nobody can be led to it here either.
            except (NoSnapshot, FileNotFoundError):
                continue
            kept.append(earlier)
        removed = _removed(store, kept, there)
    keys = tuple(key for key, _ in sent)
    return Published(live.id, keys, sum(size for _, size in sent), removed)


def keep_published(
    data: Path,
    to: str,
    *,
    by: Reader,
    every: float,
    over: Event,
    tell: Callable[[Published | LakeError], None],
    force: bool = False,
) -> None:
    """Publish whatever becomes live here, until it is over.

    Takes:  seconds between two looks; who hears of each publishing, and of each that failed, which
            is tried again at the next look.
    """
    done: str | None = None
    while True:
        live = current_id(data)
        if live is not None and live != done:
            try:
                tell(publish(data, to, by=by, force=force))
                done = live
            except LakeError as error:
                tell(error)
        if over.wait(every):
            return


def _assert_ours(store: Store, layout: Layout, known: list[str]) -> None:
    """That nobody else publishes there: then each would take the other's readers back."""
    said = (store.read(layout.below(layout.current)) or b"").decode().strip()
    # Ids sort as they were sealed. An older one that maintenance swept away here was ours.
    if said and said not in known and said > max(known):
        raise NotPublished(
            "what is published there was sealed later, and not here",
            where=store.address,
            found=said,
            expected=f"{known[0]} or an earlier one",
            next="publish to another prefix; or, if that lake is given up: --force",
        )


def _lake_sent(lake: Lake, store: Store, there: dict[str, int]) -> list[tuple[str, int]]:
    """Send what a snapshot names and is not there, then its manifest."""
    sent = []
    layout = lake.layout
    files = [file for table in lake.manifest["tables"].values() for file in table["files"]]
    for file in files:
        path = layout.table_file(file["path"])
        key, size = layout.below(path), path.stat().st_size
        # The size too: what died half way has another one.
        if there.get(key) != size:
            store.send(path, key, file["sha256"])
            there[key] = size
            sent.append((key, size))
    key = layout.below(layout.manifest(lake.id))
    content = layout.manifest(lake.id).read_bytes()
    if there.get(key) != len(content):
        store.write(key, content)
        there[key] = len(content)
        sent.append((key, len(content)))
    return sent


def _removed(store: Store, kept: list[Lake], there: dict[str, int]) -> tuple[str, ...]:
    """Remove manifests of snapshots that are not kept here, then files that no other names."""
    layout = kept[0].layout
    named = {layout.below(layout.manifest(lake.id)) for lake in kept}
    named |= {layout.below(path) for lake in kept for path in lake.paths}
    # In this order: a manifest goes before the files that it names.
    folders = (layout.below(folder) for folder in (layout.snapshots, layout.tables))
    going = [
        key
        for folder in folders
        for key in there
        if key.startswith(f"{folder}/") and key not in named
    ]
    for key in going:
        store.remove(key)
    return tuple(going)


def _noted(layout: Layout, by: Reader, what: str) -> AbstractContextManager[object]:
    """The row of the audit log; none for a lake that came without a registry."""
    if not layout.has_registry:
        return nullcontext()
    return audited(layout.root, by, "export", object=what, everything=True)


@contextmanager
def _alone(layout: Layout) -> Iterator[None]:
    try:
        with FileLock(layout.publishing, timeout=0):
            yield
    except Timeout:
        raise LakeBusy(
            "another process publishes this lake",
            where=str(layout.root),
            next="wait until it has ended",
        ) from None
