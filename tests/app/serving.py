"""Start the app on a lake, as its own process on a free port, and stop it."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from threading import Thread

ROOT = Path(__file__).parents[2]


@contextmanager
def served(
    data: Path, app: str = "app.main:app", root: Path = ROOT, **settings: str
) -> Iterator[str]:
    """The address of the app in `root` on the lake in `data`; its process ends with the block.

    Without a limit of requests, for a test asks more than a person does.
    """
    command = [sys.executable, "-m", "uvicorn", "--no-access-log", "--port", "0", app]
    said = {"CARE_ATLAS_DATA": str(data), "SHINY_TESTMODE": "1", "CARE_ATLAS_API_RATE": "0"}
    env = os.environ | said | settings
    with Popen(command, cwd=root, env=env, stdout=DEVNULL, stderr=PIPE, text=True) as server:
        said = (re.search(r"running on (http://[\d.:]+)", line) for line in server.stderr)
        address = next(filter(None, said))[1]
        # What it says later is read and dropped, so that a full pipe never stops it.
        Thread(target=server.stderr.read, daemon=True).start()
        try:
            yield address + "/"
        finally:  # or a test that fails waits for its server for ever
            server.terminate()
