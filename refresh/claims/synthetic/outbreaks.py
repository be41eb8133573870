"""Two outbreaks laid into the claims, for whoever looks for anomalies: what, when, whose.

They keep every rule that other claims keep; only where they come from and what they cost is odd.
Which claims they are is written beside the feed, never in it.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from refresh.claims.synthetic.claims import Claims
from refresh.claims.synthetic.cover import Spans
from refresh.claims.synthetic.dice import Whole, dice
from refresh.claims.synthetic.network import OUTBREAK_PROVIDERS
from refresh.claims.synthetic.people import Members, days_since_1970


@dataclass(frozen=True)
class Outbreak:
    """An outbreak: from when to when, how many claims for 50,000 a year, what each costs (dollars).

    kind  how its claims are told from those of the scenarios: a place below nought
    """

    name: str
    kind: int
    first: date
    last: date
    claims: int
    low: int
    high: int


OUTBREAKS = (
    Outbreak("ebola", -1, date(2024, 3, 4), date(2024, 4, 20), 1000, 50_000, 500_000),
    Outbreak("radiation", -2, date(2025, 5, 5), date(2025, 5, 25), 300, 20_000, 200_000),
)


def outbreak_claims(
    outbreak: Outbreak, members: Members, spans: Spans, *, count: int, block: int
) -> Claims:
    """Claims of an outbreak among those who were covered, not settled by their plan yet.

    Takes:  how many there are among these spans; the number of their block.
    """
    rolls = dice(members.seed, outbreak.name, block)
    first, last = days_since_1970(outbreak.first), days_since_1970(outbreak.last)
    covered = np.flatnonzero((spans.start <= first) & (spans.end >= last))
    of = covered[rolls.integers(0, len(covered), count)] if len(covered) else covered
    count = len(of)
    # It swells and ebbs: the middle of three rolls.
    when = np.sort(rolls.random((3, count)), axis=0)[1]
    on: Whole = first + (when * (last - first + 1)).astype(np.int64)
    cost = np.log(outbreak.low) + rolls.random(count) * np.log(outbreak.high / outbreak.low)
    billed: Whole = (np.exp(cost) * 100).astype(np.int64)
    sent = on + rolls.integers(3, 40, count)
    return Claims(
        member=spans.member[of],
        plan=spans.plan[of],
        provider=np.full(count, OUTBREAK_PROVIDERS[outbreak.name]),
        kind=np.full(count, outbreak.kind),
        on=on,
        billed=billed,
        allowed=(billed * (0.7 + 0.3 * rolls.random(count))).astype(np.int64),
        paid=np.zeros(count, dtype=np.int64),
        stay=rolls.integers(3, 15, count),
        is_denied=rolls.random(count) < 0.05,
        is_oon=rolls.random(count) < 0.12,
        sent=sent,
        settled=sent + rolls.integers(10, 50, count),
    )
