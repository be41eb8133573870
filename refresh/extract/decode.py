"""From bytes of text to UTF-8: publishers write UTF-8, Windows-1252, and sometimes both at once.

Parse asks. Pure: bytes in, bytes out; what stands in them is not asked.
"""

import re
from collections import Counter
from dataclasses import dataclass

from engine.errors import ContractBroken, NotTheFile

_WINDOWS = {
    code: bytes([code]).decode("cp1252").encode()
    for code in range(0x80, 0x100)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_BOTH_HAVE = frozenset(_WINDOWS.values())
# Control characters that no text means: Windows-1252 that was taken for Latin-1 on its way here.
CONTROLS = {chr(code): said.decode() for code, said in _WINDOWS.items() if code < 0xA0}
_AS_SAID: dict[int, str] = {ord(control): said for control, said in CONTROLS.items()}
_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
# A character beyond ASCII in UTF-8, else one byte of something else.
_BEYOND = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    rb"|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]"
)


@dataclass(frozen=True)
class Strays:
    """Bytes of Windows-1252 in a file of UTF-8: how many, and where the first lies.

    text  the line of the first, as it was read, at most 80 characters of it
    """

    count: int
    byte: int
    line: int
    text: str


def in_utf8(data: bytes, where: str) -> tuple[bytes, Strays | None]:
    """A text in UTF-8 without byte order mark, its lines ending in a newline.

    Takes:  its bytes, in UTF-8, UTF-16 (with its mark), Windows-1252, or UTF-8 with some bytes of
            Windows-1252 in it; its name for messages.
    Gives:  the text; the bytes that were not of the encoding of the others, if any.
    Raises: ContractBroken for a zero byte, and for one that is in none of these encodings.

    >>> in_utf8("Café".encode() + b", Caf\\xe9", "a.csv")
    (b'Caf\\xc3\\xa9, Caf\\xc3\\xa9', Strays(count=1, byte=233, line=1, text='Café, Café'))
    """
    strays = None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise _in_no_encoding(data, error.start, where) from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    if (at := data.find(b"\0")) >= 0:
        # Text has none; a disk that lost a block has thousands, and a CSV reader takes them for
        # cells.
        found = f"a zero byte in line {_line(data, at):,}"
        raise broken(where, "it is damaged", expected="text", found=found)
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            data, strays = _mended(data, where)
        if _CONTROL.search(data):
            data = data.decode().translate(_AS_SAID).encode()
    # Old spreadsheets on a Mac end lines with a return alone; elsewhere it may stand within a cell.
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    return data, strays


def broken(where: str, what: str, *, expected: str, found: str) -> ContractBroken:
    """The error for a file whose text or rows are not sound; only to be raised."""
    return ContractBroken(
        what,
        where=where,
        expected=expected,
        found=found,
        next="look at the file; if the publisher issued it like this, wait for a corrected one "
        "(the last good release stays), or put a mended copy in a folder and use --mirror",
    )


def damaged(where: str, error: object) -> NotTheFile:
    """The error for a file that no reader opens, saying which and why."""
    return NotTheFile(
        "it cannot be opened",
        where=where,
        expected="a whole, undamaged file",
        found=str(error) or type(error).__name__,
        next="fetch it again: remove it from data/raw and run python -m refresh run",
    )


def _mended(data: bytes, where: str) -> tuple[bytes, Strays | None]:
    """What is not all UTF-8, byte by byte: a character of UTF-8 stays, the rest is Windows-1252.

    Where the single bytes are more, two of them can make a character by chance (the last letter and
    the quote of `CAFÉ’S`): there only what can hardly be chance stays. A file in which nothing
    stays is in Windows-1252, and has no strays.
    """
    beyond = Counter(_BEYOND.findall(data))
    whole = sum(times for one, times in beyond.items() if len(one) > 1)
    is_mostly_utf8 = 2 * whole > beyond.total()
    kept = {one for one in beyond if len(one) > 1 and (is_mostly_utf8 or _is_no_chance(one))}
    if not kept:
        return _from_windows(data, where), None
    strays: list[int] = []

    def said(one: re.Match[bytes]) -> bytes:
        if one[0] in kept:
            return one[0]
        strays.extend(range(*one.span()))
        return b"".join(_WINDOWS.get(byte, b"") for byte in one[0])

    text = _BEYOND.sub(said, data)
    for at in strays:
        if data[at] not in _WINDOWS:
            raise _in_no_encoding(data, at, where)
    first, line = strays[0], _line(data, strays[0])
    words = text.split(b"\n", line)[line - 1].decode().strip()
    return text, Strays(len(strays), data[first], line, words[:80])


def _from_windows(data: bytes, where: str) -> bytes:
    try:
        return data.decode("cp1252").encode()
    except UnicodeDecodeError as error:
        raise _in_no_encoding(data, error.start, where) from error


def _is_no_chance(one: bytes) -> bool:
    """Whether it is a character of UTF-8 that Windows-1252 could have written too."""
    return one in _BOTH_HAVE or len(one) > 2


def _in_no_encoding(data: bytes, at: int, where: str) -> ContractBroken:
    return broken(
        where,
        "its text is in no known encoding",
        expected="UTF-8 or Windows-1252",
        found=f"byte 0x{data[at]:02x} in line {_line(data, at):,}",
    )


def _line(data: bytes, at: int) -> int:
    return data.count(b"\n", 0, at) + 1
