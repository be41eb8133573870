"""Pollock, the published benchmark for loading CSV: 2,290 files, each polluted in one way.

The files are not ours to keep: clone github.com/HPI-Information-Systems/Pollock and name the
folder in POLLOCK. No reader is told anything of a file. The measures are Pollock's own code, called
where it lies; here are the readers, and the two means of its evaluate.py. Each reads in a process
of its own: one that does not answer, or breaks down, did not take the file, and that is said.
"""

import csv
import importlib
import json
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import lru_cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from statistics import fmean
from typing import Any

import duckdb
import pandas as pd
import polars as pl

from engine import Lake
from engine.errors import LakeError
from refresh.publications.looking import draft
from refresh.publications.reading import read
from tests.bench.figures import Figure

Rows = Iterable[Sequence[object]]
SECONDS = 60  # for one file; the usual takes a thirtieth of one
REFUSED = "Application Error"  # by this Pollock knows that a reader did not take a file


def measure(lake: Lake, *, every: int) -> list[Figure]:
    """What each reader loses of Pollock's ten points, simple and weighted; `lake` is not asked.

    Takes:  of how many files that differ in row and column alone one is looked at; 1: all.
    Gives:  nothing where POLLOCK names no folder.
    """
    del lake
    folder = Path(os.environ.get("POLLOCK", ""))
    if not (folder / "polluted_files").is_dir():
        print("Pollock is left out: POLLOCK names no clone of HPI-Information-Systems/Pollock")
        return []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        points = pool.map(lambda one: scored(folder, one[0], every), READERS)
        scores = {}
        for (name, _), of in zip(READERS, points, strict=True):
            scores[name] = totals(folder, of)
            print(f"{name}: {scores[name][0]:.3f} simple, {scores[name][1]:.3f} weighted")
    (simple, weighted), *_ = scores.values()
    return [
        Figure(f"Pollock, {kind}: lost of 10 points", "", 10 - mine, 10 - theirs[at], name)
        for at, (kind, mine) in enumerate([("simple", simple), ("weighted", weighted)])
        for name, theirs in [*scores.items()][1:]
    ]


def scored(folder: Path, name: str, every: int = 1) -> dict[str, float]:
    """Of each file the points of ten that a reader gets."""
    measures = _measures(folder)
    points, silent = {}, []
    with tempfile.TemporaryDirectory() as made, _reading(name) as read:
        loaded = Path(made) / "loaded.csv"
        for file in _chosen(folder, every):
            if not read(loaded, file):
                loaded.write_text(f"{REFUSED}\n", encoding="utf-8")
                silent.append(file.name)
            succeeded = measures.successful_csv(str(loaded))
            clean = folder / "polluted_files" / "clean" / file.name
            of = measures.header_record_cell_measures_csv(str(clean), str(loaded))
            points[file.name] = float(succeeded and succeeded + sum(of))
    if silent:
        print(f"{name}: no answer within {SECONDS} s, so not taken: {', '.join(silent)}")
    return points


@contextmanager
def _reading(name: str) -> Iterator[Callable[[Path, Path], bool]]:
    """Whoever writes what a reader makes of a file to another, and says whether it answered."""
    context = get_context("spawn")
    children: list[tuple[SpawnProcess, Connection]] = []

    def read(to: Path, file: Path) -> bool:
        if not children:
            here, there = context.Pipe()
            child = context.Process(target=_answer, args=(name, there), daemon=True)
            child.start()
            there.close()
            children.append((child, here))
        pipe = children[0][1]
        with suppress(EOFError, OSError):
            pipe.send((to, file))
            # The first answer waits for the process to begin, too.
            if pipe.poll(SECONDS):
                return bool(pipe.recv())
        end()
        return False

    def end() -> None:
        while children:
            child, pipe = children.pop()
            pipe.close()
            child.kill()
            child.join()

    try:
        yield read
    finally:
        end()


def _answer(name: str, pipe: Connection) -> None:
    """The process of a reader: a file after the other, until nobody asks."""
    reader = dict(READERS)[name]
    with suppress(EOFError):
        while True:
            to, file = pipe.recv()
            _write(to, reader, file)
            pipe.send(True)


def totals(folder: Path, points: dict[str, float]) -> tuple[float, float]:
    """The plain mean, and the one that counts a pollution as often as it was met in the wild.

    A file that was looked at stands for those of its kind that were not.
    """
    weights = json.loads((folder / "pollock_weights.json").read_text(encoding="utf-8"))
    there = Counter(_kind(name) for name in weights)
    seen = Counter(map(_kind, points))
    stands_for = {name: there[_kind(name)] / seen[_kind(name)] for name in points}
    return (
        fmean(points.values(), [stands_for[name] for name in points]),
        fmean(points.values(), [stands_for[name] * weights[name] for name in points]),
    )


def _chosen(folder: Path, every: int) -> list[Path]:
    """Every file that is one of its kind, and of the others one in so many."""
    files = sorted((folder / "polluted_files" / "csv").iterdir())
    return [f for at, f in enumerate(files) if _kind(f.name) == f.name or at % every == 0]


def _kind(name: str) -> str:
    """What is polluted, without the row and column where it is."""
    return re.sub(r"[0-9].*", "", name) if name.startswith("row_") else name


def _measures(folder: Path) -> Any:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    metrics = importlib.import_module("pollock.metrics")
    # The same cells stand in every file: each is made plain once.
    if not hasattr(metrics.normalize_cell, "cache_info"):
        metrics.normalize_cell = lru_cache(None)(metrics.normalize_cell)
    return metrics


def _write(to: Path, reader: Callable[[Path], Rows], file: Path) -> None:
    with to.open("w", encoding="utf-8", newline="") as out:
        try:
            csv.writer(out).writerows(reader(file))
        except Exception as error:  # whatever a peer raises, it did not take the file
            out.seek(0)
            out.truncate()
            out.write(f"{REFUSED}\n{type(error).__name__}: {error}")


def ours(file: Path) -> Iterator[Sequence[object]]:
    """Drafted and loaded with no hand, all columns text; what is rejected is not there."""
    try:
        of = draft([file]).sources[0]
    except LakeError as error:
        if not file.stat().st_size:
            return  # it is told that the file is empty, and nothing is loaded
        raise error
    for column in of.columns:
        column.dtype, column.format, column.marks = "string", "", {}
    frame = read(file, of, of.files[0]).frame.lazy().collect()
    if of.layout.header_rows:
        yield [column.original_name for column in of.columns]
    yield from frame.select(column.name for column in of.columns).rows()


def _pandas(file: Path) -> Rows:
    frame = pd.read_csv(
        file, sep=None, engine="python", dtype=str, on_bad_lines="skip", keep_default_na=False
    )
    return [list(frame.columns), *frame.to_numpy().tolist()]


def _duckdb(file: Path, *, as_text: bool) -> Rows:
    found = duckdb.connect().read_csv(
        str(file), all_varchar=as_text, strict_mode=False, ignore_errors=True, null_padding=True
    )
    if as_text:
        return [found.columns, *found.fetchall()]
    frame = found.df()
    return csv.reader(frame.to_csv(index=False).splitlines(keepends=True))


def _polars(file: Path) -> Rows:
    frame = pl.read_csv(file, infer_schema=False, ignore_errors=True, truncate_ragged_lines=True)
    return [frame.columns, *frame.rows()]


READERS: list[tuple[str, Callable[[Path], Rows]]] = [
    ("ours", ours),
    ("pandas, sniffing", _pandas),
    ("DuckDB, as text", lambda file: _duckdb(file, as_text=True)),
    ("DuckDB, typed", lambda file: _duckdb(file, as_text=False)),
    ("Polars", _polars),
]
