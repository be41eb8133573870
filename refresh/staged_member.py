"""One file of a part, from its bytes to rows to contract, with what was left out of it.

Part of the walk: it hands a member from `extract` to `validate`; the part is judged in staging.py.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import polars as pl

from engine.errors import ContractBroken
from engine.period import Period
from refresh.dating import days_in
from refresh.extract import pieces
from refresh.extract.decode import Strays
from refresh.extract.read import Member, read_told
from refresh.extract.sheets import EVERY
from refresh.part_files import fits
from refresh.progress import Beat, lasting
from refresh.release_findings import encodings
from refresh.source import Part, Source
from refresh.validate.stage import Staged, stage


@dataclass(frozen=True)
class Reading:
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
        """The rows of a file as text, and bytes of another encoding in it."""
        knows = None if part.sheet == EVERY else partial(fits, part)
        # Pages take a run for dead that says nothing for minutes, and some workbooks take them.
        with lasting(self.beat):
            raw, strays = read_told(member, header=part.header, sheet=part.sheet, knows=knows)
        self.rows[member, part.sheet] = raw.height
        self._of_one_period(member, raw)
        self.beat()
        return raw, strays

    def read_in_pieces(
        self, member: Member, part: Part
    ) -> Iterator[tuple[pl.DataFrame, Strays | None]]:
        """The same of a file that is larger than memory should hold, a piece at a time."""
        self.rows[member, part.sheet] = 0
        knows = partial(fits, part)
        for raw, strays in pieces.read_in_pieces(member, header=part.header, knows=knows):
            self.rows[member, part.sheet] += raw.height
            self.beat()
            yield raw, strays

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


def left_out(part: Part, member: Member, staged: Staged, is_shaped: bool) -> pl.DataFrame:
    """The rows of a file that were not staged: which, why, and as they were."""
    rows = pl.concat([staged.rejects, staged.repeats])
    # Shaping takes rows apart and adds them up: what it gives has no place in the file.
    at = pl.lit(None, rows.schema["row"]) if is_shaped else pl.col("row")
    why = [pl.lit(part.name).alias("part"), pl.lit(member.where).alias("file"), at.alias("row")]
    return rows.select(*why, "reason", pl.col(staged.headers))


def stage_member(
    part: Part, member: Member, had: Collection[str], reading: Reading
) -> tuple[Staged, bool]:
    """The rows of a file to contract, and whether its source shaped them first."""
    return stage_rows(part, member, reading.read(member, part), had, reading)


def stage_rows(
    part: Part,
    member: Member,
    read: tuple[pl.DataFrame, Strays | None],
    had: Collection[str],
    reading: Reading,
) -> tuple[Staged, bool]:
    """The same of rows that were read: all of a file, or a piece of it."""
    given, strays = read
    where = member.where
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
