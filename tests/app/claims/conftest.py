"""The app on the small marketplace: asked within the process, and by a browser."""

import asyncio
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import httpx
import pytest

from app import main
from engine import Lake
from tests.app.claims.marketplace import marketplace
from tests.app.serving import served

Get = Callable[[str], httpx.Response]


@pytest.fixture(scope="package")
def market(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The small marketplace; not to be written to."""
    return marketplace(tmp_path_factory.mktemp("market"))


@pytest.fixture
def get(market: Lake, monkeypatch: pytest.MonkeyPatch) -> Get:
    """What the app answers at an address."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(market.layout.root))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    transport = httpx.ASGITransport(main.joined())

    async def answer(address: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://claims") as client:
            return await client.get(urljoin("/", address))

    return lambda address: asyncio.run(answer(address))


@pytest.fixture(scope="package")
def claims(market: Lake) -> Iterator[str]:
    """The address of the app on the small marketplace."""
    with served(market.layout.root) as address:
        yield address
