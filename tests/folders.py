"""Where the tests' folders lie, and that what Python compiles is kept.

Folders are in memory where there is room, else where pytest puts them. A refresh waits for the disk
at every step that counts, a thousand times a test of killed runs; what is held there is that a
process is killed, not that the machine loses its power.
"""

import os
import shutil
import sys
from pathlib import Path

MEMORY = Path("/dev/shm")
HALF_WRITTEN = shutil.ignore_patterns("*.pyc.*")
"""What a copy of the code leaves out: what another process is just compiling.

What is compiled is copied, and still good: Python goes by a source's time and size.
"""
ENOUGH = 2 * 2**30  # bytes; a whole run holds a quarter of it, for what passed is taken away


def put_in_memory() -> None:
    """Have pytest make its folders in memory, unless somebody has said where they are wanted."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def keep_compiled() -> None:
    """Have Python keep what it compiles, here and in the hundred processes that tests start.

    Some machines forbid it (PYTHONDONTWRITEBYTECODE). A server or a verb then spends a third of its
    start on compiling the same files again, and each worker ten seconds on rewriting the asserts.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
