"""Loads that are killed: python -m tests.refresh.publications.killed_load, told by lines of JSON.

Each line names a feed's folder, its manifest and a moment, as tests/refresh/killed.py has it. Each
load is a process of its own, forked from this one.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from refresh.publications.load import load
from refresh.publications.manifest import Manifest
from tests.refresh.killed import _count_steps, know_the_code


def main() -> None:
    """Fork a load for each line; answer with its steps and exit code, -9 where it was killed."""
    know_the_code()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live_and_die(**json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _live_and_die(root: str, manifest: dict[str, Any], kind: str = "", at: int = 0) -> None:
    steps = _count_steps(kind, at)
    loads = load(msgspec.convert(manifest, Manifest), data=Path(root) / "data", base=Path(root))
    print(json.dumps(steps), flush=True)
    os._exit(loads.exit_code)


if __name__ == "__main__":
    main()
