"""Read: whatever it was packed in, a file is found, opened, and read to its last row."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from engine.errors import NotTheFile
from refresh.extract.read import Member, find_members, members, read_table
from tests.refresh.files import REAL, needs_real, zipped

CSV = b"PRACTICE_CODE,VALUE\nA81001,1\n"


def stored(tmp_path: Path, name: str, content: bytes) -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


# Members


def test_a_zip_gives_its_files_without_what_systems_add(tmp_path):
    content = zipped(
        {
            "QOF 2526/": b"",
            "QOF 2526/ACHIEVEMENT_LONDON_2526.csv": CSV,
            "QOF 2526/PREVALENCE_2526.csv": CSV,
            "__MACOSX/QOF 2526/._PREVALENCE_2526.csv": b"x",
            "QOF 2526/.DS_Store": b"x",
        }
    )
    result = members(stored(tmp_path, "QOF 2526.zip", content))
    assert [(m.container, m.name, m.size) for m in result] == [
        ("QOF 2526.zip", "ACHIEVEMENT_LONDON_2526.csv", len(CSV)),
        ("QOF 2526.zip", "PREVALENCE_2526.csv", len(CSV)),
    ]
    assert result[0].where == "QOF 2526.zip: ACHIEVEMENT_LONDON_2526.csv"


def test_a_zip_in_a_zip_gives_its_files_too_but_a_workbook_is_one_file(tmp_path):
    inner = zipped({"b.csv": CSV, "deepest.zip": zipped({"c.csv": CSV})})
    content = zipped({"x/inner.zip": inner, "a.csv.gz": gzip.compress(CSV), "d.xlsx": b"x"})
    result = members(stored(tmp_path, "outer.zip", content))
    assert [m.name for m in result] == ["b.csv", "deepest.zip", "a.csv", "d.xlsx"]
    for member in (result[0], result[2]):
        with member.open() as file:
            assert file.read() == CSV


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.csv.gz", gzip.compress(CSV, mtime=0)),
        ("a.CSV.GZ", gzip.compress(CSV, mtime=0)),
    ],
)
def test_a_file_by_itself_is_its_own_member(tmp_path, name, content):
    [result] = members(stored(tmp_path, name, content))
    assert (result.container, result.name.lower(), result.where.lower()) == (name, "a.csv", "a.csv")
    with result.open() as file:
        assert file.read() == CSV


def test_a_zip_without_the_name_of_one_is_opened_all_the_same(tmp_path):
    path = stored(tmp_path, "getReport report=epcn,epraccur", zipped({"epraccur.csv": CSV}))
    assert [m.name for m in members(path)] == ["epraccur.csv"]


def test_what_is_called_a_zip_and_is_none_is_refused(tmp_path):
    with pytest.raises(NotTheFile, match="a.zip"):
        members(stored(tmp_path, "a.zip", CSV))


@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz"])
def test_a_wrong_checksum_shows_when_the_member_is_read(tmp_path, name):
    content = bytearray(zipped({"a.csv": CSV}) if name == "a.zip" else gzip.compress(CSV, mtime=0))
    at = content.index(b"PK\x01\x02") + 16 if name == "a.zip" else len(content) - 8
    content[at] ^= 0xFF
    if name == "a.zip":
        content[14] ^= 0xFF
    [member] = members(stored(tmp_path, name, bytes(content)))
    with pytest.raises(NotTheFile, match="a.csv.*\n.*\n.*CRC"):
        read_table(member)


def test_the_first_pattern_that_matches_anything_wins():
    files = [Member("c.zip", name, 0, Path("c.zip")) for name in ("PREV_V2.csv", "prev.csv", "x")]
    names = [m.name for m in find_members(files, ("nothing", r"^prev_v2\.csv$", r"^prev"))]
    assert names == ["PREV_V2.csv"]
    assert len(find_members(files, (r"^PREV",))) == 2
    assert find_members(files, ("nothing",)) == []


# The published files


def real(path: str, member: str, **options: object) -> pl.DataFrame:
    [found] = find_members(members(REAL / path), (member,))
    return read_table(found, **options)


@needs_real
@pytest.mark.parametrize(
    ("path", "member", "rows", "columns"),
    [
        ("qof/2017-18/qof-1718-csv.zip", "^PREVALENCE", 149_100, 5),
        ("qof/2018-19/QOF_1819_v2.zip", "^PREVALENCE", 144_333, 5),
        ("qof/2018-19/QOF_1819_v2.zip", "^INDICATOR_MAPPINGS", 77, 8),
        ("qof/2019-20/QOF_1920.zip", "^MAPPING_NHS", 6_720, 16),
        ("qof/2020-21/QOF2021_v2.zip", "^MAPPING_PCAS", 362, 8),
        ("qof/2022-23/QOF 2022-23 Raw data .csv files.zip", "^PREVALENCE", 133_938, 5),
        ("qof/2014-15/rebuilt/ACHIEVEMENT_1415_ASTHMA_ONLY.csv.gz", "^ACHIEVEMENT", 108_906, 4),
        ("qof/parquet-copies/structures_2023_2024.parquet", "structures", 6_267, 16),
        ("registrations/2026-07/gp-reg-pat-prac-quin-age.zip", "quin-age", 326_241, 9),
        ("workforce/pcn/PCNWFIndividualCSV.032020.zip", "Individual", 534, 16),
        ("payments/14-15.csv.gz", "14-15", 7_959, 53),
    ],
)
def test_a_published_file_gives_all_its_rows(path, member, rows, columns):
    assert real(path, member).shape == (rows, columns)


@needs_real
def test_windows_1252_words_of_a_published_file_are_right():
    frame = real("qof/2018-19/QOF_1819_v2.zip", "^INDICATOR_MAPPINGS")
    words = "".join(frame["INDICATOR_DESCRIPTION"].drop_nulls())
    assert "\u2018" in words or "\u2019" in words
    assert "\x91" not in words and "\ufffd" not in words


@needs_real
@pytest.mark.parametrize("year", ["2019_2020", "2020_2021", "2021_2022", "2022_2023", "2023_2024"])
def test_no_name_in_a_published_copy_has_a_control_character(year: str):
    """`Cardiovascular disease \u2013 primary prevention`, with a byte that was not understood."""
    path = f"qof/parquet-copies/qof_indicators_{year}.parquet"
    words = "".join(real(path, "qof_indicators").unpivot()["value"].drop_nulls())
    assert not [char for char in words if 0x7F <= ord(char) < 0xA0]


@needs_real
@pytest.mark.parametrize(
    ("path", "rows", "columns"),
    [
        ("ods/2019-11/epraccur.zip", 14_357, 27),
        ("ods/2022-05/epraccur.csv.gz", 14_963, 27),
        ("ods/2026-02/epraccur.csv.gz", 15_389, 27),
        ("ods/2023-04/epraccur_WITH_HEADER.csv.gz", 15_663, 21),
    ],
)
def test_published_practices_are_read_with_and_without_header(path, rows, columns):
    frame = real(path, r"^epraccur.*\.csv$", header=tuple(f"C{n}" for n in range(1, 28)))
    assert frame.shape == (rows, columns)


@needs_real
@pytest.mark.parametrize(
    ("path", "rows"), [("ods/2026-02/ePCN.xlsx", 7_705), ("ods/2022-04/epcn.zip", 7_359)]
)
def test_published_networks_are_read_from_a_workbook_and_from_one_in_a_zip(path, rows):
    frame = real(path, r"^epcn\.xlsx$", sheet="PCN Core Partner Details")
    assert frame.height == rows
    assert {"PARTNER_ORGANISATION_CODE", "PCN_CODE"} <= set(frame.columns)
