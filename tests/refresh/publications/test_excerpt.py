"""A workbook of which most is left out: what is left is what stood there, and a draft says so."""

import zipfile
from io import BytesIO
from pathlib import Path

from refresh.extract.read import Member
from refresh.publications.looking import draft
from refresh.publications.looking.excerpt import excerpt, excerpt_of
from tests.refresh.files import workbook

ROWS, WORDS = 60_000, "every cell of this column is long, " * 16
SHEET = "xl/worksheets/s1.xml"


def row(at: int) -> str:
    """A row that says which it is, twice; from half of the sheet on it has no whole number."""
    seen = at if at < ROWS / 2 else at + 0.5
    return (
        f'<row r="{at}"><c r="B{at}"><v>{at}</v></c><c r="C{at}"><v>{seen}</v></c>'
        f'<c r="D{at}" t="inlineStr"><is><t>{WORDS}</t></is></c></row>'
    )


def long_workbook(*, is_numbered: bool = True) -> bytes:
    """A title, a header in row 3, so many rows, and a footer below a blank line."""
    header = [[None, "Trusts in May 2025"], [], [None, "Place", "Seen", "Remark"]]
    rows = "".join(map(row, range(4, ROWS)))
    source = f'<c r="B{ROWS + 1}" t="inlineStr"><is><t>Source: none</t></is></c>'
    body = f'{rows}<row r="{ROWS + 1}">{source}</row></sheetData>'.encode()
    if not is_numbered:
        body = body.replace(b"<row r=", b"<row ht=")
    made = BytesIO()
    small = zipfile.ZipFile(BytesIO(workbook(Data=header)))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as large:
        for name in small.namelist():
            part = small.read(name)
            large.writestr(name, part.replace(b"</sheetData>", body) if name == SHEET else part)
    return made.getvalue()


def member(path: Path, data: bytes) -> Member:
    path.write_bytes(data)
    return Member(path.name, path.name, len(data), path)


def test_rows_that_are_left_of_a_long_sheet_are_what_stood_there(tmp_path: Path):
    book = excerpt_of(member(tmp_path / "trusts.xlsx", long_workbook()))
    assert book is not None
    sheet, numbers = book.sparse("Data", head=5000, tail=500)
    assert numbers == sorted(set(numbers)) and len(numbers) == len(sheet.rows) < ROWS
    rows = dict(zip(numbers, sheet.rows, strict=True))
    assert (rows[1][1], rows[2], rows[3][1:]) == (
        "Trusts in May 2025",
        [""] * 4,
        ["Place", "Seen", "Remark"],
    )
    assert (rows[ROWS], rows[ROWS + 1][1]) == ([""] * 4, "Source: none")
    assert all(rows[at][1] == str(at) for at in numbers if 3 < at < ROWS)
    assert {4, ROWS - 1} <= set(numbers)
    # Some of the middle, not the two ends alone.
    assert len([at for at in numbers if ROWS // 2 < at < ROWS - 10_000]) > 100


def test_a_draft_of_a_long_sheet_says_that_it_looked_at_some_rows_and_sees_what_comes_late(
    tmp_path: Path,
):
    path = tmp_path / "trusts.xlsx"
    path.write_bytes(long_workbook())
    (of,) = draft([path]).sources
    assert [(c.name, c.dtype) for c in of.columns][:2] == [("place", "int64"), ("seen", "float64")]
    assert (of.layout.header_rows, of.layout.first_row, of.layout.footer) == (
        [3],
        4,
        "Source: none",
    )
    assert any("Only some of its rows were looked at" in note for note in of.notes)


def test_only_a_workbook_with_a_long_sheet_whose_rows_are_numbered_is_cut(tmp_path: Path):
    assert excerpt(workbook(Data=[["Place", "Seen"], [1, 2]])) is None
    assert excerpt(b"Place,Seen\n1,2\n") is None
    assert excerpt(long_workbook(is_numbered=False)) is None
