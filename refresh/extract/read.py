"""From stored files to raw frames: opens zip, gzip, CSV, workbook, Parquet and GeoJSON.

Third step of the walk. A frame has the file's own columns and words, all text; which columns
should be there and what they mean is for stage and check. Reads what it is given, writes nothing.
"""

import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

import polars as pl

from engine.errors import LakeError
from refresh.extract.decode import Strays, damaged
from refresh.extract.geojson import parse_geojson
from refresh.extract.names import Knows
from refresh.extract.parse import parse_told
from refresh.extract.sheets import EVERY, every_sheet
from refresh.extract.vet import DAMAGE, MAX_UNPACKED, OLD_WORKBOOKS, WORKBOOKS
from refresh.source import as_published

START = 1 << 16
TEXT = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Member:
    """One file to read: a file as stored, or one inside it.

    container  the stored file's name, for messages and lineage
    name       the member's own name, without folders and without .gz
    size       bytes, unpacked where a zip declares it; of a gzip, as stored
    path       the stored file
    steps      the names that lead from it to the member, one a zip; empty for the file itself
    """

    container: str
    name: str
    size: int
    path: Path
    steps: tuple[str, ...] = ()

    @property
    def known_as(self) -> str:
        """Its name as its publisher gave it: a second download is called `name (1).csv`."""
        return as_published(self.name)

    @property
    def where(self) -> str:
        """Where to look for it, for messages: the file and what is inside."""
        return f"{self.container}: {self.name}" if self.steps else self.name

    def open(self) -> BinaryIO:
        """The member's bytes, unpacked, from the first.

        Raises NotTheFile where a zip or gzip turns out to be damaged or larger than 4 GiB.
        """
        if not self.steps and not _is_gzip(self.path.name):
            return self.path.open("rb")
        try:
            with self.path.open("rb") as file:
                return io.BytesIO(_unpack(file, (self.path.name, *self.steps)))
        except (*DAMAGE, KeyError) as error:
            raise damaged(self.where, error) from error


def start_of(
    member: Member,
    *,
    header: tuple[str, ...] | None = None,
    knows: Knows | None = None,
    size: int = START,
) -> pl.DataFrame | None:
    """The first rows of a CSV, every column text, without reading all of it.

    Takes:  a member; `header` and `knows` as for `read_table`; about how many bytes to look at.
    Gives:  as `read_table`, of the whole lines among them; None for what is no (sound) CSV.
    """
    if not member.name.lower().endswith(TEXT):
        return None
    try:
        with member.path.open("rb") as file:
            data = _unpack(file, (member.path.name, *member.steps), most=size)
        whole = data if len(data) < size else _whole_lines(data)
        return parse_told(whole, member.where, header=header, knows=knows)[0]
    except (*DAMAGE, KeyError, LakeError, pl.exceptions.PolarsError):
        return None  # whoever reads all of it says why


def _whole_lines(data: bytes) -> bytes:
    """The bytes up to the last end of a line: in UTF-16 that is two of them."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data[: len(data) // 2 * 2].decode("utf-16", "ignore")
        return text[: text.rfind("\n") + 1].encode()
    return data[: data.rfind(b"\n") + 1]


def members(path: Path) -> list[Member]:
    """Every file in a stored file: a zip's members (of zips inside it too), or the file itself.

    Takes:  a file that `vet` has passed; a workbook counts as one file.
    Gives:  members in the archive's order; system files, dot files and folders are left out.
    Raises: NotTheFile if it is called a zip and cannot be opened as one.
    """
    itself = Member(path.name, _bare(path.name), path.stat().st_size, path)
    suffix = path.suffix.lower()
    # A workbook is a zip of its own, and one file to its publisher; an old one may have one in it.
    if suffix in (*WORKBOOKS, *OLD_WORKBOOKS) or (
        suffix != ".zip" and not zipfile.is_zipfile(path)
    ):
        return [itself]
    try:
        with zipfile.ZipFile(path) as archive:
            return [
                Member(path.name, _bare(steps[-1]), size, path, steps)
                for steps, size in _listed(archive, ())
            ]
    except DAMAGE as error:
        raise damaged(itself.where, error) from error


def find_members(among: list[Member], patterns: tuple[str, ...]) -> list[Member]:
    """The members of the first pattern that any name matches; case does not matter.

    Takes:  members, and patterns to search in their names, the preferred one first.
    Gives:  the matching members in the order given; none if no pattern matches.
    Raises: nothing.
    """
    for pattern in patterns:
        found = [m for m in among if re.search(pattern, m.known_as, re.IGNORECASE)]
        if found:
            return found
    return []


def read_table(
    member: Member,
    *,
    header: tuple[str, ...] | None = None,
    sheet: str | None = None,
    columns: tuple[str, ...] | None = None,
    knows: Knows | None = None,
) -> pl.DataFrame:
    """A member's rows, every column text.

    Takes:  `header`, the column names of a CSV that has no header row (if it has one after all,
            that one is used); `sheet`, of a workbook (default the first; `*` for the cells of all,
            see `every_sheet`); `columns`, to take only these of a very large CSV, whose rows are
            then not checked for their length; `knows`, whether names are those of the columns
            wanted: a header below titles, or on a sheet of another name, is then found.
    Gives:  one row a record, in the file's order, cells without outer blanks, null where blank;
            rows without any cell are left out. Names as `tidy` makes them, a repeated one with
            _2, _3 ... In a workbook whose header nobody knows, it is that of the first forty rows
            which has the most cells with words.
    Raises: ContractBroken for a file without rows, rows of uneven length, an unterminated quote,
            bytes in no known encoding, a missing sheet; NotTheFile for a damaged zip or workbook.
    """
    return read_told(member, header=header, sheet=sheet, columns=columns, knows=knows)[0]


def read_told(
    member: Member,
    *,
    header: tuple[str, ...] | None = None,
    sheet: str | None = None,
    columns: tuple[str, ...] | None = None,
    knows: Knows | None = None,
) -> tuple[pl.DataFrame, Strays | None]:
    """The same, and the bytes that are not in the file's own encoding; None where all are."""
    with member.open() as file:
        data = file.read()
    if member.name.lower().endswith(".geojson"):
        return parse_geojson(data, member.where), None
    if sheet == EVERY:
        return every_sheet(data, member.where), None
    return parse_told(data, member.where, header=header, sheet=sheet, columns=columns, knows=knows)


def _listed(
    archive: zipfile.ZipFile, steps: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], int]]:
    for info in archive.infolist():
        parts = PurePosixPath(info.filename).parts
        # What a Mac puts beside each file has its name, too, and would be taken for the part.
        if info.is_dir() or "__MACOSX" in parts or parts[-1].startswith("."):
            continue
        here = (*steps, info.filename)
        if not steps and info.filename.lower().endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(archive.read(info))) as inner:
                yield from _listed(inner, here)
        else:
            yield here, info.file_size


def _unpack(file: BinaryIO, names: tuple[str, ...], *, most: int | None = None) -> bytes:
    """The bytes that the last of these names stands for, each one lying in the one before.

    Takes:  `most`, after how many bytes to stop; without it, more than 4 GiB is an error.
    """
    name, *inner = names
    if inner:
        with zipfile.ZipFile(file) as archive, archive.open(inner[0]) as member:
            if len(inner) == 1 and not _is_gzip(inner[0]):
                return _all_of(member, most)
            return _unpack(io.BytesIO(member.read()), tuple(inner), most=most)
    return _all_of(gzip.GzipFile(fileobj=file) if _is_gzip(name) else file, most)


def _all_of(source: IO[bytes] | gzip.GzipFile, most: int | None) -> bytes:
    if most is not None:
        return source.read(most)
    # One more than is allowed tells that there is more, without reading it all.
    data = source.read(MAX_UNPACKED + 1)
    if len(data) > MAX_UNPACKED:
        raise ValueError("more than 4 GiB")
    return data


def _is_gzip(name: str) -> bool:
    return name.lower().endswith(".gz")


def _bare(name: str) -> str:
    name = PurePosixPath(name).name
    return name[:-3] if _is_gzip(name) else name
