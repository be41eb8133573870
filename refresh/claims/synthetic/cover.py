"""Who is covered by which plan from when to when; and what an extract of a day knows of it."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from refresh.claims.synthetic.dice import Real, Whole, dice, dollars, picked
from refresh.claims.synthetic.network import Plans, ids
from refresh.claims.synthetic.people import Members, days_since_1970
from refresh.claims.synthetic.words import CSR, TIERS

_ENROLLED, _SWITCHES = 0.85, 0.04


@dataclass(frozen=True)
class Spans:
    """Spans of cover of a year: places of members and plans, first and last days (both in)."""

    year: int
    member: Whole
    plan: Whole
    start: Whole
    end: Whole
    premium: Whole
    csr: Whole

    @property
    def count(self) -> int:
        return len(self.member)


def spans_of(members: Members, plans: Plans) -> Spans:
    """The cover of a year: 90 days or more, to the last of December at most."""
    year = plans.year
    rolls = dice(members.seed, "cover", year)
    first, last = (days_since_1970(date(year, *day)) for day in ((1, 1), (12, 31)))
    who = np.flatnonzero(members.is_in & (rolls.random(members.count) < _ENROLLED))
    is_new = members.joined[who] == year
    start = first + np.where(is_new, rolls.integers(0, 121, len(who)), 0)
    length = rolls.integers(90, 366, len(who))
    # Who was there before mostly stays to the end of the year.
    stays = ~is_new & (rolls.random(len(who)) < 0.7)
    end = np.where(stays, last, np.minimum(start + length - 1, last))
    plan = _of_tier(plans, members.tier[who], rolls.random(len(who)))
    switches = (end - start > 180) & (rolls.random(len(who)) < _SWITCHES)
    middle = start + (end - start) // 2
    again = np.flatnonzero(switches)
    other = _of_tier(plans, members.tier[who][again], rolls.random(len(again)))
    moves = other != plan[again]
    again = again[moves]
    firsts = np.isin(np.arange(len(who)), again)
    member = np.concatenate([who, who[again]])
    chosen = np.concatenate([plan, other[moves]])
    begins = np.concatenate([start, middle[again] + 1])
    ends = np.concatenate([np.where(firsts, middle, end), end[again]])
    paid = (plans.premium[chosen] * (0.8 + 0.2 * rolls.random(len(member)))).astype(np.int64)
    return Spans(year, member, chosen, begins, ends, paid, rolls.integers(0, 4, len(member)))


def _of_tier(plans: Plans, tier: Whole, roll: Real) -> Whole:
    """A plan of a tier for each; plans lie sorted by tier."""
    edges = np.searchsorted(plans.tier, np.arange(len(TIERS) + 1))
    low, high = edges[tier], edges[tier + 1]
    found: Whole = low + (roll * (high - low)).astype(np.int64)
    return found


def enrollment_rows(spans: Spans, plans: Plans, member_ids: pl.Series, on: int) -> pl.DataFrame:
    """The extract of a year's cover as of a day.

    That a span ends before the year does is known only when it has ended: until then an extract
    says the last of December.
    """
    last = days_since_1970(date(spans.year, 12, 31))
    end = np.where(spans.end <= on, spans.end, last)
    rows = pl.DataFrame(
        {
            "enrollment_id": ids(f"ENR{spans.year}", np.arange(1, spans.count + 1), 6),
            "member_id": member_ids.gather(spans.member),
            "plan_id": plans.ids.gather(spans.plan),
            "start_date": pl.Series(spans.start).cast(pl.Int32).cast(pl.Date),
            "end_date": pl.Series(end).cast(pl.Int32).cast(pl.Date),
            "premium_paid": pl.select(dollars(spans.premium)).to_series(),
            "csr_variant": picked(CSR, spans.csr),
        }
    )
    return rows.filter(pl.Series(spans.start <= on))
