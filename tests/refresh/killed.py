"""Runs that are killed: python -m tests.refresh.killed, told by lines of JSON on standard input.

Each line names a mirror, a data folder and a moment; each run is a process of its own, forked from
this one, which has imported everything, knows what imports what, and has run nothing. The moments
are the steps that count: a file given its final name (`file`), a transaction of the ledger
(`ledger`), a word of progress (`progress`); the process is gone right before the nth. `seconds`
ends it wherever it happens to be.
A line may name the one wing that is to run.
"""

import json
import os
import signal
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from refresh.fingerprint import imported
from refresh.pipeline import run
from refresh.wing import Wings
from refresh.wings import WINGS


def main() -> None:
    """Fork a run for each line; answer with its exit code, -9 or -14 where it was killed."""
    know_the_code()
    for line in sys.stdin:
        asked = json.loads(line)
        asked["wings"] = wings_of(asked.pop("wing", ""))
        child = os.fork()
        if child == 0:
            _live_and_die(**asked)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def know_the_code() -> None:
    """Read what imports what once: it is half of what each of a hundred runs would do."""
    for name in [name for name in sys.modules if name.startswith(("engine", "refresh"))]:
        imported(name)


@cache
def wings_of(name: str) -> Wings:
    """The wing of a name, or all, with what is worked out of it: no Polars runs for that."""
    wings = Wings(tuple(one for one in WINGS.wings if name in ("", one.name)))
    assert wings.signature
    return wings


def _live_and_die(mirror: str, data: str, wings: Wings, kind: str = "", at: float = 0) -> None:
    steps = _count_steps(kind, at)
    if kind == "seconds":
        # Not handled by Python: the kernel ends the process in the middle of whatever it does.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, at)
    outcome = run(data=Path(data), mirror=mirror, wings=wings)
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(json.dumps(steps), flush=True)
    os._exit(outcome.exit_code)


def _count_steps(kind: str, at: float) -> Counter[str]:
    """Count the steps from now on, and be killed before the one that was asked for."""
    steps: Counter[str] = Counter()
    replace = os.replace

    def step(name: str) -> None:
        steps[name] += 1
        if (name, steps[name]) == (kind, at):
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(source: Any, target: Any) -> None:
        step("progress" if Path(target).name == "refresh.json" else "file")
        replace(source, target)

    os.replace = counted
    event.listen(Engine, "commit", lambda _connection: step("ledger"))
    return steps


if __name__ == "__main__":
    main()
