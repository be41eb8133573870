"""What is watched for everybody: told when it changes, read no more often, and nothing is left."""

import asyncio
import gc

from shiny import reactive

from app.leftovers import end_isolation
from app.watched import Watched

HOUR = 1800  # looks, one every two seconds


def contexts() -> int:
    gc.collect()
    return sum(type(held) is reactive.Context for held in gc.get_objects())


async def looks(times: int, *, changes: bool) -> tuple[int, int]:
    """How often it was read, and how many contexts are left, after so many looks."""
    looked, read, enough = [], [], asyncio.Event()

    def stamp() -> int:
        looked.append(1)
        if len(looked) == times:
            enough.set()
        return len(looked) if changes else 0

    Watched(stamp, lambda: read.append(1), every=0)
    before = contexts()
    await reactive.flush()
    await enough.wait()
    return len(read), contexts() - before


def test_an_hour_without_a_change_reads_nothing_and_leaves_nothing():
    read, left = asyncio.run(looks(HOUR, changes=False))
    assert read == 0 and left < 10


def test_each_change_is_read_once():
    read, left = asyncio.run(looks(50, changes=True))
    assert read == 49 and left < 10


def test_what_was_read_aside_does_not_hold_who_read_it():
    end_isolation()
    value = reactive.Value(1, name="value")
    before = contexts()
    for _ in range(100):
        with reactive.isolate():
            assert value() == 1
    assert contexts() == before
