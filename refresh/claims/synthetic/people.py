"""Members through time: who joins, moves, falls ill; what an extract of a day says of each."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from refresh.claims.synthetic.dice import Flags, Real, Whole, dice, picked, spread
from refresh.claims.synthetic.words import (
    AGE_GROUPS,
    AGENCIES,
    BROKERS,
    CONDITION_SHARES,
    CONDITIONS,
    CONTRACTS,
    FIRST_NAMES,
    LAST_NAMES,
    NETWORKS,
    OFFERED,
    OLDEST_GROUP,
    SEGMENT_FACTORS,
    SEGMENTS,
    STATES,
    STREETS,
    TIERS,
)

_LEAVE, _MOVE, _FALL_ILL = 0.12, 0.06, 0.08  # shares of members in a year
_OTHER_TIER = 0.15  # of those who renew
_EPOCH = date(1970, 1, 1)
SEXES = ("F", "M", "O")


@dataclass
class Members:
    """Everybody who ever was a member, as of the last change; grows by joiners, never shrinks.

    born      days since 1970
    is_in     still a member
    changes   how often each has changed, for what is drawn of a change
    """

    seed: int
    joined: Whole
    number: Whole
    born: Whole
    sex: Whole
    state: Whole
    house: Whole
    segment: Whole
    condition: Whole
    network: Whole
    tier: Whole
    is_in: Flags
    names: Whole = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.born)

    @property
    def ids(self) -> pl.Series:
        """`MBR2022000001`: the year of joining and a number."""
        return (
            "MBR"
            + pl.Series(self.joined).cast(pl.String)
            + pl.Series(self.number).cast(pl.String).str.zfill(6)
        )


def days_since_1970(on: date) -> int:
    """The number of a day."""
    return (on - _EPOCH).days


def ages(born: Whole, on: Whole | int) -> Whole:
    """Whole years of age on a day, by birthdays; of who is not born yet 0.

    >>> born = np.array([days_since_1970(date(2000, 3, 1))] * 2)
    >>> on = [days_since_1970(date(2024, *day)) for day in ((2, 29), (3, 1))]
    >>> ages(born, np.array(on)).tolist()
    [23, 24]
    """
    (one, one_of_year), (other, other_of_year) = (_apart(np.asarray(d)) for d in (born, on))
    years: Whole = other - one - (other_of_year < one_of_year)
    return np.maximum(years, 0)


def _apart(days: Whole) -> tuple[Whole, Whole]:
    """Year, and month and day together, of days since 1970."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day = (dates - months.astype("datetime64[D]")).astype(np.int64)
    month = months.astype(np.int64)
    return month // 12, month % 12 * 31 + day


def newcomers(seed: int, year: int, count: int) -> Members:
    """Those who join in a year."""
    rolls = dice(seed, "members", year)
    born = days_since_1970(date(year, 1, 1)) - rolls.integers(0, 65 * 365, count)
    # A few newborns, who have the costliest weeks of all, and a few over 65.
    born = np.where(rolls.random(count) < 0.05, born - 25 * 365, born)
    segment = rolls.integers(0, len(SEGMENTS), count)
    sex = spread(rolls, (0.5, 0.48, 0.02), count)
    age = (days_since_1970(date(year, 1, 1)) - born) / 365.2425
    is_able = (sex != SEXES.index("M")) & (age >= 15) & (age < 45)
    maternity = SEGMENTS.index("Maternity")
    segment = np.where((segment == maternity) & ~is_able, SEGMENTS.index("Healthy"), segment)
    condition = spread(rolls, CONDITION_SHARES, count)
    condition = np.where(segment == SEGMENTS.index("Healthy"), 0, condition)
    return Members(
        seed=seed,
        joined=np.full(count, year),
        number=np.arange(1, count + 1),
        born=born,
        sex=sex,
        state=spread(rolls, [s[4] for s in STATES], count),
        house=rolls.integers(1, 9999, count),
        segment=segment,
        condition=condition,
        network=rolls.integers(0, len(NETWORKS), count),
        tier=spread(rolls, [t[1] for t in TIERS], count),
        is_in=np.ones(count, dtype=bool),
        names=rolls.integers(0, 2**31, (4, count)),
    )


def with_newcomers(members: Members, year: int) -> Members:
    """A new year: some leave, as many join."""
    rolls = dice(members.seed, "leavers", year)
    members.is_in &= rolls.random(members.count) >= _LEAVE
    renews = rolls.random(members.count) < _OTHER_TIER
    other = spread(rolls, [t[1] for t in TIERS], members.count)
    members.tier = np.where(renews & members.is_in, other, members.tier)
    left = members.count - int(members.is_in.sum())
    gone_before = members.count - _size(members)
    joiners = newcomers(members.seed, year, max(left - gone_before, 1))
    joined = {
        name: np.concatenate([getattr(members, name), getattr(joiners, name)], axis=-1)
        for name in members.__dataclass_fields__
        if name != "seed"
    }
    return Members(seed=members.seed, **joined)


def _size(members: Members) -> int:
    """How many members the payer began with: it keeps that size."""
    return int((members.joined == members.joined.min()).sum())


def changed(members: Members, batch: int, share_of_year: float) -> None:
    """What happens until a batch: some move, some fall ill or recover."""
    rolls = dice(members.seed, "changes", batch)
    count = members.count
    moves = members.is_in & (rolls.random(count) < _MOVE * share_of_year)
    leaves_state = moves & (rolls.random(count) < 0.2)
    members.house = np.where(moves, rolls.integers(1, 9999, count), members.house)
    state = spread(rolls, [s[4] for s in STATES], count)
    members.state = np.where(leaves_state, state, members.state)
    turns = members.is_in & (rolls.random(count) < _FALL_ILL * share_of_year)
    # Maternity needs an age and a sex; whoever turns becomes healthy, chronic or complex.
    new = np.array([0, 1, 4])[rolls.integers(0, 3, count)]
    members.segment = np.where(turns, new, members.segment)
    ill = rolls.integers(1, len(CONDITIONS), count)
    is_ill = turns & (new > 0)
    members.condition = np.where(is_ill, ill, np.where(turns, 0, members.condition))


def member_rows(members: Members, on: date, batch: int) -> pl.DataFrame:
    """The extract of all members as of a day, in the original layout."""
    count, names = members.count, members.names
    rolls = dice(members.seed, "contacts", batch)
    years = ages(members.born, days_since_1970(on))
    state = picked([s[0] for s in STATES], members.state)
    first, last = (
        picked(FIRST_NAMES, names[0] % len(FIRST_NAMES)),
        picked(LAST_NAMES, names[1] % len(LAST_NAMES)),
    )
    house = pl.Series(members.house).cast(pl.String)
    networks = picked(NETWORKS, members.network)
    hios = _hios(names[2])
    months = np.where(members.joined == on.year, np.maximum(on.month - names[3] % 4, 1), 12).astype(
        np.int64
    )
    logins = {"app": (0, 1, 2, 3, 4, 5, 10), "web": (0, 1, 2, 3, 4, 5, 6)}
    app = np.array(logins["app"])[spread(rolls, (50, 15, 10, 8, 7, 6, 4), count)]
    web = np.array(logins["web"])[spread(rolls, (60, 12, 9, 7, 6, 4, 2), count)]
    high = names[3] % 100 < 5
    return pl.DataFrame(
        {
            "member_id": members.ids,
            "first_name": first,
            "last_name": last,
            "dob": pl.Series(members.born).cast(pl.Int32).cast(pl.Date),
            "gender": picked(SEXES, members.sex),
            "email": first.str.to_lowercase()
            + "."
            + members.ids.str.to_lowercase()
            + "@example.org",
            "phone": "555-01" + pl.Series(names[2] % 100).cast(pl.String).str.zfill(2),
            "street": house + " " + picked(STREETS, members.house % len(STREETS)) + " Street",
            "city": picked([s[2] for s in STATES], members.state),
            "state": state,
            "zip": picked([s[3] for s in STATES], members.state) + house.str.slice(-2).str.zfill(2),
            "fpl_ratio": pl.Series(np.round(0.5 + names[0] % 351 / 100, 2)),
            "hios_id": hios,
            "plan_network_access_type": networks,
            "plan_metal": picked([t[0] for t in TIERS], members.tier),
            "age_group": _age_groups(years),
            "region": picked([s[1] for s in STATES], members.state),
            "enrollment_length_continuous": pl.Series(months),
            "clinical_segment": picked(SEGMENTS, members.segment),
            "general_agency_name": picked(AGENCIES, names[0] % len(AGENCIES)),
            "broker_name": picked(BROKERS, names[1] % len(BROKERS)),
            "sa_contracting_entity_name": picked(CONTRACTS, names[2] % len(CONTRACTS)),
            "call_count": pl.Series(spread(rolls, (60, 15, 10, 8, 5, 2), count)),
            "app_login_count": pl.Series(app),
            "web_login_count": pl.Series(web),
            "new_member_in_period": pl.Series((months <= 5).astype(np.int64)),
            "member_used_app": pl.Series((app > 0).astype(np.int64)),
            "member_had_web_login": pl.Series((web > 0).astype(np.int64)),
            "member_visited_new_provider_ind": pl.Series(rolls.integers(0, 2, count)),
            "high_cost_member": pl.Series(high.astype(np.int64)),
            "mutually_exclusive_hcc_condition": picked(CONDITIONS, members.condition),
            "geographic_reporting": _reporting(hios, state, networks),
            "wisconsin_area_deprivation_index": pl.Series(members.house % 10 + 1),
            "ra_mm": pl.Series(_risk(members, years, months, high)),
            "year": pl.Series(np.full(count, on.year)),
        }
    )


def _hios(rolls: Whole) -> pl.Series:
    known = picked((*OFFERED, "70285", "13877"), rolls % 4)
    return known + pl.Series(rolls // 4 % 100_000).cast(pl.String).str.zfill(5)


def _reporting(hios: pl.Series, state: pl.Series, network: pl.Series) -> pl.Series:
    """The area under which a member is reported: of two issuers, Texas by network, the state."""
    rows = pl.DataFrame({"hios": hios, "state": state, "network": network})
    return rows.select(
        pl.when(pl.col("hios").str.starts_with(OFFERED[0]))
        .then(pl.lit("OHB (Columbus)"))
        .when(pl.col("hios").str.starts_with(OFFERED[1]))
        .then(pl.lit("OHC (Cleveland Clinic Product)"))
        .when(pl.col("state") == "TX")
        .then(pl.lit("TX-") + pl.col("network"))
        .otherwise("state")
        .alias("area")
    ).to_series()


def _age_groups(years: Whole) -> pl.Series:
    edges = np.array([edge for edge, _ in AGE_GROUPS])
    return picked(
        [*(name for _, name in AGE_GROUPS), OLDEST_GROUP], np.searchsorted(edges, years, "right")
    )


def _risk(members: Members, years: Whole, months: Whole, high: Flags) -> Real:
    """Risk-adjusted member months: what a year of this member counts as."""
    old = np.where(years > 65, 1.2, np.where(years > 55, 1.1, 1.0))
    ill = np.where(members.condition > 0, 1.15, 1.0)
    costly = np.where(high, 1.5, 1.0)
    factor = np.array(SEGMENT_FACTORS)[members.segment]
    risk: Real = np.round(months / 12 * factor * old * ill * costly, 3)
    return risk
