"""So many requests a minute for one address: a bucket that fills again by itself.

In memory, one a process: no state that two instances would have to share. Where a proxy stands in
front, let it name the caller (uvicorn --proxy-headers), or all callers share one bucket.
"""

import os
from collections import OrderedDict
from math import ceil
from time import monotonic

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.problem import problem

USUAL_PER_MINUTE = 240
MOST_ADDRESSES = 10_000


class Limit:
    """Middleware: an address that asks too often is told when to come back.

    Takes: requests a minute (0: no limit); as many may come at once. Without it, what
           CARE_ATLAS_API_RATE says. How many requests one counts for, where it is dear.
    """

    def __init__(self, app: ASGIApp, per_minute: int | None = None, *, cost: int = 1):
        said = os.environ.get("CARE_ATLAS_API_RATE") or USUAL_PER_MINUTE
        said = int(said if per_minute is None else per_minute)
        self.app = app
        # Never 0 for being dear: that would be no limit.
        self.per_minute = said and max(1, said // cost)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = (scope.get("client") or ("unknown",))[0]
        wait = self.take(address, monotonic()) if scope["type"] == "http" else 0
        if not wait:
            return await self.app(scope, receive, send)
        refused = problem(
            429,
            "too many requests from this address",
            expected=f"at most {self.per_minute} a minute",
            next=f"wait {wait} s; ask for more rows at once (limit), and keep answers (ETag)",
        )
        refused.headers["Retry-After"] = str(wait)
        await refused(scope, receive, send)

    def take(self, address: str, now: float) -> int:
        """Take one request out of an address's bucket; 0, or the seconds until there is one.

        >>> limit = Limit(None, per_minute=2)
        >>> [limit.take("a", now) for now in (0, 0, 0, 29, 31)]
        [0, 0, 30, 1, 0]
        """
        if not self.per_minute:
            return 0
        # Taken out and put back, so that the address unheard for longest stands first.
        left, since = self._buckets.pop(address, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - since) * self.per_minute / 60)
        is_there = left >= 1
        self._buckets[address] = (left - is_there, now)
        if len(self._buckets) > MOST_ADDRESSES:
            # Strangers must not fill the memory; who is forgotten starts with a full bucket.
            self._buckets.popitem(last=False)
        return 0 if is_there else ceil((1 - left) * 60 / self.per_minute)
