"""Public only: an address that a visitor typed may not lead to what lies inside the network.

Within `only_public` every client of fetch.py looks where a name leads before it connects, at every
redirect anew, and connects to that very address: a name that leads elsewhere a moment later gains
nothing.
"""

import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from engine.errors import PublisherUnreachable

Resolve = Callable[[str, int], Collection[str]]
"""From a name and a port to the numbers that it leads to."""

_EMBEDS = ip_network("64:ff9b::/96")  # an IPv4 address in an IPv6 one, for networks that translate
_PORTS = {"http": 80, "https": 443}
_BESIDES: ContextVar[frozenset[str] | None] = ContextVar("besides", default=None)


@contextmanager
def only_public(besides: Collection[str] = ()) -> Iterator[None]:
    """Whatever is asked for within lies on the public internet.

    Takes:  hosts with their ports (`127.0.0.1:8000`) that may be asked all the same: the mirror's.
    """
    token = _BESIDES.set(frozenset(besides))
    try:
        yield
    finally:
        _BESIDES.reset(token)


def hosts_of(*mirrors: str | None) -> list[str]:
    """The hosts and ports of mirrors: what lies inside the network and may be asked.

    >>> hosts_of("http://127.0.0.1:8000/nhs", "https://files.lan", "/srv/mirror", None)
    ['127.0.0.1:8000', 'files.lan:443']
    """
    split = [urlsplit(mirror) for mirror in mirrors if mirror]
    return [
        f"{one.hostname}:{one.port or _PORTS[one.scheme]}"
        for one in split
        if one.scheme in _PORTS and one.hostname
    ]


def guard() -> dict[str, Any]:
    """How a client is opened now: nothing where nobody asked to be guarded."""
    besides = _BESIDES.get()
    if besides is None:
        return {}
    if {"http", "https", "all"} & getproxies().keys():
        # The proxy connects, so that it alone knows where a name leads in the end.
        return {"event_hooks": {"request": [lambda request: _look(request, besides, resolved)]}}
    return {"transport": PublicOnly(besides)}


class PublicOnly(httpx.BaseTransport):
    """A transport that refuses what is not public.

    Takes: hosts that may be asked all the same; how a name is resolved; what sends.
    """

    def __init__(
        self,
        besides: Collection[str] = (),
        resolve: Resolve | None = None,
        inner: httpx.BaseTransport | None = None,
    ):
        self._besides, self._resolve = frozenset(besides), resolve or resolved
        self._inner = inner or httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        number = _look(request, self._besides, self._resolve)
        if number is None:
            return self._inner.handle_request(request)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=number),
            # With the Host header as it was; the certificate is held against the name, too.
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return self._inner.handle_request(pinned)

    def close(self) -> None:
        self._inner.close()


def resolved(host: str, port: int) -> Collection[str]:
    """Where a name leads, by this machine.

    Raises: httpx.ConnectError where it leads nowhere.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"no such host: {host}") from error
    return [str(one[4][0]) for one in found]


def is_public(number: str) -> bool:
    """Whether a number is one that everybody can reach.

    >>> [is_public(one) for one in ("8.8.8.8", "10.1.2.3", "169.254.169.254", "::ffff:127.0.0.1")]
    [True, False, False, False]
    >>> is_public("64:ff9b::7f00:1"), is_public("2002:7f00:1::"), is_public("224.0.0.1")
    (False, False, False)
    """
    found = ip_address(number.partition("%")[0])
    if isinstance(found, IPv6Address):
        within = found.ipv4_mapped or found.sixtofour
        if found in _EMBEDS:
            within = ip_address(int(found) & 0xFFFFFFFF)  # type: ignore[assignment]
        if within is not None:
            return is_public(str(within))
        if found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast


def _look(request: httpx.Request, besides: Collection[str], resolve: Resolve) -> str | None:
    """The number to connect to; None for a host that may be asked as it is.

    Raises: PublisherUnreachable for what is not public, or is no web address.
    """
    url = request.url
    if url.scheme not in ("http", "https"):
        raise _refused(url, f"`{url.scheme}:`")
    port = url.port or _PORTS[url.scheme]
    if f"{url.host}:{port}" in besides:
        return None
    numbers = list(resolve(url.host, port))
    # All of them: of several nobody knows which is taken.
    if wrong := [number for number in numbers if not is_public(number)]:
        raise _refused(url, wrong[0])
    return numbers[0]


def _refused(url: httpx.URL, found: str) -> PublisherUnreachable:
    return PublisherUnreachable(
        "the address leads to no public host, and is not asked",
        where=str(url),
        expected="http or https, on the public internet",
        found=found,
        next="download the file and upload it here, or set CARE_ATLAS_MIRROR to your mirror",
    )
