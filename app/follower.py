"""The copy of a lake on object storage, kept up to date while the app serves it.

Pages read a folder, always: a question that reads a few files of a disk in milliseconds would wait
for as many round trips to a bucket. What brings the lake is a process of the refresh, for the app
downloads nothing; of several processes that share a copy one has it, and if that one ends, another
begins.
"""

import logging
import os
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

from engine.lake import Layout, data_folder
from engine.layout import store_address
from refresh.operate.lifecycle import follow_alone

LOOK_SECONDS = 5.0
AGAIN_SECONDS = 5.0

log = logging.getLogger("uvicorn.error")
_over = Event()  # never set: the thread ends with its process


def follow_if_published() -> bool:
    """Bring the lake that CARE_ATLAS_DATA names on object storage, and go on; whether it does."""
    if not store_address(os.environ.get("CARE_ATLAS_DATA", "")):
        return False
    layout = Layout(data_folder())
    # A daemon: it must not keep a server alive that is told to stop.
    Thread(target=follow_alone, args=(layout, _over, _keep_following), daemon=True).start()
    return True


def _keep_following() -> None:
    while True:
        code = _child().wait()
        log.warning("the follower of the lake ended (exit %s); another begins", code)
        _over.wait(AGAIN_SECONDS)


def _child() -> subprocess.Popen[bytes]:
    """The process that brings it. Its input is a pipe of ours: it ends when we do, however."""
    every = os.environ.get("CARE_ATLAS_LOOK_SECONDS") or str(LOOK_SECONDS)
    command = ["follow", "--every", every, "--attached", "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-m", "refresh", *command],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
