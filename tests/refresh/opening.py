"""Processes that open a ledger: python -m tests.refresh.opening, told by lines of JSON.

Each line names a database, how many processes open it at the same moment, and before which of their
writes (statements, and the commit at the end) they are killed (0: none). They are forked from this
one, which has imported everything, drivers and migrations too, and opened nothing. The answer, in
JSON: their exit codes, -9 where killed, and how many writes they did all together.
"""

import json
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine, create_engine, event

from refresh.store.ledger import Ledger
from refresh.store.migrate import _scripts

WRITING = ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")


def main() -> None:
    """Fork the processes that a line asks for, let them go at once, and say how they ended."""
    _import_all()
    for line in sys.stdin:
        print(json.dumps(_open_at_once(**json.loads(line))), flush=True)


def _import_all() -> None:
    """So that none of them spends its moment, and each of a hundred its time, on importing."""
    for url in ("sqlite://", "postgresql+psycopg://"):
        with suppress(ImportError):  # PostgreSQL's driver need not be here
            create_engine(url)
    for step in _scripts().walk_revisions():
        assert step.module


def _open_at_once(url: str, at_once: int = 1, kill_before: int = 0) -> dict[str, Any]:
    barrier, gate = os.pipe()
    heard, tell = os.pipe()
    children = []
    for _ in range(at_once):
        child = os.fork()
        if child == 0:
            os.close(gate)
            os.read(barrier, 1)  # ends for all at once, when the parent closes the gate
            _open(url, kill_before, tell)
        children.append(child)
    for end in (barrier, gate, tell):
        os.close(end)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    with os.fdopen(heard, "rb") as writes:
        return {"codes": codes, "writes": len(writes.read())}


def _open(url: str, kill_before: int, tell: int) -> None:
    """Open it, tell of each write, and be gone before the one that was asked for."""
    count = 0

    def write() -> None:
        nonlocal count
        count += 1
        if count == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(tell, b".")

    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.strip().startswith(WRITING):
            write()

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", lambda _connection: write() if count else None)
    try:
        Ledger(url).close()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
