"""Who is flushed: the sessions for whom there is something, and not every one at every change.

Shiny has one reactive graph a process, and after each round of reactions it writes to every open
page, changed or not: with a hundred readers each choice of one costs a hundred messages (py-shiny
issue 21; pull request 2182 is to mend it). Goes when a version that does is pinned.
"""

from weakref import WeakSet

from shiny import App
from shiny.session._session import AppSession

from app.monitoring.series import PASSED_OVER, WRITTEN

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
        or self._flush_callbacks.count()
        or self._flushed_callbacks.count()
    ):
        _asked.discard(self)
        WRITTEN.inc()
        await _flush(self)
    else:
        PASSED_OVER.inc()
