"""Three people, one a role, and a browser that a trusted proxy vouches for."""

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from engine.access import Reader

ANALYST, ENGINEER, DBA = (
    Reader("ann", "analyst"),
    Reader("eve", "engineer"),
    Reader("dan", "dba"),
)
PROXY, USER = ("127.0.0.1", 50_000), "X-Forwarded-User"


def with_roles(monkeypatch: pytest.MonkeyPatch, roles: str) -> None:
    """Have names come from a proxy on this machine, and these roles (TOML) be the declared ones."""
    monkeypatch.setenv("CARE_ATLAS_ACCESS", f"proxy:{USER}")
    monkeypatch.setenv("CARE_ATLAS_ROLES", roles)


def client_as(app: ASGIApp, name: str, *, peer: tuple[str, int] = PROXY) -> TestClient:
    """A browser whose requests come through that proxy, in somebody's name."""
    return TestClient(
        app, base_url="http://127.0.0.1", client=peer, headers={USER: name}, follow_redirects=False
    )
