"""Whether bytes are what their name claims: not a page, not cut short, not hostile.

Fetch asks before a file gets its own name. Looks and never unpacks to disk: a zip is judged by its
directory, a gzip by running through it without keeping anything. What the rows say is not asked.
"""

import gzip
import re
import stat
import struct
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path
from typing import IO

from engine.errors import NotTheFile

MIB = 1 << 20
MAX_MEMBERS = 2_000
MAX_UNPACKED = 4096 * MIB
MAX_RATIO = 200
RATIO_FROM = 50 * MIB

WORKBOOKS = (".xlsx", ".xlsm", ".ods")
OLD_WORKBOOKS = (".xls", ".xlsb")
PLAIN = (".csv", ".tsv", ".txt", ".json", ".geojson", ".parquet")

# What zipfile, gzip and their decompressors raise when they meet bytes that nobody meant to write.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    struct.error,
)


def vet(path: Path, name: str) -> None:
    """Refuse a file that is not what its name says, or that is dangerous to open.

    Takes:  the file as it lies on disk, and the name it is going to have.
    Gives:  nothing; returning is the verdict. A zip's members are checked for checksum only when
            they are read; a zip inside a zip is looked into, one level deep.
    Raises: NotTheFile for an empty file, a web page, a zip, gzip or Parquet file without its
            magic, cut short or damaged; for a zip with encrypted members, path tricks, more than
            2,000 members, 4 GiB or 200 times its size (above 50 MB) once unpacked; gzip likewise.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    lower = name.lower()
    if not head:
        raise _not_the_file(name, "it is empty", expected="at least one row", found="0 bytes")
    # Publishers answer with status 200 and a page that says that the file has moved.
    if _is_page(head) and not lower.endswith((".html", ".htm")):
        raise _page_instead(name, head)
    if lower.endswith(".gz"):
        _vet_gzip(path, name)
    elif lower.endswith((".zip", *WORKBOOKS)):
        _vet_zip(path, name, head=head)
    elif lower.endswith(PLAIN):
        _vet_plain(name, head)
    elif head.startswith(b"PK\x03\x04"):
        _vet_zip(path, name, head=head)


def _vet_plain(name: str, head: bytes) -> None:
    suffix = Path(name.lower()).suffix
    kind = _kind(head)
    if (suffix == ".parquet") != (kind == "a Parquet file") or kind in ("a zip", "a gzip"):
        wanted = "a Parquet file" if suffix == ".parquet" else f"plain {suffix[1:].upper()}"
        raise _not_the_file(name, "its bytes are of another kind", expected=wanted, found=kind)


def _vet_zip(path: Path, name: str, *, head: bytes) -> None:
    if not head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise _not_the_file(name, "it is not a zip", expected="a zip (PK)", found=_kind(head))
    size = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            _weigh(archive, name, packed=size, deeper=not name.lower().endswith(WORKBOOKS))
    except DAMAGE as error:
        raise _not_the_file(
            name,
            "it was cut short or is damaged",
            expected="a whole zip, its directory at the end",
            found=f"{size:,} bytes, and: {error}",
        ) from error


def _weigh(archive: zipfile.ZipFile, name: str, *, packed: int, deeper: bool) -> None:
    """Judge a zip by its directory; reading a member later never gives more than it declares."""
    infos = archive.infolist()
    if not infos:
        raise _not_the_file(name, "the zip is empty", expected="members", found="none")
    if len(infos) > MAX_MEMBERS:
        limit = f"at most {MAX_MEMBERS:,} members"
        raise _not_the_file(name, "too many members", expected=limit, found=f"{len(infos):,}")
    for info in infos:
        if trick := _trick(info):
            found = f"`{info.orig_filename}`: {trick}"
            raise _not_the_file(name, "a member is refused", expected="plain files", found=found)
    _refuse_bomb(name, unpacked=sum(info.file_size for info in infos), packed=packed)
    if name.lower().endswith(WORKBOOKS):
        _vet_workbook(archive, name)
    for info in infos:
        with archive.open(info) as member:  # reads the member's own head, so a hole shows
            if deeper and info.filename.lower().endswith(".zip"):
                _weigh_inner(member, f"{name} > {info.filename}", packed=info.file_size)


def _weigh_inner(member: IO[bytes], name: str, *, packed: int) -> None:
    with zipfile.ZipFile(member) as archive:
        _weigh(archive, name, packed=packed, deeper=False)


def _trick(info: zipfile.ZipInfo) -> str:
    """What is wrong with a member's name or kind, in words; nothing if it is a plain file."""
    # As it stands in the zip: zipfile mends names on reading, and hides what they were meant to do.
    name = info.orig_filename
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a symbolic link"
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "its path is absolute"
    if "\\" in name or "\0" in name or ".." in name.split("/"):
        return "its path leads astray"
    return ""


def _vet_workbook(archive: zipfile.ZipFile, name: str) -> None:
    """Read a workbook through once: what opens it later does not say when a checksum is wrong."""
    if not {"[Content_Types].xml", "content.xml"} & set(archive.namelist()):
        raise _not_the_file(name, "it is a zip, but no workbook", expected="sheets", found="none")
    if wrong := archive.testzip():
        raise zipfile.BadZipFile(f"bad checksum for `{wrong}`")


def _vet_gzip(path: Path, name: str) -> None:
    packed, unpacked, head = path.stat().st_size, 0, b""
    try:
        with gzip.open(path) as stream:
            while chunk := stream.read(MIB):
                head = head or chunk[:4096]
                unpacked += len(chunk)
                _refuse_bomb(name, unpacked=unpacked, packed=packed)
    except DAMAGE as error:
        raise _not_the_file(
            name,
            "it is not a gzip, was cut short or is damaged",
            expected="a whole gzip",
            found=f"{packed:,} bytes, and: {error}",
        ) from error
    if not head:
        raise _not_the_file(name, "it is empty", expected="at least one row", found="0 bytes")
    if _is_page(head):
        raise _page_instead(name, head)


def _refuse_bomb(name: str, *, unpacked: int, packed: int) -> None:
    # Small files compress a hundredfold and are harmless; ratios count only above 50 MB.
    limit = min(MAX_UNPACKED, max(RATIO_FROM, MAX_RATIO * packed))
    if unpacked > limit:
        raise _not_the_file(
            name,
            "it would unpack to far more than a publication is",
            expected=f"at most {limit / MIB:,.0f} MB from {packed:,} bytes",
            found=f"{unpacked / MIB:,.0f} MB or more",
        )


def _is_page(head: bytes) -> bool:
    """Whether bytes start as a web page does, whatever stands before its first tag."""
    opening = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    tag = rb"<(?:!doctype\s+html|html|head|body|title|meta|script)\b"
    return re.match(opening + tag, head, re.IGNORECASE | re.DOTALL) is not None


def _kind(head: bytes) -> str:
    magic = {b"PK\x03\x04": "a zip", b"\x1f\x8b": "a gzip", b"PAR1": "a Parquet file"}
    magic |= {b"%PDF": "a PDF", b"\xd0\xcf\x11\xe0": "an old Office file"}
    known = next((kind for start, kind in magic.items() if head.startswith(start)), None)
    return known or f"bytes that start {head[:16]!r}"


def _page_instead(name: str, head: bytes) -> NotTheFile:
    title = re.search(rb"<title[^>]*>(.*?)</title>", head, re.IGNORECASE | re.DOTALL)
    words = " ".join(title[1].decode("utf-8", "replace").split()) if title else "no title"
    return _not_the_file(
        name, "it is a web page", expected="the file itself", found=f"HTML: {words}"
    )


def _not_the_file(name: str, what: str, *, expected: str, found: str) -> NotTheFile:
    return NotTheFile(
        what,
        where=name,
        expected=expected,
        found=found,
        next="open its address in a browser: if the file is good there, run again; if not, put a "
        "good copy in a folder and give that with --mirror",
    )
