"""A local S3 server for the tests: moto's, a process of its own on a free port of this machine."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from subprocess import DEVNULL, PIPE, Popen
from threading import Thread

import httpx

_numbers = count(1)
KEYS = {
    "AWS_ACCESS_KEY_ID": "reader",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def serving() -> Iterator[str]:
    """The address of a store that is empty, and forgets everything at the end."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    env = os.environ | {"PYTHONWARNINGS": "ignore"}
    with Popen(command, env=env, stdout=DEVNULL, stderr=PIPE, text=True) as server:
        said = (re.search(r"Running on (http://[\d.:]+)", line) for line in server.stderr)
        address = next(filter(None, said))[1]
        Thread(target=server.stderr.read, daemon=True).start()
        try:
            yield address
        finally:
            server.terminate()


def bucket(server: str) -> str:
    """A new bucket of the server's, by name."""
    name = f"lake-{next(_numbers)}"
    httpx.put(f"{server}/{name}", headers={"Host": "127.0.0.1"}).raise_for_status()
    return name
