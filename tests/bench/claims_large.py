"""Claims by the ten million: memory and time of a build, and of a cube over them.

An invented payer is written, loaded as any feed is, and asked, each in a process of its own. Takes
half an hour or more, and some fifty gigabytes where TMPDIR says, for 40 million claims; so only who
names it waits for it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from engine import Lake, open_lake
from engine.claims.questions.cubes import cube
from tests.bench.figures import Figure
from tests.bench.servers import ROOT

YEARS = 4
CLAIMS_A_MEMBER = 25  # a year: 400,000 members for 40 million claims
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
BUILD_MB, CUBE_MB = 2048, 1024


def measure(lake: Lake, *, claims: int) -> list[Figure]:
    """Peak megabytes and seconds of a build and of two questions; `lake` is not asked."""
    del lake
    a_year = claims // YEARS
    scale = a_year / CLAIMS_A_MEMBER / 10_000
    with tempfile.TemporaryDirectory() as folder:
        feed, data = Path(folder) / "feed", Path(folder) / "data"
        size = ("--scale", f"{scale:g}", "--claims", f"{a_year}", "--seed", "40")
        _run("-m", "refresh.claims.synthetic", str(feed), *size)
        memory, seconds = _run("-m", "refresh", "run", "--mirror", str(feed), "--data", str(data))
        sent = _sent(feed)
        asked = {
            name: json.loads(subprocess.check_output(_command(str(data), name), cwd=ROOT))
            for name in ("every year", "one year")
        }
    told = f"{sent:,} claims"
    return [
        Figure(f"build of {told}: peak memory", "MB", memory, at_most=BUILD_MB),
        Figure(f"build of {told}", "s", seconds),
        *(
            figure
            for name, (cube_memory, cube_seconds) in asked.items()
            for figure in (
                Figure(f"cube of {name}, {told}: memory", "MB", cube_memory, at_most=CUBE_MB),
                Figure(f"cube of {name}, {told}", "s", cube_seconds),
            )
        ),
    ]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench.claims_large", *arguments]


def _run(*arguments: str) -> tuple[float, float]:
    """Peak megabytes and seconds of a command; what it says goes to the terminal."""
    start, peak = time.perf_counter(), 0.0
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
    while True:
        # It only ever grows, so what was read last before the end is what it was.
        peak = max(peak, _peak(process.pid))
        try:
            process.wait(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            continue
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}")
    return peak, time.perf_counter() - start


def _peak(pid: int) -> float:
    """The most megabytes that a process has held; not what its parent held when it was forked."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _sent(feed: Path) -> int:
    """How many rows of claims the feed has, as it says itself."""
    told = json.loads((feed / "__about" / "manifest.json").read_text(encoding="utf-8"))
    return sum(file["rows"] for file in told["files"] if file["name"].startswith("claims_"))


def main(data: str, name: str) -> None:
    """Ask a lake for its cube of plans; print the memory and the seconds that it took."""
    lake, start = open_lake(Path(data)), time.perf_counter()
    during = YEAR if name == "one year" else (date(2022, 1, 1), YEAR[1])
    cube(lake, "plan_performance", during=during).collect()
    print(json.dumps([_peak(os.getpid()), time.perf_counter() - start]))


if __name__ == "__main__":
    main(*sys.argv[1:])
