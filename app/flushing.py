"""Who is flushed, and when: whom it concerns, and the most urgent of everybody's first.

Shiny has one reactive graph a process, and after each round of reactions it writes to every open
page, changed or not: with a hundred readers each choice of one costs a hundred messages (py-shiny
issue 21; pull request 2182 is to mend it). And it hears of nobody's choice before all that follows
from another's is done: the table of one stands before the map of the next. Each goes when a version
without it is pinned.
"""

from asyncio import CancelledError, Lock
from time import monotonic
from weakref import WeakSet

from shiny import App
from shiny.reactive._core import ReactiveEnvironment
from shiny.session._session import AppSession

from app.monitoring.series import PASSED_OVER, WRITTEN

# Seconds for which those who come may go before what is left of a round: so the tables are drawn,
# though maps were asked for faster than they can be painted.
GIVES_WAY = 0.25

_flush = AppSession._flush
_request = App._request_flush
_asked: WeakSet[AppSession] = WeakSet()


def flush_whom_it_concerns() -> None:
    """Have Shiny pass over, from now on, every session with nothing to say and nobody waiting.

    A session is flushed when its own page has said something (each such message is answered, be it
    by nothing), when anything waits to be sent to it, or when somebody wants to know of its flush.
    """
    AppSession._flush = _flush_if_concerned  # type: ignore[method-assign]  # a mend
    App._request_flush = _note  # type: ignore[method-assign]  # Shiny's own, which does nothing


def hear_whoever_waits() -> None:
    """Have Shiny hear, from now on, of all choices that wait before each further reaction.

    Reactions stand in one queue by their priority (for the atlas: app/atlas/effects/order.py), so
    that everybody's map is painted before anybody's table is drawn. One session's reactions are in
    their order as ever, none begins before another's has ended, and the next message of a page is
    heard when all that followed from its last is done.
    """
    ReactiveEnvironment._flush_sequential = _flush_by_turns  # type: ignore[method-assign]  # a mend


async def _flush_by_turns(self: ReactiveEnvironment) -> None:
    queue, until = self._pending_flush_queue, monotonic() + GIVES_WAY
    while not queue.empty():
        await queue.get().execute_flush_callbacks()
        if self.lock._waiters and monotonic() < until:
            await _let_by(self.lock)


async def _let_by(lock: Lock) -> None:
    """Give a lock that this task holds to those who wait for it, and take it back behind them."""
    lock.release()
    try:
        await lock.acquire()
    except CancelledError:
        await lock.acquire()  # whoever holds it for us gives it back
        raise


def _note(self: App, session: AppSession) -> None:
    _asked.add(session)
    _request(self, session)


async def _flush_if_concerned(self: AppSession) -> None:
    waiting = self._outbound_message_queues
    if (
        self in _asked
        or waiting.values
        or waiting.errors
        or waiting.input_messages
        or self._flush_callbacks._callbacks
        or self._flushed_callbacks._callbacks
    ):
        _asked.discard(self)
        WRITTEN.inc()
        await _flush(self)
    else:
        PASSED_OVER.inc()
