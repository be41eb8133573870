"""Bringing up to date, for somebody who may: a run with its row in the audit log."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.access import Reader
from engine.lake import current_id
from refresh.operate.auditing import Said, audited

LONGEST = 1_000


@contextmanager
def bringing(data: Path, sources: Sequence[str], *, by: Reader) -> Iterator[Said]:
    """Let somebody load what these sources, or all, offer; what came of it goes into `after`.

    Raises: NotAllowed for who may not, or not for one of these sources.
    """
    one = sources[0] if len(sources) == 1 else None
    named = ", ".join(sources)[:LONGEST] or "every source"
    is_all = not sources
    with audited(
        data, by, "load", object=named, source=one, sources=sources, everything=is_all
    ) as said:
        said.before = {"live": current_id(data)}
        yield said
