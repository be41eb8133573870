"""Looked into: a discovered manifest whose newest files were fetched, drafted and classified.

What `discover` finds names files; here somebody opens the newest of each, so that the manifest that
a steward gets can be loaded. Older files of the same kind are listed as the newest is read.
"""

from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec
import polars as pl

from engine.errors import LakeError
from refresh.extract.discover import browse_folder
from refresh.extract.fetch import GIB, fetch
from refresh.publications.bringing import link_to
from refresh.publications.classifier import classify, with_judgement
from refresh.publications.evidence import Evidence, evidence_of
from refresh.publications.fiscal import first_day
from refresh.publications.looking.draft import draft
from refresh.publications.manifest import File, Manifest, TableOf
from refresh.publications.opinion import Opinion
from refresh.publications.reading.read import read

NEWEST = 2
"""How many periods are opened: what follows on what shows in two."""
_LARGEST = 200 << 20
"""Files over 200 MB are not read for evidence: what their names say must do."""


def looked_into(
    found: Manifest,
    scratch: Path,
    *,
    client: httpx.Client | None,
    periods: int = NEWEST,
    limit: int = GIB,
) -> tuple[Manifest, list[str]]:
    """A draft of the newest files of a discovered manifest.

    Takes:  the manifest; a folder to fetch into; how many periods of each file to open; at most
            how many bytes of each.
    Gives:  the manifest as drafted, its addresses those of the publisher; notes on files that could
            not be had or read. Sources that are the same table of several files are one.
    """
    notes: list[str] = []
    sources: list[TableOf] = []
    for at, source in enumerate(found.sources):
        opened: dict[str, File] = {}
        for place, file in enumerate(source.files[:periods]):
            # Apart, for two periods may have files of one name.
            folder = scratch / f"{at:03}-{place:02}" / (file.period or "undated")
            try:
                fetch(link_to(file.url), folder, client=client, known=None, limit=limit)
                (link,) = browse_folder(folder)
                opened[str(folder / link.name)] = file
            except LakeError as error:
                notes.append(f"{file.url}: {error.what}")
        if opened:
            sources += _drafted(source, opened, notes)
    return Manifest(manifest=found.manifest, sources=_apart(sources)), notes


def classified(
    manifest: Manifest,
    paths: Sequence[Path] = (),
    *,
    base: Path = Path(),
    opinion: Opinion | None = None,
) -> Manifest:
    """The manifest with a load mode for each source, by names, words and what is at hand.

    Takes:  the manifest; files by the names that its addresses end in, where they were fetched;
            the folder that its paths are relative to; whom to ask beside.
    """
    said = manifest.manifest
    described = " ".join(filter(None, (said.publication, said.description)))
    by_name = {path.name: path for path in paths}
    sources = []
    for source in manifest.sources:
        if not source.enabled:
            sources.append(source)
            continue
        thought = opinion(source, described) if opinion else None
        evidence = evidence_at_hand(source, base, by_name)
        judged = classify(source, evidence, described=described, opinion=thought)
        sources.append(with_judgement(source, judged))
    return msgspec.structs.replace(manifest, sources=sources)


def evidence_at_hand(
    source: TableOf, base: Path, by_name: dict[str, Path] | None = None
) -> Evidence | None:
    """What the two newest files of a source show that lie on this machine; None without any."""
    dated = sorted(
        (file for file in source.files if file.period), key=lambda file: first_day(file.period)
    )
    releases = []
    for file in (dated or source.files)[-NEWEST:]:
        name = file.url.rsplit("/", 1)[-1]
        path = (by_name or {}).get(file.url) or (by_name or {}).get(name) or base / file.url
        if not path.is_file() or path.stat().st_size > _LARGEST:
            continue
        try:
            rows = read(path, source, file).frame
        except LakeError:
            continue
        releases.append(rows.collect() if isinstance(rows, pl.LazyFrame) else rows)
    headers = {c.name: c.original_name for c in source.columns if c.original_name}
    return evidence_of([_as_published(rows, headers) for rows in releases]) if releases else None


def _as_published(rows: pl.DataFrame, headers: dict[str, str]) -> pl.DataFrame:
    """Rows under their headers, for these say what a column is; a name that stands twice stays."""
    names = list(headers.values())
    once = {ours: header for ours, header in headers.items() if names.count(header) == 1}
    return rows.rename(
        {n: h for n, h in once.items() if n in rows.columns and h not in rows.columns}
    )


def _drafted(source: TableOf, opened: dict[str, File], notes: list[str]) -> list[TableOf]:
    """The tables of a discovered source's opened files, with the publisher's addresses."""
    try:
        drafted = draft([Path(path) for path in opened])
    except LakeError as error:
        notes.append(f"{source.name}: {error.what}" + (f" ({error.found})" if error.found else ""))
        return []
    older = source.files[len(opened) :]
    made = []
    for table in drafted.sources:
        files = [
            msgspec.structs.replace(
                file, url=opened[file.url].url, period=file.period or opened[file.url].period
            )
            for file in table.files
        ]
        # A member of a zip may be called after its month: older ones are not guessed at.
        if files and not files[0].extract:
            files += [msgspec.structs.replace(file, sheet=files[0].sheet) for file in older]
        elif older:
            notes.append(f"{table.code}: {len(older)} older files are left out, for they are zips")
        made.append(msgspec.structs.replace(table, files=files))
    return made


def _apart(sources: list[TableOf]) -> list[TableOf]:
    """Sources of which no two have one code."""
    taken: set[str] = set()
    apart = []
    for source in sources:
        code, number = source.code, 2
        while code in taken:
            code, number = f"{source.code[:59]}_{number}", number + 1
        taken.add(code)
        table = source.table if code == source.code else f"tbl_{code}"[:63]
        apart.append(msgspec.structs.replace(source, code=code, table=table))
    return apart
