"""Publications larger than most: memory and time of a load and a draft, each in a process.

A CSV of gigabytes, written a part at a time, without a key; a million rows with one; and drafts of
a hundred megabytes of CSV and of workbook, of which a part is looked at. Takes minutes and twice
the file on the disk, so only who names it waits for it.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import xlsxwriter

from engine import Lake
from refresh.publications.looking import draft
from refresh.publications.manifest_file import write
from tests.bench.figures import Figure

HEADER = "Period,Row Id,Org Code,Org Name,Measure,Seen,Left,Share"
AT_ONCE = 100_000  # lines
KEYED = 1_000_000
DRAFTED = 100  # megabytes, about
BOOK = (690_000, 24)  # rows and columns of a workbook of so many
LOOK_SECONDS = 0.05  # a peak stays: only what the last look came before is missed


def measure(lake: Lake, *, megabytes: int) -> list[Figure]:
    """Peak memory and seconds of two loads into a sandbox and two drafts; `lake` is not asked."""
    del lake
    with tempfile.TemporaryDirectory() as folder:
        size, memory, seconds = _loaded(Path(folder) / "large", megabytes << 20, key=[])
        _, keyed_memory, keyed_seconds = _loaded(Path(folder) / "keyed", None, key=["row_id"])
        drafted = [_drafted(Path(folder) / name) for name in ("seen.csv", "seen.xlsx")]
    large, keyed = f"load {size >> 20:,} MB of CSV", f"load {KEYED:,} rows with a key"
    return [
        Figure(f"{large}: peak memory", "MB", memory, at_most=2048),
        Figure(large, "s", seconds),
        Figure(f"{keyed}: peak memory", "MB", keyed_memory, at_most=2048),
        Figure(keyed, "s", keyed_seconds, at_most=120),
        *(figure for some in drafted for figure in some),
    ]


def _drafted(table: Path) -> list[Figure]:
    """Peak memory and seconds of a draft of some hundred megabytes."""
    if table.suffix == ".csv":
        _write(table, DRAFTED << 20)
    else:
        _write_book(table)
    size = table.stat().st_size >> 20
    memory, seconds = _run("manifest", "draft", f"{table}", "-o", f"{table.with_suffix('.yaml')}")
    table.unlink()
    told = f"draft of {size:,} MB of {table.suffix[1:].upper()}"
    return [Figure(f"{told}: peak memory", "MB", memory), Figure(told, "s", seconds, at_most=30)]


def _loaded(folder: Path, size: int | None, *, key: list[str]) -> tuple[int, float, float]:
    """The bytes of a file of that size (None: of a million rows), peak megabytes and seconds."""
    folder.mkdir()
    table = folder / "seen.csv"
    _write(table, size)
    manifest = draft([table])
    manifest.sources[0].key = key
    write(folder / "seen.yaml", manifest)
    data = str(folder / "data")
    peak, seconds = _run("load", str(folder / "seen.yaml"), "--test", "--data", data)
    length = table.stat().st_size
    table.unlink()
    return length, peak, seconds


def _run(*arguments: str) -> tuple[float, float]:
    """Peak megabytes and seconds of a command of `refresh`."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "refresh", *arguments],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
    )
    peak = 0.0
    # A child counts its parent's pages in ru_maxrss until it is another program: a bench of a
    # gigabyte would be told of itself. VmHWM begins anew with the program.
    while process.poll() is None:
        peak = max(peak, _most_held(process.pid))
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_SECONDS)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    return peak, seconds


def _most_held(pid: int) -> float:
    """The most memory that a process has held so far, in megabytes; 0 once it is gone."""
    with suppress(OSError, StopIteration):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return 0.0


def _write(path: Path, size: int | None) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER + "\n")
        for lines in _parts(None if size else KEYED):
            file.write(lines)
            if size and file.tell() >= size:
                return


def _parts(most: int | None) -> Iterator[str]:
    """Lines, a hundred thousand at a time: so many, or for ever."""
    first = 0
    while most is None or first < most:
        yield "".join(map(_line, range(first, first + AT_ONCE)))
        first += AT_ONCE


def _line(at: int) -> str:
    seen = at * 7919 % 2000
    kept = "*" if seen < 8 else str(seen)
    org = f"R{at % 26:02}"
    return f"2025-05-01,X{at:09},{org},Trust {org},M{at % 40},{kept},{seen // 2},{seen / 2000}\n"


def _write_book(path: Path) -> None:
    """A workbook with one sheet of numbers, which pack badly; a few thousand rows come again."""
    rows, columns = BOOK
    rng = random.Random(1)
    kinds = [[rng.randrange(200_000) for _ in range(columns)] for _ in range(5_000)]
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["Org Code", *(f"Count {at}" for at in range(columns))])
    for at in range(rows):
        sheet.write_row(at + 1, 0, [f"R{at % 106:03}", *kinds[at % len(kinds)]])
    book.close()
