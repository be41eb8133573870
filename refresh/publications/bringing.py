"""Bringing: the files of a registered source, fetched, filed by period, told apart from old ones.

In place of refresh.bring.bring. What a load refuses, skips or does again is decided here, before
anything is read; and so is which columns the table has from now on (review.py).
"""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec

from engine.errors import LakeError, UnknownName
from engine.period import UNDATED, Period
from refresh import shelf
from refresh.extract import fetch as fetching
from refresh.extract.discover import discover
from refresh.finding import Finding, from_error
from refresh.publications.agreed import (
    Asked,
    ReadBy,
    accepted,
    as_text,
    name_of,
    of_period,
    words_of,
)
from refresh.publications.guarded import guarded
from refresh.publications.headers import grown, relaxed
from refresh.publications.healing import healed
from refresh.publications.manifest import File, TableOf
from refresh.publications.newly_listed import named_anew, newly_listed
from refresh.publications.review import review
from refresh.source import Link, Offer, Release, Source, StoredFile
from refresh.store.rows import ReleaseState
from refresh.walk import Walk

REFUSED, SKIPPED = "refused", "skipped"
ALREADY = "already loaded"
MOST = 16 << 30
"""Bytes that a file may have: its rows need not fit into memory."""
_PROVISIONAL = 2
"""How many of the newest periods are looked at again by every run: the NHS revises the latest."""


@dataclass
class Bringing:
    """One load: what was fetched so far, for all sources of its manifest, and what was not loaded.

    here    by address, what came and where it lies
    folders where what comes lies until it is stored
    passed  by source and period, why nothing of it is loaded anew: `skipped` or `refused`
    """

    here: dict[str, tuple[StoredFile, Path]] = field(default_factory=dict)
    passed: dict[tuple[str, str], str] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)

    def clear_away(self) -> None:
        """Remove what came and was not stored."""
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)


def bring_registered(walk: Walk, source: Source) -> int:
    """What a source's contract names and is new: the way of `python -m refresh run`.

    So is what its publisher offers of later periods since (newly_listed).

    Takes:  the walk; with a mirror only files of that are used, by their names.
    Gives:  how many files were looked at. Those of the two newest periods are, and those that are
            not stored yet; a file of this machine that is gone is not asked for again.
    """
    with guarded(walk) as asking:
        return _bring_named(asking, source)


def _bring_named(walk: Walk, source: Source) -> int:
    row = walk.ledger.source(source.code)
    of = accepted(row) if row else None
    if row is None or of is None or walk.demonstration:
        return 0
    later = newly_listed(walk, source, of, (row["metadata"] or {}).get("source_url", ""))
    of = msgspec.structs.replace(of, files=[*of.files, *later])
    stored = {release.period for release, _ in _stored(walk, source.code)}
    newest = sorted({file.period for file in of.files})[-_PROVISIONAL:]
    files = [f for f in of.files if f.period not in stored or f.period in newest]
    if walk.mirror:
        there = {offer.link.name: offer.link.url for offer in _offered(walk, source)}
        files = [
            msgspec.structs.replace(file, url=there[name_of(file.url)])
            for file in files
            if name_of(file.url) in there
        ]
    files = [file for file in files if file.period not in stored or not _is_gone(file)]
    if not files:
        return 0
    asked = Asked(msgspec.structs.replace(of, files=files), name=row["manifest_name"] or "")
    bringing = Bringing()
    try:
        return bring_asked(walk, source, asked, bringing, is_run=True)
    finally:
        bringing.clear_away()


def bring_asked(
    walk: Walk, source: Source, asked: Asked, bringing: Bringing, *, is_run: bool = False
) -> int:
    """The files that a manifest names of one source, a period at a time.

    Takes:  the walk; the source; what is asked; the load. `is_run`: nobody asked for these files
            by name, so that what is loaded already is no news.
    Gives:  how many files there were.
    """
    walk.ledger.checked(source.code)
    for period in sorted({file.period for file in asked.of.files}):
        mine = of_period(asked.of, period)
        incoming = walk.layout.period(source.code, f".part-incoming-{period}")
        bringing.folders.append(incoming)
        try:
            _bring_period(walk, source, replace(asked, of=mine), bringing, incoming, is_run=is_run)
        except (LakeError, OSError) as error:
            bringing.passed[source.code, period] = "failed"
            walk.tell([from_error(error, source=source.code, period=period)])
    return len(asked.of.files)


def link_to(url: str) -> Link:
    """The link to a file; of one on this machine with its size and time, to know it again."""
    path = local(url)
    if path is None or not path.is_file():
        return Link(url)
    stat = path.stat()
    return Link(url, stamp=f"{stat.st_size}-{stat.st_mtime_ns}")


def local(url: str) -> Path | None:
    """Where a file of this machine lies; None for one of the web."""
    split = urlsplit(url)
    return Path(url2pathname(split.path)) if split.scheme == "file" else None


def _bring_period(
    walk: Walk, source: Source, asked: Asked, bringing: Bringing, incoming: Path, *, is_run: bool
) -> None:
    of = asked.of
    period = _period_of(of, source)
    arrived = [_fetched(walk, source, period, url, bringing, incoming) for url in _urls(of)]
    arrived = list(_of_different_names(arrived, incoming))
    walk.tell(f.of(source.code, period) for f in _pinned(of.files, arrived))
    stored = [file for file, _ in arrived]
    hashes = sorted(file.sha256 for file in stored)
    sha256 = hashes[0] if len(hashes) == 1 else _joined(hashes)
    there = [pair for pair in _stored(walk, source.code) if pair[0].period == period]
    why = _already(there, sha256, asked, period)
    if why:
        bringing.passed[source.code, period] = (
            SKIPPED if is_run or why.status != "fail" else REFUSED
        )
        if not is_run:
            walk.tell([why.of(source.code, period)])
        return
    if altered := _altered(there, sha256, stored):
        walk.tell([altered.of(source.code, period)])
    paths = dict(zip(_urls(of), (path for _, path in arrived), strict=True))
    row = walk.ledger.source(source.code)
    agreed = accepted(row) if row else None
    optional = [c.name for c in agreed.columns if not c.required] if agreed else []
    of, absent = grown(relaxed(named_anew(of, paths), optional), paths)
    of, told = healed(of, paths, asked.heal)
    walk.tell(finding.of(source.code, period) for finding in told)
    _agree(walk, source, replace(asked, of=of), agreed, absent)
    read_by = as_text(ReadBy(of=of, manifest=asked.name))
    release = Release(source.code, period, 0, sha256, tuple(stored), read_by=read_by)
    final = walk.layout.release(source.code, period, sha256)
    if not all((final / file.name).is_file() for file in stored):
        shelf.put_together([path for _, path in arrived], final)
    walk.ledger.add_release(release)
    if asked.force:
        walk.ledger.load_again(release)


def _period_of(of: TableOf, source: Source) -> str:
    """The period of these files.

    Raises: UnknownName where there is none, for nobody could say what replaces what; or where the
            text is no period.
    """
    period = of.files[0].period
    if period == UNDATED:
        return period
    if not period:
        raise UnknownName(
            f"a file without a period is not loaded by `{of.load_mode}`",
            where=f"{source.code}: {of.files[0].url}",
            expected="2026-02, 2026-Q1 or 2025-26",
            found="no period",
            next="write `period` beside its `url` in the manifest",
        )
    Period.parse(period, source.calendar.every)
    return period


def _urls(of: TableOf) -> list[str]:
    """Each address once: a workbook may bring several sheets to one table."""
    return list(dict.fromkeys(file.url for file in of.files))


def _fetched(
    walk: Walk, source: Source, period: str, url: str, bringing: Bringing, incoming: Path
) -> tuple[StoredFile, Path]:
    """A file and where it lies: as this load has it already, as it is stored, or as it came now."""
    if url in bringing.here:
        return bringing.here[url]
    walk.progress.step(f"fetching {name_of(url)}", 0, 1)
    known = walk.ledger.fetched(url)
    at = shelf.find(walk.layout.period(source.code, period), known) if known else None
    into = incoming / str(len(bringing.here))
    file = fetching.fetch(
        link_to(url),
        into,
        client=walk.client,
        known=known if at else None,
        limit=MOST,
        patience=walk.patience,
    )
    if file is None:
        assert known and at  # only what was said to be known can still be the same
        return bringing.here.setdefault(url, (known, at))
    walk.ledger.note_fetch(url, file)
    return bringing.here.setdefault(url, (file, into / file.name))


def _of_different_names(
    arrived: Sequence[tuple[StoredFile, Path]], incoming: Path
) -> Iterator[tuple[StoredFile, Path]]:
    """The same, of two with one name the second under another: they lie in one folder."""
    taken: set[str] = set()
    for number, (file, path) in enumerate(arrived, 1):
        if file.name in taken:
            renamed = incoming / f"{number}-{file.name}"
            renamed.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, renamed)
            file, path = replace(file, name=renamed.name), renamed
        taken.add(file.name)
        yield file, path


def _pinned(files: Sequence[File], arrived: Sequence[tuple[StoredFile, Path]]) -> Iterator[Finding]:
    """What a manifest pinned and what is another file now."""
    here = {file.url: file.sha256 for file, _ in arrived}
    for file in files:
        if file.sha256 and here.get(file.url) not in (None, file.sha256):
            yield Finding(
                "warn",
                "metadata",
                "the file that was pinned",
                file.url,
                "the publisher's file is another one than the manifest pins: source changed",
                expected=file.sha256,
                observed=here[file.url],
                next_step="look at what changed; then write the new `sha256`, or none",
            )


def _already(
    there: Sequence[tuple[Release, ReleaseState]], sha256: str, asked: Asked, period: str
) -> Finding | None:
    """Why these bytes are not loaded: they are already, or others of their period that stay."""
    if asked.force:
        return None
    used = [release for release, row in there if row["status"] == "staged"]
    newest = used[-1] if used else None
    if newest is None:
        return None
    where = ", ".join(file.name for file in newest.files)
    is_same = newest.sha256 == sha256
    if asked.of.load_mode == "append":
        said = "this very file is loaded" if is_same else f"{period} has rows from another file"
        return Finding(
            "fail",
            "metadata",
            ALREADY,
            where,
            f"{said}; to append it again would count it twice: nothing is loaded",
            expected="a period that has no rows",
            observed=newest.sha256[:12],
            next_step="if it is to take the place of what is there: --force",
        )
    if is_same and _are_the_words(newest, asked.of):
        return Finding(
            "pass", "metadata", ALREADY, where, "the same file by the same words: skipped"
        )
    return None


def _are_the_words(release: Release, of: TableOf) -> bool:
    """Whether a release was read by this manifest, or by what it grew into."""
    read_by = words_of(release).of
    known = {column.name for column in of.columns}
    columns = [column for column in read_by.columns if column.name in known]
    plainly = [msgspec.structs.replace(c, dtype="string", required=True) for c in columns]
    asked = [msgspec.structs.replace(c, dtype="string", required=True) for c in of.columns]
    same = msgspec.structs.replace(read_by, columns=[], wide=None)
    return plainly == asked and same == msgspec.structs.replace(of, columns=[], wide=None)


def _altered(
    there: Sequence[tuple[Release, ReleaseState]], sha256: str, stored: Sequence[StoredFile]
) -> Finding | None:
    """That a file came again under its name with other bytes."""
    before = [release for release, _ in there if release.sha256 != sha256]
    names = {file.name for file in stored}
    same = [release for release in before if names & {file.name for file in release.files}]
    if not same:
        return None
    return Finding(
        "warn",
        "metadata",
        "altered file",
        ", ".join(sorted(names)),
        "a file of this name was loaded before with other bytes: altered file",
        expected=same[-1].sha256[:12],
        observed=sha256[:12],
        next_step="nothing, if the publisher corrected it: the new one counts",
    )


def _agree(
    walk: Walk, source: Source, asked: Asked, agreed: TableOf | None, absent: frozenset[str]
) -> None:
    """Bring the source's contract up to the manifest, as far as that needs nobody.

    Takes:  the walk and the source; what is asked, of one period; what was agreed on; columns of
            the manifest that its files lack.
    """
    ledger, incoming, period = walk.ledger, asked.of, asked.of.files[0].period
    before = [p for p in _stored(walk, source.code) if p[0].period < period and p[1]["parts"]]
    kept = next(iter(before[-1][1]["parts"].values()))["columns"] if before else {}
    decided = ledger.requests(source.code, status="rejected")
    refused = {n for r in decided if r["change"] == "added" for n in r["details"]["columns"]}
    found = review(
        # Declared, but never loaded: nothing was agreed on yet.
        agreed if agreed and ledger.ever_loaded(source.code) else None,
        incoming,
        absent=absent,
        had=[name for name, (_, filled) in kept.items() if filled],
        refused=refused,
        heal=asked.heal,
    )
    ledger.note_drift(source.code, period, found.drifts)
    for proposal in found.proposals:
        details = {"columns": list(proposal.columns)}
        by = "rule" if proposal.status == "approved" else ""
        ledger.request_change(
            source.code,
            period,
            proposal.change,
            details,
            status=proposal.status,
            by=by,
            reason=proposal.reason,
        )
    others = [f for f in (agreed.files if agreed else []) if f.period != period]
    files = sorted([*others, *incoming.files], key=lambda file: file.period)
    contract = msgspec.structs.replace(incoming, columns=list(found.columns), files=files)
    said = {"contract": as_text(contract), "load_mode": contract.load_mode}
    if asked.text:
        said |= {"manifest_name": asked.name, "manifest_text": asked.text}
    ledger.amend(source.code, **said, table_name=contract.table)


def _stored(walk: Walk, code: str) -> list[tuple[Release, ReleaseState]]:
    """The real releases of a source that were not set aside, oldest first."""
    found = walk.ledger.releases(code, demonstration=False)
    return [(release, row) for release, row in found if row["status"] != "set_aside"]


def _offered(walk: Walk, source: Source) -> list[Offer]:
    return discover(source, mirror=walk.mirror, browse=walk.browse, today=walk.today)


def _is_gone(file: File) -> bool:
    path = local(file.url)
    return path is not None and not path.is_file()


def _joined(hashes: Sequence[str]) -> str:
    return hashlib.sha256("".join(hashes).encode()).hexdigest()
