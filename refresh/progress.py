"""What a run says of itself while it runs: a small JSON file that pages read, and a listener.

The file also tells how the last run ended, so that a page can say that it failed and why. Written
at most five times a second; `beat_at` shows that the run is alive.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import LakeError

Listener = Callable[[str, int, int], None]
_EVERY_SECONDS = 0.2


def silent(_words: str, _done: int, _total: int) -> None:
    """A listener that says nothing."""


class Progress:
    """One run's progress; `tell` hears every step, the file hears some and the last."""

    def __init__(self, path: Path, tell: Listener = silent):
        self._path, self._tell, self._written = path, tell, 0.0
        self._said: dict[str, Any] = {"state": "running", "pid": os.getpid(), "started_at": _now()}

    def step(self, words: str, done: int, total: int) -> None:
        """Say what is being done now, and how far the whole is."""
        self._tell(words, done, total)
        self._said |= {"step": words, "done": done, "total": total, "beat_at": _now()}
        if time.monotonic() - self._written >= _EVERY_SECONDS:
            self._write()

    def end(self, state: str, message: str, **facts: Any) -> None:
        """Say how it ended: `done` or `failed`, in a sentence that every visitor may read."""
        self._said |= {"state": state, "message": message, "ended_at": _now(), **facts}
        self._write()

    def stopped(self, error: BaseException) -> None:
        """Say that an error ended it: its kind to every page, all of it to who keeps the machine.

        What an error says names folders and databases, which are no business of a visitor.
        """
        is_ours = isinstance(error, LakeError)
        kind, detail = type(error).__name__, str(error)
        self.end(
            "failed",
            f"the refresh stopped: {error.what if is_ours else kind}",
            detail=detail if is_ours else f"{kind}: {detail}",
        )

    def _write(self) -> None:
        part = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        self._written = time.monotonic()
        try:
            part.write_text(json.dumps(self._said), encoding="utf-8")
            os.replace(part, self._path)
        except OSError:
            part.unlink(missing_ok=True)  # a run goes on, whether or not it can be heard


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
