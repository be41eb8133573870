"""Rolling back: another snapshot is served, an earlier or a later one; nothing is deleted.

What a change would alter is told before it is made: by table its rows, and the releases that would
be set aside.
"""

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.access import Reader
from engine.errors import LakeError
from engine.lake import Layout
from engine.manifest import Manifest, ReleaseEntry, TableEntry
from refresh.operate.auditing import audited
from refresh.source import Release
from refresh.store import seal
from refresh.store.ledger import Ledger

LONGEST = 500


class NotRolledBack(LakeError):
    """A change of the snapshot that is served that cannot be made like this."""

    exit_code = 2


@dataclass(frozen=True)
class Kept:
    """A snapshot that is kept.

    rows      of all of its tables; releases: how many it is made of
    sealed_at ISO, UTC
    """

    id: str
    sealed_at: str
    rows: int
    tables: int
    releases: int
    is_live: bool


@dataclass(frozen=True)
class TableChange:
    """What a table has now and what it would have; None: it is not there."""

    name: str
    rows_now: int | None
    rows_then: int | None


@dataclass(frozen=True)
class GoingBack:
    """What serving another snapshot would alter.

    live, to   the snapshots' ids
    tables     those whose files differ, by name
    set_aside  releases (source, period, revision) that no run uses until somebody says so
    taken      those that were set aside and would be used again
    """

    live: str
    to: str
    tables: list[TableChange] = field(default_factory=list)
    set_aside: list[tuple[str, str, int]] = field(default_factory=list)
    taken: list[tuple[str, str, int]] = field(default_factory=list)


def kept_snapshots(data: Path) -> list[Kept]:
    """Every snapshot that is kept, the newest first."""
    layout = Layout(data)
    live = seal.manifest_of(layout)
    there = (seal.manifest_of(layout, path.stem) for path in layout.manifests)
    kept = [
        Kept(
            one["id"],
            one["sealed_at"],
            sum(_rows(table) for table in one["tables"].values()),
            len(one["tables"]),
            len(one["releases"]),
            live is not None and one["id"] == live["id"],
        )
        for one in there
        if one
    ]
    return sorted(kept, key=lambda one: one.id, reverse=True)


def going_back(data: Path, to: str | None = None) -> GoingBack:
    """What `rollback` would alter; nothing is changed.

    Raises: NoSnapshot where there is no such snapshot, or a file of it is gone.
    """
    layout = Layout(data)
    live, target = seal.manifest_of(layout), seal.earlier(layout, to)
    now = live["tables"] if live else {}
    then = target["tables"]
    tables = [
        TableChange(name, *(_rows(one[name]) if name in one else None for one in (now, then)))
        for name in sorted(now.keys() | then.keys())
        if _files(now.get(name)) != _files(then.get(name))
    ]
    with closing(Ledger(layout.registry_url)) as ledger:
        aside = [_said(one) for one in _newer(ledger, target, _kinds(live, target))]
        taken = [_said(one) for one in _to_take(ledger, target)]
    return GoingBack(live["id"] if live else "", target["id"], tables, aside, taken)


def rollback(
    data: Path, to: str | None = None, *, by: Reader, reason: str = "", seen: str | None = None
) -> str:
    """Serve another snapshot, and set aside the releases that only later ones used.

    Takes:  the data folder; the id of the snapshot to serve (None: the one before), an earlier one
            or a later one that is taken back; who says so, and why; the one that was live when they
            looked, where that counts.
    Gives:  the id that is live now. A release set aside is used again once `run` is told
            `--again`, a snapshot that has it is served, or a newer revision of it comes.
    Raises: NoSnapshot where there is nothing to go back to; NotRolledBack where another snapshot is
            live than was seen; LakeBusy while a run is writing; NotAllowed for who may not.
    """
    layout, goes_to = Layout(data), to or "the one before"
    with (
        audited(data, by, "restore", object=f"snapshot {goes_to}", everything=True) as said,
        seal.writing(layout),
    ):
        live, target = seal.manifest_of(layout), seal.earlier(layout, to)
        if seen is not None and live and live["id"] != seen:
            raise NotRolledBack(
                "another snapshot came meanwhile",
                expected=seen,
                found=live["id"],
                next="look again at what would change",
            )
        with closing(Ledger(layout.registry_url)) as ledger:
            taken = _to_take(ledger, target)
            # First the releases, then the line that counts: a run in between goes the same way.
            for release in _newer(ledger, target, _kinds(live, target)):
                ledger.set_aside(release.source, release.period, release.sha256)
            if taken:
                ledger.take_again({release.sha256 for release in taken})
        said.before = {"live": live and live["id"]}
        said.after = {"live": target["id"]} | ({"reason": reason[:LONGEST]} if reason else {})
        return seal.rollback(layout, target["id"])


def _newer(ledger: Ledger, target: Manifest, kinds: set[bool]) -> list[Release]:
    """The releases that came after those a snapshot was made of, whichever snapshot used them.

    `kinds`: whether to look among demonstrations, among real releases, or both.
    """
    # By period, not by date: a snapshot may lack one period of a source and have the newest of
    # another.
    newest: dict[tuple[bool, str, str], int] = {}
    for said in target["releases"]:
        key = _kind(said, target), said["source"], said["period"]
        newest[key] = max(said["revision"], newest.get(key, 0))
    kept = {said["sha256"] for said in target["releases"]}
    return [
        release
        for release, row in _stored(ledger, kinds)
        if row["status"] == "staged"
        and release.sha256 not in kept
        and release.revision
        > newest.get((release.demonstration, release.source, release.period), 0)
    ]


def _to_take(ledger: Ledger, target: Manifest) -> list[Release]:
    """The releases of a snapshot that were set aside since."""
    its = {said["sha256"] for said in target["releases"]}
    return [
        release
        for release, row in _stored(ledger, _kinds(target))
        if row["status"] == "set_aside" and release.sha256 in its
    ]


def _stored(ledger: Ledger, kinds: set[bool]) -> list[tuple[Release, Any]]:
    return [
        pair
        for source in ledger.sources()
        for kind in kinds
        for pair in ledger.releases(source["code"], demonstration=kind)
    ]


def _kinds(*manifests: Manifest | None) -> set[bool]:
    return {_kind(said, of) for of in manifests if of for said in of["releases"]}


def _kind(release: ReleaseEntry, manifest: Manifest) -> bool:
    """Whether a release is a demonstration's; older manifests said it of all of them together."""
    return release.get("demonstration", manifest["demonstration"])


def _said(release: Release) -> tuple[str, str, int]:
    return release.source, release.period, release.revision


def _rows(table: TableEntry) -> int:
    return sum(file["rows"] for file in table["files"])


def _files(table: TableEntry | None) -> list[str] | None:
    return None if table is None else sorted(file["sha256"] for file in table["files"])
