"""What is asked for, counted by name and never by whom: addresses, tables, metrics, indicators.

Kept a minute in this process, then added to the lake's file of the day; what was counted in the
last minute of a process is lost with it.
"""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from time import monotonic

from engine.lake import data_folder
from engine.usage import Asked
from refresh.operate.lifecycle import note_usage

KEPT_SECONDS = 60.0
LONGEST = 100
# Only what was answered is counted, so a name is one that the lake has.
_KINDS = (
    ("metric", re.compile(r"/catalogue/metric/(\w+)")),
    ("table", re.compile(r"/catalogue/(\w+)")),
    ("api", re.compile(r"/api/v1/([\w-]+)")),
)
_WELL = (200, 304)


class Usage:
    """Counts of one process that are not written yet."""

    def __init__(self, kept_seconds: float = KEPT_SECONDS) -> None:
        self._kept_seconds = kept_seconds
        self._counts: Counter[Asked] = Counter()
        self._since, self._writing = monotonic(), Lock()

    def saw(self, path: str, route: str, status: int) -> None:
        """Note an answer over HTTP: its path, and the series that it belongs to."""
        if status not in _WELL:
            return
        found = ((kind, pattern.match(path)) for kind, pattern in _KINDS)
        named = next(((kind, hit[1]) for kind, hit in found if hit), ("page", route))
        self.add(*named)

    def add(self, kind: str, name: str) -> None:
        """Note that something was asked for."""
        with self._writing:
            self._counts[kind, name[:LONGEST]] += 1

    @property
    def is_due(self) -> bool:
        """Whether it is time to write down what was counted."""
        return bool(self._counts) and monotonic() - self._since >= self._kept_seconds

    def write(self, data: Path | None = None) -> None:
        """Add it to the lake's file of the day."""
        with self._writing:
            counts, self._counts, self._since = self._counts, Counter(), monotonic()
        note_usage(data or data_folder(), counts, day=datetime.now(UTC).date())


USAGE = Usage()
