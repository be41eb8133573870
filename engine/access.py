"""Who asks, and what they may do: three roles, and the rows that each may see.

Who somebody is, their surroundings say (app/access.py, the command line); here is only what follows
from it. The matrix is PUBLICATIONS, section 2.9.
"""

from dataclasses import dataclass
from typing import Literal

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


@dataclass(frozen=True)
class Reader:
    """Somebody who asks.

    name     as the platform, the proxy or the operating system says it
    domains  of which they see and change registered sources; None: of all
    """

    name: str
    role: Role
    domains: frozenset[str] | None = None


def may(reader: Reader, action: Action) -> bool:
    """Whether somebody may do something at all; of which source is asked elsewhere."""
    return action in MAY[reader.role]
