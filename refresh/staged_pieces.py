"""A part whose files are larger than memory should hold, staged a piece at a time.

Part of the walk, in place of staging its files whole: rows go to a file beside the release's own,
until the pipeline takes it. Only for parts whose rows are told one by one (`Part.numbered`).
"""

import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import polars as pl

from engine.vocabulary import TypeName
from refresh.extract.pieces import has_pieces, text_size
from refresh.extract.read import Member
from refresh.finding import Finding
from refresh.source import Part
from refresh.staged_member import Reading, left_out, stage_rows

LARGE = 64 << 20  # bytes of text from which they are: typed, they take ten times as much
_ROWS = "rows.parquet"
_AT_ONCE = 25_000  # rows of a group: makers read several ahead, and claims have forty columns
_WORST = ("fail", "warn", "pass")


@dataclass
class InPieces:
    """What came of the files of a part; the fields are those of `Staged`, of all files together.

    file     with the rows, to contract; in a folder of its own
    by_file  of each file, how many of its rows can be used
    """

    file: Path
    findings: list[Finding] = field(default_factory=list)
    headers: dict[str, None] = field(default_factory=dict)
    rejects: list[pl.DataFrame] = field(default_factory=list)
    given: int = 0
    by_file: list[int] = field(default_factory=list)
    retyped: dict[str, TypeName] = field(default_factory=dict)


def goes_in_pieces(part: Part, chosen: Sequence[Member]) -> bool:
    """Whether a part's files are so large, and its rows such, that they are not held together."""
    if part.numbered is None or not all(map(has_pieces, chosen)):
        return False
    return sum(map(text_size, chosen)) >= LARGE


def scratch_for(part: Part, files: Sequence[Path]) -> Path:
    """Where the rows of a part are put together: on the disk of the data folder, so that a whole
    file is moved to its place in one step. What a run that was killed leaves there is taken by the
    next, and by maintenance."""
    folder = files[0].parent
    return folder.with_name(f".part-staged-{folder.name}-{part.name}")


def stage_in_pieces(
    part: Part, usable: Sequence[Member], had: Collection[str], reading: Reading, scratch: Path
) -> InPieces:
    """Stage files a piece at a time.

    Takes:  the files, in their order; the headers of the release before; a folder for the rows.
    Gives:  the same rows, verdicts and rejects as staging each file whole. A verdict that pieces of
            a file differ in is the worst of them, with the rows of all.
    Raises: as `stage_member`; nothing stays behind then.
    """
    assert part.numbered  # asked for by `goes_in_pieces`
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    made = InPieces(scratch / _ROWS)
    plans: list[pl.LazyFrame] = []
    try:
        for at, member in enumerate(usable):
            plans += _stage_file(part, member, had, reading, scratch / f"{at}", made)
        pl.concat(plans).sink_parquet(made.file, row_group_size=_AT_ONCE, maintain_order=True)
    # An interrupt and a full disk too: nobody would come for these rows.
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    for path in scratch.glob("*-*.parquet"):
        path.unlink()
    return made


def let_go(rows: Iterable[object]) -> None:
    """Remove the files among these rows, with their folders: what is refused is not kept."""
    for file in rows:
        if isinstance(file, Path):
            shutil.rmtree(file.parent, ignore_errors=True)


def _stage_file(
    part: Part,
    member: Member,
    had: Collection[str],
    reading: Reading,
    name: Path,
    made: InPieces,
) -> list[pl.LazyFrame]:
    """Write the pieces of a file; plans that read them with their rows numbered through it."""
    number, count = part.numbered or ("", "")
    pieces: list[tuple[Path, int]] = []
    findings: list[Finding] = []
    total = kept = 0
    for read in reading.read_in_pieces(member, part):
        staged, is_shaped = stage_rows(part, member, read, had, reading)
        pieces.append((name.with_name(f"{name.name}-{len(pieces):05}.parquet"), total))
        staged.rows.write_parquet(pieces[-1][0])
        total, kept = total + staged.given, kept + staged.rows.height
        findings += staged.findings
        made.headers |= dict.fromkeys(staged.headers)
        made.retyped |= staged.retyped
        made.rejects.append(left_out(part, member, staged, is_shaped))
    made.findings += _of_all(findings)
    made.given += total
    made.by_file.append(kept)
    return [
        pl.scan_parquet(path, glob=False).with_columns(
            pl.col(number) + before, pl.lit(total, pl.Int64).alias(count)
        )
        for path, before in pieces
    ]


def _of_all(findings: Sequence[Finding]) -> list[Finding]:
    """One verdict a rule, of those that the pieces of a file gave."""

    def of(finding: Finding) -> tuple[str, str]:
        return finding.check, finding.column

    order = list(dict.fromkeys(map(of, findings)))
    by_rule = groupby(sorted(findings, key=lambda one: order.index(of(one))), of)
    return [_together([*some]) for _, some in by_rule]


def _together(some: Sequence[Finding]) -> Finding:
    worst = min(some, key=lambda one: _WORST.index(one.status))
    if all(one == worst for one in some):
        return worst
    wrong, rows = (sum(getattr(one, of) for one in some) for of in ("rows_failed", "rows_total"))
    said = f"{wrong:,} of {rows:,} rows, looked at in {len(some)} pieces; of one: {worst.message}"
    return replace(worst, message=said, rows_failed=wrong, rows_total=rows)
