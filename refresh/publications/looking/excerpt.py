"""An excerpt of a large workbook: of its long sheets the first rows, the last, and some between.

Who reads workbooks takes all cells of a sheet or none, and a hundred megabytes of them are half a
minute and three gigabytes. So what need not be looked at is cut out before it is read.
"""

import re
import zipfile
from collections import deque
from io import BytesIO
from typing import IO

from refresh.extract.read import Member
from refresh.extract.vet import DAMAGE
from refresh.publications.reading.cells import Book, open_book

LONG = 32 << 20
"""Bytes of a sheet, unpacked, from which it is cut."""
_SMALL = 32 << 10  # bytes of a workbook that has no long sheet: none packs better
_HEAD, _PIECE, _SOME = 16 << 20, 1 << 20, 32 << 10  # bytes: the first; of each piece so many
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_NUMBERED = re.compile(rb'<row [^>]*\br="')
_BEGIN, _END, _CLOSE = b"<row ", b"</row>", b"</sheetData>"


def excerpt_of(member: Member) -> Book | None:
    """A workbook without most rows of its long sheets.

    Gives:  None for one that has none, is no XLSX, or cannot be cut: that is read whole, and who
            reads it says what is wrong. Rows that are left have the number that they had, and
            what is merged below the first of them is not to be relied upon.
    """
    if member.size < _SMALL:
        return None
    try:
        with member.open() as file:
            cut = excerpt(file.read())
    except DAMAGE:
        return None
    return open_book(cut, member.where) if cut else None


def excerpt(data: bytes) -> bytes | None:
    """The same of its bytes."""
    if not zipfile.is_zipfile(BytesIO(data)):
        return None
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as book, zipfile.ZipFile(made, "w") as out:
        if not any(map(_is_long, book.infolist())):
            return None
        for part in book.infolist():
            with book.open(part) as file:
                kept = _cut(file) if _is_long(part) else file.read()
            if kept is None:
                return None
            out.writestr(part.filename, kept)
    return made.getvalue()


def _is_long(part: zipfile.ZipInfo) -> bool:
    return part.file_size > LONG and _SHEET.fullmatch(part.filename) is not None


def _cut(sheet: IO[bytes]) -> bytes | None:
    """A sheet without most of its rows; None where they have no numbers, or no end is seen."""
    head = sheet.read(_HEAD)
    kept = [head[: head.rfind(_END) + len(_END)]]
    # The last two pieces may be the end, and are kept; of those before them some rows are.
    last = deque([b"", b""])
    while piece := sheet.read(_PIECE):
        last.append(piece)
        kept.append(_some(last.popleft()))
    tail = b"".join(last)
    close = tail.find(_CLOSE)
    start = tail.find(_BEGIN, 0, close)
    is_numbered = _NUMBERED.match(head, head.rfind(_BEGIN, 0, len(kept[0])))
    if min(start, close) < 0 or not is_numbered or not _NUMBERED.match(tail, start):
        return None
    return b"".join([*kept, tail[start:]])


def _some(piece: bytes) -> bytes:
    """The first whole rows in a part of a sheet."""
    start = piece.find(_BEGIN)
    end = piece.rfind(_END, start, start + _SOME) if start >= 0 else -1
    return piece[start : end + len(_END)] if end >= 0 else b""
