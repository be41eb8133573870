"""As many rows of each published CSV as PROVENANCE.md counted, by a manifest that nobody mended."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from refresh.publications.looking import draft
from refresh.publications.reading import read
from tests.refresh.publications.real_files import SHARED

REAL = SHARED / "real"
MISCOUNTED = {"2019_deprivation_postcode.csv.gz": 14_963}
"""What another reader (Python's csv) counts: the note left out the last line, which has no end."""

pytestmark = [
    pytest.mark.golden,
    pytest.mark.skipif(not REAL.is_dir(), reason="../shared/real is not beside the project"),
]


def counted() -> Iterator[tuple[Path, str, int]]:
    """Each CSV of which the note says one number of rows: its file, its member, the number."""
    there = {path.name: path for path in REAL.rglob("*") if path.is_file()}
    archive = Path()
    for line in (REAL / "PROVENANCE.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        if len(cells) < 5 or not re.fullmatch(r"[\d,]+(?: \(no header\))?", cells[3]):
            continue
        name, _, member = cells[0].removeprefix("| ").partition(" : ")
        if name != "same zip":
            archive = REAL / name
            archive = archive if archive.is_file() else there.get(name, Path())
        rows = int(cells[3].split()[0].replace(",", ""))
        if archive.name.lower().endswith((".csv", ".csv.gz", ".zip")):
            yield archive, member, MISCOUNTED.get(archive.name, rows)


def test_every_csv_gives_the_rows_that_were_counted():
    wanted = [*counted()]
    found: dict[tuple[Path, str], int] = {}
    for path in dict.fromkeys(path for path, _, _ in wanted):
        for of in draft([path]).sources:
            file = of.files[0]
            found[path, file.extract.rsplit("/", 1)[-1]] = read(path, of, file).rows
    wrong = {}
    for path, member, rows in wanted:
        mine = [n for (of, part), n in found.items() if of == path and member in ("", part)]
        if mine != [rows]:
            wrong[path.name, member] = (mine, rows)
    assert len(wanted) > 35
    assert not wrong
