"""A PostgreSQL server for the tests: Debian's own, in a folder of its own, gone at the end.

It listens on a socket in that folder and on no port, so that nobody else can reach it, and two of
them at once do not meet. Nothing of it is kept, so it does not wait for the disk.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, text

USER = "postgres"
_numbers = count(1)


def binaries() -> Path | None:
    """The newest server's programs that are installed, if any."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


@contextmanager
def serving(programs: Path) -> Iterator[str]:
    """A server, and the address of its database; `schema` gives each test tables of its own."""
    with tempfile.TemporaryDirectory(prefix="atlas-pg-", ignore_cleanup_errors=True) as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, USER)
        data = f"{folder}/data"
        _run(programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off -c synchronous_commit=off"
        control = (programs / "pg_ctl", "-D", data, "-w")
        _run(*control, "-o", settings, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql+psycopg://{USER}@/postgres?host={folder}"
        finally:
            _run(*control, "-m", "immediate", "stop")


def schema(server: str) -> str:
    """The address of a schema that no other test has; the server forgets it with all else."""
    name = f"test_{next(_numbers)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{name}"


def _run(*command: str | Path) -> None:
    """A program of the server's, as somebody who may start one: root may not."""
    other = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*other, *map(str, command)],
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stdout}"
