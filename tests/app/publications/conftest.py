"""The pages of operations on a history of sixty days by its own clock: asked, and in a browser."""

from collections.abc import Iterator
from threading import Thread

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from app.draw.plot import SCRIPT
from app.headers import protect
from app.joined import WWW
from app.plotly_file import plotly_file
from app.publications.operations import routes as operations
from engine import Lake
from tests.app.publications.history import NOW, Row, history

Told = dict[str, list[Row]]


def app() -> Starlette:
    """The operations pages by the clock of the history, with what they need of the house."""
    house = [Route(f"/{SCRIPT}", plotly_file), Mount("/", StaticFiles(directory=WWW))]
    made = Starlette(routes=[*operations.routes(lambda: NOW), *house])
    protect(made)
    return made


@pytest.fixture(scope="package")
def told_lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Told]:
    """The lake of the history, and what was put into its ledger; not to be written to."""
    return history(tmp_path_factory.mktemp("history"))


@pytest.fixture
def told(told_lake: tuple[Lake, Told], monkeypatch: pytest.MonkeyPatch) -> Told:
    """The rows of the ledger that the pages are drawn from."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(told_lake[0].layout.root))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    return told_lake[1]


@pytest.fixture
def client(told: Told) -> TestClient:
    """Asks the pages within the process."""
    return TestClient(app(), base_url="http://operations")


@pytest.fixture
def operated(told: Told) -> Iterator[str]:
    """The address of the pages, for a browser."""
    # A page that is still open may be being answered: the end waits five seconds for that.
    config = uvicorn.Config(app(), port=0, log_level="error", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server of the operations pages ended as it began"
    (address,) = (s.getsockname() for one in server.servers for s in one.sockets)
    yield f"http://127.0.0.1:{address[1]}/"
    server.should_exit = True
    thread.join(60)
    assert not thread.is_alive(), "told to end, the server of the operations pages went on"
