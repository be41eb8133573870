"""One release through read, stage and check: which of its parts are good, and what was found.

Part of the walk: it hands each part's members from `extract` to `validate` and judges the release
part by part. A part that fails is left out; the others go on.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import ContractBroken, LakeError
from engine.period import Period
from refresh.dating import days_in
from refresh.extract.decode import Strays
from refresh.extract.read import Member, members, read_told
from refresh.extract.sheets import EVERY
from refresh.finding import Finding, failed, from_error
from refresh.fingerprint import STAGE, text_of
from refresh.kept_parts import StagedPart
from refresh.part_files import (
    count_members,
    fits,
    members_of,
    missing_part,
    of_this_period,
    one_of_each,
    where_of,
)
from refresh.progress import Beat, lasting, unheard
from refresh.release_findings import encodings, nothing_in_it, unreadable, without_rows
from refresh.source import Link, Part, Release, Source
from refresh.validate.check import check
from refresh.validate.compare import compare_count, compare_practices
from refresh.validate.gates import DECLARED, judged
from refresh.validate.seen import Before, Seen
from refresh.validate.stage import Staged, stage

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

    @property
    def is_usable(self) -> bool:
        return bool(self.parts or self.streamed)

    @property
    def rejected(self) -> int:
        """How many rows were given and not staged, in all parts together."""
        return sum(rows.height for rows in self.rejects.values())


@dataclass(frozen=True)
class _Read:
    """A part as read from all its files, good or not; the fields are those of `Judged`."""

    rows: pl.DataFrame
    rejects: pl.DataFrame
    headers: list[str]
    given: int


@dataclass(frozen=True)
class _Reading:
    """The reading of one release: who hears of each file, and the rows that each was found to have.

    A file that two parts are made of counts once, unless each takes another sheet of it.
    headers  by part, the columns as published: of a file whose contract is broken, too
    """

    beat: Beat
    period: str
    source: Source
    rows: dict[tuple[Member, str | None], int] = field(default_factory=dict)
    headers: dict[str, dict[str, None]] = field(default_factory=dict)

    def read(self, member: Member, part: Part) -> tuple[pl.DataFrame, Strays | None]:
        knows = None if part.sheet == EVERY else partial(fits, part)
        # Pages take a run for dead that says nothing for minutes, and some workbooks take them.
        with lasting(self.beat):
            raw, strays = read_told(member, header=part.header, sheet=part.sheet, knows=knows)
        self.rows[member, part.sheet] = raw.height
        self._of_one_period(member, raw)
        self.beat()
        return raw, strays

    def _of_one_period(self, member: Member, raw: pl.DataFrame) -> None:
        """Refuse months put under each other: which of them is meant nobody can tell."""
        kind = self.source.calendar.every
        days = days_in(raw, self.source.dated)
        found = list(dict.fromkeys(str(Period.holding(day, kind)) for day in days))
        if len(found) > 1:
            raise ContractBroken(
                f"its rows are of {len(found)} periods",
                where=member.where,
                expected=f"rows of one {kind}",
                found=", ".join(found[:6]),
                next="take it apart into a file a period; each is then filed by its own rows",
            )


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
    reading = _Reading(beat, release.period, source)
    staged, parts, verdicts = _stage_parts(source, everything, before, where, reading)
    findings += [*wrong, *verdicts]
    refused = [p.name for p in source.parts if p.required and p.name not in parts]
    # A release of another year is worse than none: nothing of it is used, though every part be
    # good.
    kept = {} if refused or wrong else parts
    # Nothing wrong and nothing there: silence would pass for a release without news.
    if not kept and not failed(findings):
        findings.append(nothing_in_it(source, everything, where))
    told = tuple(finding.of(source.code, release.period) for finding in findings)
    return Judged(
        kept,
        told,
        sum(reading.rows.values()),
        headers={name: [*found] for name, found in reading.headers.items()}
        | {name: part.headers for name, part in staged.items()},
        given={name: part.given for name, part in staged.items()},
        rejects={name: part.rejects for name, part in staged.items()},
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
    where: str,
    reading: _Reading,
) -> tuple[dict[str, _Read], dict[str, pl.DataFrame], list[Finding]]:
    """The parts that could be read, the rows of those that passed, and every verdict."""
    read: dict[str, _Read] = {}
    parts: dict[str, pl.DataFrame] = {}
    findings: list[Finding] = []
    for part in source.parts:
        had = before.get(part.name)
        candidates = members_of(part, everything, source.parts)
        staged, verdicts = _stage_part(
            part, candidates, had, everything=everything, release=where, reading=reading
        )
        findings += verdicts
        if staged is None:
            continue
        read[part.name] = staged
        if not failed(verdicts):
            parts[part.name] = staged.rows
    # After all are read, for a part is held against others of the same release.
    short = {part.name: _uncovered(part, parts, source, everything) for part in source.parts}
    findings += [finding for verdicts in short.values() for finding in verdicts]
    covered = {name: rows for name, rows in parts.items() if not failed(short[name])}
    return read, covered, findings


def _uncovered(
    part: Part, parts: dict[str, pl.DataFrame], source: Source, everything: list[Member]
) -> list[Finding]:
    """Whether a part has the practices of the parts that it should cover."""
    if part.name not in parts or parts.keys().isdisjoint(part.covers):
        return []
    where = where_of(members_of(part, everything, source.parts))
    return [
        compare_practices(
            parts[part.name][_COUNTED], parts[other][_COUNTED], where=where, other=other
        )
        for other in part.covers
        if other in parts
    ]


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
    release: str,
    reading: _Reading,
) -> tuple[_Read | None, list[Finding]]:
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
        usable = [] if failed(findings) else chosen
        told = _stage_members(part, usable, had, reading)
        staged = [one for one, _ in told]
    except LakeError as error:
        return None, [from_error(error, source="")]
    if not staged:
        return None, findings
    rows = pl.concat([s.rows for s in staged])
    findings += [finding for s in staged for finding in s.findings]
    findings += without_rows(chosen, staged)
    # Of all its files together: a key must be one across them.
    findings += check(rows, part.contract.staged, where=where)
    if _COUNTED in rows.columns:
        practices = rows[_COUNTED].n_unique()
        counted = before.get("practices") if before else None
        findings.append(compare_count(practices, counted, where=where, unit="practices"))
    left_out = [_left_out(part, m, *one) for m, one in zip(usable, told, strict=True)]
    headers = dict.fromkeys(header for s in staged for header in s.headers)
    rejects = pl.concat(left_out, how="diagonal")
    given = sum(s.given for s in staged)
    known = Before(before["rows"]) if before else None
    seen = Seen(rows.height, before=known, source_rows=given, rejected=rejects.height)
    findings += judged(seen, DECLARED, where=where)
    return _Read(rows, rejects, list(headers), given), findings


def _are_alike(source: Source, part: Part, had: Collection[str], rivals: list[Member]) -> bool:
    """Whether files of one name give the same rows, in whatever order of columns or rows."""
    reading = _Reading(unheard, "", source)
    try:
        first, *others = (_stage_member(part, one, had, reading)[0].rows for one in rivals)
    except LakeError:
        return False
    order = first.columns
    return all(first.sort(order).equals(other.sort(order)) for other in others)


def _left_out(part: Part, member: Member, staged: Staged, is_shaped: bool) -> pl.DataFrame:
    """The rows of a file that were not staged: which, why, and as they were."""
    rows = pl.concat([staged.rejects, staged.repeats])
    # Shaping takes rows apart and adds them up: what it gives has no place in the file.
    at = pl.lit(None, rows.schema["row"]) if is_shaped else pl.col("row")
    why = [pl.lit(part.name).alias("part"), pl.lit(member.where).alias("file"), at.alias("row")]
    return rows.select(*why, "reason", pl.col(staged.headers))


def _stage_members(
    part: Part, usable: list[Member], had: Collection[str], reading: _Reading
) -> list[tuple[Staged, bool]]:
    """The rows of every file, in the order of the files."""
    # Unzipping and much of staging have one thread: two files at a time keep two cores at work.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda one: _stage_member(part, one, had, reading), usable))


def _stage_member(
    part: Part, member: Member, had: Collection[str], reading: _Reading
) -> tuple[Staged, bool]:
    """The rows of a file to contract, and whether its source shaped them first."""
    where = member.where
    given, strays = reading.read(member, part)
    raw = given
    if part.shape:
        try:
            lazy = given.lazy()
            shaped = part.shape(lazy)
            # A shape that has nothing to do gives back what it was given.
            raw = given if shaped is lazy else shaped.collect()
        except pl.exceptions.ColumnNotFoundError as error:
            raise ContractBroken(
                "a column that this publication always has is missing",
                where=where,
                expected=str(error).splitlines()[0],
                found=", ".join(raw.columns[:20]),
                next="compare the file with the publisher's page; if it was renamed, name it in"
                " refresh/*/sources/",
            ) from error
    if given.height and not raw.height:
        raise ContractBroken(
            "none of its rows is of what is followed",
            where=where,
            expected=f"rows of `{part.name}`",
            found=f"{given.height:,} others, such as: {_said(given.row(0, named=True))}",
            next="look at the file: it may be of other areas, or the publisher may have renamed"
            " what marks a practice (then mend refresh/*/sources/)",
        )
    reading.headers.setdefault(part.name, {}).update(dict.fromkeys(raw.columns))
    refuse = part.refuse() if part.refuse else None
    staged = stage(raw, part.contract, where=where, refuse=refuse, before=had)
    findings = (*encodings(strays, where), *staged.findings)
    return replace(staged, findings=findings), raw is not given


def _said(row: Mapping[str, str | None]) -> str:
    return "; ".join(f"{name} {cell}" for name, cell in [*row.items()][:8] if cell)
