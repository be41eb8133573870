"""The process that takes one step of a draft: `python -m refresh.operate.draft_worker`.

What to do comes as JSON on standard input (draft_steps.py); what came of it stands in the draft's
file. It ends by itself once its time is over, whatever it waits for.
"""

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock, Timer
from time import monotonic
from typing import Any

from engine.access import Reader
from engine.errors import LakeError
from engine.lake import Layout
from refresh.extract.public_only import hosts_of, only_public
from refresh.operate.draft_kept import Draft, draft, save
from refresh.operate.draft_steps import LIMITS, Step
from refresh.progress import lasting
from refresh.wing import Adding
from refresh.wings import WINGS

_EVERY_SECONDS = 0.3


class Telling:
    """How far a step is, written into the draft's file as it goes on."""

    def __init__(self, folder: Path, of: Draft):
        self._folder, self.of, self._written = folder, of, 0.0
        self._writing = Lock()
        self._is_over = False

    def step(self, words: str, done: int, total: int) -> None:
        """Say what is being done now."""
        is_new = words != self.of.words
        if is_new or monotonic() - self._written >= _EVERY_SECONDS:
            self.say(words=words, done=done, total=total)

    def beat(self) -> None:
        """Say that it is still at work."""
        self.say()

    def say(self, **other: Any) -> None:
        """Write down anything else of it; nothing once it is over."""
        with self._writing:
            if not self._is_over:
                self._written = monotonic()
                beat = datetime.now(UTC).isoformat()
                self.of = save(self._folder, self.of, **{"beat_at": beat, **other})

    def end(self, **other: Any) -> None:
        """Write down how it ended."""
        self.say(**other)
        self._is_over = True


def main() -> None:
    """Take the step that standard input names."""
    asked = json.loads(sys.stdin.read())
    data, step = Path(asked["data"]), asked["step"]
    of = draft(data, asked["draft"])
    folder = Layout(data).drafts / of.id
    telling = Telling(folder, of)
    theirs = asked["domains"]
    by = Reader(domains=None if theirs is None else frozenset(theirs), **asked["by"])
    limit = LIMITS[step]
    over = Timer(limit, _give_up, (telling, limit))
    over.daemon = True
    over.start()
    adding = next(wing.adding for wing in WINGS.wings if wing.adding)
    try:
        with lasting(telling.beat), only_public(hosts_of(os.environ.get("CARE_ATLAS_MIRROR"))):
            said = _taken(step, adding, folder, data, of, by, telling)
        telling.end(**said)
    except LakeError as error:
        found = f" ({error.found})" if error.found else ""
        telling.end(state="failed", error=f"{error.what}{found}", next=error.next)
    # Whatever it is, the page says that it failed: its kind, for the rest names folders.
    except Exception as error:
        telling.end(state="failed", error=type(error).__name__, next="take the step again")
        raise
    finally:
        over.cancel()


def _taken(
    step: Step, adding: Adding, folder: Path, data: Path, of: Draft, by: Reader, telling: Telling
) -> dict[str, Any]:
    """What became of the draft."""
    if step == "look":
        found = adding.look(of.given, of.is_file, folder, telling.step)
        # What a visitor gave a first time was mended since: that text is kept beside.
        path = folder / "manifest.yaml"
        with suppress(FileNotFoundError):
            os.replace(path, folder / "manifest-before.yaml")
        path.write_text(found.pop("text"), encoding="utf-8")
        return {"state": "drafted", **found}
    if step == "try":
        outcome = adding.trial(folder, data, telling.step)
        return {"state": "tried", "outcome": outcome}
    outcome = adding.load(folder, data, by, telling.step)
    # What is there already is refused or skipped, and is no failure.
    is_whole = all(one["status"] != "failed" for one in outcome)
    why = "" if is_whole else "not every file was loaded; what was loaded is live"
    return {"state": "loaded" if is_whole else "failed", "outcome": outcome, "error": why}


def _give_up(telling: Telling, seconds: int) -> None:
    telling.end(
        state="failed",
        error=f"it took longer than {seconds // 60} minutes, and was given up",
        next="add fewer or smaller files, or load them on the command line",
    )
    os._exit(1)


if __name__ == "__main__":
    main()
