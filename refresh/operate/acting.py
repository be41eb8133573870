"""Who acts: the grants there are, and who types on the command line.

Grants stand in the registry, where a dba gives them, and in the file that CARE_ATLAS_ROLES names,
which is the operator's and goes before: nobody is locked out for good. Where there are none, who
has the files is the dba: a laptop needs no roles.
"""

import getpass
import os
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.access import EVERYBODY_ELSE, GROUP, MAY, Grant, Reader, reader_by
from engine.errors import BadDeclaration, NotAllowed, UnknownName
from engine.lake import Layout
from refresh.operate.auditing import audited
from refresh.store.grants import Grants

LONGEST = 255


def me(data: Path) -> Reader:
    """Who runs this program, by the operating system; a dba where nobody was granted anything."""
    name, known = os_user(), grants(data)
    return reader_by(known, name, os_groups()) if known else Reader(name, "dba")


def os_user() -> str:
    """The name of who runs this program."""
    try:
        import pwd

        # Not getpass: that believes LOGNAME, which anybody can set.
        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        pass
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # nobody is logged in: a service
        return "a service"


def os_groups() -> list[str]:
    """The groups that they are in, where the system has such."""
    try:
        import grp
    except ImportError:
        return []
    names = []
    for number in os.getgroups():
        try:
            names.append(grp.getgrgid(number).gr_name)
        except KeyError:  # a container's: it has no name
            pass
    return names


def grants(data: Path) -> list[Grant]:
    """Every grant there is; those of the file stand before those of the registry.

    Raises: BadDeclaration for a file that does not say what it should.
    """
    layout, declared = Layout(data), _declared()
    if not layout.has_registry:
        return list(declared.values())
    with closing(Grants(layout.registry_url)) as registry:
        given = {grant.principal: grant for grant in registry.all()}
    return list((given | declared).values())


def grant(
    data: Path, principal: str, role: str, *, by: Reader, domains: frozenset[str] | None = None
) -> None:
    """Make somebody, a group (`@name`), or everybody else (`*`) something from now on.

    Raises: UnknownName for no such role; NotAllowed for who is no dba, or where nobody would be
            one any more.
    """
    principal = _plain(principal)
    if role not in MAY:
        raise UnknownName("there is no such role", found=role[:40], expected=", ".join(MAY))
    given = Grant(principal, role, domains)
    with audited(data, by, "administer", object=f"access of {principal}") as said:
        with closing(Grants(Layout(data).registry_url)) as registry:
            held = {one.principal: one for one in registry.all()}
            _assert_dba({**held, principal: given})
            said.before, said.after = _words(held.get(principal)), _words(given)
            registry.give(given, by=by.name)


def revoke(data: Path, principal: str, *, by: Reader) -> None:
    """Take back what somebody was granted.

    Raises: UnknownName for who has no grant in the registry; NotAllowed as `grant`.
    """
    with audited(data, by, "administer", object=f"access of {principal[:LONGEST]}") as said:
        with closing(Grants(Layout(data).registry_url)) as registry:
            held = {one.principal: one for one in registry.all()}
            if principal not in held:
                raise UnknownName(
                    f"`{principal[:LONGEST]}` was granted nothing here",
                    expected=", ".join(held) or "nobody was",
                    next="one that CARE_ATLAS_ROLES names is taken out of that file",
                )
            left = {name: one for name, one in held.items() if name != principal}
            if left:  # without any, the operating system's user is dba again
                _assert_dba(left)
            said.before = _words(held[principal])
            registry.take(principal)


def _plain(principal: str) -> str:
    name = principal.strip()
    if not name.removeprefix(GROUP) or len(name) > LONGEST or not name.isprintable():
        raise UnknownName(
            "this is no name",
            found=name[:40],
            expected=f"a name, {GROUP}GROUP, or {EVERYBODY_ELSE}",
        )
    return name


def _assert_dba(held: dict[str, Grant]) -> None:
    every = {**held, **_declared()}
    if not any(one.role == "dba" and one.domains is None for one in every.values()):
        raise NotAllowed(
            "nobody would be a dba any more, and nobody could grant anything",
            expected="one at least, of all domains",
            next="make somebody a dba first: python -m refresh access grant NAME dba",
        )


def _words(one: Grant | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"role": one.role, "domains": None if one.domains is None else sorted(one.domains)}


def _declared() -> dict[str, Grant]:
    """The grants of the operator's file: a line a principal, `"ada" = "dba"`, or with domains
    `"@wards" = {role = "engineer", domains = ["Workforce"]}`."""
    path = os.environ.get("CARE_ATLAS_ROLES", "")
    if not path:
        return {}
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadDeclaration(
            "the roles cannot be read",
            where=path,
            found=str(error),
            expected='TOML, a line a name: "ada" = "dba"',
            next="mend the file that CARE_ATLAS_ROLES names",
        ) from error
    return {_plain(name): _one(path, _plain(name), value) for name, value in said.items()}


def _one(path: str, name: str, said: Any) -> Grant:
    role, domains = (said, None) if isinstance(said, str) else (None, None)
    if isinstance(said, dict) and not said.keys() - {"role", "domains"}:
        role, domains = said.get("role"), said.get("domains")
    is_list = isinstance(domains, list) and all(isinstance(one, str) for one in domains)
    if role not in MAY or not (domains is None or is_list):
        raise BadDeclaration(
            f"the role of `{name}` is not one",
            where=path,
            found=str(said)[:80],
            expected=f"one of {', '.join(MAY)}; or {{role = ..., domains = [...]}}",
        )
    return Grant(name, role, None if domains is None else frozenset(domains))
