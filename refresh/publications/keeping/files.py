"""What a maintenance says of files: what nobody names, how they lie, whether they are whole."""

from dataclasses import asdict, dataclass

from engine.lake import Lake, Layout, current_id, open_lake
from refresh.operate.health_report import Section
from refresh.operate.integrity import NEXT, check_integrity
from refresh.operate.maintain import maintain
from refresh.publications.keeping.task import Task
from refresh.store.upkeep import Upkeep

SMALL = 2**20  # bytes: opening such a file takes longer than reading it
MANY = 24
"""Small files of one table from which on their number is told."""


def unnamed_files(task: Task) -> Section:
    """Old snapshots and files that none of the kept ones names are deleted."""
    swept = maintain(task.data, keep=task.keep, dry_run=task.dry_run)
    rows = [
        {"file": Layout(task.data).below(path), "bytes": size} for path, size in swept.files[:200]
    ]
    went = "would go" if task.dry_run else "went"
    words = f"{len(swept.files):,} files that no kept snapshot names {went}, {swept.bytes:,} bytes."
    return Section("pass", words, rows)


def compaction(task: Task) -> Section:
    """How the files of each table lie: one a partition, so that only many small ones cost."""
    if not current_id(task.data):
        return Section("pass", "Nothing is sealed yet.")
    lake = open_lake(task.data)
    lie = [_lie(lake, name) for name in lake.manifest["tables"]]
    lie.sort(key=lambda one: (-one.small, -one.bytes))
    many = [one.table for one in lie if one.small >= MANY]
    files, rows = sum(one.files for one in lie), [asdict(one) for one in lie[:10]]
    words = f"{len(lie)} tables lie in {files:,} files, one a partition."
    if not many:
        return Section("pass", words, rows)
    words += f" {', '.join(many)}: {MANY} files or more are under a megabyte."
    return Section("warn", words, rows, "give the table a coarser partition")


@dataclass(frozen=True)
class _Lie:
    table: str
    files: int
    small: int
    bytes: int


def _lie(lake: Lake, name: str) -> _Lie:
    paths = [lake.layout.table_file(file["path"]) for file in lake.files(name)]
    sizes = [path.stat().st_size for path in paths]
    return _Lie(name, len(sizes), sum(size < SMALL for size in sizes), sum(sizes))


def integrity(task: Task) -> Section:
    """Every file that has a hash is read and held against it."""
    checked = check_integrity(task.data)
    words = f"{checked.files:,} files, {checked.bytes:,} bytes, were read against their hashes."
    if not checked.broken:
        return Section("pass", words + " All are whole.")
    rows = [
        {
            "file": one.file.path,
            "kind": one.file.kind,
            "wrong": one.words,
            "next": NEXT[one.file.kind],
        }
        for one in checked.broken
    ]
    words += f" {len(rows)} are not what they were."
    return Section("fail", words, rows, NEXT[checked.broken[0].file.kind])


def database(task: Task) -> Section:
    """The ledger's database checks itself and gives room back."""
    upkeep = Upkeep(Layout(task.data).registry_url)
    try:
        kept = upkeep.look() if task.dry_run else upkeep.keep_up()
    finally:
        upkeep.close()
    if not kept.is_whole:
        words = f"{kept.dialect} finds itself broken: {kept.found[:300]}"
        step = "stop what writes, copy the file, and restore the last backup"
        return Section("fail", words, next=step)
    did = ", ".join(kept.done) or "nothing was changed"
    words = f"{kept.dialect} is whole; {did}; {kept.before:,} bytes before, {kept.after:,} after."
    return Section("pass", words)
