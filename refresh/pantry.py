"""The pantry: what is staged and counts, for the builder to make tables of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from engine.lake import Layout
from refresh.finding import Finding
from refresh.kept_parts import StagedPart
from refresh.source import Release
from refresh.store.fold import Edition
from refresh.store.ledger import Ledger
from refresh.store.rows import Stored
from refresh.wing import Wing, Wings


@dataclass(frozen=True)
class Pantry:
    """What there is to make tables of.

    editions  by part: what is staged, oldest period first; of a period, the newest revision last
    marks     the hash of each edition's staged file, by (part, period, revision)
    invented  the parts that are a demonstration's
    waiting   of wings that show a demonstration, what is real and not used yet
    """

    editions: Mapping[str, Sequence[Edition]]
    marks: Mapping[tuple[str, str, int], str]
    invented: frozenset[str] = frozenset()
    waiting: tuple[Finding, ...] = ()


def pantry_of(wings: Wings, ledger: Ledger, layout: Layout) -> tuple[Pantry, list[Release]]:
    """Everything staged that counts, and the releases that it came from.

    Of a wing either what is real counts or what is invented: a demonstration goes once there is
    real data that the wing cannot do without, and never comes back by itself.
    """
    editions: dict[str, list[Edition]] = {}
    marks: dict[tuple[str, str, int], str] = {}
    made_of: dict[tuple[str, str, str], Release] = {}
    invented: set[str] = set()
    waiting: list[Finding] = []
    stored = [ledger.releases_of_all(demonstration=kind) for kind in (False, True)]
    for wing in wings.wings:
        real, demonstration = (_usable(releases, wing) for releases in stored)
        # One real excerpt must not take an invented England away: only what the wing cannot do
        # without does.
        is_real = any(name in wing.needs for _, parts in real for name in parts)
        used = real if is_real or not demonstration else demonstration
        if real and used is demonstration:
            waiting.append(_waits(wing, [release for release, _ in real]))
        for release, parts in used:
            for name, part in parts.items():
                # Overwritten by later revisions, as the editions are: receipts name those that
                # count.
                made_of[release.source, name, release.period] = release
                rows = pl.scan_parquet(layout.told(part["path"]), glob=False)
                where = ", ".join(file.name for file in release.files)
                # `2011-12` is a financial year or a December: only the publication knows.
                kind = wings.sources[release.source].calendar.every
                edition = Edition(release.period, release.revision, rows, where, kind)
                editions.setdefault(name, []).append(edition)
                marks[name, release.period, release.revision] = part["sha256"]
                invented |= {name} if release.demonstration else set()
    ordered = {name: sorted(those, key=_issued) for name, those in editions.items()}
    releases = {(r.source, r.period, r.revision): r for r in made_of.values()}
    pantry = Pantry(ordered, marks, frozenset(invented), tuple(waiting))
    return pantry, list(releases.values())


def _issued(edition: Edition) -> tuple[str, int]:
    return edition.period, edition.revision


def _waits(wing: Wing, releases: Sequence[Release]) -> Finding:
    """That real releases are staged and not shown: without a word they would pass for lost."""
    names = sorted({f"{release.source} {release.period}" for release in releases})
    return Finding(
        "warn",
        "metadata",
        "real data waits for the demonstration to go",
        f"wing {wing.name}",
        f"{len(releases)} real releases are staged and not shown: a demonstration is, until there"
        f" is real data of {' or '.join(sorted(wing.needs))}",
        expected=", ".join(sorted(wing.needs)),
        observed=", ".join(names[:6]),
        next_step="load that too (python -m refresh run), or, to see these files beside what is"
        " invented, put a file called DEMONSTRATION.txt into their mirror",
    )


def _usable(stored: Stored, wing: Wing) -> list[tuple[Release, dict[str, StagedPart]]]:
    """The releases of a wing that passed, each with its staged parts; the last of a period last."""
    return [
        (release, row["parts"])
        for source in wing.sources
        for release, row in stored.get(source.code, ())
        if row["status"] == "staged"
    ]
