"""What is watched for everybody: told when it changes, read no more often, and nothing is left."""

import asyncio
import gc
from types import SimpleNamespace
from typing import Any

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


async def told_at_each_look(*, apart: float) -> list[int]:
    """How many of three pages know of a change, at each look from the change to the last page."""
    now, known, all_know = "before", [], asyncio.Event()

    def stamp() -> str:
        with reactive.isolate():
            known.append(sum(value() == "after" for value in values))
        if values and known[-1] == len(values):
            all_know.set()
        return now

    values: list[reactive.Value[str]] = []
    watched = Watched(stamp, lambda: now, every=0, apart=apart)
    stays: Any = SimpleNamespace(on_ended=lambda _: None)  # a page of Shiny's that nobody closes
    values += [watched.told(stays) for _ in range(3)]
    now = "after"
    await reactive.flush()
    await all_know.wait()
    return known[known.index(0, 1) :]


def test_pages_with_much_to_draw_are_told_one_after_another():
    assert asyncio.run(told_at_each_look(apart=0.001))[:4] == [0, 1, 2, 3]
    assert asyncio.run(told_at_each_look(apart=0))[:2] == [0, 3]


def test_what_was_read_aside_does_not_hold_who_read_it():
    end_isolation()
    value = reactive.Value(1, name="value")
    before = contexts()
    for _ in range(100):
        with reactive.isolate():
            assert value() == 1
    assert contexts() == before
