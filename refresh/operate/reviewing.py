"""Reviewing: what somebody says to a change of a table, and what follows from it.

An approved column is filled from the releases that are kept: their bytes are read again by what is
agreed on now. Nothing that was said is ever deleted.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from engine.access import Reader
from engine.errors import LakeError, UnknownName
from engine.lake import Layout
from engine.vocabulary import RequestStatus
from refresh.operate.asked_run import OFFLINE, begin_process
from refresh.operate.auditing import Said, audited
from refresh.operate.handling import heed
from refresh.pipeline import Outcome, run
from refresh.progress import Listener, silent
from refresh.store import seal
from refresh.store.ledger import Ledger
from refresh.store.rows import RequestRow


class Decided(LakeError):
    """A request that somebody has answered already, or that cannot be answered."""

    exit_code = 2


def requests(data: Path, *, status: RequestStatus | None = None) -> list[RequestRow]:
    """What was asked for, the oldest first: all of it, or what has a status."""
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        return ledger.requests(status=status)


def approve(
    data: Path,
    request: int,
    *,
    by: Reader,
    reason: str,
    said_by: str = "",
    tell: Listener = silent,
) -> Outcome:
    """Say yes: columns are taken or may go, or another word folds the releases; then build again.

    Takes:  the data folder; the request's number; who says so and why; whose word it is, where
            somebody else only types it.
    Gives:  how the building ended.
    Raises: UnknownName for no such request, Decided for one that was answered; LakeBusy while a
            run is writing; NotAllowed for who may not.
    """
    with _approved(data, request, by=by, reason=reason, name=said_by.strip() or by.name):
        outcome = run(data=data, offline=True, tell=tell)
    heed(data)
    return outcome


def begin_approval(data: Path, request: int, *, by: Reader, reason: str) -> None:
    """Say yes, and begin to build again: a run of its own that pages watch, and may stop.

    What was agreed on stands whatever becomes of that run: the next one goes on.

    Raises: as `approve`.
    """
    with _approved(data, request, by=by, reason=reason, name=by.name) as said:
        said.after["process"] = begin_process(Layout(data), OFFLINE)


@contextmanager
def _approved(data: Path, request: int, *, by: Reader, reason: str, name: str) -> Iterator[Said]:
    """A request that is granted; within, the lake is free to be built again."""
    layout = Layout(data)
    of = _source_of(layout, request)
    with audited(data, by, "approve", object=f"request {request}", source=of) as said:
        with seal.writing(layout), closing(Ledger(layout.registry_url)) as ledger:
            row = _pending(ledger, request)
            contract = _changed(ledger, row)
            said.before = _asked(row)
            if not reason.strip():
                raise Decided("a yes has a name and a reason", expected="--reason")
            # First what follows, then the word: whatever dies in between is approved once more.
            ledger.amend(row["source_code"], contract=json.dumps(contract), **_mode(contract))
            ledger.decide(request, "approved", by=name, reason=reason)
            said.after = {"status": "approved", "decided_by": name, "reason": reason}
            layout.cancelled.unlink(missing_ok=True)
        yield said


def reject(data: Path, request: int, *, by: Reader, reason: str, said_by: str = "") -> None:
    """Say no: the columns stay out, and are not asked for again.

    Raises: as `approve`.
    """
    layout, name = Layout(data), said_by.strip() or by.name
    of = _source_of(layout, request)
    with audited(data, by, "approve", object=f"request {request}", source=of) as said:
        with seal.writing(layout), closing(Ledger(layout.registry_url)) as ledger:
            said.before = _asked(_pending(ledger, request))
            if not reason.strip():
                raise Decided("a no has a name and a reason", expected="--reason")
            ledger.decide(request, "rejected", by=name, reason=reason)
            said.after = {"status": "rejected", "decided_by": name, "reason": reason}


def _source_of(layout: Layout, request: int) -> str | None:
    """The source that a request is of; None where there is no such request."""
    with closing(Ledger(layout.registry_url)) as ledger:
        found = (r["source_code"] for r in ledger.requests() if r["request_id"] == request)
        return next(found, None)


def _asked(row: RequestRow) -> dict[str, Any]:
    return {"status": row["status"], "change": row["change"], **row["details"]}


def _pending(ledger: Ledger, request: int) -> RequestRow:
    """The request, which nobody has answered yet."""
    found = [row for row in ledger.requests() if row["request_id"] == request]
    if not found:
        waiting = ", ".join(str(r["request_id"]) for r in ledger.requests(status="pending"))
        raise UnknownName(
            f"there is no request {request}", found=str(request), expected=waiting or "none waits"
        )
    (row,) = found
    if row["status"] != "pending":
        raise Decided(
            f"request {request} was {row['status']} by {row['decided_by']}",
            found=row["reason"] or "",
            next="python -m refresh requests   shows what waits",
        )
    return row


def _changed(ledger: Ledger, request: RequestRow) -> dict[str, Any]:
    """What the source is loaded by once the request is granted."""
    source = ledger.source(request["source_code"])
    contract: dict[str, Any] = json.loads((source and source["contract"]) or "{}")
    names = request["details"]["columns"]
    columns = contract.get("columns", [])
    match request["change"]:
        case "added":
            there = {column["name"] for column in columns}
            new = _described(ledger, request["source_code"], names)
            contract["columns"] = [*columns, *(c for c in new if c["name"] not in there)]
        case "removed":
            contract["columns"] = [
                column | {"required": False} if column["name"] in names else column
                for column in columns
            ]
        case "load_mode":
            contract["load_mode"] = request["details"]["to"]
    return contract


def _described(ledger: Ledger, code: str, names: list[str]) -> list[dict[str, Any]]:
    """Columns as the newest release has them that has all of these."""
    for release, _ in reversed(ledger.releases(code, demonstration=False)):
        read_by = json.loads(release.read_by) if release.read_by else {}
        columns = {c["name"]: c for c in read_by.get("of", {}).get("columns", [])}
        if columns.keys() >= {*names}:
            return [columns[name] for name in names]
    raise Decided(
        "no kept release has these columns any more",
        where=code,
        found=", ".join(names),
        next="load a file that has them; that asks anew",
    )


def _mode(contract: dict[str, Any]) -> dict[str, str]:
    return {"load_mode": contract.get("load_mode", "replace")}
