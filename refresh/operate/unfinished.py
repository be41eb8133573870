"""Unfinished: a change that has begun is noted in a file until its row of the audit log is written.

Whatever ends the process in between, the next change finds the note and writes the row.
"""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.lake import Layout

WHY = "its process ended before it could say how it went"


def begin(layout: Layout, row: Mapping[str, Any]) -> Path | None:
    """Note a row that is to be written once the change is made.

    Gives:  the note; None where the folder cannot be written (a lake that is only read here).
    """
    said = {"host": platform.node(), "pid": os.getpid(), "row": dict(row)}
    path = layout.unfinished_changes / f"{uuid4().hex}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(said), encoding="utf-8")
    except OSError:
        return None
    return path


def end(note: Path | None) -> None:
    """Forget a note whose row is written."""
    if note is not None:
        with suppress(OSError):
            note.unlink(missing_ok=True)


def interrupted(layout: Layout) -> Iterator[dict[str, Any]]:
    """The rows of changes whose process is gone, each given to one caller alone."""
    folder = layout.unfinished_changes
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            if said["host"] == platform.node() and not _is_alive(said["pid"]):
                path.unlink()  # who cannot, comes too late: another has the row
                yield said["row"] | {"outcome": "failed", "why": WHY}
        except (OSError, ValueError, KeyError):
            continue  # being written just now, or taken by another


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # there, to ask would be to end it: the note stays until somebody looks
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is another's
    return True
