"""The process in which free SQL runs: `python -m app.agent.worker`, started by sql.py alone.

A statement that takes too long is ended with its process, and one that takes too much memory ends
it: the server goes on. It may open no file for writing. A request is a line of JSON on stdin, its
answer one on stdout.
"""

import json
import sys
from typing import Any

import polars as pl

from app.agent.plain import plain
from engine import open_lake
from engine.row_filter import Sees


def main() -> int:
    """Answer request after request until stdin ends."""
    limit_memory(int(sys.argv[1]))
    # One that the parent reads: it is ready when it says so.
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answered(json.loads(line)), ensure_ascii=False), flush=True)
    return 0


def answered(request: dict[str, Any]) -> dict[str, Any]:
    """The rows of a request: `columns` (name and type), `rows`, and whether there are `more`.

    Takes:  `root` and `snapshot` of the lake, how much of it the asker `sees`, `datasets`, a
            guarded `sql`, and `limit`.
    """
    try:
        domains, personal = request["sees"]["domains"], request["sees"]["personal"]
        seen = Sees(None if domains is None else frozenset(domains), personal, audit=False)
        lake = open_lake(request["root"], snapshot=request["snapshot"]).as_seen(seen)
        frames = {name: lake.scan(name) for name in request["datasets"]}
        # Eager would read them all; and nothing else than these is known to it.
        context = pl.SQLContext(frames, eager=False, register_globals=False)
        limit = request["limit"]
        found = context.execute(request["sql"]).head(limit + 1).collect(engine="streaming")
    except MemoryError:
        return {"error": "it takes too much memory"}
    # Whatever the engine cannot do with a statement is the asker's to read and to mend.
    except Exception as error:
        return {"error": str(error).split("\n\nResolved plan")[0].strip()[:600]}
    rows = found.head(limit)
    return {
        "columns": [[name, str(dtype)] for name, dtype in rows.schema.items()],
        "rows": plain(rows.rows()),
        "more": found.height > limit,
    }


def limit_memory(most: int) -> None:
    """Let this process have no more memory than so many bytes, and write no file."""
    try:
        import resource
    except ModuleNotFoundError:
        return  # Windows has no such limit; that of time holds there, too
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
