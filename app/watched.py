"""What all sessions are told of: something outside the process that changes, watched once for all.

What is shared must not hold who asked. A calc that sessions ask keeps theirs as dependents until it
changes, and Shiny lets go of a session's effects when it ends but not of its calcs: each calc holds
its whole session. So every session is handed a value of its own, held here by a weak reference.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from shiny import Session, reactive

T = TypeVar("T")


class Watched(Generic[T]):
    """Something watched from outside of any session, and the sessions' values that it sets.

    Takes:  `stamp`, which is cheap and changes when `read` would say something else; how often it
            is asked, in seconds.
    """

    def __init__(self, stamp: Callable[[], Any], read: Callable[[], T], every: float) -> None:
        self._stamp, self._read, self._every = stamp, read, every
        self._seen = stamp()
        self._told: WeakSet[reactive.Value[T]] = WeakSet()
        # Not Shiny's poll, which leaves two contexts behind each time that nothing has changed.
        self._look = reactive.effect(session=None)(self.look)

    def told(self, session: Session) -> reactive.Value[T]:
        """A value for one session alone, kept up to date until it ends."""
        value = reactive.Value(self._read(), name=self._read.__name__)
        self._told.add(value)
        session.on_ended(lambda: self._told.discard(value))
        return value

    def look(self) -> None:
        """Tell every session where something has changed; then wait, and look again."""
        reactive.invalidate_later(self._every)
        stamp = self._stamp()
        if stamp == self._seen:
            return
        said = self._read()
        for value in list(self._told):
            value.set(said)
        self._seen = stamp  # only now: what could not be read is tried again
