"""A step of a draft: a process of its own (draft_worker.py) that looks, tries or loads."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Literal

from engine.access import Reader
from refresh.operate.draft_kept import Draft, NotDrafted, drafts, folder_of, now_said, save

Step = Literal["look", "try", "load"]
MOST_AT_WORK = 3
LIMITS: dict[Step, int] = {"look": 300, "try": 900, "load": 1_800}
"""Seconds after which a step is given up."""
_WORK = "refresh.operate.draft_worker"


def take_step(data: Path, of: Draft, step: Step, by: Reader) -> None:
    """Start the process that takes a step."""
    if sum(one.is_working for one in drafts(data)) >= MOST_AT_WORK:
        raise NotDrafted("others are being looked at", next="try again in a minute")
    folder = folder_of(data, of.id)
    save(
        folder,
        of,
        state="working",
        step=step,
        words="starting",
        done=0,
        total=0,
        beat_at=now_said(),
        error="",
        next="",
    )
    asked = {
        "data": str(data.absolute()),
        "draft": of.id,
        "step": step,
        "by": {"name": by.name, "role": by.role, "request": by.request},
        "domains": None if by.domains is None else sorted(by.domains),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", _WORK],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin  # asked for above
    child.stdin.write(json.dumps(asked).encode())
    child.stdin.close()
    _CHILDREN[:] = [one for one in _CHILDREN if one.poll() is None] + [child]


_CHILDREN: list[subprocess.Popen[bytes]] = []
"""Those that were started here: asked for how they ended, so that none stays as a zombie."""
