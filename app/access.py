"""Who asks: what the surroundings of a request say of it (CARE_ATLAS_ACCESS).

    off             nobody is known: everybody is a visitor, who looks and changes nothing (usual)
    connect         Posit Connect says user and groups (usual where Connect runs the app)
    proxy:H         a proxy that is trusted (CARE_ATLAS_TRUSTED) says the user in header H;
    proxy:H+G       and the groups, with commas between, in header G
    local           a laptop: who opens the page on this very machine is who runs the app

A name is believed only from whom it is the business of: the headers of all others are taken out of
the request before anybody sees them. What a name may do, grants say (refresh/operate/acting.py).
"""

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from time import monotonic
from urllib.parse import urlsplit

from shiny import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.monitoring.requests import REQUEST_ID
from engine.access import EVERYBODY_ELSE, Grant, Reader, asked_by, reader_by
from engine.errors import BadDeclaration, LakeError
from engine.lake import data_folder
from refresh.operate.lifecycle import grants, me

VISITOR = Reader("visitor", "analyst")
CONNECTS = ("rstudio-connect-credentials", "shiny-server-credentials")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
FORWARDS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
MOST_GROUPS, LONGEST = 200, 255
_SCOPE = "care_atlas.reader"

log = logging.getLogger("care_atlas.access")
Known = tuple[tuple[Grant, ...], Reader]
KNOWN_SECONDS = 1.0
WATCHED = re.compile(r"/healthz(/|$)")
_KNOWN: dict[tuple[str, ...], tuple[float, Known]] = {}


@dataclass(frozen=True)
class Manner:
    """How names come here: the mode, and the headers that a trusted proxy says them in."""

    mode: str
    user: str = ""
    groups: str = ""


@dataclass(frozen=True)
class Named:
    """Who somebody is, before anybody says what they may; None: nobody knows.

    is_here  whether it is who sits at the machine that runs the app
    """

    name: str | None
    groups: tuple[str, ...] = ()
    is_here: bool = False


class Readers:
    """Middleware: finds out who asks, once a request, and carries it to whoever reads the lake.

    Headers that say a name and come from where they should not are taken out of the request.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        manner = manner_of(os.environ)
        if WATCHED.match(scope.get("path", "").removeprefix(scope.get("root_path", ""))):
            reader = VISITOR  # whether the app is well is told though the registry be away
        elif _is_known():
            reader = _reader(scope, manner)
        else:
            # In a thread: grants may be asked of a database that is slow to answer.
            reader = await run_in_threadpool(_reader, scope, manner)
        scope[_SCOPE] = reader
        scope["headers"] = _without_names(scope, manner)

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start" and manner.mode != "off":
                # What one person is shown no cache between us may show another.
                MutableHeaders(scope=message).setdefault("Cache-Control", "private, no-cache")
            await send(message)

        with asked_by(reader):
            await self.app(scope, receive, say)


def reader_of(request: HTTPConnection) -> Reader:
    """The one who asks; a visitor, who looks and changes nothing, where nobody says who it is."""
    found = request.scope.get(_SCOPE)
    reader = found if isinstance(found, Reader) else _reader(request.scope, manner_of(os.environ))
    return replace(reader, request=REQUEST_ID.get())


def reader_of_session(session: Session) -> Reader:
    """The one whose page a session is, for as long as it lasts; a visitor of a session of none."""
    connection = getattr(session, "http_conn", None)
    return VISITOR if connection is None else reader_of(connection)


def named(name: str | None, groups: tuple[str, ...] = ()) -> Reader:
    """Somebody by their name, as grants make them; None: a visitor."""
    return _granted(Named(name, groups))


def manner_of(environ: Mapping[str, str]) -> Manner:
    """How names come here, as CARE_ATLAS_ACCESS says it.

    Raises: BadDeclaration for what it cannot say.

    >>> manner_of({"CARE_ATLAS_ACCESS": "proxy:X-User+X-Groups"})
    Manner(mode='proxy', user='x-user', groups='x-groups')
    >>> manner_of({}).mode, manner_of({"POSIT_PRODUCT": "CONNECT"}).mode
    ('off', 'connect')
    """
    said = environ.get("CARE_ATLAS_ACCESS", "").strip()
    if not said:
        # Connect's own word for where an app runs: no visitor can say it.
        products = (environ.get("POSIT_PRODUCT"), environ.get("RSTUDIO_PRODUCT"))
        return Manner("connect" if "CONNECT" in products else "off")
    mode, _, headers = said.partition(":")
    user, _, groups = headers.lower().partition("+")
    if mode in ("off", "connect", "local") and not headers:
        return Manner(mode)
    if mode == "proxy" and user.strip():
        return Manner(mode, user.strip(), groups.strip())
    raise BadDeclaration(
        "nobody knows how names come here",
        where="CARE_ATLAS_ACCESS",
        found=said[:80],
        expected="off, connect, local, proxy:HEADER or proxy:HEADER+GROUPS_HEADER",
    )


def _reader(scope: Scope, manner: Manner) -> Reader:
    if manner.mode == "local" and _is_here(scope):
        return _granted(Named(None, is_here=True))
    return _granted(_named(scope, manner))


def _granted(named: Named) -> Reader:
    try:
        known, here = _known()
    except LakeError as error:
        # Whoever it is: what cannot be known of them is not theirs.
        log.warning("roles cannot be read, so everybody has the least: %s", error)
        return Reader(named.name or VISITOR.name, "analyst", frozenset())
    if named.is_here:
        return here
    if named.name is not None:
        return reader_by(known, named.name, named.groups)
    # Nobody in particular is never more than an analyst, whatever everybody else may be.
    others = reader_by([one for one in known if one.principal == EVERYBODY_ELSE], VISITOR.name)
    return replace(VISITOR, domains=others.domains)


def _known() -> Known:
    """The grants, and who runs the app: asked for once a second, so that what is taken back is gone
    within one."""
    key, held = _key(), _KNOWN.get(_key())
    if held is not None and _is_fresh(held[0]):
        return held[1]
    found = tuple(grants(data_folder())), me(data_folder())
    _KNOWN.clear()
    _KNOWN[key] = monotonic(), found
    return found


def _is_known() -> bool:
    held = _KNOWN.get(_key())
    return held is not None and _is_fresh(held[0])


def _is_fresh(since: float) -> bool:
    return monotonic() - since < KNOWN_SECONDS


def _key() -> tuple[str, ...]:
    said = (os.environ.get(f"CARE_ATLAS_{name}", "") for name in ("ROLES", "REGISTRY"))
    return (str(data_folder()), *said)


def _named(scope: Scope, manner: Manner) -> Named:
    headers = Headers(scope=scope)
    if manner.mode == "connect":
        for name in CONNECTS:
            if name in headers:
                return _from_connect(headers[name])
    if manner.mode == "proxy" and _is_trusted(scope):
        users = [one.strip() for one in headers.getlist(manner.user)]
        groups = headers.getlist(manner.groups) if manner.groups else []
        # Twice: one is the proxy's and one is not, and nobody knows which.
        if len(users) == 1 and users[0] and len(groups) < 2:
            return Named(users[0][:LONGEST], _listed(",".join(groups).split(",")))
    return Named(None)


def _from_connect(said: str) -> Named:
    try:
        told = json.loads(said)
        user, groups = told["user"], told.get("groups") or []
    except (ValueError, KeyError, TypeError, AttributeError):
        return Named(None)
    is_name = isinstance(user, str) and user.strip()
    return Named(user.strip()[:LONGEST], _listed(groups)) if is_name else Named(None)


def _listed(groups: Iterable[object]) -> tuple[str, ...]:
    names = (str(group).strip() for group in groups)
    return tuple(name for name in names if name)[:MOST_GROUPS]


def _is_trusted(scope: Scope) -> bool:
    """Whether the other end of the connection is a proxy whose word is believed."""
    host, port = scope.get("client") or ("unix", None)
    # Where uvicorn was told of a proxy (FORWARDED_ALLOW_IPS) it puts the caller in its place, and
    # port 0, which no caller has. `*` would have it believe anybody.
    if port == 0 and "*" not in os.environ.get("FORWARDED_ALLOW_IPS", ""):
        return True
    trusted = os.environ.get("CARE_ATLAS_TRUSTED") or ",".join(LOOPBACK[:2])
    names = [name.strip() for name in trusted.split(",")]
    if host == "unix":
        return "unix" in names
    try:
        nets = [ip_network(name, strict=False) for name in names if name not in ("", "unix")]
        return any(ip_address(host) in net for net in nets)
    except ValueError:
        return False


def _is_here(scope: Scope) -> bool:
    """Whether somebody sits at this very machine: no name of another host, and nothing between."""
    headers, (host, _) = Headers(scope=scope), scope.get("client") or ("", 0)
    # The name, too: a web page of elsewhere may have its own name lead here.
    name = urlsplit(f"//{headers.get('host', '')}").hostname
    is_passed_on = any(header in headers for header in FORWARDS)
    return host in LOOPBACK and name in LOOPBACK and not is_passed_on


def _without_names(scope: Scope, manner: Manner) -> list[tuple[bytes, bytes]]:
    """The request's headers without those in which others may not say a name."""
    ours = {name.encode() for name in (manner.user, manner.groups) if name}
    taken = set() if manner.mode == "connect" else {name.encode() for name in CONNECTS}
    if not (manner.mode == "proxy" and _is_trusted(scope)):
        taken |= ours
    return [(name, value) for name, value in scope["headers"] if name.lower() not in taken]
