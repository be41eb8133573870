"""The demonstration: what the wings invent, sealed as soon as there is something to look at.

Its writers stop once when the newest of everything is there. That is sealed first, and the years
before follow while it is read: as files of the same mirror, by an ordinary refresh.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from engine.lake import Layout, current_id, read_progress
from refresh.pipeline import Outcome, run
from refresh.progress import Listener, Progress
from refresh.wing import Demonstration

ROOT = Path(__file__).parents[2]
_LOOK_EVERY_SECONDS = 0.1


def demonstrate(
    data: Path, writers: Sequence[Demonstration], *, seed: int, scale: float, tell: Listener
) -> Outcome:
    """Write every publication of these wings, and refresh from them.

    Takes:  the data folder; whose publications; who listens. A file `unfinished` of the layout is
            there from the first word to the last seal: where it is found, this did not end.
    Gives:  how it ended; where nothing was live, a first snapshot has been on the way.
    Raises: as `run`; OSError where the mirror cannot be written.
    """
    layout = Layout(data)
    layout.root.mkdir(parents=True, exist_ok=True)
    layout.unfinished.touch()
    refresh = partial(
        run, data=data, mirror=str(layout.demonstration), demonstration=True, tell=tell
    )
    # Of what is done between the runs, too: pages hear of it, and of what stops it.
    progress = Progress(layout.progress, tell, demonstration=True)
    told = (layout.demonstration, seed, scale, progress.step)
    written = [write(*told) for write in writers]
    with _heard(progress):
        for publications in written:
            next(publications, None)
    # Where something is live already, its newest year beside other years of another seed would be
    # a country that there never was.
    first = refresh().findings if current_id(data) is None else ()
    with _heard(progress):
        for publications in written:
            _to_the_end(publications)
    outcome = refresh()
    layout.unfinished.unlink(missing_ok=True)
    # What was staged for the first snapshot is not read again, and nobody else says it.
    said = (*(finding for finding in first if finding.source), *outcome.findings)
    return replace(outcome, findings=tuple(dict.fromkeys(said)))


def begin(data: Path, *, seed: int, scale: float, tell: Listener) -> int:
    """Have that done by a process of its own; back as soon as anything is live.

    Takes:  as above; the process goes on after this, says on this terminal how it ended, and stops
            with whatever is stopped here by Ctrl-C.
    Gives:  0, or its exit code where it ended before anything was live.
    """
    words = ["demo", "--quiet", "--data", str(data), "--seed", str(seed), "--scale", str(scale)]
    child = subprocess.Popen([sys.executable, "-m", "refresh", *words], cwd=ROOT)
    try:
        while current_id(data) is None:
            try:
                return child.wait(_LOOK_EVERY_SECONDS)
            except subprocess.TimeoutExpired:
                said = read_progress(data) or {}
                tell(said.get("step", "starting"), said.get("done", 0), said.get("total", 0))
    # Whoever does not wait for it any more does not want it either.
    except BaseException:
        child.terminate()
        raise
    return 0


@contextmanager
def _heard(progress: Progress) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        progress.stopped(error)
        raise


def _to_the_end(publications: Iterator[None]) -> None:
    for _ in publications:
        pass
