"""A file a piece at a time: the bytes of whole records, and the rows in them.

For files that are larger than memory should hold. Reads what it is given, writes nothing.
"""

import gzip
from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from refresh.extract.decode import Strays, damaged
from refresh.extract.names import Knows
from refresh.extract.parse import parquet_in_pieces, parse_in_pieces
from refresh.extract.read import TEXT, Member
from refresh.extract.vet import DAMAGE

LARGE = 128 << 20  # bytes of text from which the rows of a file are not held together
PIECE = 32 << 20  # bytes that are read at a time
ROWS = 100_000  # of a Parquet file at a time
_GZIP, _PARQUET = 8, 4  # about how many bytes of text come of one that is packed


def has_pieces(member: Member) -> bool:
    """Whether a file's rows can be read a piece at a time."""
    return member.name.lower().endswith((*TEXT, ".parquet"))


def text_size(member: Member) -> int:
    """About how many bytes of text a file has."""
    if member.name.lower().endswith(".parquet"):
        return _PARQUET * member.size
    return member.size * (_GZIP if _is_gzip(member) else 1)


def read_in_pieces(
    member: Member, *, header: tuple[str, ...] | None = None, knows: Knows | None = None
) -> Iterator[tuple[pl.DataFrame, Strays | None]]:
    """The rows of a CSV or Parquet file, a piece at a time; each as `read_told` gives a file.

    Raises: as `read_told`, once the piece is asked for that is not sound.
    """
    try:
        with opened(member) as file:
            if member.name.lower().endswith(".parquet"):
                for frame in parquet_in_pieces(file, member.where, rows=ROWS):
                    yield frame, None
            else:
                pieces = whole_records(file, file.read(PIECE), size=PIECE)
                yield from parse_in_pieces(pieces, member.where, header=header, knows=knows)
    except DAMAGE as error:
        raise damaged(member.where, error) from error


def opened(member: Member) -> BinaryIO:
    """A member's bytes without unpacking all of it, where the file lets us."""
    if not member.steps and _is_gzip(member):
        return gzip.open(member.path)  # type: ignore[return-value]
    return member.open()


def whole_records(
    file: BinaryIO, start: bytes, *, size: int, quote: bytes = b'"'
) -> Iterator[bytes]:
    """The bytes of a CSV in pieces that end with a record.

    Takes:  the file, of which `start` was read already; about how many bytes a piece shall have;
            what stands round a cell in which lines may end.
    Gives:  at least one piece, though it be empty. A text in UTF-16 is one piece.

    >>> import io
    >>> [*whole_records(io.BytesIO(b'"b",2\\n"c"'), b'a,"\\n"\\n', size=9)]
    [b'a,"\\n"\\n', b'"b",2\\n"c"']
    """
    rest = start
    is_wide = start[:2] in (b"\xff\xfe", b"\xfe\xff")
    while True:
        more = file.read(size)
        if not more or is_wide:
            yield rest + more + (file.read() if is_wide else b"")
            return
        end = rest.rfind(b"\n") + 1
        # Within quotes the end of a line is no end of a record.
        while end and quote and rest.count(quote, 0, end) % 2:
            # None between the last quote and here is one: so before that is looked on.
            end = rest.rfind(b"\n", 0, rest.rfind(quote, 0, end)) + 1
        if end:
            yield rest[:end]
        rest = rest[end:] + more


def _is_gzip(member: Member) -> bool:
    return member.path.name.lower().endswith(".gz")
