"""Start a server as its own process on a free port, and stop it; nothing here waits for ever."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE = 120  # seconds for a line or an end; a loaded machine is slow, not wrong


class Server:
    """A process that says on stderr where it listens.

    A thread hears all it says, so that a full pipe never stops it, and so that a process it leaves
    behind, which has the same pipe, holds nobody up.
    """

    def __init__(self, process: Popen[str]) -> None:
        self.process = process
        self._lines: Queue[str] = Queue()
        self._hears = Thread(target=self._listen, daemon=True)
        self._hears.start()

    def _listen(self) -> None:
        with self.process.stderr:
            for line in self.process.stderr:
                self._lines.put(line)
        self._lines.put("")  # the end

    def hears(self, pattern: str) -> re.Match[str]:
        """The next line with this pattern; those before it are passed over.

        One that does not come within two minutes, or before its end, fails the test.
        """
        passed = []
        try:
            while line := self._lines.get(timeout=PATIENCE):
                if found := re.search(pattern, line):
                    return found
                passed.append(line)
        except Empty:
            pass
        said = "".join(passed) or "nothing"
        pytest.fail(f"{self.process.args}: no line with {pattern!r} came; it said: {said}")

    def rest(self) -> str:
        """What else it says, once it and all that have its pipe are told to end."""
        self._hears.join(PATIENCE)
        assert not self._hears.is_alive(), f"{self.process.args}: something of it goes on"
        return "".join(iter(self._lines.get_nowait, ""))

    def stop(self) -> None:
        """End it; one that does not end when it is told to fails the test, and is gone."""
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
            pytest.fail(f"{self.process.args}: told to end, it went on for {PATIENCE} s")


@contextmanager
def started(*command: str, env: Mapping[str, str], root: Path = ROOT) -> Iterator[Server]:
    """A module with its arguments as a process, with these variables beside ours, for a block."""
    process = Popen(
        [sys.executable, "-m", *command],
        cwd=root,
        env=os.environ | env,
        stdout=DEVNULL,
        stderr=PIPE,
        text=True,
    )
    server = Server(process)
    try:
        yield server
    finally:  # or a test that fails waits for its server for ever
        server.stop()


@contextmanager
def served(
    data: Path, app: str = "app.main:app", root: Path = ROOT, **settings: str
) -> Iterator[str]:
    """The address of the app in `root` on the lake in `data`; its process ends with the block.

    Without a limit of requests, for a test asks more than a person does.
    """
    said = {"CARE_ATLAS_DATA": str(data), "SHINY_TESTMODE": "1", "CARE_ATLAS_API_RATE": "0"}
    asked = ("uvicorn", "--no-access-log", "--port", "0", app)
    with started(*asked, env=said | settings, root=root) as server:
        yield listens(server) + "/"


def listens(server: Server) -> str:
    """The address where it listens, as soon as it does."""
    return server.hears(r"[Rr]unning on (http://[\d.:]+)")[1]
