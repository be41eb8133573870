"""Strict reading: what the manifest says is read, what deviates is told, and no row is lost."""

import io
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from engine.errors import ContractBroken
from refresh.extract.read import members
from refresh.publications.looking import draft
from refresh.publications.manifest import File, Layout, ManifestColumn, TableOf
from refresh.publications.reading import Reading, read

MARKS = {"*": "suppressed", "-": "none"}


def table(**said) -> TableOf:
    columns = [
        ManifestColumn(name="org_code", original_name="Org Code", position=1),
        ManifestColumn(name="seen", original_name="Seen", position=2, dtype="int64", marks=MARKS),
        ManifestColumn(name="share", original_name="Share", position=3, dtype="float64"),
    ]
    return TableOf(code="seen", name="Seen", table="tbl_seen", **{"columns": columns, **said})


def reading(folder: Path, text: str, of: TableOf | None = None) -> Reading:
    path = folder / "seen.csv"
    path.write_text(text, encoding="utf-8")
    of = of or table(layout=Layout(header_rows=[1], first_row=2))
    return read(path, of, File(url=str(path)))


def told(reading: Reading) -> dict[str, str]:
    return {finding.check: finding.status for finding in reading.findings}


def test_marks_are_null_numbers_with_their_reason(tmp_path: Path):
    got = reading(tmp_path, 'Org Code,Seen,Share\nR1H,"1,204",0.5\nRAL,*,\nRXF,-,1\n')
    assert got.frame["seen"].to_list() == [1204, None, None]
    assert got.frame["seen_suppressed"].to_list() == [None, "suppressed", "none"]
    seen = got.columns[1]
    assert (seen.sum, seen.marks, seen.nulls) == (1204, {"*": 1, "-": 1}, 2)
    assert told(got) == {"rows rejected": "pass"}


def test_a_number_with_a_note_is_kept_and_in_no_sum(tmp_path: Path):
    got = reading(tmp_path, "Org Code,Seen,Share\nR1H,65i,1\nRAL,10,2\n")
    assert got.columns[1].sum == 10 and got.columns[1].annotated == 1
    assert got.frame["seen_suppressed"].to_list() == ["65i", None]


def test_a_mark_nobody_declared_is_read_and_told(tmp_path: Path):
    got = reading(tmp_path, "Org Code,Seen,Share\nR1H,[c],1\nRAL,10,2\n")
    assert got.frame["seen"].to_list() == [None, 10]
    assert told(got)["marks"] == "warn"


@pytest.mark.parametrize(
    "cell,reason",
    [("many", "is no whole number"), ("3.5", "is no whole number"), ("99999999999999999999", "no")],
)
def test_what_is_no_number_is_rejected_with_its_reason(tmp_path: Path, cell: str, reason: str):
    got = reading(tmp_path, f"Org Code,Seen,Share\nR1H,{cell},1\nRAL,10.0,2\n")
    assert got.rejects["row"].to_list() == [2]
    assert reason in got.rejects["reason"][0] and got.rejects["seen"].to_list() == [cell]
    assert got.frame["seen"].to_list() == [10]
    assert got.source_rows == got.rows + got.rejects.height == 2


def test_a_whole_number_that_no_column_can_hold_is_rejected_and_not_lost(tmp_path: Path):
    got = reading(tmp_path, "Org Code,Seen,Share\nR1H,9223372036854775808,1\nRAL,10,2\n")
    assert got.rejects["seen"].to_list() == ["9223372036854775808"]
    assert got.frame["seen"].to_list() == [10]


@pytest.mark.parametrize("cell", ["fewer than 5", "Less than 10", "5 or fewer"])
def test_a_limit_in_words_is_a_mark_as_its_sign_is(tmp_path: Path, cell: str):
    got = reading(tmp_path, f"Org Code,Seen,Share\nR1H,{cell},1\nRAL,10,2\n")
    assert got.frame["seen"].to_list() == [None, 10] and got.rejects.is_empty()


def test_columns_in_another_order_are_read_by_name_and_told(tmp_path: Path):
    got = reading(tmp_path, "Seen,Org Code,Share\n1,R1H,0.5\n")
    assert got.frame.select("org_code", "seen").row(0) == ("R1H", 1)
    assert told(got)["columns moved"] == "warn"


def test_a_new_column_is_told_and_not_loaded(tmp_path: Path):
    got = reading(tmp_path, "Org Code,Seen,Share,Left\nR1H,1,0.5,9\n")
    assert got.added == ["Left"] and "left" not in got.frame.columns
    assert told(got)["columns added"] == "warn"


def test_a_column_that_is_gone_fails_unless_it_is_not_required(tmp_path: Path):
    text = "Org Code,Seen\nR1H,1\n"
    assert told(reading(tmp_path, text))["columns removed"] == "fail"
    of = table(layout=Layout(header_rows=[1], first_row=2))
    of.columns[2].required = False
    got = reading(tmp_path, text, of)
    assert "columns removed" not in told(got) and got.frame["share"].to_list() == [None]


def test_a_header_that_moved_is_found_where_only_one_row_is_it(tmp_path: Path):
    got = reading(tmp_path, "Published in May,,\n,,\nOrg Code,Seen,Share\nR1H,1,0.5\n")
    assert got.frame["seen"].to_list() == [1]
    assert told(got)["header moved"] == "warn"


def test_no_header_at_all_stops_the_file(tmp_path: Path):
    with pytest.raises(ContractBroken, match="its header is not in row 1"):
        reading(tmp_path, "a,b,c\n1,2,3\n")


def test_the_table_ends_at_its_footer_and_headings_are_no_data(tmp_path: Path):
    layout = Layout(header_rows=[1], first_row=2, footer="Source", drop_rows=["London"])
    text = "Org Code,Seen,Share\nLondon,,\nR1H,1,1\nLondon,2,2\nSource: SDCS,,\nR1X,9,9\n"
    got = reading(tmp_path, text, table(layout=layout))
    assert got.frame["org_code"].to_list() == ["R1H", "London"]


def test_labels_are_filled_down_within_their_group(tmp_path: Path):
    names = ("region", "icb", "seen")
    columns = [ManifestColumn(name=n, original_name=n, position=i) for i, n in enumerate(names, 1)]
    layout = Layout(header_rows=[1], first_row=2, fill_down=["region", "icb"])
    text = "region,icb,seen\nLondon,,1\n,QKK,2\n,,3\nSouth,,4\n,QHG,5\n"
    got = reading(tmp_path, text, table(columns=columns, layout=layout))
    assert got.frame["region"].to_list() == ["London"] * 3 + ["South"] * 2
    assert got.frame["icb"].to_list() == [None, "QKK", "QKK", None, "QHG"]


def test_total_rows_are_told_apart(tmp_path: Path):
    layout = Layout(header_rows=[1], first_row=2)
    of = table(layout=layout, total_rows={"org_code": "England | *Total"})
    got = reading(tmp_path, "Org Code,Seen,Share\nEngland,3,1\nNorth Total,1,1\nR1H,2,1\n", of)
    assert got.frame["_is_total"].to_list() == [True, True, False]


def test_dates_are_read_as_the_manifest_writes_them(tmp_path: Path):
    columns = [
        ManifestColumn(name="on", original_name="On", position=1, dtype="date", format="%d/%m/%Y")
    ]
    text = "On\n03/04/2025\n2025-04-03\n"
    got = reading(
        tmp_path, text, table(columns=columns, layout=Layout(header_rows=[1], first_row=2))
    )
    assert got.frame["on"].to_list() == [date(2025, 4, 3)] and got.rejects.height == 1


def test_records_that_make_sense_in_one_way_are_read_so_and_told(tmp_path: Path):
    text = 'Org Code,Seen,Share\nR1H,"1,0.5\nRAL;2;0.5\n"A, B",3,0.5\nRXF,4\nRXG,5,0.5,9\n'
    of = table(layout=Layout(header_rows=[1], first_row=2))
    of.columns[1].dtype, of.columns[1].marks = "string", {}
    got = reading(tmp_path, text, of)
    assert got.frame.select("org_code", "seen").rows() == [
        ("R1H", '"1'),
        ("RAL", "2"),
        ("A, B", "3"),
        ("RXF", "4"),
    ]
    assert got.rejects["reason"].to_list() == ["4 cells where there are 3"]
    assert told(got)["records mended"] == told(got)["record length"] == "warn"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ", "])
def test_a_draft_reads_any_encoding_and_delimiter(tmp_path: Path, encoding: str, delimiter: str):
    lines = [["Org", "Café", "Seen"], ["R1H", "Zoë", "10"], ["RAL", '"a, b"', "20"]]
    path = tmp_path / "seen.csv"
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    manifest = draft([path])
    got = read(path, manifest.sources[0], manifest.sources[0].files[0])
    assert got.frame["seen"].to_list() == [10, 20]
    assert [column.published for column in got.columns] == ["Org", "Café", "Seen"]


def test_a_large_file_is_read_in_parts_into_a_lazy_frame(tmp_path: Path, monkeypatch):
    from refresh.publications.reading import text as parts

    monkeypatch.setattr(parts, "PART", 4000)
    rows = [f'R{n:03},{n},"a, b\nc {n}"' for n in range(1000)]
    path = tmp_path / "seen.csv"
    path.write_text("Org Code,Seen,Share\n" + "\n".join(rows) + "\n", encoding="utf-8")
    of = table(layout=Layout(header_rows=[1], first_row=2))
    of.columns[2].dtype = "string"
    got = read(path, of, File(url=str(path)), scratch=tmp_path)
    assert isinstance(got.frame, pl.LazyFrame)
    assert got.frame.select(pl.len(), pl.col("seen").sum()).collect().row(0) == (1000, 499_500)
    assert got.columns[1].sum == 499_500 and got.rejects.height == 0


def test_a_cell_that_holds_a_quote_before_the_delimiter_is_one_where_all_quotes_are_doubled(
    tmp_path: Path,
):
    got = reading(tmp_path, 'Org Code,Seen,Share\n"a "",b",1,0.5\nR1H,2\nRAL,3,1\n')
    assert got.frame["org_code"].to_list() == ['a ",b', "R1H", "RAL"]


def test_a_first_record_that_slipped_is_no_header_and_not_lost(tmp_path: Path):
    path = tmp_path / "visits.csv"
    lines = ["Day,Time,Seen,Code,Kind", "2018-01-28,00:002,MG-8769,shoes"]
    lines += [f"2018-01-{day},00:15,{day},RI-{day}73,hats" for day in range(10, 28)]
    path.write_text("\n".join(lines), encoding="utf-8")
    of = draft([path]).sources[0]
    got = read(path, of, of.files[0])
    assert [column.published for column in got.columns] == lines[0].split(",")
    assert got.source_rows == 19
    assert "record length" in told(got)


def test_a_backslash_before_what_needs_none_is_kept(tmp_path: Path):
    of = table(layout=Layout(header_rows=[1], first_row=2, escape="\\"))
    got = reading(tmp_path, 'Org Code,Seen,Share\n"8\\\'9\\"",1,0.5\n', of)
    assert got.frame["org_code"].to_list() == ["8\\'9\""]


def test_an_old_workbook_with_a_zip_in_it_is_a_workbook(tmp_path: Path):
    path = tmp_path / "waits.xls"
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as drawing:
        drawing.writestr("drs/shapexml.xml", "<a/>")
    # As spreadsheets of 2007 saved their drawings: a zip at the end of the old format.
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512) + book.getvalue())
    assert [member.name for member in members(path)] == ["waits.xls"]


def test_words_that_a_float_may_be_are_no_numbers(tmp_path: Path):
    got = reading(tmp_path, "Org Code,Seen,Share\nR1H,1,0.5\nRAL,2,inf\nRRV,3,nan\nRP4,4,1e999\n")
    assert got.frame["share"].to_list()[:2] == [0.5, None] and got.columns[2].marks == {"nan": 1}
    assert got.rejects["reason"].to_list() == ["`inf` in share is no number"]
