"""`python -m tests.bench [NAME ...] [--quick]`: how fast it is, beside its peers.

Prints a table and writes bench.json into the data folder. Figures are comparable within one run
only: whatever else the machine does makes all of them worse, the peers' too.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil
from rich.console import Console

from engine import Lake, open_lake
from engine.errors import NoSnapshot
from engine.lake import data_folder
from tests.bench import (
    agents,
    claims,
    claims_analytics,
    claims_large,
    claims_pages,
    claims_written,
    large,
    leak,
    load,
    panels,
    polluted,
    publications,
    query,
    refresh,
    rolling,
    sessions,
)
from tests.bench import map as painting
from tests.bench.contest import contest
from tests.bench.figures import Figure, print_table, write


@dataclass(frozen=True)
class Bench:
    """One measurement: what it is called with for good figures, and for a quick look."""

    title: str
    measure: Callable[..., list[Figure]]
    full: dict[str, int]
    quick: dict[str, int]
    in_browser: bool = True
    by_name: bool = False  # takes long: only who names it waits for it


BENCHES = {
    "query": Bench("The query", query.measure, {"rounds": 5}, {"rounds": 3}, in_browser=False),
    "agents": Bench("Agents", agents.measure, {"rounds": 8}, {"rounds": 2}, in_browser=False),
    "claims": Bench("Claims", claims.measure_claims, {"rounds": 5}, {"rounds": 2}, False),
    "analytics": Bench(
        "Analytics of claims", claims_analytics.measure, {"count": 100}, {"count": 30}, False
    ),
    "claims_pages": Bench(
        "A change of the claims page", claims_pages.measure, {"changes": 9}, {"changes": 3}, False
    ),
    "refresh": Bench("The refresh", refresh.measure, {"rounds": 5}, {"rounds": 1}, False),
    "publications": Bench(
        "Publications", publications.measure, {"rounds": 3}, {"rounds": 1}, in_browser=False
    ),
    "large": Bench(
        "Large publications",
        large.measure,
        {"megabytes": 2048},
        {"megabytes": 300},
        in_browser=False,
        by_name=True,
    ),
    "claims_large": Bench(
        "Claims by the ten million",
        claims_large.measure,
        {"claims": 40_000_000},
        {"claims": 400_000},
        in_browser=False,
        by_name=True,
    ),
    "claims_written": Bench(
        "Claims written",
        claims_written.measure,
        {"rounds": 3, "claims": 40_000_000},
        {"rounds": 3, "claims": 2_000_000},
        in_browser=False,
        by_name=True,
    ),
    "pollock": Bench("Pollock", polluted.measure, {"every": 1}, {"every": 40}, in_browser=False),
    "sessions": Bench(
        "Many readers at once",
        sessions.measure,
        {"choices": 10, "most": 200},
        {"choices": 5, "most": 25},
        in_browser=False,
    ),
    "rolling": Bench(
        "Readers during a refresh",
        rolling.measure,
        {"seconds": 300, "readers": 100, "processes": 4},
        {"seconds": 30, "readers": 20, "processes": 2},
        in_browser=False,
        by_name=True,
    ),
    "load": Bench("First load", load.measure, {"rounds": 4}, {"rounds": 1}),
    "map": Bench(
        "Input to painted map",
        painting.measure,
        {"rounds": 5, "changes": 12},
        {"rounds": 2, "changes": 3},
    ),
    "panels": Bench("Click to drawn panel", panels.measure, {"clicks": 20}, {"clicks": 6}),
    "leak": Bench(
        "Growth",
        leak.measure,
        {"warm_up": 60, "changes": 200, "visits": 300},
        {"warm_up": 12, "changes": 12, "visits": 20},
    ),
}


def main() -> int:
    given = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end too
    names = given.name or [name for name, bench in BENCHES.items() if not bench.by_name]
    start, console = time.monotonic(), Console(width=None if sys.stdout.isatty() else 130)
    lake, figures = _lake(), []

    def show(name: str, subject: object) -> None:
        bench = BENCHES[name]
        usual = bench.quick if given.quick else bench.full
        found = bench.measure(subject, **usual | _asked(given, usual))
        print_table(console, bench.title, found)
        figures.extend(found)

    for name in names:
        if not BENCHES[name].in_browser:
            show(name, lake)
    if in_browser := [name for name in names if BENCHES[name].in_browser]:
        with contest(lake, indicators=12) as held:
            for name in in_browser:
                show(name, held)
    write(data_folder() / "bench.json", figures)
    console.print(
        f"{time.monotonic() - start:.0f} s on {os.cpu_count()} processors, load "
        f"{psutil.getloadavg()[0]:.1f} at the end; also in {data_folder() / 'bench.json'}"
    )
    return 0


def _asked(given: argparse.Namespace, usual: dict[str, int]) -> dict[str, int]:
    """What the command line says in place of the usual, of what this bench has at all."""
    minutes = None if given.minutes is None else round(60 * given.minutes)
    said = {"readers": given.readers, "seconds": minutes, "processes": given.processes}
    return {name: value for name, value in said.items() if value is not None and name in usual}


def _lake() -> Lake:
    """The lake that is there, else the demonstration, built as `make run` builds it."""
    try:
        return open_lake()
    except NoSnapshot:
        subprocess.run([sys.executable, "-m", "refresh", "demo"], check=True)
        return open_lake()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument(
        "name", nargs="*", metavar="NAME", choices=[*BENCHES, []], help=", ".join(BENCHES)
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds: a look in 90 seconds")
    parser.add_argument("--readers", type=int, help="rolling: how many a process (100)")
    parser.add_argument("--minutes", type=float, help="rolling: how long they choose (5)")
    parser.add_argument("--processes", type=int, help="rolling: apps behind the balancer (4)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
