"""A draft as its folder keeps it: how it stands, its text, and the lock of who changes one.

Pages read it at any moment, so every word of it is replaced in one step.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from engine.access import Reader
from engine.errors import LakeError, UnknownName
from engine.lake import Layout

SILENT = timedelta(seconds=60)
LONGEST_WAIT = 30
"""Seconds for who would change a draft while somebody else changes one."""
_ID = re.compile(r"[0-9a-f]{12}")


class NotDrafted(LakeError):
    """A draft that cannot be made, changed or taken further as it is."""

    exit_code = 2


@dataclass(frozen=True)
class Draft:
    """A publication that is being added, as its folder has it.

    given     the address, or the name of the file that was sent
    is_file   whether a file was sent
    state     working, drafted (it can be mended), tried, loaded, or failed: `error` says why
    step      what is being done, or was done last; words, done, total: how far it is
    notes     what was met while looking; seen: by source, the first rows and what columns hold
    outcome   of the last trial or load, a file each
    """

    id: str
    given: str
    is_file: bool
    by: str
    made_at: str
    state: str = "drafted"
    step: str = "look"
    words: str = ""
    done: int = 0
    total: int = 0
    beat_at: str = ""
    error: str = ""
    next: str = ""
    notes: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    outcome: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_working(self) -> bool:
        """Whether a process is at work on it."""
        return self.state == "working"


def drafts(data: Path, reader: Reader | None = None) -> list[Draft]:
    """Every draft that somebody may see (None: that there is), the newest first."""
    root = Layout(data).drafts
    ids = (
        [path.name for path in root.iterdir() if _ID.fullmatch(path.name)] if root.is_dir() else []
    )
    there = [one for name in ids if (one := _read(root / name)) and _is_theirs(one, reader)]
    return sorted(there, key=lambda one: one.made_at, reverse=True)


def draft(data: Path, name: str, reader: Reader | None = None) -> Draft:
    """One draft as it is now.

    Raises: UnknownName where there is none of that id, or it is not theirs to see.
    """
    found = _read(folder_of(data, name)) if _ID.fullmatch(name) else None
    if found is None or not _is_theirs(found, reader):
        raise UnknownName("there is no such draft", found=name[:20], next="begin it again")
    return found


def draft_text(data: Path, name: str) -> str:
    """The manifest's text; empty where nothing was drafted yet."""
    path = folder_of(data, draft(data, name).id) / "manifest.yaml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def save(folder: Path, of: Draft, **other: Any) -> Draft:
    """Write down how a draft stands, replaced in one step: pages read it at any moment."""
    told = asdict(of) | other
    part = folder / f".draft.{os.getpid()}"
    part.write_text(json.dumps(told, default=str), encoding="utf-8")
    os.replace(part, folder / "draft.json")
    return Draft(**told)


@contextmanager
def one_at_a_time(data: Path) -> Iterator[None]:
    """Nobody else changes a draft meanwhile: what was looked at is what a process then reads."""
    lock = Layout(data).drafting
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=LONGEST_WAIT):
            yield
    except Timeout as error:
        raise NotDrafted("others change drafts just now", next="try again in a minute") from error


def _is_theirs(of: Draft, reader: Reader | None) -> bool:
    """Whether somebody may see a draft: its first rows are of a domain that nobody has said yet."""
    return reader is None or reader.domains is None or of.by == reader.name


def _read(folder: Path) -> Draft | None:
    try:
        found = Draft(**json.loads((folder / "draft.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    is_silent = datetime.now(UTC) - datetime.fromisoformat(found.beat_at or found.made_at) > SILENT
    if not (found.is_working and is_silent):
        return found
    # Killed, or the machine went down: what was drafted is still there.
    lost = {"error": "it ended without a word", "next": "take the step again"}
    return Draft(**(asdict(found) | {"state": "failed"} | lost))


def folder_of(data: Path, name: str) -> Path:
    """Where a draft lies, by its id."""
    return Layout(data).drafts / name


def now_said() -> str:
    """What time it is in UTC, as a draft's file says it."""
    return datetime.now(UTC).isoformat()
