"""Parse: rows of a CSV, workbook or Parquet file come out as they stand in it, or not at all."""

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.errors import ContractBroken, NotTheFile
from refresh.extract.parse import parse
from tests.refresh.files import workbook, zipped

CSV = b"PRACTICE_CODE,VALUE\nA81001,1\n"
TWO = ("CODE", "NAME")


def broken(data: bytes, **options: object) -> str:
    with pytest.raises(ContractBroken) as caught:
        parse(data, "QOF.zip: a.csv", **options)
    assert caught.value.where == "QOF.zip: a.csv"
    assert "--mirror" in caught.value.next
    return f"{caught.value.what}; {caught.value.expected}; {caught.value.found}"


# CSV


def test_cells_are_text_without_outer_blanks_and_null_where_blank():
    result = parse(b'CODE,N,E,Q\n A81001\t, 07 ,," x "\n"","  ",NA,-\n', "a.csv")
    expected = pl.DataFrame(
        {"CODE": ["A81001", None], "N": ["07", None], "E": [None, "NA"], "Q": ["x", "-"]}
    )
    assert_frame_equal(result, expected)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_comes_out_right_in_every_encoding_that_publishers_use(encoding):
    data = "\r\n".join(["CODE,NAME", "U1,Café – “North”", ""]).encode(encoding)
    result = parse(data, "a.csv")
    assert result.columns == ["CODE", "NAME"]
    assert result["NAME"].to_list() == ["Café – “North”"]


def test_bytes_in_no_known_encoding_are_named_with_their_line():
    assert "byte 0x81 in line 3" in broken(b"A,B\n1,2\n3,\x81\n")


def test_a_zero_byte_is_damage():
    assert "zero byte in line 2" in broken(b"A,B\n1,\x002\n")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "open"])
def test_every_way_to_end_a_line_is_read(end, last):
    data = end.join([b"A,B", b"1,2", b"3,4"]) + end * last
    assert parse(data, "a.csv").rows() == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(delimiter):
    data = delimiter.join(['"A, B; C"', "D"]) + "\n" + delimiter.join(["1", "2"]) + "\n"
    result = parse(data.encode(), "a.csv")
    assert result.rows() == [("1", "2")]
    assert result.columns == ["A,_B;_C", "D"]


def test_quoted_commas_quotes_and_line_breaks_stay_in_their_cell():
    data = b'A,"B\nC"\r\n1,"2, ""x""\r\n3"\r\n4,5\r\n'
    result = parse(data, "a.csv")
    assert result.columns == ["A", "B_C"]
    assert result.rows() == [("1", '2, "x"\r\n3'), ("4", "5")]


def test_a_quote_within_a_word_is_a_quote():
    assert parse(b'A,B\n1,THE "OLD" ONE\n2,5" x\n', "a.csv")["B"].to_list() == [
        'THE "OLD" ONE',
        '5" x',
    ]


def test_blank_lines_are_no_rows():
    assert parse(b"\n , \nA,B\n\n1,2\n  \n,\n3,4\n\n\n", "a.csv").height == 2


def test_a_header_alone_is_a_table_without_rows():
    assert parse(b"A,B\n", "a.csv").shape == (0, 2)


@pytest.mark.parametrize("data", [b"", b"\n \n", b",,\n,,\n", b'""\n'])
def test_a_file_without_any_cell_is_refused(data):
    assert "empty" in broken(data)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"A,B\n1,2\n3\n4,5\n", "1 in the record of line 3"),
        (b"A,B\n1,2\n3,4,5\n", "3 in the record of line 3"),
        (b"A,B\n1,2,\n3,4,\n", "3 in the record of line 2"),
        (b'A,B\n"1\n1",2\n3\n', "1 in the record of line 4"),
        (b'"A\nA",B\n1,2\n3\n', "1 in the record of line 4"),
        (b'A,B\n1,2\n3,"4\n5,6\n', "unexpected end of data, in the record of line 3"),
        (b'A,"B\n1,2\n', "unexpected end of data, in the first record"),
        (b'A,B\n1,"2" x\n', "in the record of line 2"),
    ],
)
def test_a_record_that_is_not_whole_is_named_with_its_line(data, found):
    assert found in broken(data)


def test_a_short_row_deep_in_a_large_file_is_found():
    rows = b"".join(b"A%05d,%d\n" % (n, n) for n in range(50_000))
    assert "1 in the record of line 50,002" in broken(b"CODE,VALUE\n" + rows + b"A99999\n")


def test_names_are_tidy_and_none_comes_twice():
    data = "\ufeffPractice  code ,Partner\u00a0-\u2013name,value,VALUE,value_2,\n1,2,3,4,5,6\n"
    assert parse(data.encode(), "a.csv").columns == [
        "PRACTICE_CODE",
        "PARTNER_NAME",
        "VALUE",
        "VALUE_2",
        "VALUE_2_2",
        "COLUMN_6",
    ]


def test_columns_without_header_are_named_by_their_place():
    result = parse(b'"A81001","X, Y"\n"QHM","Z"\n', "a.csv", header=TWO)
    assert result.columns == list(TWO)
    assert result.rows() == [("A81001", "X, Y"), ("QHM", "Z")]


@pytest.mark.parametrize("first", ["OrgCode,Name,Extra", "Organisation Code,Name,Extra"])
def test_a_header_where_none_was_expected_is_used(first):
    result = parse(f"{first}\nA81001,X,Y\n".encode(), "a.csv", header=TWO)
    assert result.columns[1:] == ["NAME", "EXTRA"]
    assert result.height == 1


def test_more_or_fewer_columns_than_places_are_a_changed_layout():
    assert "2 columns, no header; 3 columns" in broken(b"A81001,X,Y\n", header=TWO)
    assert "2 columns, no header; 1 columns" in broken(b"A81001\n", header=TWO)


def test_only_some_columns_of_a_large_file_can_be_taken():
    result = parse(b"pcds,lat,long\nAB1 2CD,57.1,-2.1\n", "a.csv", columns=("LONG", "PCDS"))
    assert set(result.columns) == {"LONG", "PCDS"}
    assert result.select("PCDS", "LONG").row(0) == ("AB1 2CD", "-2.1")
    assert "LAD; PCDS, LAT" in broken(b"pcds,lat\n1,2\n", columns=("PCDS", "LAD"))


CELL = st.text(alphabet='ab,;|\t"\n\r é–0', max_size=6)


@given(st.integers(1, 4).flatmap(lambda w: st.lists(st.lists(CELL, min_size=w, max_size=w))))
def test_what_a_writer_writes_is_what_is_read(rows):
    width = len(rows[0]) if rows else 2
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([[f"H{n}" for n in range(width)], *rows])
    kept = [tuple(cell.strip() or None for cell in row) for row in rows]
    result = parse(text.getvalue().encode(), "a.csv")
    assert result.rows() == [row for row in kept if any(row)]


# Workbooks and Parquet


def test_a_workbook_gives_the_sheet_asked_for_whatever_its_case():
    data = workbook(Notes=[["About"], ["Words"]], PCNDetails=[["PCN\nCode", "N"], ["U1", 7]])
    result = parse(data, "a.xlsx", sheet="pcndetails")
    assert result.columns == ["PCN_CODE", "N"]
    assert result.rows() == [("U1", "7")]
    assert parse(data, "a.xlsx").columns == ["ABOUT"]


def test_a_sheet_that_is_missing_is_named_with_those_there_are():
    with pytest.raises(ContractBroken, match="`Data`\n.*`Notes`, `More`"):
        parse(workbook(Notes=[["x"]], More=[["x"]]), "a.xlsx", sheet="Data")


def test_the_header_of_a_workbook_may_lie_below_its_title():
    data = workbook(
        S=[
            ["Quality and Outcomes Framework"],
            [],
            ["Published 2026", None, 2026],
            ["Code", "List size", "Value ", None],
            ["A81001", 5_000, 12, None],
            [None, None, None],
            [" ", None, None],
            ["A81002", 6_000, None, None],
        ]
    )
    result = parse(data, "a.xlsx")
    assert result.columns == ["CODE", "LIST_SIZE", "VALUE"]
    assert result.rows() == [("A81001", "5000", "12"), ("A81002", "6000", None)]


def test_rows_of_numbers_are_no_header_even_where_they_are_fuller():
    data = workbook(S=[["Title"], ["Code", None, "Size", "Points"], [1, 2, 3, 4], [5, 6, 7, 8]])
    assert parse(data, "a.xlsx").columns == ["CODE", "COLUMN_2", "SIZE", "POINTS"]


def test_an_empty_sheet_is_refused():
    with pytest.raises(ContractBroken, match="no header"):
        parse(workbook(S=[[]]), "a.xlsx")


@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.ods", "a.parquet"])
@pytest.mark.parametrize("data", [CSV, zipped({"xl/workbook.xml": b"<"}), b"PAR1" + bytes(64)])
def test_what_cannot_be_opened_is_refused_in_words(name, data):
    with pytest.raises(NotTheFile, match=f"{name}.*cannot be opened"):
        parse(data, name)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_what_a_copy_took_for_control_characters_is_what_the_publisher_wrote(name: str):
    """Windows-1252 read as Latin-1 and saved again; byte 0x81 never meant anything."""
    frame = pl.DataFrame({"CODE": ["CVD"], "NAME": ["disease \x96 primary, clinician\x92s \x81"]})
    buffer = io.BytesIO()
    frame.write_csv(buffer) if name == "a.csv" else frame.write_parquet(buffer)
    result = parse(buffer.getvalue(), name)
    assert result["NAME"].item() == "disease \u2013 primary, clinician\u2019s \x81"


def test_a_parquet_copy_reads_as_the_csv_it_came_from():
    frame = pl.DataFrame({"practice_code": ["A81001", None], "lat": [54.5, None], "n": [7, 8]})
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    result = parse(buffer.getvalue(), "a.parquet")
    expected = pl.DataFrame(
        {"PRACTICE_CODE": ["A81001", None], "LAT": ["54.5", None], "N": ["7", "8"]}
    )
    assert_frame_equal(result, expected)
