"""A run that somebody asks for on a page: a process of its own, and stopped between two steps.

Heavy work never stands in the way of a page. What was read before it is stopped stays: the next run
goes on from there, and what is live stays live.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Thread

from engine.access import Reader
from engine.errors import LakeError
from engine.lake import Layout, read_progress
from refresh.operate.auditing import audited
from refresh.operate.handling import heed
from refresh.pipeline import run
from refresh.progress import begun
from refresh.store import seal
from refresh.store.ledger import Ledger
from refresh.wings import WINGS

_ROOT = Path(__file__).parents[2]
OFFLINE = "--offline"


class NothingRuns(LakeError):
    """There is no run that could be stopped."""

    exit_code = 2


def start_run(data: Path, sources: Sequence[str], *, by: Reader) -> None:
    """Begin to bring these sources, or all where none is named, up to date; it is not waited for.

    Raises: NotAllowed for who may not load them; UnknownName for a source that nobody declared;
            LakeBusy, which says who writes, where another run is at work.
    """
    layout, named = Layout(data), ", ".join(sources) or "every source"
    one = sources[0] if len(sources) == 1 else None
    with audited(
        data, by, "load", object=named, source=one, sources=sources, everything=not sources
    ) as said:
        with closing(Ledger(layout.registry_url)) as ledger:
            WINGS.as_of(ledger).named(tuple(sources))
        # Asked for a moment only: whoever comes in between is told of by the run itself.
        with seal.writing(layout):
            layout.cancelled.unlink(missing_ok=True)
        said.after = {"process": begin_process(layout, *sources)}


def begin_process(layout: Layout, *words: str) -> int:
    """Start a run of its own, which pages can watch at once; the number of its process.

    Takes: the lake; the codes of sources, or `--offline` to build again from what is stored.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "refresh.operate.asked_run", str(layout.root), *words],
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    begun(layout.progress, child.pid, "It begins")
    # Whoever has ended is waited for, or stays in the list of processes.
    Thread(target=child.wait, daemon=True).start()
    return child.pid


def cancel_run(data: Path, *, by: Reader) -> None:
    """Have the run that is at work stop before its next step.

    Raises: NotAllowed for who may not load; NothingRuns where none is at work.
    """
    layout = Layout(data)
    with audited(data, by, "load", object="the run that is at work") as said:
        at_work = read_progress(layout.root) or {}
        if at_work.get("state") != "running":
            raise NothingRuns("no refresh is at work", next="python -m refresh status")
        said.before = {"step": at_work.get("step"), "process": at_work.get("pid")}
        who = {"by": by.name, "pid": at_work["pid"], "started_at": at_work["started_at"]}
        part = layout.cancelled.with_suffix(".part")
        part.write_text(json.dumps(who), encoding="utf-8")
        os.replace(part, layout.cancelled)


def main(arguments: Sequence[str]) -> int:
    """Bring up to date what a page asked for; the exit code."""
    data, *sources = arguments
    offline = OFFLINE in sources
    try:
        mirror = None if offline else os.environ.get("CARE_ATLAS_MIRROR")
        codes = tuple(code for code in sources if code != OFFLINE)
        outcome = run(codes, data=Path(data), mirror=mirror, offline=offline)
        heed(Path(data))
        return outcome.exit_code
    except KeyboardInterrupt:
        return 130
    except (LakeError, OSError) as error:
        # Where nobody may read it but who keeps the machine; pages read the progress.
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
