"""The app on the small marketplace: asked within the process, and by a browser."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from app import main
from engine import Lake
from tests.app.claims.marketplace import marketplace
from tests.app.serving import served
from tests.people import USER

BASE = "http://claims"


class Get:
    """What the app answers, asked within the process."""

    def __init__(self) -> None:
        self._transport = httpx.ASGITransport(main.joined())

    def __call__(self, address: str) -> httpx.Response:
        return self._sent("GET", address)

    def post(
        self, address: str, form: dict[str, str], origin: str = BASE, by: str = ""
    ) -> httpx.Response:
        """What it answers to a form of a page at `origin`, sent by somebody."""
        return self._sent("POST", address, data=form, headers={"Origin": origin, USER: by})

    def _sent(self, method: str, address: str, **more: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=BASE) as client:
                return await client.request(method, urljoin("/", address), **more)

        return asyncio.run(answer())


@pytest.fixture(scope="package")
def market(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The small marketplace; not to be written to."""
    return marketplace(tmp_path_factory.mktemp("market"))


@pytest.fixture
def get(market: Lake, monkeypatch: pytest.MonkeyPatch) -> Get:
    """What the app answers at an address."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(market.layout.root))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    return Get()


@pytest.fixture(scope="package")
def claims(market: Lake) -> Iterator[str]:
    """The address of the app on the small marketplace."""
    with served(market.layout.root) as address:
        yield address
