"""What a run says of itself while it runs: a small JSON file that pages read, and a listener.

The file also tells how the last run ended, so that a page can say that it failed and why. Written
when its words change, else at most five times a second; `beat_at` shows that the run is alive.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from engine.errors import LakeError
from engine.vocabulary import RunState

Listener = Callable[[str, int, int], None]
Beat = Callable[[], None]
"""Called by whatever takes long, between its steps: bytes that come, attempts, tables made."""

_EVERY_SECONDS = 0.2
_BEAT_SECONDS = 5.0  # pages take a run for dead after minutes: see app/live.py


def silent(_words: str, _done: int, _total: int) -> None:
    """A listener that says nothing."""


def unheard() -> None:
    """A beat that nobody listens to."""


@contextmanager
def lasting(beat: Beat, *, every: float = _BEAT_SECONDS) -> Iterator[None]:
    """Beat while something lasts that cannot be stopped between its steps: a workbook being read.

    Takes:  the beat; how many seconds apart. It is over before what comes next begins.
    """
    over = Event()

    def go_on() -> None:
        while not over.wait(every):
            beat()

    thread = Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Cancelled(KeyboardInterrupt):
    """Somebody asked the run to stop; like Ctrl-C, it ends whatever goes on, but between steps."""


class Progress:
    """One run's progress; `tell` hears every step, the file hears some and the last.

    clock          seconds that only ever grow
    demonstration  whether it is a demonstration that is being made, which pages then say
    cancelled      the file by which somebody asks this run to stop: which, and who
    """

    def __init__(
        self,
        path: Path,
        tell: Listener = silent,
        *,
        clock: Callable[[], float] = time.monotonic,
        demonstration: bool = False,
        cancelled: Path | None = None,
    ):
        self._path, self._tell, self._clock, self._written = path, tell, clock, 0.0
        self._cancelled = cancelled
        self._writing = Lock()
        began = _begun_at(path, os.getpid()) or _now()
        self._said: dict[str, Any] = {"state": "running", "pid": os.getpid(), "started_at": began}
        self._said |= {"demonstration": True} if demonstration else {}

    def step(self, words: str, done: int, total: int) -> None:
        """Say what is being done now, and how far the whole is.

        Raises: Cancelled where somebody asked this run to stop.
        """
        self._tell(words, done, total)
        # Steps may come by the thousand, each a file to write; but new words are shown at once.
        is_new = words != self._said.get("step")
        self._said |= {"step": words, "done": done, "total": total, "beat_at": _now()}
        if is_new or self._clock() - self._written >= _EVERY_SECONDS:
            self._write()
            self._stop_if_asked()

    def beat(self) -> None:
        """Say that it is still at work on the same step; to be called as often as one likes."""
        if self._clock() - self._written >= _BEAT_SECONDS:
            self._said["beat_at"] = _now()
            self._write()

    def end(self, state: RunState, message: str, **facts: Any) -> None:
        """Say how it ended: `done` or `failed`, in a sentence that every visitor may read."""
        self._said |= {"state": state, "message": message, "ended_at": _now(), **facts}
        self._write()

    def stopped(self, error: BaseException) -> None:
        """Say that an error ended it: its kind to every page, all of it to who keeps the machine.

        What an error says names folders and databases, which are no business of a visitor.
        """
        if isinstance(error, LakeError):
            what, detail = error.what, str(error)
        elif isinstance(error, KeyboardInterrupt):
            who = f" by {error}" if isinstance(error, Cancelled) else ""
            words = f"the refresh was stopped{who}; what was live stays live, and the next goes on"
            self.end("failed", words)
            return
        else:
            what = type(error).__name__
            detail = f"{what}: {error}"
        self.end("failed", f"the refresh stopped: {what}", detail=detail)

    def _stop_if_asked(self) -> None:
        if self._cancelled is None or not self._cancelled.is_file():
            return
        try:
            asked = json.loads(self._cancelled.read_text(encoding="utf-8"))
        except (OSError, ValueError):  # it is being written just now: the next step sees it
            return
        # One that was meant for a run before this one stops nobody.
        if all(asked.get(name) == self._said[name] for name in ("pid", "started_at")):
            self._cancelled.unlink(missing_ok=True)
            raise Cancelled(asked.get("by", ""))

    def _write(self) -> None:
        # Replaced in one step: pages read it at any moment.
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        # Files are read two at a time, and each has its beat.
        with self._writing:
            self._written = self._clock()
            try:
                part.write_text(json.dumps(self._said), encoding="utf-8")
                os.replace(part, self._path)
            except OSError:
                part.unlink(missing_ok=True)  # a run goes on, whether or not it can be heard


def begun(path: Path, pid: int, words: str) -> None:
    """Say that a process was started that will say itself how far it is, once it has woken up."""
    now = _now()
    said = {"state": "running", "pid": pid, "started_at": now, "beat_at": now, "step": words}
    said |= {"is_awaited": True}
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_text(json.dumps({**said, "done": 0, "total": 0}), encoding="utf-8")
    os.replace(part, path)


def _begun_at(path: Path, pid: int) -> str:
    """When `begun` said that a process was started; empty where it said so of none of that number.

    Who asked it to stop before it woke up knows the run by that time.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(said["started_at"]) if said.get("is_awaited") and said.get("pid") == pid else ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
