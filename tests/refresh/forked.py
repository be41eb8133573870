"""The process that forks runs, has each killed at its moment, and says how it ended."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.test_house import ROOT


class Forking:
    """Asks that process for one run after the other."""

    def __init__(self, process: subprocess.Popen[str]):
        self._process = process

    def run(
        self, asked: Mapping[str, object], *, ends: tuple[str, ...] = ("-9",)
    ) -> dict[str, int]:
        """Have a run made, and killed where a moment is asked for.

        Takes:  what it is to do; with which codes one that is killed may end.
        Gives:  of one that went to its end, how many steps of each kind it had; else nothing.
        """
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        said = self._process.stdout.readline()
        if said.startswith("{"):
            assert self._process.stdout.readline().strip() == "0"
            return json.loads(said)
        assert said.strip() in ends
        return {}


@contextmanager
def forking(module: str) -> Iterator[Forking]:
    """That process, by its module; it ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", module],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield Forking(process)
