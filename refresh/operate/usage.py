"""Usage: what the app was asked for is added up by day, so that it is known what nobody needs."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from engine.layout import Layout
from engine.ledger_scan import ledger_there
from engine.usage import Asked


def note_usage(data: Path, counts: Mapping[Asked, int], *, day: date) -> None:
    """Add to what was asked for on a day; nobody's name is in it.

    A line is written at once, so that several processes may add to one file. Beside a lake that
    has no ledger here (a bundle, a copy) nothing is kept: it is written to by nobody.
    """
    layout = Layout(data)
    if not counts or layout.is_copy or not ledger_there(layout.registry_url):
        return
    line = json.dumps([[kind, name, times] for (kind, name), times in sorted(counts.items())])
    path = layout.asked_on(day)
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("ab", buffering=0) as file:
            file.write(f"{line}\n".encode())
    except OSError:
        return
