"""Plans of each year and providers, as they are on any day: what changes, when, and to what."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from refresh.claims.synthetic.dice import Real, Whole, dice, dollars, picked, spread
from refresh.claims.synthetic.words import (
    LAST_NAMES,
    RARE_SPECIALTIES,
    SPECIALTIES,
    STATES,
    STREETS,
    TIERS,
)

PLANS = 20
_RENAMED_SHARE, _MOVED_SHARE = 0.10, 0.03
OUTBREAK_PROVIDERS = {"ebola": 100, "radiation": 101}
"""Places of the providers that the outbreaks are laid to: PRV00101 and PRV00102."""


@dataclass(frozen=True)
class Plans:
    """The plans of a year: amounts in whole cents, tiers as places in TIERS."""

    year: int
    tier: Whole
    premium: Whole
    deductible: Whole
    limit: Whole

    @property
    def ids(self) -> pl.Series:
        """`PLN20240001` and on."""
        numbers = pl.Series(range(1, len(self.tier) + 1)).cast(pl.String).str.zfill(4)
        return f"PLN{self.year}" + numbers


def plans_of(seed: int, year: int) -> Plans:
    """The plans of a year: dearer tiers ask more each month and less of the sick."""
    rolls = dice(seed, "plans", year)
    tier = np.sort(spread(rolls, [t[1] for t in TIERS], PLANS))
    tier[: len(TIERS)] = range(len(TIERS))  # every tier is offered every year
    tier = np.sort(tier)

    def between(place: int, step: int) -> Whole:
        low, high = (np.array([t[place][end] for t in TIERS])[tier] for end in (0, 1))  # type: ignore[index]
        drawn: Whole = low + (rolls.random(PLANS) * (high - low)).astype(np.int64)
        return drawn // step * step

    # Evenly over its tier's range, so that medians rise by tier however few plans there are.
    premium = between(2, 1) * 100 + rolls.integers(0, 100, PLANS)
    return Plans(year, tier, premium, between(3, 50) * 100, between(4, 50) * 100)


def plan_rows(seed: int, years: list[int], batch: int) -> pl.DataFrame:
    """The extract of all plans of some years, as a batch has it: a few are renamed in each."""
    return pl.concat(_plan_rows(seed, plans_of(seed, year), year, batch) for year in years)


def _plan_rows(seed: int, plans: Plans, year: int, batch: int) -> pl.DataFrame:
    names = dice(seed, "plan names", year).integers(0, len(LAST_NAMES), PLANS)
    for earlier in range(1, batch + 1):
        rolls = dice(seed, "renamed", year, earlier)
        renamed = rolls.random(PLANS) < _RENAMED_SHARE
        names = np.where(renamed, rolls.integers(0, len(LAST_NAMES), PLANS), names)
    tiers = picked([t[0] for t in TIERS], plans.tier)
    return pl.DataFrame(
        {
            "plan_id": plans.ids,
            "name": picked(LAST_NAMES, names) + " " + tiers + f" {year}",
            "metal_tier": tiers,
            "monthly_premium": pl.select(dollars(plans.premium)).to_series(),
            "deductible": pl.Series(plans.deductible // 100),
            "oop_max": pl.Series(plans.limit // 100),
            "coinsurance_rate": pl.Series(np.array([t[5] for t in TIERS])[plans.tier]),
            "pcp_copay": pl.Series(np.array([t[6] for t in TIERS])[plans.tier]),
            "effective_year": pl.Series(np.full(PLANS, year)),
        }
    )


@dataclass(frozen=True)
class Providers:
    """All providers: specialty and state as places; by both, where they lie in `order`."""

    specialty: Whole
    state: Whole
    order: Whole
    starts: Whole

    @property
    def count(self) -> int:
        return len(self.specialty)


ALL_SPECIALTIES = (*SPECIALTIES, *RARE_SPECIALTIES)


def providers_of(seed: int, count: int) -> Providers:
    """Providers, every specialty among them; who an outbreak is laid to has the one it needs."""
    rolls = dice(seed, "providers")
    specialty = rolls.integers(0, len(SPECIALTIES), count)
    rare = np.arange(len(RARE_SPECIALTIES) * 3) % len(RARE_SPECIALTIES) + len(SPECIALTIES)
    specialty[-len(rare) :] = rare
    specialty[OUTBREAK_PROVIDERS["ebola"]] = ALL_SPECIALTIES.index("Infectious Disease")
    specialty[OUTBREAK_PROVIDERS["radiation"]] = ALL_SPECIALTIES.index("Oncology")
    state = spread(rolls, [s[4] for s in STATES], count)
    cell = specialty * len(STATES) + state
    order = np.argsort(cell, kind="stable")
    cells = len(ALL_SPECIALTIES) * len(STATES)
    starts = np.searchsorted(cell[order], np.arange(cells + 1))
    return Providers(specialty, state, order, starts)


def near(providers: Providers, specialty: Whole, state: Whole, roll: Real) -> Whole:
    """A provider of a specialty for each: mostly of the member's state, where it has one."""
    cell = specialty * len(STATES) + state
    first = np.where(roll[0] < 0.8, cell, specialty * len(STATES))
    last = np.where(roll[0] < 0.8, cell + 1, (specialty + 1) * len(STATES))
    is_empty = providers.starts[first] == providers.starts[last]
    first = np.where(is_empty, specialty * len(STATES), first)
    last = np.where(is_empty, (specialty + 1) * len(STATES), last)
    low, high = providers.starts[first], providers.starts[last]
    found: Whole = providers.order[low + (roll[1] * (high - low)).astype(np.int64)]
    return found


def provider_rows(seed: int, providers: Providers, batch: int) -> pl.DataFrame:
    """The extract of all providers, as a batch has it: a few have moved since the one before."""
    count = providers.count
    rolls = dice(seed, "provider names")
    names = rolls.integers(0, len(LAST_NAMES), (2, count))
    numbers = rolls.integers(10**8, 10**9, count)
    house, street = rolls.integers(1, 999, count), rolls.integers(0, len(STREETS), count)
    for earlier in range(1, batch + 1):
        again = dice(seed, "moved providers", earlier)
        has_moved = again.random(count) < _MOVED_SHARE
        house = np.where(has_moved, again.integers(1, 999, count), house)
    places = pl.Series([s[3] for s in STATES]).gather(providers.state)
    return pl.DataFrame(
        {
            "provider_id": pl.Series(ids("PRV", np.arange(1, count + 1), 5)),
            "npi": npi(numbers),
            "name": picked(LAST_NAMES, names[0]) + " " + picked(LAST_NAMES, names[1]),
            "specialty": picked(ALL_SPECIALTIES, providers.specialty),
            "street": pl.Series(house).cast(pl.String) + " " + picked(STREETS, street) + " Street",
            "city": picked([s[2] for s in STATES], providers.state),
            "state": picked([s[0] for s in STATES], providers.state),
            "zip": places + (pl.Series(house % 100).cast(pl.String).str.zfill(2)),
            "phone": "555-01" + pl.Series(numbers % 100).cast(pl.String).str.zfill(2),
        }
    )


def ids(prefix: str, numbers: Whole, digits: int) -> pl.Series:
    """Numbers as identifiers of one length.

    >>> ids("PRV", np.array([7]), 5).to_list()
    ['PRV00007']
    """
    return prefix + pl.Series(numbers).cast(pl.String).str.zfill(digits)


def npi(numbers: Whole) -> pl.Series:
    """National Provider Identifiers that pass their own check digit (Luhn behind 80840).

    Takes:  eight digits and one more of each, from 100,000,000 on.

    >>> npi(np.array([123456789])).to_list()
    ['1234567893']
    """
    digits = numbers[:, None] // 10 ** np.arange(8, -1, -1) % 10
    doubled = digits[:, ::2] * 2
    total = 24 + (doubled // 10 + doubled % 10).sum(axis=1) + digits[:, 1::2].sum(axis=1)
    return pl.Series(numbers * 10 + (10 - total % 10) % 10).cast(pl.String)
