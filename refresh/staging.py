"""One release through read, stage and check: which of its parts are good, and what was found.

Part of the walk: it hands each part's members from `extract` to `validate` and judges the release
part by part. A part that fails is left out; the others go on.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import LakeError
from engine.vocabulary import TypeName
from refresh.extract.read import Member, members
from refresh.finding import Finding, failed, from_error
from refresh.fingerprint import STAGE, text_of
from refresh.kept_parts import StagedPart
from refresh.part_files import (
    count_members,
    members_of,
    missing_part,
    of_this_period,
    one_of_each,
    where_of,
)
from refresh.progress import Beat, unheard
from refresh.release_findings import nothing_in_it, unreadable, without_rows
from refresh.source import Link, Part, Release, Source
from refresh.staged_member import Reading, left_out, stage_member
from refresh.staged_pieces import goes_in_pieces, let_go, scratch_for, stage_in_pieces
from refresh.validate.check import check
from refresh.validate.compare import compare_count, compare_practices
from refresh.validate.gates import DECLARED, judged
from refresh.validate.seen import Before, Seen

_COUNTED = "practice_code"
_AT_ONCE = 2  # files of a part; each is held in memory, a few times over


@dataclass(frozen=True)
class Judged:
    """A release after staging: rows of each good part, and every verdict.

    source_rows  rows of the files that could be read, as they are there: before any was shaped,
                 refused or dropped, and of parts that failed too

    Of each part that could be read, good or not:
    headers  the columns as published; of one that breaks its contract, too
    given    how many rows there were to stage (as its source shapes its files, where it does)
    rejects  those of them that were not staged, as they were, and before that: `part`, `file`, the
             `row` in the file (from 1 below the header, blank ones not counted; null where the
             source shapes them) and the `reason`
    retyped  columns of which most cells of a file are not of the contract's type, and of which
    facts    what else the ledger keeps of the load: columns of `load_events`
    streamed of a part whose rows are more than memory should hold, in place of `parts`: the file
             with its rows; who keeps them moves it
    """

    parts: dict[str, pl.DataFrame]
    findings: tuple[Finding, ...]
    source_rows: int
    headers: dict[str, list[str]] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, pl.DataFrame] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    streamed: dict[str, Path] = field(default_factory=dict)
    retyped: dict[str, dict[str, TypeName]] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        return bool(self.parts or self.streamed)

    @property
    def rejected(self) -> int:
        """How many rows were given and not staged, in all parts together."""
        return sum(rows.height for rows in self.rejects.values())


@dataclass(frozen=True)
class _Read:
    """A part as read from all its files, good or not; the fields are those of `Judged`.

    rows     held, or the file that they were streamed to
    by_file  how many of them each file has
    """

    rows: pl.DataFrame | Path
    rejects: pl.DataFrame
    headers: list[str]
    given: int
    findings: list[Finding]
    by_file: list[int]
    retyped: dict[str, TypeName]

    @property
    def lazy(self) -> pl.LazyFrame:
        if isinstance(self.rows, Path):
            return pl.scan_parquet(self.rows, glob=False)
        return self.rows.lazy()


def judged_by(source: Source) -> str:
    """Sixteen characters that change when contracts, shapes or rules do: then stage again."""
    own = [f for part in source.parts for f in (part.shape, part.refuse) if f is not None]
    own += [source.ways.stage] if source.ways else []
    said = [part.contract.staged.fingerprint for part in source.parts]
    said += [repr((source.parts, source.dated)), text_of(*STAGE, *own)]
    # Where a function lies in memory is new at each start; what it says is in the text above.
    text = re.sub(r" at 0x[0-9a-f]+", "", "\n".join(said))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stage_release(
    source: Source,
    release: Release,
    files: list[Path],
    *,
    before: Mapping[str, StagedPart],
    beat: Beat = unheard,
) -> Judged:
    """Stage every part of a release.

    Takes:  the release's files on disk; `before`, what was kept of each part in the period before
            (none on a first load): how many practices it had, its headers; `beat`, which hears
            of every file that was read.
    Gives:  the parts that passed, to contract; all findings, those of passed checks too.
    Raises: nothing of the data's; what stops a part is a finding.
    """
    where = ", ".join(path.name for path in files)
    everything, findings = _open_all(files)
    wrong = _other_years(source, release, everything)
    reading = Reading(beat, release.period, source)
    staged, passed, verdicts = _stage_parts(source, everything, before, files, reading)
    findings += [*wrong, *verdicts]
    refused = [p.name for p in source.parts if p.required and p.name not in passed]
    # A release of another year is worse than none: nothing of it is used, though every part be
    # good.
    kept = {} if refused or wrong else {name: staged[name].rows for name in passed}
    let_go(part.rows for name, part in staged.items() if name not in kept)
    # Nothing wrong and nothing there: silence would pass for a release without news.
    if not kept and not failed(findings):
        findings.append(nothing_in_it(source, everything, where))
    told = tuple(finding.of(source.code, release.period) for finding in findings)
    return Judged(
        {name: rows for name, rows in kept.items() if isinstance(rows, pl.DataFrame)},
        told,
        sum(reading.rows.values()),
        headers={name: [*found] for name, found in reading.headers.items()}
        | {name: part.headers for name, part in staged.items()},
        given={name: part.given for name, part in staged.items()},
        rejects={name: part.rejects for name, part in staged.items()},
        streamed={name: rows for name, rows in kept.items() if isinstance(rows, Path)},
        retyped={name: part.retyped for name, part in staged.items()},
    )


def _open_all(files: list[Path]) -> tuple[list[Member], list[Finding]]:
    found: list[Member] = []
    findings: list[Finding] = []
    for path in files:
        try:
            found += members(path)
        except LakeError as error:
            findings.append(from_error(error, source=""))
        # A file that the disk does not give back stops its own release, not the run.
        except OSError as error:
            findings.append(unreadable(path, error))
    return found, findings


def _stage_parts(
    source: Source,
    everything: list[Member],
    before: Mapping[str, StagedPart],
    files: list[Path],
    reading: Reading,
) -> tuple[dict[str, _Read], set[str], list[Finding]]:
    """The parts that could be read, the names of those that passed, and every verdict."""
    read: dict[str, _Read] = {}
    good: dict[str, _Read] = {}
    findings: list[Finding] = []
    for part in source.parts:
        had = before.get(part.name)
        candidates = members_of(part, everything, source.parts)
        staged, verdicts = _stage_part(
            part, candidates, had, everything=everything, files=files, reading=reading
        )
        findings += verdicts
        if staged is None:
            continue
        read[part.name] = staged
        if not failed(verdicts):
            good[part.name] = staged
    # After all are read, for a part is held against others of the same release.
    short = {part.name: _uncovered(part, good, source, everything) for part in source.parts}
    findings += [finding for verdicts in short.values() for finding in verdicts]
    return read, {name for name in good if not failed(short[name])}, findings


def _uncovered(
    part: Part, parts: Mapping[str, _Read], source: Source, everything: list[Member]
) -> list[Finding]:
    """Whether a part has the practices of the parts that it should cover."""
    if part.name not in parts or parts.keys().isdisjoint(part.covers):
        return []
    where = where_of(members_of(part, everything, source.parts))
    mine = _practices(parts[part.name])
    return [
        compare_practices(mine, _practices(parts[other]), where=where, other=other)
        for other in part.covers
        if other in parts
    ]


def _practices(part: _Read) -> pl.Series:
    return part.lazy.select(_COUNTED).collect().to_series()


def _other_years(source: Source, release: Release, found: list[Member]) -> list[Finding]:
    """A member whose own name gives another period than the release's is in the wrong zip."""
    wrong = []
    for member in found:
        for pattern in source.files:
            match = re.search(pattern, member.name, re.IGNORECASE)
            period = source.period(match, Link(member.name)) if match else None
            if period and period != release.period:
                wrong.append((member.name, period))
    return [
        Finding(
            "fail",
            "metadata",
            "year",
            name,
            f"this file is of {period}, in a release of {release.period}",
            column="(file name)",
            expected=release.period,
            observed=period,
            next_step="fetch the right file; nothing of this release is used until then",
        )
        for name, period in wrong
    ]


def _stage_part(
    part: Part,
    candidates: list[Member],
    before: StagedPart | None,
    *,
    everything: list[Member],
    files: list[Path],
    reading: Reading,
) -> tuple[_Read | None, list[Finding]]:
    release = ", ".join(path.name for path in files)
    if not candidates:
        return None, [missing_part(part, everything, release)]
    try:
        candidates, findings = of_this_period(candidates, reading.period, release)
        had = before.get("headers", ()) if before else ()
        chosen, doubts = one_of_each(candidates, partial(_are_alike, reading.source, part, had))
        where = where_of(chosen)
        findings += doubts
        findings += count_members(part, chosen, where)
        # Six of seven regions read well, and their sum is wrong: then none is read.
        if failed(findings):
            return None, findings
        read = _read(part, chosen, had, reading, files)
    except LakeError as error:
        return None, [from_error(error, source="")]
    findings += read.findings
    findings += without_rows(chosen, read.by_file)
    # Of all its files together: a key must be one across them.
    findings += check(read.lazy, part.contract.staged, where=where)
    if _COUNTED in part.contract.staged.schema:
        practices = read.lazy.select(pl.col(_COUNTED).n_unique()).collect().item()
        counted = before.get("practices") if before else None
        findings.append(compare_count(practices, counted, where=where, unit="practices"))
    known = Before(before["rows"]) if before else None
    rows = sum(read.by_file)
    seen = Seen(rows, before=known, source_rows=read.given, rejected=read.rejects.height)
    findings += judged(seen, DECLARED, where=where)
    return read, findings


def _read(
    part: Part, chosen: list[Member], had: Collection[str], reading: Reading, files: Sequence[Path]
) -> _Read:
    """The rows of all files of a part, held; streamed where they are more than memory holds."""
    if goes_in_pieces(part, chosen):
        made = stage_in_pieces(part, chosen, had, reading, scratch_for(part, files))
        rejects = pl.concat(made.rejects, how="diagonal")
        return _Read(
            made.file,
            rejects,
            [*made.headers],
            made.given,
            made.findings,
            made.by_file,
            made.retyped,
        )
    # Unzipping and much of staging have one thread: two files at a time keep two cores at work.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        told = list(pool.map(lambda one: stage_member(part, one, had, reading), chosen))
    staged = [one for one, _ in told]
    left = [left_out(part, m, *one) for m, one in zip(chosen, told, strict=True)]
    return _Read(
        pl.concat([s.rows for s in staged]),
        pl.concat(left, how="diagonal"),
        list(dict.fromkeys(header for s in staged for header in s.headers)),
        sum(s.given for s in staged),
        [finding for s in staged for finding in s.findings],
        [s.rows.height for s in staged],
        {name: of for s in staged for name, of in s.retyped.items()},
    )


def _are_alike(source: Source, part: Part, had: Collection[str], rivals: list[Member]) -> bool:
    """Whether files of one name give the same rows, in whatever order of columns or rows."""
    reading = Reading(unheard, "", source)
    try:
        first, *others = (stage_member(part, one, had, reading)[0].rows for one in rivals)
    except LakeError:
        return False
    order = first.columns
    return all(first.sort(order).equals(other.sort(order)) for other in others)
