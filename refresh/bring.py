"""From what is on offer to releases on the shelf: discover, fetch, file by period, store.

The first half of the walk, a source at a time. Whatever fails stops its own period and is told.
"""

import hashlib
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import LakeError
from refresh import shelf
from refresh.dating import filed, own_period
from refresh.extract import fetch as fetching
from refresh.extract.discover import discover
from refresh.finding import Finding, from_error
from refresh.nothing_offered import not_announced
from refresh.source import Link, Offer, Release, Source, StoredFile, as_published
from refresh.staging import judged_by
from refresh.store.rows import ReleaseState
from refresh.walk import Walk


@dataclass(frozen=True)
class _Arrived:
    """A file that is here, and under which offer it came."""

    offer: Offer
    file: StoredFile
    path: Path


def bring(walk: Walk, source: Source, also: Sequence[Offer] = ()) -> int:
    """Discover and fetch: every release on offer that is not stored yet; how many files.

    Takes:  the run; the source; offers beside those that its names give: files of the mirror that
            are known by their columns.
    """
    # Before asking: a publisher who does not answer has been asked too, and status says when.
    walk.ledger.checked(source.code)
    try:
        offers = discover(source, mirror=walk.mirror, browse=walk.browse, today=walk.today)
    except (LakeError, OSError) as error:
        walk.tell([from_error(error, source=source.code)])
        return 0
    offers = [*offers, *also]
    if not offers and source.pages and not walk.mirror:
        walk.tell([not_announced(source)])
    if source.dated or source.since:
        _bring_dated(walk, source, offers)
    else:
        _bring_named(walk, source, offers)
    return len(offers)


def refile(walk: Walk, sources: Iterable[Source]) -> None:
    """File what was stored under another period than its rows say, before that was looked at.

    A release that is misfiled is set aside, and put where it belongs unless that period has one.
    """
    stored = [walk.ledger.releases_of_all(demonstration=kind) for kind in (False, True)]
    for source in (source for source in sources if source.dated):
        for releases in (of[source.code] for of in stored if source.code in of):
            _refile_each(walk, source, releases)


def _refile_each(
    walk: Walk, source: Source, releases: Sequence[tuple[Release, ReleaseState]]
) -> None:
    by = judged_by(source)
    used = [(release, row) for release, row in releases if row["status"] != "set_aside"]
    there = {release.period for release, _ in used}
    # What was judged by this very code has been looked at.
    for release in (release for release, row in used if row["judged_by"] != by):
        folder = walk.layout.release(source.code, release.period, release.sha256)
        paths = [p for file in release.files if (p := folder / file.name).is_file()]
        own = {period for path in paths if (period := own_period(source, path))}
        if len(own) != 1 or own == {release.period}:
            continue
        (right,) = own
        if right not in there:
            final = walk.layout.release(source.code, right, release.sha256)
            shelf.put_together(paths, final)
            walk.ledger.add_release(replace(release, period=right, revision=0))
        walk.ledger.set_aside(source.code, release.period, release.sha256)
        walk.tell([_refiled(release, right)])


def _bring_named(walk: Walk, source: Source, offers: list[Offer]) -> None:
    # A period at a time, oldest first: one that fails leaves the others, and revisions count
    # upwards.
    for period in sorted({offer.period for offer in offers}):
        mine = _newest_of_each([offer for offer in offers if offer.period == period])
        folder = walk.layout.period(source.code, period)
        incoming = folder / "incoming"
        try:
            arrived = [
                _fetched(walk, offer, incoming, [folder], done, len(mine))
                for done, offer in enumerate(mine)
            ]
            _keep(walk, source, period, arrived)
            shutil.rmtree(incoming, ignore_errors=True)
        except (LakeError, OSError) as error:
            walk.tell([from_error(error, source=source.code, period=period)])


def _bring_dated(walk: Walk, source: Source, offers: list[Offer]) -> None:
    """The same where rows say their own day: only once a file is here is its period known."""
    periods = sorted({offer.period for offer in offers})
    # In a mirror one month may lie in several folders; a publisher has a page a month, and what
    # came from it is kept at once.
    batches = [periods] if walk.mirror else [[period] for period in periods]
    for batch in filter(None, batches):
        incoming = walk.layout.period(source.code, ".part-incoming")
        try:
            _bring_batch(walk, source, [o for o in offers if o.period in batch], incoming)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)


def _bring_batch(walk: Walk, source: Source, offers: list[Offer], incoming: Path) -> None:
    """Fetch these offers, and store what came by the periods that it is of."""
    arrived: list[tuple[str, _Arrived]] = []
    for period in sorted({offer.period for offer in offers}):
        mine = [offer for offer in offers if offer.period == period]
        try:
            arrived += _dated(walk, source, mine, incoming / (period or "unnamed"))
        except (LakeError, OSError) as error:
            walk.tell([from_error(error, source=source.code, period=period)])
    for period in sorted({period for period, _ in arrived if period}):
        ours = [one for own, one in arrived if own == period]
        # Of two with one name, the one whose folder says the same as its rows.
        ours.sort(key=lambda one: one.offer.period != period)
        try:
            _keep(walk, source, period, _one_of_each(walk, source, period, ours))
        except (LakeError, OSError) as error:
            walk.tell([from_error(error, source=source.code, period=period)])


def _dated(
    walk: Walk, source: Source, offers: list[Offer], incoming: Path
) -> list[tuple[str, _Arrived]]:
    """The files of these offers, each with its period; empty where nobody can tell."""
    shelves = shelf.periods(walk.layout, source)
    found: list[tuple[str, _Arrived]] = []
    for at, offer in enumerate(offers):
        one = _fetched(walk, offer, incoming / str(at), shelves, at, len(offers))
        # Where a file lies already, it was filed by what it says.
        is_new = incoming in one.path.parents
        period, said = filed(source, one.path, offer.period) if is_new else (_shelf(one), [])
        walk.tell(finding.of(source.code, period or offer.period) for finding in said)
        found.append((period, one))
    return found


def _shelf(one: _Arrived) -> str:
    return one.path.parent.parent.name


def _fetched(
    walk: Walk, offer: Offer, incoming: Path, shelves: list[Path], done: int, of: int
) -> _Arrived:
    """A file and where it lies: as it is here already, or as it just came."""
    link = offer.link
    walk.progress.step(f"fetching {link.name}", done, of)
    known = walk.ledger.fetched(link.url)
    places = (shelf.find(folder, known) for folder in shelves) if known else ()
    at = next((place for place in places if place), None)
    held = (known, at) if known and at else None
    file = fetching.fetch(
        link,
        incoming,
        client=walk.client,
        known=held[0] if held else None,
        limit=walk.wings.sources[offer.source].largest,
        patience=walk.patience,
    )
    if file is None:
        assert held  # only what was said to be known can still be the same
        return _Arrived(offer, *held)
    walk.ledger.note_fetch(link.url, file)
    return _Arrived(offer, file, incoming / file.name)


def _keep(walk: Walk, source: Source, period: str, arrived: list[_Arrived]) -> None:
    """Keep the files of one period together, named by their hash."""
    files = [one.file for one in arrived]
    release = _release(walk, source, period, files, [one.offer.link for one in arrived])
    final = walk.layout.period(source.code, period) / release.sha256[:12]
    # The ledger may know a release whose bytes somebody deleted: then it is put there again.
    is_stored = all((final / file.name).is_file() for file in release.files)
    if not is_stored:
        shelf.put_together([one.path for one in arrived], final)
    walk.ledger.add_release(release)
    if not is_stored:
        # It may have been refused for what the disk had done to it.
        walk.ledger.reconsider(release)


def _newest_of_each(offers: list[Offer]) -> list[Offer]:
    """Of files that differ in their version only, the newest; discover gives the best first."""
    best: dict[str, Offer] = {}
    for offer in offers:
        best.setdefault(_stem(offer), offer)
    return sorted(best.values(), key=lambda offer: offer.link.name)


def _one_of_each(
    walk: Walk, source: Source, period: str, arrived: list[_Arrived]
) -> list[_Arrived]:
    """The same of files that are here, best first; where two differ, the other is told."""
    best: dict[str, _Arrived] = {}
    for one in arrived:
        first = best.setdefault(_stem(one.offer), one)
        if first.file.sha256 != one.file.sha256 and first.offer.version == one.offer.version:
            walk.tell([_left_out(first, one).of(source.code, period)])
    return sorted(best.values(), key=lambda one: one.offer.link.name)


def _stem(offer: Offer) -> str:
    stem = as_published(offer.link.name).lower().removesuffix(".gz")
    return re.sub(rf"[\s_-]*v0*{offer.version}(?!\d)", "", stem)


def _release(
    walk: Walk, source: Source, period: str, files: list[StoredFile], links: list[Link]
) -> Release:
    # Sorted: the same files are the same release, in whatever order they were offered.
    hashes = sorted(file.sha256 for file in files)
    joined = hashlib.sha256("".join(hashes).encode()).hexdigest()
    sha256 = hashes[0] if len(hashes) == 1 else joined
    dated = (
        # In a mirror the day is that on which somebody copied the file.
        None if walk.mirror else max((link.dated for link in links if link.dated), default=None)
    )
    return Release(
        source.code, period, 0, sha256, tuple(files), dated, demonstration=walk.demonstration
    )


def _left_out(used: _Arrived, other: _Arrived) -> Finding:
    return Finding(
        "warn",
        "metadata",
        "one file of a name and a period",
        other.offer.link.url,
        f"it is of the same period as {used.offer.link.url}, has its name, and says something else;"
        " it is not used",
        column="(file name)",
        expected="one file",
        observed="2 that differ",
        next_step="keep only the newer one in the mirror and run again",
    )


def _refiled(release: Release, right: str) -> Finding:
    return Finding(
        "warn",
        "metadata",
        "the period is the rows' own",
        ", ".join(file.name for file in release.files),
        f"it was filed as {release.period} by its folder, and its rows say {right}: it is filed so"
        " from now on",
        column="(file name)",
        expected=release.period,
        observed=right,
        next_step="nothing; what was made of it under the other period goes with this run",
        source=release.source,
        period=right,
    )
