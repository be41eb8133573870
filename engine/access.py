"""Who asks, and what they may do: three roles, and the rows that each may see.

Who somebody is, their surroundings say (app/access.py, the command line); here is only what follows
from it. The matrix is PUBLICATIONS, section 2.9.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from engine.errors import NotAllowed

Role = Literal["analyst", "engineer", "dba"]
Action = Literal[
    "view",
    "export",
    "sandbox",
    "register",
    "load",
    "deprecate",
    "acknowledge",
    "archive",
    "approve",
    "administer",
    "restore",
]

_ANALYSTS: frozenset[Action] = frozenset({"view", "export", "sandbox"})
_ENGINEERS: frozenset[Action] = frozenset({"register", "load", "deprecate", "acknowledge"})
_DBAS: frozenset[Action] = frozenset({"archive", "approve", "administer", "restore"})
MAY: dict[Role, frozenset[Action]] = {
    "analyst": _ANALYSTS,
    "engineer": _ANALYSTS | _ENGINEERS,
    "dba": _ANALYSTS | _ENGINEERS | _DBAS,
}


EVERYBODY_ELSE = "*"
GROUP = "@"


@dataclass(frozen=True)
class Reader:
    """Somebody who asks.

    name     as the platform, the proxy or the operating system says it
    domains  of which they see and change registered sources; None: of all
    request  the number of the request that they make, where it is one over HTTP
    """

    name: str
    role: Role
    domains: frozenset[str] | None = None
    request: str = field(default="", compare=False)


@dataclass(frozen=True)
class Grant:
    """What somebody may be.

    principal  a name; a group behind an @; or *, which is everybody whom no other grant names
    """

    principal: str
    role: Role
    domains: frozenset[str] | None = None


NOBODY_IN_PARTICULAR = Grant(EVERYBODY_ELSE, "analyst")


_ASKS: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def asked_by(reader: Reader | None) -> Iterator[None]:
    """Whatever lake is opened within is seen as somebody sees it; None: whole."""
    token = _ASKS.set(reader)
    try:
        yield
    finally:
        _ASKS.reset(token)


def who_asks() -> Reader | None:
    """In whose name a lake is opened now; None where a program asks for itself: it sees all."""
    return _ASKS.get()


def may(reader: Reader, action: Action) -> bool:
    """Whether somebody may do something at all; of which source is asked elsewhere.

    >>> may(Reader("ada", "engineer"), "load"), may(Reader("ada", "engineer"), "approve")
    (True, False)
    """
    return action in MAY[reader.role]


def may_in(reader: Reader, domain: str | None) -> bool:
    """Whether a domain is one of theirs; where a source has none, only who has all domains.

    >>> may_in(Reader("ada", "engineer", frozenset({"Workforce"})), None)
    False
    """
    return reader.domains is None or domain in reader.domains


def reader_by(
    grants: Iterable[Grant], name: str, groups: Collection[str] = (), *, request: str = ""
) -> Reader:
    """Somebody as their grants make them.

    Takes:  every grant there is; their name, and the groups that they are in.
    Gives:  by the grant of their own name; else the highest role that one of their groups has,
            with the domains of all groups of that role; else what everybody else is: an analyst,
            where no grant says it.

    >>> grants = [Grant("@wards", "engineer", frozenset({"Workforce"})), Grant("bo", "dba")]
    >>> reader_by(grants, "ada", ["wards"]).role, reader_by(grants, "cy").role
    ('engineer', 'analyst')
    """
    known = {grant.principal: grant for grant in grants}
    if name in known and not name.startswith((GROUP, EVERYBODY_ELSE)):
        return Reader(name, known[name].role, known[name].domains, request)
    of_groups = [known[f"{GROUP}{group}"] for group in groups if f"{GROUP}{group}" in known]
    if not of_groups:
        other = known.get(EVERYBODY_ELSE, NOBODY_IN_PARTICULAR)
        return Reader(name, other.role, other.domains, request)
    highest = max((grant.role for grant in of_groups), key=lambda role: len(MAY[role]))
    domains = [grant.domains for grant in of_groups if grant.role == highest]
    every = None in domains
    theirs = None if every else frozenset(one for some in domains if some for one in some)
    return Reader(name, highest, theirs, request)


def refusal(reader: Reader, action: Action, *, object: str) -> NotAllowed:  # noqa: A002
    """What is said to somebody who may not do it: by which role it may be done."""
    able = [role for role, actions in MAY.items() if action in actions]
    if action in MAY[reader.role]:
        theirs = ", ".join(sorted(reader.domains or ())) or "none"
        return NotAllowed(
            f"{reader.name} may {action} only what is of their domains",
            where=object,
            expected=f"a source of: {theirs}",
            next="ask a dba for the domain: python -m refresh access grant ... --domain ...",
        )
    return NotAllowed(
        f"{reader.name} is {_a(reader.role)} and may not {action}",
        where=object,
        expected=" or ".join(map(_a, able)),
        found=_a(reader.role),
        next="ask a dba to do it, or for the role: python -m refresh access grant ...",
    )


def _a(role: str) -> str:
    return f"an {role}" if role[0] in "aeiou" else f"a {role}"
