"""One release through read, stage and check: which of its parts are good, and what was found.

Part of the walk: it hands each part's members from `extract` to `validate` and judges the release
part by part. A part that fails is left out; the others go on.
"""

import hashlib
import inspect
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import ContractBroken, LakeError
from engine.wings import table
from refresh.extract.decode import Strays
from refresh.extract.read import Member, find_members, members, read_told
from refresh.finding import Finding, failed, from_error
from refresh.fingerprint import STAGING_BY, written
from refresh.progress import Beat, unheard
from refresh.source import Link, Part, Release, Source
from refresh.validate.check import check
from refresh.validate.compare import compare_count, compare_practices
from refresh.validate.stage import Staged, stage

_VERSION = re.compile(r"[\s_-]?v(\d+)(?=\.[a-z]+$)", re.IGNORECASE)
_COUNTED = "practice_code"


@dataclass(frozen=True)
class Judged:
    """A release after staging: rows of each good part, and every verdict.

    headers  of each part that could be read, the columns as published
    """

    parts: dict[str, pl.DataFrame]
    findings: tuple[Finding, ...]
    rejected: int
    headers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_usable(self) -> bool:
        return bool(self.parts)


def judged_by(source: Source) -> str:
    """Sixteen characters that change when contracts, shapes or rules do: then stage again."""
    own = [function for part in source.parts for function in (part.shape, part.refuse)]
    shapes = map(inspect.getmodule, filter(None, own))
    said = [table(part.name).staged.fingerprint for part in source.parts]
    said += [repr(source.parts), written(*STAGING_BY), *map(inspect.getsource, shapes)]
    text = re.sub(r" at 0x[0-9a-f]+", "", "\n".join(said))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stage_release(
    source: Source,
    release: Release,
    files: list[Path],
    *,
    before: Mapping[str, Mapping[str, Any]],
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
    parts, verdicts, rejected, headers = _stage_parts(source, everything, before, where, beat)
    findings += [*wrong, *verdicts]
    refused = [p.name for p in source.parts if p.required and p.name not in parts]
    kept = {} if refused or wrong else parts
    if not kept and not failed(findings):
        findings.append(_nothing_in_it(source, everything, where))
    told = tuple(finding.of(source.code, release.period) for finding in findings)
    return Judged(kept, told, rejected, headers)


def _open_all(files: list[Path]) -> tuple[list[Member], list[Finding]]:
    found: list[Member] = []
    findings: list[Finding] = []
    for path in files:
        try:
            found += members(path)
        except LakeError as error:
            findings.append(from_error(error, source=""))
        except OSError as error:
            findings.append(_unreadable(path, error))
    return found, findings


def _stage_parts(
    source: Source,
    everything: list[Member],
    before: Mapping[str, Mapping[str, Any]],
    where: str,
    beat: Beat,
) -> tuple[dict[str, pl.DataFrame], list[Finding], int, dict[str, list[str]]]:
    """The parts that passed, every verdict, how many rows were rejected, and the headers."""
    parts: dict[str, pl.DataFrame] = {}
    headers: dict[str, list[str]] = {}
    findings: list[Finding] = []
    rejected = 0
    for part in source.parts:
        had = before.get(part.name, {})
        staged, verdicts = _stage_part(part, everything, had, release=where, beat=beat)
        findings += verdicts
        if staged is None:
            continue
        rejected += staged.rejects.height
        headers[part.name] = list(staged.headers)
        if not failed(verdicts):
            parts[part.name] = staged.rows
    short = {part.name: _uncovered(part, parts, everything) for part in source.parts}
    findings += [finding for verdicts in short.values() for finding in verdicts]
    covered = {name: rows for name, rows in parts.items() if not failed(short[name])}
    return covered, findings, rejected, headers


def _uncovered(
    part: Part, parts: dict[str, pl.DataFrame], everything: list[Member]
) -> list[Finding]:
    """Whether a part has the practices of the parts that it should cover."""
    where = _where(find_members(everything, part.members))
    return [
        compare_practices(
            parts[part.name][_COUNTED], parts[other][_COUNTED], where=where, other=other
        )
        for other in part.covers
        if part.name in parts and other in parts
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
    part: Part, everything: list[Member], before: Mapping[str, Any], *, release: str, beat: Beat
) -> tuple[Staged | None, list[Finding]]:
    candidates = find_members(everything, part.members)
    if not candidates:
        return None, [_missing(part, everything, release)]
    try:
        chosen, findings = _one_of_each(candidates)
        where = _where(chosen)
        findings += _count_members(part, chosen, where)
        had = before.get("headers", ())
        usable = [] if failed(findings) else chosen
        staged = [_stage_member(part, m, had, beat) for m in usable]
    except LakeError as error:
        return None, [from_error(error, source="")]
    if not staged:
        return None, findings
    rows = pl.concat([s.rows for s in staged])
    rejects = pl.concat([s.rejects for s in staged], how="diagonal")
    findings += [finding for s in staged for finding in s.findings]
    findings += _without_rows(chosen, staged)
    findings += check(rows, table(part.name).staged, where=where)
    if _COUNTED in rows.columns:
        practices = rows[_COUNTED].n_unique()
        counted = before.get("practices")
        findings.append(compare_count(practices, counted, where=where, unit="practices"))
    headers = dict.fromkeys(header for s in staged for header in s.headers)
    return Staged(rows, rejects, (), tuple(headers)), findings


def _stage_member(part: Part, member: Member, had: Collection[str], beat: Beat) -> Staged:
    where = member.where
    raw, strays = read_told(member, header=part.header, sheet=part.sheet)
    beat()
    if part.shape:
        try:
            raw = part.shape(raw.lazy()).collect()
        except pl.exceptions.ColumnNotFoundError as error:
            raise ContractBroken(
                "a column that this publication always has is missing",
                where=where,
                expected=str(error).splitlines()[0],
                found=", ".join(raw.columns[:20]),
                next="compare the file with the publisher's page; if it was renamed, name it in"
                " refresh/*/sources/",
            ) from error
    refuse = part.refuse() if part.refuse else None
    staged = stage(raw, table(part.name), where=where, refuse=refuse, before=had)
    return replace(staged, findings=(*_encodings(strays, where), *staged.findings))


def _encodings(strays: Strays | None, where: str) -> list[Finding]:
    """What a file in two encodings at once leaves behind."""
    if strays is None:
        return []
    return [
        Finding(
            "warn",
            "quality",
            "one encoding",
            where,
            f"{strays.count:,} bytes are not UTF-8 and were read as Windows-1252, the first in line"
            f" {strays.line:,}",
            column="(text)",
            expected="UTF-8 throughout",
            observed=f"0x{strays.byte:02x} in line {strays.line:,}: {strays.text}",
            rows_failed=strays.count,
            sample=strays.text,
            next_step="look at these names; where one is wrong, tell the publisher",
        )
    ]


def _one_of_each(candidates: list[Member]) -> tuple[list[Member], list[Finding]]:
    """Of files that differ in their version only (`_v2`), the newest; of one name, only one.

    Two files of one name that say the same are one; where they differ, nobody can tell which holds.
    """
    best: dict[str, list[Member]] = {}
    for member in sorted(candidates, key=_version):
        rivals = best.setdefault(_VERSION.sub("", member.name).lower(), [])
        if rivals and _version(rivals[0]) < _version(member):
            rivals.clear()
        rivals.append(member)
    chosen = sorted((rivals[0] for rivals in best.values()), key=lambda member: member.name)
    return chosen, [_in_two_minds(rivals) for rivals in best.values() if not _agree(rivals)]


def _where(chosen: list[Member]) -> str:
    return ", ".join([*(m.where for m in chosen[:1]), *(m.name for m in chosen[1:8])])


def _version(member: Member) -> int:
    return int((_VERSION.search(member.name) or [0, 1])[1])


def _agree(rivals: list[Member]) -> bool:
    if len(rivals) == 1:
        return True
    said = set()
    for member in rivals:
        with member.open() as file:
            said.add(hashlib.sha256(file.read()).digest())
    return len(said) == 1


def _in_two_minds(rivals: list[Member]) -> Finding:
    return Finding(
        "fail",
        "schema",
        "files of this part",
        "; ".join("/".join((member.container, *member.steps)) for member in rivals),
        f"{len(rivals)} files are called {rivals[0].name} and do not say the same",
        column="(file names)",
        expected="one file of a name",
        observed=f"{len(rivals)} that differ",
        next_step="keep only the newer one in the mirror and run again; until then what was there"
        " before is used",
    )


def _without_rows(chosen: list[Member], staged: list[Staged]) -> list[Finding]:
    """Of several files that make a part together, those that bring nothing to it."""
    return [
        Finding(
            "fail",
            "row_count",
            "every file has rows",
            member.where,
            "no row of this file can be used; the others would pass for the whole",
            expected="1 or more",
            observed="0",
            next_step="open the file; if the publisher issued it like this, wait for a corrected"
            " one (the last good release stays in use)",
        )
        for member, result in zip(chosen, staged, strict=True)
        if len(chosen) > 1 and not result.rows.height
    ]


def _count_members(part: Part, chosen: list[Member], where: str) -> list[Finding]:
    which = next(
        i for i, p in enumerate(part.members) if re.search(p, chosen[0].name, re.IGNORECASE)
    )
    wanted = part.expected[which] if which < len(part.expected) else None
    if wanted is None or wanted == len(chosen):
        return []
    return [
        Finding(
            "fail",
            "schema",
            "files of this part",
            where,
            f"{len(chosen)} of {wanted} files of `{part.name}` are here",
            column="(file names)",
            expected=f"{wanted} files",
            observed=", ".join(member.name for member in chosen),
            next_step="fetch the release again, or add the missing files to the mirror; a part of"
            " England would pass for all of it",
        )
    ]


def _missing(part: Part, everything: list[Member], release: str) -> Finding:
    others = "nothing of it is used" if part.required else "its other parts are used"
    return Finding(
        "fail" if part.required else "warn",
        "schema",
        "parts of the release",
        f"{release}: part `{part.name}`",
        f"the release has no file of `{part.name}`; {others}",
        column="(file names)",
        expected=part.members[0],
        observed=_names(everything),
        next_step="nothing, if the publisher left it out; else add the file to the mirror and run"
        " again",
    )


def _nothing_in_it(source: Source, everything: list[Member], release: str) -> Finding:
    return Finding(
        "fail",
        "schema",
        "parts of the release",
        release,
        f"nothing in it is known as a part of {source.name}",
        column="(file names)",
        expected=", ".join(part.members[0] for part in source.parts),
        observed=_names(everything),
        next_step="open the file; if the publisher renamed its members, add the new names to"
        " refresh/*/sources/",
    )


def _names(everything: list[Member]) -> str:
    return ", ".join(member.name for member in everything[:12]) or "no readable file"


def _unreadable(path: Path, error: OSError) -> Finding:
    return Finding(
        "fail",
        "metadata",
        type(error).__name__,
        str(path),
        f"the stored file cannot be read: {error.strerror or error}",
        next_step="fetch it again: python -m refresh run, without --offline",
    )
