"""Frames as files whose bytes depend on the frame alone: csv, zip, workbook.

No clock gets in: every date a container carries is fixed. Files appear whole or not at all.
"""

import io
import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl
import xlsxwriter

Quotes = Literal["always", "necessary", "never", "non_numeric"]

_STAMP = datetime(2026, 2, 1)
_LEVEL = 1  # of compression: the mirror is written once and read once


def csv_bytes(
    frame: pl.DataFrame,
    *,
    line_end: str = "\r\n",
    bom: bool = False,
    encoding: str = "utf-8",
    header: bool = True,
    quote: Quotes = "necessary",
) -> bytes:
    """The frame as a CSV file; nulls are empty.

    >>> csv_bytes(pl.DataFrame({"A": ["x, y", None], "B": [1, 2]}))
    b'A,B\\r\\n"x, y",1\\r\\n,2\\r\\n'
    """
    file = io.BytesIO()
    frame.write_csv(
        file,
        include_bom=bom,
        include_header=header,
        line_terminator=line_end,
        quote_style=quote,
        float_precision=6,
    )
    content = file.getvalue()
    return content if encoding == "utf-8" else content.decode().encode(encoding)


def write_file(path: Path, content: bytes) -> Path:
    """Write `content` under a temporary name, then give it its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    os.replace(part, path)
    return path


def write_zip(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """A zip of (name, content), in the order given."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, _STAMP.timetuple()[:6])
            info.create_system = 3  # the same on every platform
            archive.writestr(info, content, zipfile.ZIP_DEFLATED, _LEVEL)
    return write_file(path, file.getvalue())


def write_workbook(path: Path, sheets: dict[str, pl.DataFrame]) -> Path:
    """A workbook of one sheet a frame, headers as the frames' columns; nulls are empty cells."""
    return write_sheets(
        path, {name: [frame.columns, *frame.iter_rows()] for name, frame in sheets.items()}
    )


def write_sheets(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """A workbook of the rows of each sheet as they are; None is an empty cell."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"created": _STAMP})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return write_file(path, file.getvalue())
