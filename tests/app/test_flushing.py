"""Who hears of a change, and when: its own reader alone, and maps first (app/flushing.py)."""

import asyncio
from collections.abc import Callable

import pytest
from shiny import reactive
from shiny.reactive import _core

from app import flushing
from tests.app.reader import Reader, reading

MAP, TABLE = 10, 1


def heard(reader: Reader, seconds: float) -> list[str]:
    """What comes until nothing has for so long."""
    texts = []
    while True:
        try:
            texts.append(str(reader._socket.recv(timeout=seconds)))
        except TimeoutError:
            return texts


def settle(reader: Reader) -> None:
    """Wait until a first page is told, however slowly: a change behind it is answered."""
    reader.hears("outlines")  # the last of a first page
    reader.choose(level="region")
    reader.hears("codes")
    reader.is_answered()


def test_a_change_of_one_reader_is_no_message_to_another(atlas: str):
    with reading(atlas) as one, reading(atlas) as other:
        for reader in (one, other):
            settle(reader)
        heard(other, 1.0)
        one.choose(level="icb")
        one.hears("codes")
        one.is_answered()
        assert heard(other, 0.5) == []


@pytest.mark.parametrize("said", [{"level": "icb"}, {"nobody_listens": 1}])
def test_each_message_of_a_page_is_answered(atlas: str, said: dict[str, object]):
    with reading(atlas) as reader:
        settle(reader)
        reader.choose(**said)
        reader.is_answered()  # Shiny's page waits for it


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[str]]:
    """What is done of the choices of two, of whom one waits while the other's is done."""

    def done(gives_way: float) -> list[str]:
        environment = _core._reactive_environment
        monkeypatch.setattr(environment, "_lock", None)  # of this loop
        monkeypatch.setattr(flushing, "GIVES_WAY", gives_way)
        monkeypatch.setattr(
            _core.ReactiveEnvironment, "_flush_sequential", flushing._flush_by_turns
        )
        return asyncio.run(_two_choose())

    return done


async def _two_choose() -> list[str]:
    done: list[str] = []
    chosen = {who: reactive.Value(0) for who in ("one", "two")}

    def reacts(who: str, what: str, priority: int) -> reactive.Effect_:
        @reactive.effect(priority=priority, session=None)
        def draw() -> None:
            if chosen[who]():
                done.append(f"{what} of {who}")

        return draw

    async def choose(who: str) -> None:
        async with reactive.lock():
            chosen[who].set(1)
            await reactive.flush()

    effects = [reacts(who, w, at) for who in chosen for w, at in (("map", MAP), ("table", TABLE))]
    await reactive.flush()
    await asyncio.gather(*map(choose, chosen))
    for effect in effects:
        effect.destroy()
    return done


def test_the_map_of_who_waits_comes_before_the_table_of_who_was_first(turns):
    assert turns(60) == ["map of one", "map of two", "table of one", "table of two"]


def test_what_has_waited_for_long_enough_is_drawn_before_anybody_else_is_heard(turns):
    assert turns(0) == ["map of one", "table of one", "map of two", "table of two"]


def test_who_is_cancelled_while_it_lets_others_by_holds_the_lock_until_it_has_left():
    async def cancelled() -> None:
        lock, there = asyncio.Lock(), asyncio.Event()

        async def lets_by() -> None:
            async with lock:
                there.set()
                while not lock._waiters:
                    await asyncio.sleep(0)
                await flushing._let_by(lock)

        async def waits() -> None:
            async with lock:
                giving.cancel()
                await asyncio.sleep(0)
                assert lock.locked()

        giving = asyncio.create_task(lets_by())
        await there.wait()
        await waits()
        with pytest.raises(asyncio.CancelledError):
            await giving
        assert not lock.locked()

    asyncio.run(cancelled())
