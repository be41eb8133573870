"""A sticky balancer, as small as one can be: a reader without a cookie goes to the next app, and
the cookie that he is given leads him to the same one from then on, with his websocket too.

It reads the head of a connection's first request and of its first answer, and then only carries
bytes: its clients here open a connection a request, or one for a websocket.

python -m tests.bench.balancer --port 8000 --apps 127.0.0.1:8001 127.0.0.1:8002
"""

import argparse
import asyncio
import re
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from itertools import count

COOKIE = re.compile(rb"^cookie:.*\batlas_app=(\d+)", re.IGNORECASE | re.MULTILINE)
END = b"\r\n\r\n"
CHUNK = 1 << 16


async def balance(port: int, apps: list[str]) -> None:
    """Serve until somebody ends the process."""
    turns = count()

    async def served(client: StreamReader, back: StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await client.readuntil(END)
            found = COOKIE.search(head)
            number = int(found[1]) % len(apps) if found else next(turns) % len(apps)
            host, _, at = apps[number].partition(":")
            answer, there = await asyncio.open_connection(host, int(at))
            there.write(head)
            sending = asyncio.create_task(_carried(client, there))
            first = await answer.readuntil(END)
            back.write(first if found else _with_cookie(first, number))
            await _carried(answer, back)
            sending.cancel()
        back.close()

    server = await asyncio.start_server(served, "127.0.0.1", port, backlog=1024)
    async with server:
        await server.serve_forever()


def _with_cookie(head: bytes, number: int) -> bytes:
    return head[:-2] + f"Set-Cookie: atlas_app={number}; Path=/\r\n\r\n".encode()


async def _carried(here: StreamReader, there: StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await here.read(CHUNK):
            there.write(chunk)
            await there.drain()
    there.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--apps", nargs="+", required=True)
    given = parser.parse_args()
    asyncio.run(balance(given.port, given.apps))


if __name__ == "__main__":
    main()
