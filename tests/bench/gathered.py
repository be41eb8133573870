"""Readers in a process of their own: gathered before their pages, told to begin, heard when all
have chosen; and ended, by their own id, whatever happens to the bench meanwhile.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer
from typing import Any

from tests.app.reader import PATIENCE
from tests.bench.crowd import AT_ONCE, EVERY
from tests.bench.servers import ROOT

Heard = dict[str, Any]
"""What `tests.bench.crowd` prints: the fields of its `Heard`."""


@contextmanager
def gathered(
    url: str, kind: str, codes: tuple[str, ...], readers: int, choices: int
) -> Iterator[Callable[[], Heard]]:
    """So many readers whose pages are open and drawn.

    Gives:  what has them begin, and comes back with what they heard once all have chosen.
    Raises: SystemExit in words where they could not open their pages, or did not end.
    """
    said = {"url": url, "kind": kind, "readers": readers, "codes": ",".join(codes)}
    given = [p for n, v in (said | {"choices": choices}).items() for p in (f"--{n}", str(v))]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.crowd", *given],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    going, coming = process.stdin, process.stdout

    def line(seconds: float, failed: str) -> str:
        # A pipe has no limit of time of its own: the end of its writer is the end of waiting.
        limit = Timer(seconds, process.kill)
        limit.start()
        try:
            if text := coming.readline().strip():
                return text
        finally:
            limit.cancel()
        raise SystemExit(f"{failed} (within {seconds:.0f} s): {readers} readers of {url}")

    def begin() -> Heard:
        going.write("\n")
        going.flush()
        ends = choices * EVERY + 2 * PATIENCE
        heard: Heard = json.loads(line(ends, "The readers of the bench did not end"))
        return heard

    try:
        opening = PATIENCE * (1 + readers / AT_ONCE / 10)
        line(opening, "The readers of the bench could not open their pages")
        yield begin
    finally:
        process.kill()
        process.communicate()
