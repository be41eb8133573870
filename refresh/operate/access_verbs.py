"""The verbs `access` and `audit`: who may be what, and what everybody did."""

import argparse
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from engine.access import MAY, Reader, may, refusal
from engine.errors import BadQuestion
from engine.lake import Layout, data_folder
from refresh.operate.acting import grant, grants, me, revoke
from refresh.operate.auditing import audited
from refresh.operate.postgres_roles import apply, statements
from refresh.store.audit_log import AuditLog
from refresh.wing import Verb

console = Console(soft_wrap=True, highlight=False)
ACTIONS = ("list", "grant", "revoke", "whoami", "postgres")
_HELP = "python -m refresh access --help"


def access_options(parser: argparse.ArgumentParser) -> None:
    """What `access` asks."""
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("principal", nargs="?", help="a name; @GROUP; or * for everybody else")
    parser.add_argument("role", nargs="?", choices=(*MAY,))
    parser.add_argument(
        "--domain", action="append", metavar="D", help="only of this domain; may be said again"
    )
    parser.add_argument("--print", action="store_true", help="postgres: only show the statements")
    parser.add_argument("--apply", action="store_true", help="postgres: run them")


def access(given: argparse.Namespace) -> int:
    """Show, give or take back what somebody may be.

    Raises: BadQuestion where something is not said; NotAllowed for who is no dba.
    """
    data = data_folder(given.data)
    by = me(data)
    match given.action:
        case "grant":
            if not (given.principal and given.role):
                raise BadQuestion("to whom, and which role?", next=_HELP)
            domains = frozenset(given.domain) if given.domain else None
            grant(data, given.principal, given.role, by=by, domains=domains)
            _say(f"{given.principal} is {given.role} now.")
            _say_if_changed(by, me(data))
        case "revoke":
            if not given.principal:
                raise BadQuestion("from whom?", next=_HELP)
            revoke(data, given.principal, by=by)
            _say(f"{given.principal} was granted nothing any more.")
            _say_if_changed(by, me(data))
        case "postgres":
            return _postgres(given, data, by)
        case "whoami":
            _say(f"{by.name}: {by.role}, {_domains(by.domains)}")
        case _:
            shown = Table("who", "role", "domains", box=None)
            for one in grants(data):
                shown.add_row(one.principal, one.role, _domains(one.domains))
            nobody = "Nobody was granted anything: who has the files is the dba."
            console.print(shown if shown.rows else nobody)
    return 0


def audit_options(parser: argparse.ArgumentParser) -> None:
    """What `audit` asks."""
    parser.add_argument("action", nargs="?", choices=("show", "verify"), default="show")
    parser.add_argument("--since", help="from this day or instant (UTC) on: 2026-11-30")
    parser.add_argument("--who", help="only of this name")
    parser.add_argument("--expect", metavar="HASH", help="verify: the last hash that you noted")
    parser.add_argument("--json", action="store_true", help="as JSON")


def audit(given: argparse.Namespace) -> int:
    """Show the audit log, or verify that it is what was written; 1 where it is not.

    Raises: NotAllowed for who is no dba.
    """
    data = data_folder(given.data)
    by, layout = me(data), Layout(data)
    if not may(by, "administer"):
        with audited(data, by, "administer", object="the audit log"):
            raise refusal(by, "administer", object="the audit log")
    with closing(AuditLog(layout.registry_url, layout.audit_anchors)) as log:
        return _verify(log, given) if given.action == "verify" else _show(log, given)


def _verify(log: AuditLog, given: argparse.Namespace) -> int:
    (count, last), wrong = log.head(), log.broken()
    known = {row["hash"] for row in log.rows()} if given.expect else set()
    is_gone = bool(given.expect) and given.expect not in known
    if given.json:
        print(json.dumps({"rows": count, "hash": last, "broken": [vars(one) for one in wrong]}))
    else:
        for one in wrong:
            _say(f"row {one.row}: {one.what}")
        if is_gone:
            _say(f"no row has the hash {given.expect}: the log was written anew, or cut off")
        said = "is broken" if wrong or is_gone else "is whole"
        _say(f"The audit log {said}: {count:,} rows, the last {last or 'none'}")
    return 1 if wrong or is_gone else 0


def _show(log: AuditLog, given: argparse.Namespace) -> int:
    rows = log.rows(since=_instant(given.since) if given.since else None)
    rows = [row for row in rows if given.who in (None, row["who"])]
    if given.json:
        print(json.dumps(rows, indent=1, default=str))
        return 0
    shown = Table("no", "at", "who", "role", "did", "of", "outcome", "why", box=None)
    for row in rows:
        cells = (row["who"], row["role"], row["action"], row["object"], row["outcome"], row["why"])
        shown.add_row(str(row["audit_id"]), f"{row['at']:%Y-%m-%d %H:%M:%S}", *cells)
    console.print(shown if rows else "Nothing was ever changed.")
    return 0


def _postgres(given: argparse.Namespace, data: Path, by: Reader) -> int:
    if given.apply == given.print:
        raise BadQuestion("--print shows the statements, --apply runs them", next=_HELP)
    if given.print:
        print(";\n\n".join(statements()) + ";")
        return 0
    with audited(data, by, "administer", object="roles of the database") as said:
        said.after = {"statements": apply(Layout(data).registry_url)}
    _say("The roles of the database are as they should be.")
    return 0


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadQuestion("this is no day", found=text, expected="2026-11-30") from None
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _say_if_changed(before: Reader, after: Reader) -> None:
    if before != after:
        _say(f"You, {after.name}, are {after.role} here now ({_domains(after.domains)}).")


def _domains(domains: frozenset[str] | None) -> str:
    return "all domains" if domains is None else ", ".join(sorted(domains)) or "no domain"


def _say(line: str) -> None:
    console.print(line, markup=False)


VERBS: tuple[Verb, ...] = (
    Verb("access", "who may be what", access, access_options),
    Verb("audit", "what everybody did, and whether that is whole", audit, audit_options),
)
