"""Many readers at once, without a browser: each chooses another indicator every two seconds.

A process of its own, so that what the readers cost is not counted with the server, nor its loop
held up by the bench. Prints JSON: milliseconds from each choice to its answer, and what was late.

python -m tests.bench.crowd --url http://127.0.0.1:8000 --readers 25 --codes AF006,AST007
"""

import argparse
import asyncio
import json
import random
import re
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Protocol

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.app.reader import CONTROLS, PATIENCE

EVERY = 2.0  # seconds between two choices of one reader
ERRORS = re.compile(r'"errors": ?\{"')  # what Shiny says after a round of reactions
AT_ONCE = 4  # pages that are opened at a time, until all are


@dataclass
class Heard:
    """milliseconds  from each choice to its answer, in the order of the answers
    seconds       when each of those answers came, since the first reader began to choose
    overtaken     choices whose answer came after the reader's next choice, or not at all
    unasked       repaints that nobody chose: another snapshot was taken up
    dropped       readers whose connection ended before they had chosen all
    errors        messages that told a reader of an error
    """

    milliseconds: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    overtaken: int = 0
    unasked: int = 0
    dropped: int = 0
    errors: int = 0
    began: float = 0.0


class Reader(Protocol):
    """An open page: `ask` chooses an indicator and says it, `answers` yields once an answer.

    errors  how often the page was told of one
    """

    errors: int

    async def ask(self, code: str) -> None: ...

    def answers(self) -> AsyncIterator[None]: ...


class OnSocket:
    """A reader of ours: the answer is the message that repaints the map."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self.errors = socket, 0

    async def ask(self, code: str) -> None:
        await self._socket.send(json.dumps({"method": "update", "data": {"indicator": code}}))

    async def answers(self) -> AsyncIterator[None]:
        async for text in self._socket:
            if '"atlas-codes"' in str(text[:60]):
                yield
            elif ERRORS.search(str(text)):
                self.errors += 1

    async def is_settled(self) -> None:
        """Until the first page is whole: the address is the last that it says."""
        async with asyncio.timeout(PATIENCE):
            while '"atlas-address"' not in str(await self._socket.recv())[:60]:
                pass


class OnDash:
    """A reader of a Dash page: the answer is the response to its one callback."""

    def __init__(self, client: httpx.AsyncClient, callback: dict[str, object]) -> None:
        self._client, self._callback, self.errors = client, callback, 0
        self._answered: asyncio.Queue[None] = asyncio.Queue()
        self._asking: set[asyncio.Task[None]] = set()

    async def ask(self, code: str) -> None:
        task = asyncio.create_task(self._post(code))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _post(self, code: str) -> None:
        indicator = {"id": "indicator", "property": "value", "value": code}
        said = {"inputs": [indicator], "changedPropIds": ["indicator.value"]}
        try:
            answer = await self._client.post("_dash-update-component", json=self._callback | said)
            self.errors += answer.is_error
        except httpx.HTTPError:
            self.errors += 1  # it did not answer as long as a reader has patience
        self._answered.put_nowait(None)

    async def answers(self) -> AsyncIterator[None]:
        while True:
            yield await self._answered.get()


@asynccontextmanager
async def on_socket(url: str, first: str) -> AsyncIterator[OnSocket]:
    """Our page, opened and drawn."""
    at = url.removeprefix("http://").strip("/")
    host, _, port = at.partition(":")
    place = {".clientdata_url_hostname": host, ".clientdata_url_port": port}
    # A balancer says by a cookie which app a reader stays with; without one there is none.
    async with httpx.AsyncClient(timeout=PATIENCE) as client:
        cookies = (await client.get(f"{url}/healthz/live")).cookies
    said = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with connect(
        f"ws://{at}/websocket/",
        max_size=None,
        ping_interval=None,
        close_timeout=2,
        additional_headers=said if cookies else None,
    ) as socket:
        await socket.send(
            json.dumps({"method": "init", "data": CONTROLS | place | {"indicator": first}})
        )
        reader = OnSocket(socket)
        await reader.is_settled()
        yield reader


@asynccontextmanager
async def on_dash(url: str, _first: str) -> AsyncIterator[OnDash]:
    """A Dash page whose one callback is known by what it says of itself."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        (callback,) = (await client.get("_dash-dependencies")).raise_for_status().json()
        name, _, prop = callback["output"].rpartition(".")
        yield OnDash(
            client, {"output": callback["output"], "outputs": {"id": name, "property": prop}}
        )


OPENED = {"ours": on_socket, "dash": on_dash}


async def crowd(url: str, kind: str, readers: int, codes: list[str], choices: int) -> Heard:
    """Open all pages, wait until each is drawn, then let every reader choose so many times."""
    heard, few = Heard(), asyncio.Semaphore(AT_ONCE)
    async with AsyncExitStack() as stack:

        async def opened() -> Reader:
            async with few:
                return await stack.enter_async_context(OPENED[kind](url, codes[0]))

        there = await asyncio.gather(*(opened() for _ in range(readers)))
        print("settled", flush=True)
        input()  # the bench looks at the server now, and says when to go on
        heard.began = time.perf_counter()
        # Who has chosen all reads on until everybody has: a page that stops reading fills up with
        # what a new snapshot says to it, and its connection cannot be closed any more.
        async with asyncio.TaskGroup() as reading:
            chosen = [_reads(reader, codes, choices, heard, reading) for reader in there]
            for listening in await asyncio.gather(*chosen):
                listening.cancel()
        heard.errors = sum(reader.errors for reader in there)
    return heard


async def _reads(
    reader: Reader, codes: list[str], choices: int, heard: Heard, reading: asyncio.TaskGroup
) -> asyncio.Task[None]:
    """One reader at their own pace; an answer belongs to the oldest choice without one.

    Gives: what still reads.
    """
    asked: deque[float] = deque()
    has_all = asyncio.Event()

    async def listen() -> None:
        answered = 0
        with suppress(ConnectionClosed):
            async for _ in reader.answers():
                if not asked:
                    heard.unasked += 1
                    continue
                heard.milliseconds.append(1000 * (time.perf_counter() - asked.popleft()))
                heard.seconds.append(time.perf_counter() - heard.began)
                heard.overtaken += bool(asked)
                answered += 1
                if answered == choices:
                    has_all.set()
        heard.dropped += not has_all.is_set()
        has_all.set()

    listening = reading.create_task(listen())
    await asyncio.sleep(EVERY * random.random())
    at = 0  # what the page opened with
    for _ in range(choices):
        # Never the same again: that would be no choice, and have no answer.
        at = (at + random.randrange(1, len(codes))) % len(codes)
        began = time.perf_counter()
        asked.append(began)
        if listening.done():
            break
        with suppress(ConnectionClosed):
            await reader.ask(codes[at])
        await asyncio.sleep(max(0.0, EVERY - (time.perf_counter() - began)))
    try:
        await asyncio.wait_for(has_all.wait(), PATIENCE)
    except TimeoutError:
        heard.overtaken += len(asked)
    return listening


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--kind", choices=list(OPENED), default="ours")
    parser.add_argument("--readers", type=int, required=True)
    parser.add_argument("--codes", required=True)
    parser.add_argument("--choices", type=int, default=10)
    given = parser.parse_args()
    random.seed(given.readers)
    heard = asyncio.run(
        crowd(given.url, given.kind, given.readers, given.codes.split(","), given.choices)
    )
    print(json.dumps(asdict(heard)), flush=True)


if __name__ == "__main__":
    main()
