"""Claims of a year: who, when, what, by whom, for how much, and when it was sent and settled.

All in whole cents and whole days, a block of members at a time. What a member pays follows from the
plan: the deductible first, then coinsurance up to the limit, in the order of services.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np

from refresh.claims.synthetic.cover import Spans
from refresh.claims.synthetic.dice import Flags, Real, Whole, dice
from refresh.claims.synthetic.network import Plans, Providers, near
from refresh.claims.synthetic.people import Members, ages, days_since_1970
from refresh.claims.synthetic.scenarios import drawn, scenarios, specialties
from refresh.claims.synthetic.words import TIERS

_DENIED, _OUT_OF_NETWORK = 0.10, 0.12
_YEARLY_RISE = 1.06
_MONTHS = (1.12, 1.10, 1.06, 0.98, 0.96, 0.94, 0.92, 0.93, 0.97, 1.00, 1.02, 1.04)
_RISK = np.array([0.6, 1.4, 1.2, 1.2, 2.0])  # of the segments


@dataclass(frozen=True)
class Claims:
    """Claims as arrays: places of spans, members, plans, providers and kinds of care; cents; days.

    sent, settled  days on which the payer has it, and decides
    """

    member: Whole
    plan: Whole
    provider: Whole
    kind: Whole
    on: Whole
    billed: Whole
    allowed: Whole
    paid: Whole
    stay: Whole
    is_denied: Flags
    is_oon: Flags
    sent: Whole
    settled: Whole

    @property
    def count(self) -> int:
        return len(self.member)

    def __getitem__(self, places: Whole) -> "Claims":
        return Claims(*(getattr(self, f.name)[places] for f in fields(self)))


def claims_of(
    members: Members,
    spans: Spans,
    providers: Providers,
    *,
    count: int,
    block: int,
) -> Claims:
    """Claims of some spans of a year, not settled by their plan yet.

    Takes:  members as they were in that year; how many claims; the number of the block.
    """
    rolls = dice(members.seed, "claims", spans.year, block)
    days = spans.end - spans.start + 1
    weight = np.cumsum(days * _RISK[members.segment[spans.member]])
    of = np.searchsorted(weight, rolls.random(count) * weight[-1], side="right")
    of = np.minimum(of, spans.count - 1)
    on = _days(spans, of, rolls.random(count))
    member = spans.member[of]
    age = ages(members.born[member], on)
    who = (members.sex[member], members.segment[member], members.condition[member])
    kind = drawn(age, *who, rolls.random(count))
    is_oon = rolls.random(count) < _OUT_OF_NETWORK
    provider = near(providers, specialties()[kind], members.state[member], rolls.random((2, count)))
    billed = _billed(kind, spans.year, rolls.random(count))
    allowed = (billed * (0.5 + 0.5 * rolls.random(count))).astype(np.int64)
    sent = on + np.minimum(rolls.lognormal(1.9, 0.9, count), 150).astype(np.int64)
    settled = sent + rolls.integers(7, 56, count)
    return Claims(
        member=member,
        plan=spans.plan[of],
        provider=provider,
        kind=kind,
        on=on,
        billed=billed,
        allowed=allowed,
        paid=np.zeros(count, dtype=np.int64),
        stay=_stays(kind, rolls.random(count)),
        is_denied=rolls.random(count) < _DENIED,
        is_oon=is_oon,
        sent=sent,
        settled=settled,
    )


def together(parts: Sequence[Claims]) -> Claims:
    """Several lots of claims as one."""
    names = [f.name for f in fields(Claims)]
    return Claims(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def settled_by(plans: Plans, claims: Claims) -> Claims:
    """The same claims, ordered by member, plan and day, with what the plan pays of each."""
    ordered = claims[np.lexsort((claims.on, claims.plan, claims.member))]
    allowed = np.where(ordered.is_denied, 0, ordered.allowed)
    is_free = (scenarios()["category"] == "preventive").to_numpy()[ordered.kind]
    counts = np.where(is_free, 0, allowed)
    # What was allowed so far within each member and plan: a sum from the start of the group.
    begins = np.ones(ordered.count, dtype=bool)
    begins[1:] = (ordered.member[1:] != ordered.member[:-1]) | (
        ordered.plan[1:] != ordered.plan[:-1]
    )
    total = np.cumsum(counts)
    before = np.maximum.accumulate(np.where(begins, total - counts, 0))
    after = total - before
    share = _shared(plans, ordered.plan, after) - _shared(plans, ordered.plan, after - counts)
    return replace(ordered, paid=allowed - share)


def _shared(plans: Plans, plan: Whole, allowed: Whole) -> Whole:
    """What a member has paid of a year's allowed cents: never more than the limit."""
    rate = np.array([round(t[5] * 10) for t in TIERS])[plans.tier[plan]]
    deductible = plans.deductible[plan]
    beyond = np.maximum(allowed - deductible, 0) * rate // 10
    share: Whole = np.minimum(np.minimum(allowed, deductible) + beyond, plans.limit[plan])
    return share


def _days(spans: Spans, of: Whole, roll: Real) -> Whole:
    """A day within each span, more often in months when people fall ill."""
    first = days_since_1970(date(spans.year, 1, 1))
    length = days_since_1970(date(spans.year, 12, 31)) - first + 1
    month = np.minimum(np.arange(length) * 12 // length, 11)
    reach = np.concatenate([[0], np.cumsum(np.array(_MONTHS)[month])])
    low, high = reach[spans.start[of] - first], reach[spans.end[of] - first + 1]
    found: Whole = np.searchsorted(reach, low + roll * (high - low), side="right") - 1
    return np.clip(first + found, spans.start[of], spans.end[of])


def _billed(kind: Whole, year: int, roll: Real) -> Whole:
    low, high = (np.log(scenarios()[end].to_numpy()) for end in ("low", "high"))
    value = np.exp(low[kind] + roll * (high - low)[kind]) * _YEARLY_RISE ** (year - 2022)
    cents: Whole = (np.minimum(value, 2_900_000) * 100).astype(np.int64)
    return cents


def _stays(kind: Whole, roll: Real) -> Whole:
    low, high = (scenarios()[end].to_numpy()[kind] for end in ("stay_low", "stay_high"))
    found: Whole = low + (roll * (high - low + 1)).astype(np.int64)
    return found
