"""Logs as lines of JSON, for those who gather them: CARE_ATLAS_LOG=json.

One line an event: time (UTC), level, logger, message, the request's id, and what the event is made
of. Without it, logs are the server's own.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

from app.monitoring.requests import REQUEST_ID
from app.monitoring.spans import trace_id

# The server's own loggers have handlers of their own; everybody else's go up to the root's.
SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access")


class Lines(logging.Formatter):
    """A record as one line of JSON.

    >>> record = logging.LogRecord("a", logging.INFO, "", 0, "two\\nlines", (), None)
    >>> json.loads(Lines().format(record))["message"]
    'two\\nlines'
    """

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := REQUEST_ID.get():
            said["request_id"] = number
        if trace := trace_id():
            said["trace_id"] = trace
        said |= getattr(record, "facts", {})
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def begin() -> bool:
    """Write every log of this process as JSON on stderr, where that is wanted; whether it is."""
    if os.environ.get("CARE_ATLAS_LOG") != "json":
        return False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in SERVERS:
        one = logging.getLogger(name)
        one.handlers, one.propagate = [], True
    # Ours says the same with the request's id.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("care_atlas").setLevel(logging.INFO)
    return True
