"""One release through read, stage and check: which of its parts are good, and what was found.

Part of the walk: it hands each part's members from `extract` to `validate` and judges the release
part by part. A part that fails is left out; the others go on.
"""

import hashlib
import inspect
import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from engine.errors import ContractBroken, LakeError
from engine.tables import table
from refresh.extract.read import Member, find_members, members, read_table
from refresh.finding import Finding, failed, from_error
from refresh.source import Link, Part, Release, Source
from refresh.validate import check as checks
from refresh.validate import stage as stages
from refresh.validate.check import check, compare_count
from refresh.validate.stage import Staged, stage

_VERSION = re.compile(r"[\s_-]?v(\d+)(?=\.[a-z]+$)", re.IGNORECASE)
_COUNTED = "practice_code"


@dataclass(frozen=True)
class Judged:
    """A release after staging: rows of each good part, and every verdict."""

    parts: dict[str, pl.DataFrame]
    findings: tuple[Finding, ...]
    rejected: int

    @property
    def is_usable(self) -> bool:
        return bool(self.parts)


def judged_by(source: Source) -> str:
    """Sixteen characters that change when contracts, shapes or rules do: then stage again."""
    said = [table(part.name).staged.fingerprint for part in source.parts]
    said += [repr(source.parts), *(inspect.getsource(m) for m in (stages, checks))]
    said += [inspect.getsource(part.shape) for part in source.parts if part.shape]
    text = re.sub(r" at 0x[0-9a-f]+", "", "\n".join(said))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stage_release(
    source: Source, release: Release, files: list[Path], *, before: dict[str, int]
) -> Judged:
    """Stage every part of a release.

    Takes:  the release's files on disk; `before`, how many practices each part had in the period
            before (none on a first load).
    Gives:  the parts that passed, to contract; all findings, those of passed checks too.
    Raises: nothing of the data's; what stops a part is a finding.
    """
    findings: list[Finding] = []
    parts: dict[str, pl.DataFrame] = {}
    rejected = 0
    everything = _open_all(files, findings)
    findings += _other_years(source, release, everything)
    for part in source.parts:
        staged, verdicts = _stage_part(source, part, everything, before.get(part.name))
        findings += verdicts
        if staged is not None:
            rejected += staged.rejects.height
            if not failed(verdicts):
                parts[part.name] = staged.rows
    refused = [p.name for p in source.parts if p.required and p.name not in parts]
    wrong_year = any(f.check == "year" and f.status == "fail" for f in findings)
    kept = {} if refused or wrong_year else parts
    return Judged(kept, tuple(f.of(source.code, release.period) for f in findings), rejected)


def _open_all(files: list[Path], findings: list[Finding]) -> list[Member]:
    found: list[Member] = []
    for path in files:
        try:
            found += members(path)
        except LakeError as error:
            findings.append(from_error(error, source="", gate="schema"))
    return found


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
    source: Source, part: Part, everything: list[Member], before: int | None
) -> tuple[Staged | None, list[Finding]]:
    chosen = _newest_versions(find_members(everything, part.members))
    if not chosen:
        return None, [_missing(source, part, everything)]
    where = f"{chosen[0].container}: {', '.join(member.name for member in chosen[:8])}"
    findings = _count_members(part, chosen, where)
    if failed(findings):
        return None, findings
    try:
        staged = [_stage_member(part, member) for member in chosen]
    except LakeError as error:
        return None, [*findings, from_error(error, source="")]
    rows = pl.concat([s.rows for s in staged])
    rejects = pl.concat([s.rejects for s in staged], how="diagonal")
    findings += [finding for s in staged for finding in s.findings]
    findings += check(rows, table(part.name).staged, where=where)
    if _COUNTED in rows.columns:
        practices = rows[_COUNTED].n_unique()
        findings.append(compare_count(practices, before, where=where, unit="practices"))
    return Staged(rows, rejects, ()), findings


def _stage_member(part: Part, member: Member) -> Staged:
    raw = read_table(member, header=part.header, sheet=part.sheet)
    if part.shape:
        try:
            raw = part.shape(raw.lazy()).collect()
        except pl.exceptions.ColumnNotFoundError as error:
            raise ContractBroken(
                "a column that this publication always has is missing",
                where=f"{member.container}: {member.name}",
                expected=str(error).splitlines()[0],
                found=", ".join(raw.columns[:20]),
                next="compare the file with the publisher's page; if it was renamed, name it in"
                " refresh/sources/",
            ) from error
    return stage(raw, table(part.name), where=f"{member.container}: {member.name}")


def _newest_versions(found: list[Member]) -> list[Member]:
    """Of files that differ in their version only (`_v2`), the newest."""
    best: dict[tuple[str, str], Member] = {}
    for member in sorted(found, key=lambda m: int((_VERSION.search(m.name) or [0, 1])[1])):
        best[("", _VERSION.sub("", member.name).lower())] = member
    return sorted(best.values(), key=lambda member: member.name)


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


def _missing(source: Source, part: Part, everything: list[Member]) -> Finding:
    return Finding(
        "fail" if part.required else "warn",
        "schema",
        "parts of the release",
        f"{source.name}, part `{part.name}`",
        f"the release has no file of `{part.name}`; its other parts are used",
        column="(file names)",
        expected=part.members[0],
        observed=", ".join(member.name for member in everything[:12]) or "no readable file",
        next_step="nothing, if the publisher left it out; else add the file to the mirror and run"
        " again",
    )
