"""Files for tests: small zips and workbooks made on the spot, and where the published ones lie."""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

SHARED = Path(__file__).parents[3] / "shared"
REAL, CASES = SHARED / "real", SHARED / "cases"
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="the published files are not here")
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not in ../shared/cases")


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            # Dated once and for all: a mirror that is written again is the same mirror.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def workbook(**sheets: list[list[str | int | None]]) -> bytes:
    """A small xlsx: text cells inline, numbers as numbers, None left out."""

    def cell(at: str, value: str | int) -> str:
        if isinstance(value, int):
            return f'<c r="{at}"><v>{value}</v></c>'
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    def sheet(rows: list[list[str | int | None]]) -> str:
        filled = (
            "".join(cell(f"{chr(65 + x)}{y}", v) for x, v in enumerate(row) if v is not None)
            for y, row in enumerate(rows, start=1)
        )
        data = "".join(f'<row r="{y}">{cells}</row>' for y, cells in enumerate(filled, start=1))
        return f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>'

    names = enumerate(sheets, start=1)
    entries = [(n, f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>') for n, name in names]
    relations = [
        f'<Relationship Id="r{n}" Type="{RELATION}/worksheet" Target="worksheets/s{n}.xml"/>'
        for n, _ in entries
    ]
    listed = f"<sheets>{''.join(entry for _, entry in entries)}</sheets>"
    root = f'<Relationship Id="r" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/>'
    return zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}">{root}</Relationships>'.encode(),
            "xl/workbook.xml": (
                f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">{listed}</workbook>'
            ).encode(),
            "xl/_rels/workbook.xml.rels": (
                f'<Relationships xmlns="{PACKAGE}">{"".join(relations)}</Relationships>'
            ).encode(),
            **{
                f"xl/worksheets/s{n}.xml": sheet(rows).encode()
                for n, rows in enumerate(sheets.values(), start=1)
            },
        }
    )


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
