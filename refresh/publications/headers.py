"""Headers: what a file has beside its manifest, and what it lacks, before it is read.

A steward adds the next month's file to a manifest and need not draft it anew: columns that the
publisher added are looked at here, once, and offered to the review; a new month of a wide table is
no new column at all.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from refresh.extract.decode import in_utf8
from refresh.extract.read import Member
from refresh.publications.looking import draft
from refresh.publications.manifest import File, ManifestColumn, TableOf, Wide
from refresh.publications.reading.heading import plain
from refresh.publications.reading.placed import place
from refresh.publications.reading.text import (
    HEAD,
    Opened,
    first_records,
    is_book,
    member_of,
    open_member,
)

_HEAD = 1 << 20  # bytes of a CSV among which its header is


@dataclass(frozen=True)
class Met:
    """What the header of a file has beside its manifest: headers that it does not know, and columns
    of its that are not there."""

    added: tuple[str, ...]
    absent: frozenset[str]


def meet(path: Path, of: TableOf, file: File) -> Met:
    """Hold a file's header to its manifest.

    Raises: as reading does, where no row of the file is its header.
    """
    placed = place(_head(member_of(path, file.extract), of, file.sheet), of)
    return Met(tuple(placed.added), frozenset(n for n, at in placed.at.items() if at is None))


def grown(of: TableOf, paths: Mapping[str, Path]) -> tuple[TableOf, frozenset[str]]:
    """A manifest with the columns that its files have beside it, as a draft of them says.

    Takes:  the manifest; by address, where its files lie.
    Gives:  it, and its columns that one of the files lacks.
    """
    absent: set[str] = set()
    for file in of.files:
        met = meet(paths[file.url], of, file)
        absent |= met.absent
        if met.added:
            of = _with(of, _drafted(paths[file.url], of, file), met.added)
    return of, frozenset(absent)


def relaxed(of: TableOf, optional: Collection[str]) -> TableOf:
    """A manifest that may lack these columns: somebody said that they may go."""
    columns = [
        msgspec.structs.replace(column, required=False) if column.name in optional else column
        for column in of.columns
    ]
    return msgspec.structs.replace(of, columns=columns)


def _head(member: Member, of: TableOf, sheet: str) -> Opened:
    """The rows at the top of a file; of a CSV no more than those are read."""
    if is_book(member.name):
        return open_member(member, of.layout, sheet=sheet)
    with member.open() as file:
        start = file.read(_HEAD)
    # Cut behind a line: half a letter is of no encoding.
    whole = start if len(start) < _HEAD else start[: start.rfind(b"\n") + 1] or start
    text, _ = in_utf8(whole, member.where)
    return Opened(member.where, first_records(text, of.layout, HEAD), iter(()))


def _drafted(path: Path, of: TableOf, file: File) -> TableOf | None:
    """What a draft of the file says of this table: the one that shares most headers with it."""
    ours = {plain(column.original_name) for column in of.columns}

    def shared(table: TableOf) -> tuple[bool, int]:
        is_there = any((f.sheet, f.extract) == (file.sheet, file.extract) for f in table.files)
        return is_there, len(ours & {plain(column.original_name) for column in table.columns})

    tables = draft([path]).sources
    return max(tables, key=shared, default=None)


def _with(of: TableOf, drafted: TableOf | None, headers: Iterable[str]) -> TableOf:
    """The manifest with these headers as columns; those that a draft takes for dates stay wide."""
    known = {plain(c.original_name): c for c in drafted.columns} if drafted else {}
    dates = {*drafted.wide.columns} if drafted and drafted.wide else set()
    columns, wide = list(of.columns), list(of.wide.columns) if of.wide else []
    for header in headers:
        column = known.get(plain(header))
        if column is None:
            continue
        named = msgspec.structs.replace(column, name=_free(column.name, columns))
        columns.append(named)
        if of.wide and column.name in dates:
            wide.append(named.name)
    more = {"columns": columns}
    if of.wide:
        kept = Wide(columns=wide, date=of.wide.date, value=of.wide.value)
        return msgspec.structs.replace(of, **more, wide=kept)
    return msgspec.structs.replace(of, **more)


def _free(name: str, columns: Iterable[ManifestColumn]) -> str:
    """The name, numbered where another column has it."""
    taken = {column.name for column in columns}
    numbered = (f"{name[:60]}_{number}" for number in range(2, 1000))
    return name if name not in taken else next(n for n in numbered if n not in taken)
