"""Who may ask over HTTP: everybody, or those who say a token; and as whom they ask.

CARE_ATLAS_AGENT_TOKEN is one token, of an asker called `agent`; CARE_ATLAS_AGENT_TOKENS names a
file (TOML) with a line an asker, `"ward-agent" = "its token"`. What a name may see, grants say, as
of people; an asker without a token, where none is needed, is a visitor.
"""

import hmac
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access import named
from app.http.problem import problem
from engine.access import asked_by
from engine.errors import BadDeclaration

WELL, SERIES = "/healthz", "/metrics"
"""What watches the server asks these, and needs no token; its series are told by what one sees."""
AGENT = "agent"


class Token:
    """Middleware: refuses whoever does not say a token, where there are any, and carries the name
    of who says it to whoever reads the lake.

    Takes: the token; without it, those of the environment. Empty: everybody may ask.
    """

    def __init__(self, app: ASGIApp, token: str | None = None):
        said = tokens(os.environ) if token is None else {token: AGENT} if token else {}
        self.app = app
        self.names = {f"Bearer {secret}".encode(): name for secret, name in said.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Whether it is well is told though the registry, and so everybody's role, be away.
        if scope["type"] != "http" or scope["path"].startswith(WELL):
            return await self.app(scope, receive, send)
        is_open = scope["path"].startswith(SERIES) or not self.names
        name = self._name(Headers(scope=scope).get("authorization", "").encode())
        if name is not None or is_open:
            # In a thread: grants may be asked of a database that is slow to answer.
            with asked_by(await run_in_threadpool(named, name)):
                return await self.app(scope, receive, send)
        refused = problem(
            401,
            "a token is needed to ask here",
            expected="Authorization: Bearer TOKEN",
            next="ask whoever runs this server for CARE_ATLAS_AGENT_TOKEN",
        )
        refused.headers["WWW-Authenticate"] = "Bearer"
        await refused(scope, receive, send)

    def _name(self, said: bytes) -> str | None:
        # Each, in a time that does not tell how much of it was right.
        found = [n for secret, n in self.names.items() if hmac.compare_digest(said, secret)]
        return found[0] if found else None


def tokens(environ: Mapping[str, str]) -> dict[str, str]:
    """Whose each token is.

    Raises: BadDeclaration for a file that cannot be read, or of which two have one token.
    """
    alone = environ.get("CARE_ATLAS_AGENT_TOKEN", "")
    known = {alone: AGENT} if alone else {}
    path = environ.get("CARE_ATLAS_AGENT_TOKENS", "")
    if not path:
        return known
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadDeclaration(
            "the agents' tokens cannot be read", where=path, expected='"name" = "token"'
        ) from error
    for name, secret in said.items():
        if not isinstance(secret, str) or not secret or known.setdefault(secret, name) != name:
            raise BadDeclaration("a token is a text of one name alone", where=path, found=name)
    return known
