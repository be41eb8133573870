"""Goal 7: a file of invented rows, read and loaded against the clock, scaled to a million rows.

Loaded into a folder that is thrown away. What a real publication takes is read off the ledger.
"""

import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from refresh.publications.goals.figures import Figures, figure
from refresh.publications.load import load
from refresh.publications.looking import draft
from refresh.publications.reading import read, text
from refresh.store.rows import LoadRow

MILLION, NIGHT = 1_000_000, 8 * 3600
ROWS, SHEET = 200_000, 50_000
Clock = Callable[[], float]


def timed(*, rows: int = ROWS, sheet: int = SHEET, clock: Clock = time.perf_counter) -> Figures:
    """Goal 7, by a file of so many rows, and by so many as a workbook and as CSV.

    Takes:  how many; a clock that only ever grows, in seconds.
    """
    with TemporaryDirectory(prefix="timed-") as folder:
        root = Path(folder)
        frame = _invented(rows)
        table, part, book = (root / name for name in ("seen.csv", "part.csv", "part.xlsx"))
        frame.write_csv(table)
        frame.head(sheet).write_csv(part)
        frame.head(sheet).write_excel(book, worksheet="Seen")
        reading, csv, excel = (_read_in(path, clock) for path in (table, part, book))
        manifest = draft([table])
        loading = _seconds(lambda: load(manifest, data=root, base=root, test=True), clock)
    scale = MILLION / rows
    note = f"{rows:,} invented rows, timed and scaled to a million"
    return (
        figure("publications_a_night", NIGHT // (loading * scale), note)
        | figure("read_seconds", reading * scale, note)
        | figure("load_seconds", loading * scale, note)
        | figure("csv_times_excel", excel / csv, f"{sheet:,} invented rows")
    )


def slowest(loads: Sequence[LoadRow]) -> Figures:
    """How long the slowest publication of a month took: its loads that began within a minute.

    Takes:  the loads of the last thirty days, the oldest first.
    """
    runs: list[tuple[str, float, float]] = []
    for one in loads:
        if one["completed_at"] is None or one["status"] != "completed":
            continue
        name = one["manifest_name"] or one["source_code"]
        began, ended = one["started_at"].timestamp(), one["completed_at"].timestamp()
        if runs and runs[-1][0] == name and began - runs[-1][2] < 60:
            runs[-1] = (name, runs[-1][1], ended)
        else:
            runs.append((name, began, ended))
    if not runs:
        return figure("publication_seconds", None, "no load was completed in thirty days")
    name, began, ended = max(runs, key=lambda run: run[2] - run[1])
    return figure("publication_seconds", ended - began, f"{name}, of {len(runs)} runs")


def _read_in(path: Path, clock: Clock) -> float:
    """Seconds that reading a file by its manifest takes, to look at it first not counted."""
    of = draft([path]).sources[0]
    # A book is kept open for its next sheet: without this the reading would cost nothing.
    text.forget_books()
    return _seconds(lambda: read(path, of, of.files[0]), clock)


def _seconds(work: Callable[[], object], clock: Clock) -> float:
    begun = clock()
    work()
    return clock() - begun


def _invented(rows: int) -> pl.DataFrame:
    draw = random.Random(1)
    seen = [draw.randrange(2000) for _ in range(rows)]
    return pl.DataFrame(
        {
            "Period": ["2025-05-01"] * rows,
            "Org Code": [f"R{at % 26:02}" for at in range(rows)],
            "Measure": [f"M{at % 40}" for at in range(rows)],
            "Seen": seen,
            "Left": [one // 2 for one in seen],
            "Share": [one / 2000 for one in seen],
        }
    )
