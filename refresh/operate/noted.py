"""Noted: who ran which command, when, and how it ended, where there is a registry to note it in.

A registry that is not there, or cannot be written, stops no command and is not complained of.
"""

import getpass
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

from engine.errors import LakeError
from engine.lake import Layout
from refresh.store.ledger import Ledger
from refresh.store.records import now

_SECRET = ("password", "token", "key", "address")


def noted(layout: Layout, command: str, asked: Mapping[str, Any], call: Callable[[], int]) -> int:
    """Run a command and note it in `cli_runs`; its exit code.

    Takes:  the lake; the command's name; what was asked of it; what it does.
    Raises: what it raises, which is noted, too.
    """
    began, at, status, error, code = now(), time.monotonic(), "failed", "", 1
    try:
        code = call()
        status = "failed" if code else "success"
        return code
    except KeyboardInterrupt:
        status = "cancelled"
        raise
    except BaseException as wrong:
        error = str(wrong)
        raise
    finally:
        how = {
            "status": status,
            "error": error or None,
            "result_summary": f"exit code {code}",
            "duration_ms": int(1000 * (time.monotonic() - at)),
        }
        _note(layout, command, asked, began, how)


def _note(
    layout: Layout,
    command: str,
    asked: Mapping[str, Any],
    began: datetime,
    how: Mapping[str, Any],
) -> None:
    said = {"args": " ".join(_words(asked)), "started_at": began, "ended_at": now(), **how}
    # Noting must never be what fails: it is nobody's purpose.
    try:
        if not layout.has_registry:
            return
        with closing(Ledger(layout.registry_url)) as ledger:
            who = {"hostname": platform.node(), "username": getpass.getuser()}
            ledger.note_command(command=command, pipeline="refresh", **said, **who)
    except (LakeError, OSError, KeyError):
        return


def _words(asked: Mapping[str, Any]) -> Sequence[str]:
    """What was asked, without what is as usual and what is nobody's business."""
    return [
        f"{name}={value}"
        for name, value in sorted(asked.items())
        if value not in (None, False, [], "") and not any(word in name for word in _SECRET)
    ]
