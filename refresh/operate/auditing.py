"""Audited: whoever changes something does it in here, and one row of the audit log says so.

    with audited(data, by, "deprecate", object="source beds", source="beds") as said:
        ...
        said.after = {"status": "deprecated"}

The row is written when the change is made, was refused, or went wrong: each is one row. So is one
whose process was killed: the next change writes it.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.access import Action, Reader, may, may_in, refusal
from engine.errors import LakeError
from engine.lake import Layout
from engine.vocabulary import Outcome
from refresh.operate.unfinished import begin, end, interrupted
from refresh.store.audit_chain import Broken, canonical
from refresh.store.audit_log import AuditLog
from refresh.store.registry import Registry

LONGEST_WHY = 1_000


@dataclass
class Said:
    """What the row will say of the change; whoever makes it fills this in.

    object  what is changed: `source beds`, `request 7`
    before  what it was, and after: what it is now; anything that JSON has
    """

    object: str
    before: Any = None
    after: Any = None


@contextmanager
def audited(
    data: Path,
    by: Reader,
    action: Action,
    *,
    object: str,  # noqa: A002  (the audit log's own word)
    source: str | None = None,
    sources: Sequence[str] = (),
    domain: str | None = None,
    everything: bool = False,
) -> Iterator[Said]:
    """Let somebody change something if they may, and write down what came of it.

    Takes:  the data folder; who, what and of what; the source, or sources, that it is of, and the
            domain of one that is not registered yet; or whether it is of every source.
    Gives:  what the row will say, to be filled in.
    Raises: NotAllowed for who may not, before anything is changed; LedgerBroken where the log
            cannot be written: then nothing is changed either.
    """
    layout = Layout(data)
    layout.root.mkdir(parents=True, exist_ok=True)
    said = Said(object)
    with closing(AuditLog(layout.registry_url, layout.audit_anchors)) as log:
        for row in interrupted(layout):
            log.add(row)
        of = sources or ([source] if source is not None else [])
        domains = [domain] if domain is not None else _domains(layout, of) if by.domains else [None]
        is_scoped = bool(of) or domain is not None or everything
        if not may(by, action) or (is_scoped and not all(may_in(by, one) for one in domains)):
            refused = refusal(by, action, object=object)
            log.add(_row(by, action, said, source, "refused", refused.what))
            raise refused
        note = begin(layout, _row(by, action, said, source, "failed"))
        try:
            yield said
        except BaseException as error:
            why = error.what if isinstance(error, LakeError) else type(error).__name__
            log.add(_row(by, action, said, source, "failed", why))
            end(note)
            raise
        log.add(_row(by, action, said, source, "done"))
        end(note)


def verified(data: Path) -> tuple[int, str, list[Broken]]:
    """How many rows the audit log has, the last one's hash, and every place where it is broken."""
    layout = Layout(data)
    with closing(AuditLog(layout.registry_url, layout.audit_anchors)) as log:
        return *log.head(), log.broken()


def _domains(layout: Layout, sources: Sequence[str]) -> list[str | None]:
    """The domain of each source; None for one that has none, and for every source there is."""
    with closing(Registry(layout.registry_url)) as registry:
        rows = [registry.source(code) for code in sources]
    return [row["domain"] if row else None for row in rows] or [None]


def _row(
    by: Reader, action: Action, said: Said, source: str | None, outcome: Outcome, why: str = ""
) -> dict[str, Any]:
    return {
        "who": by.name[:255],
        "role": by.role,
        "action": action,
        "object": said.object,
        "source_code": source,
        "before": None if said.before is None else canonical(said.before),
        "after": None if said.after is None else canonical(said.after),
        "outcome": outcome,
        "why": why[:LONGEST_WHY],
        "request_id": by.request,
    }
