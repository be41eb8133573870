"""Orphans: what lies in the lake and belongs to nobody, or is promised and not there.

Four kinds. Nothing is ever deleted: what is younger than a week is somebody's to ask about, what is
older goes to the archive, and only where that is asked for.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

from engine.access import Reader
from engine.errors import LakeError
from engine.lake import Layout, current_id, open_lake
from refresh.operate.auditing import audited
from refresh.store import seal
from refresh.store.ledger import Ledger
from refresh.store.records import now
from refresh.wings import WINGS

YOUNG_DAYS = 7
Kind = Literal[
    "table without source", "source without table", "files without source", "loads without source"
]


class NotLookedAt(LakeError):
    """Orphans that nobody has confirmed."""

    exit_code = 2


@dataclass(frozen=True)
class Orphan:
    """One of them: its name, its age in days, whom to ask, and what is to be done about it."""

    kind: Kind
    name: str
    days: int
    ask: str
    action: str
    path: Path | None = None


def orphans(data: Path, *, today: date) -> list[Orphan]:
    """Every orphan of a lake; nothing is changed."""
    layout = Layout(data)
    with closing(Ledger(layout.registry_url)) as ledger:
        return list(_found(layout, ledger, today))


def mark_of(found: Iterable[Orphan]) -> str:
    """A mark of those that would be archived: another one where they are others."""
    old = sorted(f"{one.kind}: {one.name}" for one in found if one.days >= YOUNG_DAYS)
    return sha256("\n".join(old).encode()).hexdigest()[:16]


def archive_orphans(
    data: Path, *, by: Reader, today: date, seen: str | None = None
) -> list[Orphan]:
    """Put those that are a week old or older into the archive; those that were.

    Takes:  the data folder; who says so; today; the mark of those that they looked at, where only
            these may go.
    Raises: NotLookedAt where there are others by now; LakeBusy while a run is writing; NotAllowed
            for who may not.
    """
    layout = Layout(data)
    with audited(data, by, "archive", object="orphans", everything=True) as said:
        with seal.writing(layout), closing(Ledger(layout.registry_url)) as ledger:
            old = [one for one in _found(layout, ledger, today) if one.days >= YOUNG_DAYS]
            if seen is not None and seen != mark_of(old):
                raise NotLookedAt(
                    "these are not the orphans that somebody looked at",
                    found=", ".join(one.name for one in old)[:200] or "none",
                    next="look at the list again, and confirm it",
                )
            for one in old:
                _archive(layout, ledger, one, today)
        said.after = {"archived": [f"{one.kind}: {one.name}" for one in old]}
    return old


def _found(layout: Layout, ledger: Ledger, today: date) -> Iterator[Orphan]:
    wings = WINGS.as_of(ledger)
    rows = {row["code"]: row for row in ledger.sources()}
    made = {table.name for recipe in wings.recipes for table in recipe.tables}
    live = open_lake(layout.root) if current_id(layout.root) else None
    tables = live.manifest["tables"] if live else {}
    for name in sorted(tables.keys() - made):
        files = [layout.table_file(file["path"]) for file in tables[name]["files"]]
        yield _orphan("table without source", name, _days(files, today), "whoever loaded it")
    for code, row in rows.items():
        table = row["table_name"] or ""
        # Never loaded is no orphan: nothing was promised yet.
        is_promised = row["status"] in ("active", "deprecated") and row["contract"]
        is_made = table in tables and bool(tables[table]["files"])
        if is_promised and ledger.ever_loaded(code) and not is_made:
            days = (today - row["last_load_at"].date()).days if row["last_load_at"] else 0
            yield _orphan("source without table", code, days, row["owner"])
    known = {*rows, *wings.sources}
    for folder in (layout.raw, layout.staged):
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_dir() and path.name not in known:
                days = _days(list(path.rglob("*")), today)
                name = layout.below(path)
                yield _orphan("files without source", name, days, "whoever loaded it", path)
    for code, started in ledger.loads_of_nobody():
        days = (today - started.date()).days
        yield _orphan("loads without source", code, days, "whoever loaded it")


def _orphan(kind: Kind, name: str, days: int, ask: str, path: Path | None = None) -> Orphan:
    action = "ask" if days < YOUNG_DAYS else "archive"
    return Orphan(kind, name, days, ask, action, path)


def _days(paths: list[Path], today: date) -> int:
    """Days since the newest of these was written."""
    times = [path.stat().st_mtime for path in paths if path.is_file()]
    newest = datetime.fromtimestamp(max(times), UTC).date() if times else today
    return (today - newest).days


def _archive(layout: Layout, ledger: Ledger, one: Orphan, today: date) -> None:
    stamp = f"{today:%Y%m%d}"
    match one.kind:
        case "table without source":
            final = layout.archived(one.name, stamp)
            final.parent.mkdir(parents=True, exist_ok=True)
            rows = open_lake(layout.root).scan(one.name)
            part = final.with_name(f".part-{os.getpid()}-{final.name}")
            rows.sink_parquet(part)
            part.replace(final)
        case "source without table":
            ledger.amend(one.name, status="archived", archived_at=now())
        case "files without source":
            assert one.path is not None
            final = layout.archived_folder(one.path, stamp)
            final.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(one.path, final)
        case "loads without source":
            # History has no home without a source: it is given one that is out of use.
            said = dict(name=one.name, publisher="", owner="", purpose="", status="archived")
            ledger.enrol(one.name, **said)
