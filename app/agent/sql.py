"""The tool for free SQL: guarded, then run in a process of its own that can be ended.

A process, not a thread: Polars cannot be interrupted, and a thread's memory is everybody's. Two are
kept ready, so that a statement waits for no start; one that overran is ended and another started.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Annotated, Any

from pydantic import Field

from app.agent.guard import LONGEST, guarded
from app.agent.tool import MOST_ROWS, USUAL_ROWS, Answer, Limit, Tool
from engine import Lake
from engine.errors import BadQuestion

SECONDS = 5.0
START_SECONDS = 60.0  # a loaded machine is slow, not wrong
WAIT_SECONDS = 2.0
MEMORY = 3 * 2**30
"""Of addresses, of which a quarter is what Polars takes before it has read anything."""
WORKERS = 2
ROOT = Path(__file__).parents[2]
Statement = Annotated[
    str,
    Field(
        max_length=LONGEST,
        description="One SELECT over datasets of list_datasets, by their names.",
    ),
]


def query_sql(lake: Lake, sql: Statement, limit: Limit = USUAL_ROWS) -> Answer:
    """The rows of one reading statement."""
    statement = guarded(sql, lake.manifest["tables"])
    request = {
        "root": str(lake.layout.root),
        "snapshot": lake.id,
        "sees": {
            "domains": None if lake.sees.domains is None else sorted(lake.sees.domains),
            "personal": lake.sees.personal,
        },
        "sql": statement.sql,
        "datasets": statement.datasets,
        "limit": limit,
    }
    with _worker() as worker:
        said = worker.ask(request)
    if "error" in said:
        raise BadQuestion(
            "the SQL cannot be answered",
            found=said["error"],
            next="get_schema names the columns of each dataset; or ask with query_metric",
        )
    names = [name for name, _ in said["columns"]]
    more = f"there are more than {limit:,} rows: aggregate, or ask for more (up to {MOST_ROWS:,})"
    return Answer(
        values={
            "sql": statement.sql,
            "columns": [{"name": name, "type": kind} for name, kind in said["columns"]],
            "rows": [dict(zip(names, row, strict=True)) for row in said["rows"]],
            "row_count": len(said["rows"]),
            **({"cut": more} if said["more"] else {}),
        },
        tables=statement.datasets,
        caveats=(
            "Free SQL adds up whatever it is told to: rates are a sum over a sum, never a mean of"
            " rates, and a null is not zero.",
        ),
    )


class Worker:
    """One process, and the pipe to it."""

    def __init__(self) -> None:
        # It needs none of our settings, and one of them may have a password in it.
        plain = {k: v for k, v in os.environ.items() if not k.startswith("CARE_ATLAS_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "app.agent.worker", str(MEMORY)],
            cwd=ROOT,
            # Another thread is another stack of addresses, and there is a limit to those.
            env=plain | {"POLARS_MAX_THREADS": "2"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._is_ready = False

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the worker says to a request.

        Raises: BadQuestion where it takes too long or too much memory; the process has ended then.
        """
        if not self._is_ready:
            self._line(START_SECONDS)
            self._is_ready = True
        try:
            stdin = self._process.stdin
            assert stdin is not None
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
        except BrokenPipeError:
            pass  # it is dead; the line that does not come says so
        said: dict[str, Any] = json.loads(self._line(SECONDS))
        return said

    def _line(self, seconds: float) -> str:
        overran = threading.Event()

        def end() -> None:
            overran.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            stdout = self._process.stdout
            assert stdout is not None
            line = stdout.readline()
        finally:
            timer.cancel()
        if line.endswith("\n"):
            return line
        self.end()
        why = (
            f"it takes longer than {seconds:g} s"
            if overran.is_set()
            else "it takes too much memory"
        )
        raise BadQuestion(
            f"the SQL was ended: {why}",
            expected=f"an answer within {SECONDS:g} s and {MEMORY >> 30} GB",
            next="narrow it by a period, aggregate first, or join fewer rows",
        )

    def end(self) -> None:
        """End the process and let go of its pipes."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    pass
        self._process.wait()


@cache
def _idle() -> "LifoQueue[Worker]":
    """The workers that nobody uses, all started when this is first asked for."""
    queue: LifoQueue[Worker] = LifoQueue()
    for _ in range(WORKERS):
        queue.put(Worker())
    return queue


def ready() -> None:
    """Have the workers start before anybody asks: it takes them a second, and nobody waits."""
    _idle()


def end_workers() -> None:
    """End every idle worker: a server that stops leaves no process behind."""
    idle = _idle()
    for _ in range(WORKERS):
        try:
            idle.get_nowait().end()
        except Empty:
            break  # it is at work, and ends when its server does
    _idle.cache_clear()


@contextmanager
def _worker() -> Iterator[Worker]:
    try:
        worker = _idle().get(timeout=SECONDS + WAIT_SECONDS)
    except Empty:
        raise BadQuestion(
            "others' SQL is running", next="wait a few seconds, or ask with query_metric"
        ) from None
    try:
        yield worker
    finally:
        # One that was ended is replaced at once, so that the next who asks waits for no start.
        _idle().put(worker if worker.is_alive else Worker())


TOOLS = (
    Tool(
        "query_sql",
        "Read-only SQL",
        "One SELECT (joins, WITH, UNION, windows) over the datasets by their names, for what the"
        " metrics' tools cannot ask. It reads only, within a few seconds, and gives at most 1,000"
        " rows. Read get_schema first.",
        query_sql,
    ),
)
