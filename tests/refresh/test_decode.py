"""Decode: a text comes out as it was written, whichever encodings its bytes are in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ContractBroken
from refresh.extract.decode import in_utf8
from refresh.extract.parse import parse, parse_told
from refresh.extract.read import find_members, members, read_told
from tests.refresh.files import REAL, needs_real

NAMES = "CODE,NAME\r\nU1,Café – “North”\r\nU2,Łódź Road\r\nU3,{}\r\nU4,Orné\r\n"


def mixed(name: bytes) -> bytes:
    """A file in UTF-8, but for one name."""
    return NAMES.encode().replace(b"{}", name)


def test_one_bad_byte_is_read_as_windows_1252_and_all_other_names_as_they_are():
    frame, strays = parse_told(mixed(b"St John\x92s"), "a.csv")
    assert frame["NAME"].to_list() == ["Café – “North”", "Łódź Road", "St John’s", "Orné"]
    assert strays and (strays.count, strays.byte, strays.line) == (1, 0x92, 4)
    assert strays.text == "U3,St John’s"


def test_every_bad_byte_is_counted_and_the_first_is_named():
    _, strays = in_utf8(mixed(b"Jos\xe9e\x92s") + b"U5,Zo\xeb\r\n", "a.csv")
    assert strays and (strays.count, strays.byte, strays.line) == (3, 0xE9, 4)


def test_a_character_that_was_cut_in_two_does_not_spoil_the_next():
    text, strays = in_utf8(mixed("é".encode()[:1]), "a.csv")
    assert text.decode() == NAMES.replace("{}", "Ã") and strays and strays.count == 1


@pytest.mark.parametrize("halves", [("utf-8", "cp1252"), ("cp1252", "utf-8")])
@pytest.mark.parametrize("times", [(1, 5), (5, 1)])
def test_two_files_that_somebody_joined_are_both_read(halves, times):
    """Whichever is the longer one."""
    one = "U1,Café – “North”, Zoë’s\n"
    data = b"".join((one * n).encode(how) for n, how in zip(times, halves, strict=True))
    text, strays = in_utf8(data, "a.csv")
    assert text.decode() == one * 6
    singles = len(one.encode("cp1252").translate(None, bytes(range(128))))
    assert strays and strays.count == singles * times[halves.index("cp1252")]


@pytest.mark.parametrize("words", ["CAFÉ’S, ROSÉ – ÉTÉ", "CAFÉ’S", "Café – “North”", "£5"])
def test_a_file_in_windows_1252_has_no_strays_and_reads_as_before(words: str):
    data = f"{words}, Société\n".encode("cp1252")
    assert in_utf8(data, "a.csv") == (f"{words}, Société\n".encode(), None)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40))
def test_what_is_in_utf_8_stays_as_it_is(words: str):
    data = words.lstrip("\ufeff").encode()
    assert in_utf8(data, "a.csv") == (data, None)


def test_a_byte_that_is_in_neither_encoding_is_named_with_its_line():
    with pytest.raises(ContractBroken, match="a.csv(?:.|\n)*byte 0x81 in line 4"):
        parse(mixed(b"St John\x81s"), "a.csv")


@needs_real
@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("qof/2018-19/QOF_1819_v2.zip", "^INDICATOR_MAPPINGS"),
        ("qof/2020-21/QOF2021_v2.zip", "^MAPPING_PCAS"),
        ("qof/publisher-metadata/PCA_REFERENCE.csv", "PCA_REFERENCE"),
        ("workforce/pcn/PCNWFIndividualCSV.032020.zip", "Individual"),
        ("workforce/pcn/PCNWFIndividualCSV.062022.zip", "Individual"),
    ],
)
def test_a_published_file_in_windows_1252_reads_as_before(path: str, member: str):
    [found] = find_members(members(REAL / path), (member,))
    with found.open() as file:
        data = file.read()
    assert in_utf8(data, found.name) == (data.decode("cp1252").encode(), None)
    frame, strays = read_told(found)
    assert frame.height and strays is None
