"""The app where hosts put it: below a path behind a proxy, in several processes, told to stop."""

import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import urlopen

import httpx
import pytest
from playwright.sync_api import Page, expect

from engine import Lake
from refresh.source import DEMONSTRATION
from tests.app.proxy import HOST, proxied
from tests.app.serving import PATIENCE, Server, listens, served, started
from tests.refresh.mirrors import england, lay_out

BELOW = "/content/3f0b5f5e"
PUBLIC = f"https://{HOST}{BELOW}/"


@pytest.fixture(scope="module")
def below(lake: Lake) -> Iterator[str]:
    """The address of the app below a path, whose server was told so."""
    told = {"UVICORN_ROOT_PATH": BELOW, "FORWARDED_ALLOW_IPS": "127.0.0.1"}
    with served(lake.layout.root, **told) as address, proxied(address, BELOW) as seen:
        yield seen


def asked(address: str) -> str:
    return urlopen(address).read().decode()


def test_what_names_itself_in_full_names_the_public_address(below: str):
    for path in ("changes.atom", "api/v1", "brief?area=england"):
        found = re.findall(rf"https?://{HOST}[^<\"'&\s]*", asked(below + path))
        assert [address for address in found if not address.startswith(PUBLIC)] == []
        assert found, path
    description = json.loads(asked(f"{below}api/v1/openapi.json"))
    assert urljoin(PUBLIC, description["servers"][0]["url"]) == f"{PUBLIC}api/v1"


@pytest.mark.parametrize(
    "path", ["", "about", "changes", "api/v1", "search?q=a", "brief", "embed/"]
)
def test_every_link_of_a_page_stays_below_the_path(below: str, path: str):
    found = re.findall(r"""(?:href|src|action)=["']([^"'#]+)["']""", asked(below + path))
    local = [urljoin(below + path, link) for link in found if "://" not in link]
    assert local and [link for link in local if not link.startswith((below, "data:"))] == []


@pytest.mark.browser
@pytest.mark.parametrize("view", ["", "embed/?level=icb"])
def test_the_page_and_the_embed_live_below_the_path(page: Page, below: str, view: str, lake: Lake):
    wrong: list[str] = []
    inside = (below, "data:", "blob:")
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("response", lambda r: wrong.append(r.url) if r.status >= 400 else None)
    page.on("request", lambda r: None if r.url.startswith(inside) else wrong.append(r.url))
    page.goto(below + view)
    expect(page.locator(".leaflet-container canvas").first).to_be_visible()
    expect(page.locator("body")).to_contain_text(lake.id[-8:])
    assert wrong == []


@contextmanager
def operated(data: Path, *arguments: str, **settings: str) -> Iterator[tuple[Server, str]]:
    """The app as an operator starts it, and its address."""
    asked = ("uvicorn", "--port", "0", "app.main:app", *arguments)
    with started(*asked, env={"CARE_ATLAS_DATA": str(data), **settings}) as server:
        yield server, listens(server) + "/"


@pytest.mark.browser
def test_told_to_stop_it_stops_although_a_page_is_open(page: Page, lake: Lake):
    with operated(lake.layout.root) as (server, address):
        page.goto(address)
        expect(page.get_by_role("table")).to_be_visible()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=PATIENCE) in (0, -signal.SIGTERM)
        assert "Application shutdown complete" in server.rest()


def test_two_processes_refresh_once_and_log_it_in_a_line(tmp_path: Path):
    data = tmp_path / "data"
    mirror = lay_out(tmp_path / "mirror", {**england(), DEMONSTRATION: b""})
    wanted = {"CARE_ATLAS_REFRESH": "auto", "CARE_ATLAS_MIRROR": str(mirror)}
    with operated(data, "--workers", "2", **wanted) as (server, address):
        told = server.hears("^(?!.*another process).*refresh: .*").string
        said = json.loads(asked(f"{address}healthz"))
    rest = server.rest()
    assert "a new snapshot is live" in told and said["snapshot"] in told
    assert (said["demonstration"], said["refresh"]) == (True, "done")
    assert "a new snapshot is live" not in rest
    assert len(list((data / "lake" / "snapshots").glob("*.json"))) == 1


def test_a_refresh_that_fails_is_in_the_log_and_in_what_a_monitor_asks(tmp_path: Path):
    missing = str(tmp_path / "none")
    settings = {"CARE_ATLAS_REFRESH": "auto", "CARE_ATLAS_MIRROR": missing}
    with operated(tmp_path / "data", **settings) as (server, address):
        told = server.hears("refresh: ").string
        said = httpx.get(f"{address}healthz")
    assert "checks failed" in told and "WARNING" in told
    assert (said.status_code, said.json()["refresh"]) == (503, "failed")
