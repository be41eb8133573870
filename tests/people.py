"""Three people, one a role, and a browser that a trusted proxy vouches for."""

from pathlib import Path

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


def opened_by(monkeypatch: pytest.MonkeyPatch, data: Path, also: str = "") -> None:
    """Pages on this lake, and who opens them: ann an analyst, eve an engineer, dan a dba.

    `also`: lines more of the file of roles, which lies beside the lake.
    """
    roles = data.parent / "roles.toml"
    roles.write_text(f'ann = "analyst"\neve = "engineer"\ndan = "dba"\n{also}', encoding="utf-8")
    with_roles(monkeypatch, str(roles))
    monkeypatch.setenv("CARE_ATLAS_DATA", str(data))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
