"""Reading by a manifest: a million rows of CSV, the same rows as a workbook, and drafting.

Beside ours stands DuckDB's own reader on the same CSV, which checks nothing.
"""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import xlsxwriter

from engine import Lake
from refresh.publications.looking import draft
from refresh.publications.manifest import Manifest
from refresh.publications.reading import read, text
from tests.bench.figures import Figure, median

ROWS, SHEET = 1_000_000, 50_000
HEADER = ("Period", "Org Code", "Org Name", "Measure", "Seen", "Left", "Share")


def measure(lake: Lake, *, rounds: int) -> list[Figure]:
    """Median seconds for a million rows; `lake` is not asked, the rows are invented."""
    del lake
    with tempfile.TemporaryDirectory() as folder:
        table, book, part = _written(Path(folder))
        manifest, workbook, short = draft([table]), draft([book]), draft([part])
        duck = median([_seconds(lambda: _duck(table)) for _ in range(rounds)])
        ours = median([_seconds(lambda: _read(table, manifest)) for _ in range(rounds)])
        drafted = median([_seconds(lambda: draft([table])) for _ in range(rounds)])
        excel = median([_seconds_anew(book, workbook) for _ in range(rounds)])
        csv = median([_seconds(lambda: _read(part, short)) for _ in range(rounds)])
    return [
        Figure("extract 1,000,000 rows of CSV", "s", ours, duck, "DuckDB, unchecked", at_most=60),
        Figure("draft a manifest of them", "s", drafted, at_most=20),
        Figure(f"{SHEET:,} rows of CSV", "s", csv, excel, "as a workbook", at_least=25),
    ]


def _written(folder: Path) -> tuple[Path, Path, Path]:
    draw = random.Random(1)
    lines = [_line(draw, at) for at in range(ROWS)]
    table, part = folder / "seen.csv", folder / "part.csv"
    table.write_text("\n".join([",".join(HEADER), *map(",".join, lines)]), encoding="utf-8")
    part.write_text("\n".join([",".join(HEADER), *map(",".join, lines[:SHEET])]), encoding="utf-8")
    book = xlsxwriter.Workbook(folder / "seen.xlsx", {"constant_memory": True})
    sheet = book.add_worksheet("Seen")
    for at, line in enumerate([HEADER, *lines[:SHEET]]):
        for column, cell in enumerate(line):
            if at and column > 3 and cell != "*":
                sheet.write_number(at, column, float(cell))
            else:
                sheet.write_string(at, column, cell)
    book.close()
    return table, folder / "seen.xlsx", part


def _line(draw: random.Random, at: int) -> list[str]:
    seen = draw.randrange(2000)
    org = f"R{at % 26:02}"
    kept = "*" if seen < 8 else str(seen)
    return [
        "2025-05-01",
        org,
        f"Trust {org}",
        f"M{at % 40}",
        kept,
        str(seen // 2),
        f"{seen / 2000}",
    ]


def _read(path: Path, manifest: Manifest) -> None:
    of = manifest.sources[0]
    read(path, of, of.files[0])


def _seconds_anew(book: Path, manifest: Manifest) -> float:
    # A book is kept open for its next sheet: without this the second reading costs nothing.
    text.forget_books()
    return _seconds(lambda: _read(book, manifest))


def _duck(path: Path) -> None:
    duckdb.read_csv(str(path), na_values="*").fetchall()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
