"""Frames as an OpenDocument spreadsheet (.ods), the smallest that readers take; fixed bytes."""

from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

from refresh.atlas.synthetic.parcel import write_zip

_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MANIFEST = (
    f'<manifest:manifest xmlns:manifest="{_NAMES}:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def write_ods(path: Path, sheets: dict[str, pl.DataFrame]) -> Path:
    """A spreadsheet of one sheet a frame, headers as the frames' columns; every cell is text."""
    tables = "".join(_table(name, frame) for name, frame in sheets.items())
    content = (
        f'<office:document-content xmlns:office="{_NAMES}:office:1.0"'
        f' xmlns:table="{_NAMES}:table:1.0" xmlns:text="{_NAMES}:text:1.0" office:version="1.2">'
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    members = {"mimetype": _TYPE, "content.xml": content, "META-INF/manifest.xml": _MANIFEST}
    return write_zip(path, [(name, text.encode()) for name, text in members.items()])


def _table(name: str, frame: pl.DataFrame) -> str:
    header = pl.DataFrame({column: [column] for column in frame.columns})
    # Columns at a time: there are a third of a million cells.
    cells = pl.concat_str([_cell(column) for column in frame.columns])
    rows = pl.concat([header, frame]).select(
        pl.format("<table:table-row>{}</table:table-row>", cells)
    )
    body = "".join(rows.to_series())
    return f'<table:table table:name="{escape(name)}">{body}</table:table>'


def _cell(column: str) -> pl.Expr:
    text = pl.col(column).str.replace_many(_ESCAPED)
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    is_empty = pl.col(column).fill_null("") == ""
    return pl.when(is_empty).then(pl.lit("<table:table-cell/>")).otherwise(pl.format(cell, text))
