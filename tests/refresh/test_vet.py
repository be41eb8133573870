"""Vet: what is not the file, or is dangerous to open, is refused; what was published passes."""

import gzip
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest

from engine.errors import NotTheFile
from refresh.extract.vet import MAX_MEMBERS, vet
from tests.refresh.files import REAL, needs_real, zipped

CSV = b"PRACTICE_CODE,VALUE\n" + b"A81001,1\n" * 30_000


def refused(tmp_path: Path, name: str, content: bytes) -> str:
    path = tmp_path / ".part-1"
    path.write_bytes(content)
    with pytest.raises(NotTheFile) as caught:
        vet(path, name)
    assert caught.value.where.startswith(name)
    assert caught.value.expected and caught.value.found and caught.value.next
    return f"{caught.value.what}; {caught.value.found}"


GOOD = zipped({"a.csv": CSV, "b.csv": CSV})
BOMB = zipped({"[Content_Types].xml": b"", "a.csv": bytes(60 << 20)})


@pytest.mark.parametrize("name", ["QOF.zip", "a.csv", "a.xlsx", "a.csv.gz", "a.parquet", "report"])
@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"\xef\xbb\xbf\n <!-- x --><!DOCTYPE html>",
        b"<?xml version='1'?>\n<HTML lang='e'>",
    ],
)
def test_a_page_is_recognised_under_any_name(tmp_path, name, body):
    assert "web page" in refused(tmp_path, name, body)


def test_a_page_inside_a_gzip_is_recognised(tmp_path):
    content = gzip.compress(b"<!doctype html><title>Not\n found</title>")
    assert "Not found" in refused(tmp_path, "a.csv.gz", content)


@pytest.mark.parametrize("name", ["a.zip", "a.csv", "a.xlsx", "a.gz", "a.parquet", "a"])
def test_an_empty_file_is_refused(tmp_path, name):
    assert "empty" in refused(tmp_path, name, b"")


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.zip", CSV, "PRACTICE_CODE"),
        ("a.xlsx", CSV, "PRACTICE_CODE"),
        ("a.xlsx", GOOD, "no workbook"),
        ("a.csv", GOOD, "a zip"),
        ("a.csv", gzip.compress(CSV, mtime=0), "a gzip"),
        ("a.csv.gz", CSV, "gzip"),
        ("a.parquet", CSV, "PRACTICE_CODE"),
        ("a.zip", b"%PDF-1.7", "a PDF"),
        ("a.zip", zipped({}), "the zip is empty"),
        ("a.csv.gz", gzip.compress(b"", mtime=0), "empty"),
    ],
)
def test_bytes_of_another_kind_are_refused(tmp_path, name, content, found):
    assert found in refused(tmp_path, name, content)


@pytest.mark.parametrize("size", [len(GOOD) - 1, len(GOOD) - 30, len(GOOD) // 2, 40])
def test_a_zip_cut_short_is_refused(tmp_path, size):
    assert "cut short" in refused(tmp_path, "a.zip", GOOD[:size])


@pytest.mark.parametrize("cut", [1, 9, 200])
def test_a_gzip_cut_short_is_refused(tmp_path, cut):
    assert "cut short" in refused(tmp_path, "a.csv.gz", gzip.compress(CSV, mtime=0)[:-cut])


def test_a_zip_with_a_hole_in_it_is_refused(tmp_path):
    start = GOOD.index(b"PK\x03\x04", 10)
    holed = GOOD[:start] + bytes(50) + GOOD[start + 50 :]
    assert "damaged" in refused(tmp_path, "a.zip", holed)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up.csv", "a/../../up.csv", "..\\up.csv", "C:\\x.csv", "c:x.csv"]
)
def test_a_member_whose_path_leads_astray_is_refused(tmp_path, name):
    assert name in refused(tmp_path, "a.zip", zipped({"good.csv": CSV, name: CSV}))


def test_a_symbolic_link_in_a_zip_is_refused(tmp_path):
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "symbolic link" in refused(tmp_path, "a.zip", buffer.getvalue())


def test_an_encrypted_member_is_refused(tmp_path):
    directory = GOOD.index(b"PK\x01\x02")
    locked = bytearray(GOOD)
    locked[directory + 8] |= 1
    assert "encrypted" in refused(tmp_path, "a.zip", bytes(locked))


def test_a_way_of_packing_that_cannot_be_read_is_refused(tmp_path):
    directory = GOOD.index(b"PK\x01\x02")
    packed = bytearray(GOOD)
    packed[directory + 10] = packed[8] = 9  # Deflate64, as Windows uses above 2 GB
    assert "compression" in refused(tmp_path, "a.zip", bytes(packed))


def test_a_zip_of_too_many_members_is_refused(tmp_path):
    content = zipped({f"{n}.csv": b"" for n in range(MAX_MEMBERS + 1)})
    assert "too many" in refused(tmp_path, "a.zip", content)


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx"])
def test_a_bomb_is_refused_without_unpacking_it(tmp_path, name):
    holed = bytearray(BOMB)
    holed[80:500] = bytes(420)  # unpacking it would fail on these
    assert "unpack to far more" in refused(tmp_path, name, bytes(holed))


def test_a_bomb_in_a_zip_in_a_zip_is_refused(tmp_path):
    content = zipped({"inner.zip": BOMB})
    assert "unpack to far more" in refused(tmp_path, "a.zip", content)


def test_a_zip_that_declares_more_than_any_publication_is_refused(tmp_path):
    content = bytearray(zipped({"a.csv": os.urandom(100_000)}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = b"\xff\xff\xff\xfe"
    assert "unpack to far more" in refused(tmp_path, "a.zip", bytes(content))


def test_a_gzip_bomb_is_refused(tmp_path):
    assert "unpack to far more" in refused(tmp_path, "a.gz", gzip.compress(bytes(60 << 20), 1))


def test_a_large_file_that_packs_well_is_no_bomb(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.csv": (CSV + os.urandom(5_000)) * 200}))
    vet(path, "a.zip")


def test_damage_of_any_kind_is_refused_or_harmless(tmp_path):
    path = tmp_path / "a.zip"
    good = zipped({"a.csv": b"A,B\n1,2\n", "inner.zip": zipped({"b.csv": b"A\n1\n"})})
    for place in range(len(good)):
        damaged = bytearray(good)
        damaged[place] ^= (0x01, 0x80, 0xFF)[place % 3]
        path.write_bytes(damaged)
        try:
            vet(path, "a.zip")
        except NotTheFile:
            pass


@needs_real
def test_every_published_file_passes():
    for path in REAL.rglob("*"):
        if path.is_file():
            vet(path, path.name)
