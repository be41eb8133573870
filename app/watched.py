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
            is asked, in seconds; how many seconds `apart` sessions are told, where each then has so
            much to draw that they would wait for one another.
    """

    def __init__(
        self, stamp: Callable[[], Any], read: Callable[[], T], every: float, apart: float = 0.0
    ) -> None:
        self._stamp, self._read, self._every, self._apart = stamp, read, every, apart
        self._seen = stamp()
        self._said: T  # from the first change on
        self._told: WeakSet[reactive.Value[T]] = WeakSet()
        self._untold: WeakSet[reactive.Value[T]] = WeakSet()
        # Not Shiny's poll, which leaves two contexts behind each time that nothing has changed.
        self._look = reactive.effect(session=None)(self.look)

    def told(self, session: Session) -> reactive.Value[T]:
        """A value for one session alone, kept up to date until it ends."""
        value = reactive.Value(self._read(), name=self._read.__name__)
        self._told.add(value)
        session.on_ended(lambda: self._told.discard(value))
        return value

    def look(self) -> None:
        """Where something has changed, tell every session, one after another; then look again."""
        try:
            self._tell()
        finally:
            reactive.invalidate_later(self._apart if self._untold else self._every)

    def _tell(self) -> None:
        stamp = self._stamp()
        if stamp != self._seen:
            self._said = self._read()
            self._untold = WeakSet(self._told)
            self._seen = stamp  # only now: what could not be read is tried again
        while self._untold:
            self._untold.pop().set(self._said)
            if self._apart:
                return
