"""Who may ask over HTTP: everybody, or those who say the token of CARE_ATLAS_AGENT_TOKEN."""

import hmac
import os

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.problem import problem

OPEN = ("/healthz", "/metrics")
"""What watches the server asks these, and has no token."""


class Token:
    """Middleware: refuses whoever does not say the token, where there is one.

    Takes: the token; without it, that of the environment. Empty: everybody may ask.
    """

    def __init__(self, app: ASGIApp, token: str | None = None):
        said = os.environ.get("CARE_ATLAS_AGENT_TOKEN", "") if token is None else token
        self.app, self.expected = app, f"Bearer {said}".encode() if said else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.expected or scope["path"].startswith(OPEN):
            return await self.app(scope, receive, send)
        said = Headers(scope=scope).get("authorization", "").encode()
        # In a time that does not tell how much of it was right.
        if hmac.compare_digest(said, self.expected):
            return await self.app(scope, receive, send)
        refused = problem(
            401,
            "a token is needed to ask here",
            expected="Authorization: Bearer TOKEN",
            next="ask whoever runs this server for CARE_ATLAS_AGENT_TOKEN",
        )
        refused.headers["WWW-Authenticate"] = "Bearer"
        await refused(scope, receive, send)
