"""Staged: one release of a registered source, read by its own words and held to the gates.

In place of refresh.staging.stage_release. What fails, where the source is held to its gates, gives
no part, and the pipeline keeps the last good one. Nothing is written here but the rows of a release
that is too large for memory: beside its files, until the pipeline takes them.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
import polars as pl

from engine.errors import LakeError
from engine.table import Table
from refresh.finding import failed, from_error
from refresh.kept_parts import StagedPart
from refresh.progress import Beat, lasting, unheard
from refresh.publications.agreed import ReadBy, columns_in, is_companion, name_of, told_of, words_of
from refresh.publications.headers import meet, relaxed
from refresh.publications.manifest import File, TableOf
from refresh.publications.reading import Reading, read
from refresh.publications.stamped import ROWS, Stamp, held, let_go, scratch_for, streamed
from refresh.source import Release, Source
from refresh.staging import Judged
from refresh.validate.check import check
from refresh.validate.gates import GATES, THERE_ARE_ROWS, judged
from refresh.validate.measured import columns_seen, misread_marks
from refresh.validate.samples import MOST_SHOWN, sampled
from refresh.validate.seen import AUDIT, Before, Seen, reconciled

_OF_GATES = ("rows rejected", "columns added")
"""What reading says and the gates judge: how many of either are too many."""


def stage_registered(
    source: Source,
    release: Release,
    files: list[Path],
    *,
    before: Mapping[str, StagedPart],
    load: int,
    beat: Beat = unheard,
) -> Judged:
    """Stage a release by the words that it came with.

    Takes:  the release's files on disk; `before`, what was kept of the release before; the number
            of the load; who hears of each file.
    Gives:  as `stage_release`: one part, to the table's contract, or none; every verdict.
    """
    part = source.parts[0].name
    contract = source.contract(part).staged
    words = words_of(release)
    optional = [column.name for column in contract.columns if not column.required]
    words = msgspec.structs.replace(words, of=relaxed(words.of, optional))
    where = ", ".join(told_of(file) for file in words.of.files)
    paths = [_path_of(file, release, files) for file in words.of.files]
    readings: list[Reading] = []
    absent: set[str] = set()
    scratch = scratch_for(files)
    try:
        for number, (file, path) in enumerate(zip(words.of.files, paths, strict=True)):
            absent |= meet(path, words.of, file).absent
            own = scratch / str(number) if scratch else None
            with lasting(beat):
                readings.append(read(path, words.of, file, scratch=own))
            beat()
    except (LakeError, OSError) as error:
        let_go(scratch)
        told = from_error(error, source=source.code, period=release.period)
        return Judged({}, (told,), 0, facts=_facts(words, None, []))
    stamp = Stamp(words.of, contract, release, load)
    with lasting(beat):
        rows, wrong = streamed(readings, stamp, scratch) if scratch else held(readings, stamp)
    rejects = pl.concat((r.rejects for r in readings), how="diagonal_relaxed")
    seen = _seen(words.of, contract, rows, readings, before.get(part), wrong, absent)
    said = (*_OF_GATES, "columns removed") if part in before else _OF_GATES
    findings = [f for reading in readings for f in reading.findings if f.check not in said]
    verdicts = judged(seen, GATES, where=where)
    findings += sampled(verdicts, rows, key=contract.key, on=seen.on or date.today())
    # That there are rows is said by the gates already.
    named = (f for f in check(rows, contract, where=where) if f.check != THERE_ARE_ROWS.check)
    findings += named
    stops = (source.is_held and failed(findings)) or not seen.rows
    good = {} if stops else {part: rows}
    if stops:
        let_go(scratch)
    return Judged(
        {name: one for name, one in good.items() if isinstance(one, pl.DataFrame)},
        tuple(finding.of(source.code, release.period) for finding in findings),
        sum(reading.source_rows for reading in readings),
        headers={part: [column.published for column in readings[0].columns]},
        given={part: seen.rows + rejects.height},
        rejects={part: rejects},
        facts=_facts(words, seen, readings),
        streamed={part: scratch / ROWS} if scratch and good else {},
    )


def _path_of(file: File, release: Release, files: list[Path]) -> Path:
    """Where a file of a release lies, by its address, else by its name: the same bytes may have
    moved since, and the release keeps the address that they came from."""
    pairs = list(zip(release.files, files, strict=True))
    named = [path for stored, path in pairs if stored.name == name_of(file.url)]
    return next((p for stored, p in pairs if stored.url == file.url), [*named, *files][0])


def _seen(
    of: TableOf,
    contract: Table,
    rows: pl.DataFrame | pl.LazyFrame,
    readings: list[Reading],
    kept: StagedPart | None,
    wrong: list[str],
    absent: set[str],
) -> Seen:
    coming = {c.name: c.dtype for c in columns_in(of) if c.name not in absent}
    beside = {*AUDIT, *(name for name in contract.schema if is_companion(name))}
    known = {column.name: column for column in contract.columns if column.name not in beside}
    here = [name for name in known if name in coming]
    before = Before(kept["rows"], kept.get("columns", {})) if kept else None
    had = before.columns if before else {}
    filled = [name for name, (_, cells) in had.items() if cells]
    headers = {*kept.get("headers", ())} if kept else set()
    new = [c.name for c in columns_in(of) if c.original_name and c.original_name not in headers]
    described = [c for c in columns_in(of) if c.name in here]
    return Seen(
        rows.lazy().select(pl.len()).collect(engine="streaming").item(),
        columns_seen(rows.select(here)),
        before=before,
        source_rows=sum(_as_long(reading, of) for reading in readings),
        rejected=sum(reading.rejects.height for reading in readings),
        usual_rows=of.expected_min_rows,
        added=tuple(name for name in new if headers and name in here),
        held=tuple(name for name in coming if name not in known),
        # A reason stands beside a number only where one is not told: some months have none.
        gone=tuple(n for n in filled if n not in coming and not is_companion(n)),
        may_go=frozenset(name for name, column in known.items() if not column.required),
        retyped={
            name: (had[name][0], dtype)
            for name, dtype in coming.items()
            if name in had and had[name][0] != dtype
        },
        mismatches=len(wrong),
        mismatch=tuple(wrong[:MOST_SHOWN]),
        misread=misread_marks(rows),
        described=sum(bool(column.description) for column in described),
        searchable=sum(bool(column.query_keywords) for column in described),
        on=date.today(),
    )


def _as_long(reading: Reading, of: TableOf) -> int:
    """How many rows of the table a file should give: those rejected, and the others made long."""
    rejected = reading.rejects.height
    return (reading.source_rows - rejected) * (len(of.wide.columns) if of.wide else 1) + rejected


def _facts(words: ReadBy, seen: Seen | None, readings: list[Reading]) -> dict[str, object]:
    """What the ledger keeps of the load beside its verdicts."""
    added = [*seen.added, *seen.held] if seen else []
    return {
        "manifest_name": words.manifest,
        "columns_added": len(added),
        "columns_added_names": added,
        "reconciliation": reconciled(seen) if seen else None,
        "profile": [_profiled(*one) for one in zip(words.of.files, readings, strict=False)],
    }


def _profiled(file: File, reading: Reading) -> dict[str, object]:
    """What was seen of one file, before wide dates were made long."""
    columns = [
        {
            "published": column.published,
            "name": column.name,
            "dtype": column.dtype,
            "sum": column.sum,
            "nulls": column.nulls,
            "marks": column.marks,
        }
        for column in reading.columns
    ]
    return {
        "file": name_of(file.url),
        "member": file.extract or file.sheet or None,
        "rows_read": reading.source_rows,
        "rows_loaded": reading.rows,
        "rows_rejected": reading.rejects.height,
        "columns": columns,
    }
