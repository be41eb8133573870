"""The walk: carries each source's releases from room to room, then seals what came of them.

discover -> fetch -> stage -> check -> fold -> seal. What is decided here: which releases are new,
which of a wing's are used, and whether there is anything to seal. Whatever fails stops its own
source (or part) and is told as a finding, and readers keep the last good snapshot.
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx
import polars as pl

from engine.errors import LakeError, PublisherUnreachable
from engine.lake import Layout
from engine.manifest import Manifest
from engine.vocabulary import ReleaseStatus
from refresh import shelf
from refresh.bring import bring, refile
from refresh.builder import Builder
from refresh.drifting import note_drift
from refresh.extract import fetch as fetching
from refresh.extract.discover import Get, browser
from refresh.extract.patience import PATIENT, Patience
from refresh.finding import Finding, failed
from refresh.kept_parts import StagedPart
from refresh.nothing_offered import nothing_known
from refresh.pantry import pantry_of
from refresh.progress import Listener, Progress, silent
from refresh.provenance import described, fed_by, followed, made_of
from refresh.recipe import World
from refresh.source import DEMONSTRATION, Link, Offer, Release, Source
from refresh.spans import span
from refresh.staging import Judged, judged_by, stage_release
from refresh.store.ledger import Ledger
from refresh.store.registry import Measured
from refresh.store.rows import ReleaseState, Stored
from refresh.store.seal import Draft, manifest_of, writing
from refresh.strangers import known_by_columns, strangers, untaken
from refresh.validate.measured import columns_seen
from refresh.walk import Walk
from refresh.wing import Wings
from refresh.wings import WINGS

Bring = Callable[[Walk, Source], int]
"""Brings what a source offers; how many files that were."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the live snapshot, whether it is a new one, and every verdict."""

    snapshot: str | None
    is_new: bool
    findings: tuple[Finding, ...]
    releases: int

    @property
    def exit_code(self) -> int:
        return 1 if failed(self.findings) else 0


def run(
    codes: tuple[str, ...] = (),
    *,
    data: Path,
    mirror: str | None = None,
    offline: bool = False,
    demonstration: bool = False,
    again: bool = False,
    today: date | None = None,
    tell: Listener = silent,
    patience: Patience = PATIENT,
    wings: Wings = WINGS,
    brought_by: Mapping[str, Bring] = MappingProxyType({}),
    layout: Layout | None = None,
) -> Outcome:
    """Bring every source (or those named) up to date and seal the lake.

    Takes:  the data folder; a mirror (folder or local address) instead of the publishers;
            `offline` builds again from what is stored; `demonstration` marks what comes from it;
            `again` takes releases back that a rollback set aside; `patience` with publishers; the
            wings to bring up to date, with what is registered; by source, who brings it in place
            of who usually does; the layout, where it is not the data folder's usual one.
    Gives:  the outcome; nothing new means that the live snapshot stays as it is. What failed
            before and was not mended since is told again: it did not load this time either.
    Raises: LakeBusy where another run is writing; UnknownName for a source nobody declared;
            LedgerBroken and OSError where the disk takes no more: what was live stays live.
    """
    layout = layout or Layout(data)
    is_online = not offline and _is_web(mirror)
    online = fetching.open_client(timeout=min(30, patience.total)) if is_online else nullcontext()
    with writing(layout), online as client:
        progress = Progress(
            layout.progress, tell, demonstration=demonstration, cancelled=layout.cancelled
        )
        try:
            with closing(Ledger(layout.registry_url)) as ledger:
                patience = replace(patience, beat=progress.beat)
                browse = browser(_looking(client, patience), mirror=mirror)
                walk = Walk(
                    wings.as_of(ledger),
                    layout,
                    ledger,
                    progress,
                    mirror,
                    offline,
                    demonstration or _is_demonstration(mirror, browse),
                    today or date.today(),
                    client,
                    patience,
                    browse,
                    [],
                )
                if again:
                    ledger.take_again()
                with span("refresh run"):
                    outcome = _run(walk, wings, walk.wings.named(codes), brought_by)
        # An interrupt too: pages would show a run that goes on for ever.
        except BaseException as error:
            progress.stopped(error)
            raise
        _say_how_it_ended(progress, outcome)
        return outcome


def _looking(client: httpx.Client | None, patience: Patience) -> Get:
    """How pages are opened: by the client, or not at all."""

    def closed(url: str) -> tuple[str, str]:
        raise PublisherUnreachable(
            "nobody is asked while it is built from what is stored",
            where=url,
            next="run again without --offline",
        )

    return (
        closed if client is None else partial(fetching.open_page, client=client, patience=patience)
    )


def _is_web(mirror: str | None) -> bool:
    return mirror is None or urlsplit(mirror).scheme in ("http", "https")


def _is_demonstration(mirror: str | None, browse: Callable[[str], list[Link]]) -> bool:
    """Whether the mirror says of itself that it is invented."""
    try:
        return mirror is not None and any(link.name == DEMONSTRATION for link in browse(mirror))
    except LakeError:
        return False  # that it cannot be looked through is told by each source


def _run(
    walk: Walk, declared: Wings, sources: list[Source], brought_by: Mapping[str, Bring]
) -> Outcome:
    # Under the lock nobody else is loading: whatever is open was left by a run that died.
    walk.ledger.close_interrupted()
    offers = 0
    unknown, also = _unknown(walk)
    # Whoever has ways of its own is in the registry already.
    walk.ledger.register_all((s, walk.wings.load_mode(s)) for s in sources if s.ways is None)
    for done, source in enumerate(sources):
        if not walk.offline:
            walk.progress.step(f"looking for {source.name}", done, len(sources))
            own = brought_by.get(source.code) or (source.ways.bring if source.ways else None)
            also_here = also.get(source.code, ())
            with span("bring", source=source.code):
                offers += own(walk, source) if own else bring(walk, source, also_here)
    # What was brought may have changed what is registered: a column more.
    walk.wings = declared.as_of(walk.ledger)
    if walk.mirror and not (walk.offline or offers or failed(walk.findings)):
        walk.tell([nothing_known(walk.mirror, walk.browse(walk.mirror), sources)])
    elif walk.mirror and offers:
        walk.tell(untaken(walk.mirror, unknown, [*walk.wings.sources.values()]))
    # Sources that were not asked for too: what is stored may have new contracts to keep.
    refile(walk, walk.wings.sources.values())
    stored, new = _stored(walk), 0
    for source in walk.wings.sources.values():
        staged = _stage_new(walk, source, stored)
        # Who brings a source in its own way looks at what came by itself.
        if staged and source.ways and source.ways.look and source.code not in brought_by:
            walk.tell(source.ways.look(walk, source))
        new += staged
    manifest, is_new = _seal(walk)
    return Outcome(manifest["id"] if manifest else None, is_new, tuple(walk.findings), new)


def _unknown(walk: Walk) -> tuple[list[Link], dict[str, list[Offer]]]:
    """Files of the mirror that no source takes at all, and, by source, those known by columns."""
    if walk.mirror is None or walk.offline:
        return [], {}
    try:
        links = walk.browse(walk.mirror)
    except LakeError:
        return [], {}  # each source says that the mirror cannot be looked through
    everybody = [*walk.wings.sources.values()]
    unknown = strangers(links, everybody)
    found = known_by_columns(unknown, everybody)
    known = {offer.link.url for offers in found.values() for offer in offers}
    return [link for link in unknown if link.url not in known], found


def _stored(walk: Walk) -> list[Stored]:
    """All that is stored and is to be staged: a demonstration too where one is shown."""
    # One that is live has contracts to keep.
    live = manifest_of(walk.layout)
    kinds = [False, True] if walk.demonstration or (live and live["demonstration"]) else [False]
    return [walk.ledger.releases_of_all(demonstration=kind) for kind in kinds]


def _stage_new(walk: Walk, source: Source, stored: list[Stored]) -> int:
    """Stage every stored release that was not, or not by these contracts; how many.

    Of the others, what the newest of a period failed in is said again.
    """
    return sum(_stage_each(walk, source, of[source.code]) for of in stored if source.code in of)


def _stage_each(walk: Walk, source: Source, stored: Sequence[tuple[Release, ReleaseState]]) -> int:
    by, staged = judged_by(source), 0
    before: dict[str, StagedPart] = {}
    used = [(release, row) for release, row in stored if row["status"] != "set_aside"]
    newest = {release.period: release.revision for release, _ in used}
    for release, row in used:
        is_there = shelf.are_there(walk.layout, row["parts"], row["rejects"])
        if row["judged_by"] != by or not is_there:
            walk.progress.step(f"reading {source.name}, {release.period}", staged, staged + 1)
            with span("stage", source=source.code, period=release.period):
                row["parts"] = _stage_one(walk, source, release, by, before)
            staged += 1
        elif release.revision == newest[release.period]:
            walk.findings += walk.failures_of(release)
        # A part that this period lacks is compared with the last one that had it.
        before |= row["parts"]
    return staged


def _stage_one(
    walk: Walk, source: Source, release: Release, by: str, before: dict[str, StagedPart]
) -> dict[str, StagedPart]:
    began = time.monotonic()
    load = walk.ledger.begin_load(
        source, release, by="refresh run", load_mode=walk.wings.load_mode(source)
    )
    folder = walk.layout.release(source.code, release.period, release.sha256)
    paths = [folder / file.name for file in release.files]
    stage = partial(source.ways.stage, load=load) if source.ways else stage_release
    judged: Judged = stage(source, release, paths, before=before, beat=walk.progress.beat)
    parts = {
        name: _kept(walk, source, release, name, rows, judged)
        for name, rows in (judged.parts | judged.streamed).items()
    }
    rejects = {
        name: shelf.write_rejects(walk.layout, source, release, name, rows)
        for name, rows in judged.rejects.items()
        if rows.height
    }
    rows = sum(part["rows"] for part in parts.values())
    walk.ledger.end_load(
        load,
        judged.findings,
        source=source.code,
        read=judged.source_rows,
        rows=rows,
        rejected=judged.rejected,
        facts=judged.facts,
    )
    note_drift(walk, source, release, before, parts, judged)
    _measure(walk, source, release, parts, judged.findings, seconds=time.monotonic() - began)
    status: ReleaseStatus = "staged" if judged.is_usable else "refused"
    walk.ledger.judge(release, status=status, parts=parts, rejects=rejects, by=by)
    walk.findings += judged.findings
    return parts


def _kept(
    walk: Walk,
    source: Source,
    release: Release,
    name: str,
    rows: pl.DataFrame | Path,
    judged: Judged,
) -> StagedPart:
    """Keep the rows of a part; what the ledger keeps of them."""
    if isinstance(rows, Path):
        part = shelf.take_staged(walk.layout, source, release, name, rows)
        columns = columns_seen(pl.scan_parquet(walk.layout.told(part["path"]), glob=False))
    else:
        part = shelf.write_staged(walk.layout, source, release, name, rows)
        columns = columns_seen(rows)
    filled = {n: (c.dtype, part["rows"] - c.nulls) for n, c in columns.items()}
    return {**part, "headers": judged.headers[name], "columns": filled}


def _measure(
    walk: Walk,
    source: Source,
    release: Release,
    parts: Mapping[str, StagedPart],
    findings: Sequence[Finding],
    *,
    seconds: float,
) -> None:
    """Keep how a source did today: its rows, columns, bytes, seconds and checks passed."""
    passed = sum(finding.status == "pass" for finding in findings)
    # All that is kept staged of it: of one that appends, the newest release is a small part.
    others = walk.ledger.releases(source.code, demonstration=release.demonstration)
    kept = [row["parts"] for one, row in others if row["status"] == "staged" and one != release]
    named = {part["path"] for one in (parts, *kept) for part in one.values()}
    files = (path for told in named if (path := walk.layout.told(told)).is_file())
    measured = Measured(
        rows=sum(part["rows"] for part in parts.values()),
        columns=sum(len(part.get("columns", ())) for part in parts.values()),
        size=sum(path.stat().st_size for path in files),
        seconds=seconds,
        pass_rate=100 * passed / max(len(findings), 1),
    )
    walk.ledger.note_metrics(source.code, walk.today, measured)


def _seal(walk: Walk) -> tuple[Manifest | None, bool]:
    """Fold what is staged into tables and make them the live snapshot, if anything changed."""
    draft = Draft(walk.layout)
    pantry, used = pantry_of(walk.wings, walk.ledger, walk.layout)
    walk.findings += pantry.waiting
    sources = followed(walk.wings.sources, used)
    # A release that was issued again counts, though its rows be the same: receipts name it.
    said = (
        *(sorted((r.source, r.period, r.revision) for r in used), sorted(pantry.marks.items())),
        *(sorted(pantry.invented), walk.wings.signature, sources),
    )
    inputs = hashlib.sha256(repr(said).encode()).hexdigest()
    is_empty = not pantry.editions and not _is_all_archived(walk, draft)
    if is_empty or _is_up_to_date(walk, draft, inputs):
        # Nothing is built, so nothing is judged; but what failed last time still stands.
        walk.findings += failed(draft.found_before)
        return draft.previous, False
    world = World(walk.ledger, walk.patience if _may_ask(walk) else None)
    builder = Builder(
        walk.wings.recipes,
        draft=draft,
        pantry=pantry,
        ask=lambda asked, inputs: asked.by(world, **inputs),
        progress=walk.progress,
    )
    with span("fold"):
        builder.build()
    facts = builder.facts(walk.wings.facts)
    walk.tell(builder.findings)
    manifest = draft.seal(
        inputs=inputs,
        releases=described(walk.wings.sources, used),
        sources=sources,
        made_of=made_of(walk.wings.recipes, walk.wings.sources),
        fed_by=fed_by(walk.wings.recipes, walk.wings.sources),
        findings=[asdict(f) for f in builder.findings if f.status != "pass"],
        **facts,
    )
    return manifest, True


def _is_all_archived(walk: Walk, draft: Draft) -> bool:
    """Whether all that is live was taken out on purpose: else an empty lake is a lost registry."""
    live = (
        {release["source"] for release in draft.previous["releases"]} if draft.previous else set()
    )
    gone = {row["code"] for row in walk.ledger.sources() if row["status"] == "archived"}
    return bool(live) and live <= gone


def _is_up_to_date(walk: Walk, draft: Draft, inputs: str) -> bool:
    """Whether the live snapshot is whole, made of the same, and lacks no answer to be asked for."""
    if draft.previous is None or draft.previous["inputs"] != inputs or not draft.is_whole:
        return False
    # Places that a run without network could not ask for are asked for by the next that may.
    unanswered = {asked.missing for asked in walk.wings.asked}
    return not (_may_ask(walk) and any(f.check in unanswered for f in draft.found_before))


def _may_ask(walk: Walk) -> bool:
    return not (walk.mirror or walk.offline)


def _say_how_it_ended(progress: Progress, outcome: Outcome) -> None:
    bad = failed(outcome.findings)
    if bad:
        words = f"checks failed: {len(bad)}; the last good data is still served"
        progress.end("failed", words, findings=[str(f) for f in bad[:5]], snapshot=outcome.snapshot)
    else:
        words = "a new snapshot is live" if outcome.is_new else "nothing new"
        progress.end("done", words, snapshot=outcome.snapshot)
