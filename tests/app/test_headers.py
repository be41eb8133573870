"""What strangers may send: no body larger than the pages' own, however it comes."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from app.headers import Bodies

LARGEST = 1_000


def sent(content: bytes | AsyncIterator[bytes]) -> tuple[int, str]:
    """The answer to a body, by an application that says how long it was."""

    async def listens(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            heard = str(len(await Request(scope, receive).body()))
            answer = Response(heard)
        except ClientDisconnect:
            answer = PlainTextResponse("cut off", 400)
        await answer(scope, receive, send)

    async def ask() -> httpx.Response:
        way = httpx.ASGITransport(Bodies(listens, largest=LARGEST))
        async with httpx.AsyncClient(transport=way, base_url="http://atlas.example") as client:
            return await client.post("/", content=content)

    answer = asyncio.run(ask())
    return answer.status_code, answer.text


async def in_parts(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def test_a_body_of_the_largest_size_is_heard_whole():
    assert sent(b"x" * LARGEST) == (200, str(LARGEST))
    assert sent(in_parts(b"x" * 600, b"x" * 400)) == (200, str(LARGEST))


def test_a_larger_one_is_refused_before_it_is_read():
    status, said = sent(b"x" * (LARGEST + 1))
    assert status == 413 and f"{LARGEST:,}" in said


def test_one_that_does_not_say_its_length_is_cut_off():
    assert sent(in_parts(b"x" * 600, b"x" * 401)) == (400, "cut off")


@pytest.mark.parametrize("at", ["session/x/upload/y", "embed/session/x/upload/y"])
def test_the_app_takes_no_large_body(atlas: str, at: str):
    assert httpx.post(atlas + at, content=b"x" * 2_000_001).status_code == 413
    assert httpx.post(atlas + at, content=b"x" * 10).status_code == 404
