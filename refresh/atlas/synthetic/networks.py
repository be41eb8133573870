"""Primary care networks: which practices work together, and how that changed from year to year.

Pure. Networks are drawn along a curve that keeps neighbours together, within sub-ICBs; then, as
really happened, a few span two, some practices are in none, and every year some move.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from refresh.atlas.synthetic import names, places
from refresh.atlas.synthetic.dice import dice

UNALLOCATED = -1
FOUNDED = date(2019, 10, 1)

_MOVES = (0, 339, 190, 150, 120, 105, 93)  # practices that changed network, by year
_MERGED, _SPLIT = 4, 8  # networks that join a neighbour, or part, in a year
_SPANNING = 11  # networks with a practice from another sub-ICB; one of them from another ICB
_IN_NONE = 60


@dataclass(frozen=True)
class Networks:
    """The networks and their members.

    table   one row a network: pcn_code, pcn_name, sub_icb_code, base (row of the practice whose
            address it has), opened_on, closed_on (null: it still has members)
    of      practices x years: row of `table`, UNALLOCATED for none; also where a practice is not
            open, so a reader masks it with who is
    """

    table: pl.DataFrame
    of: np.ndarray


def invent_networks(
    seed: int, practices: pl.DataFrame, is_open: np.ndarray, scale: float
) -> Networks:
    """Put practices into networks for every year.

    Takes:  practices (practice_code, sub_icb_code, town, latitude, longitude, in_qof) and,
            practices x years, which are open; `scale` shrinks the number of moves.
    Gives:  networks of one sub-ICB each but for a few members, their codes U and five digits.
    """
    rng = dice(seed, "networks")
    home, sub_icb = _neighbourhoods(rng, practices)
    of = np.repeat(home[:, None], is_open.shape[1], axis=1)
    settled = _span(rng, practices, is_open, of, max(round(_SPANNING * scale), 1))
    none = rng.random(len(home)) < _IN_NONE / 6_720
    of[none & ~settled | ~practices["in_qof"].to_numpy()] = UNALLOCATED
    movable = ~settled & (of[:, 0] != UNALLOCATED)
    for year in range(1, is_open.shape[1]):
        of[:, year:] = of[:, [year - 1]]
        sub_icb = _change(
            rng, of, is_open, year=year, sub_icb=sub_icb, movable=movable, scale=scale
        )
    return Networks(table=_table(rng, practices, is_open, of, sub_icb), of=of)


def _neighbourhoods(
    rng: np.random.Generator, practices: pl.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """A network for each practice, and the sub-ICB of each network; neighbours are next."""
    sub_icb = practices["sub_icb_code"].to_numpy()
    curve = _along_a_curve(practices["longitude"].to_numpy(), practices["latitude"].to_numpy())
    order = np.lexsort((curve, sub_icb))
    n = len(order)
    sizes = np.where(rng.random(n) < 0.07, 1, 2 + rng.poisson(4.3, n))
    starts = np.zeros(n, dtype=bool)
    cuts = np.cumsum(sizes)
    starts[cuts[cuts < n]] = True
    border = np.r_[True, sub_icb[order][1:] != sub_icb[order][:-1]]
    # A cut just before or after a border would leave a lone practice that nobody drew.
    starts[1:] &= ~border[:-1]
    starts[:-1] &= ~border[1:]
    starts |= border
    home = np.empty(n, dtype=np.int64)
    home[order] = np.cumsum(starts) - 1
    return home, sub_icb[order][starts]


def _along_a_curve(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """A number that is close for places that are close: the bits of both, interleaved."""
    x = ((longitude + 7) * 6_200).astype(np.uint64)
    y = ((latitude - 49) * 10_000).astype(np.uint64)
    mixed = np.zeros(len(x), dtype=np.uint64)
    for bit in range(17):
        mixed |= (x >> np.uint64(bit) & np.uint64(1)) << np.uint64(2 * bit)
        mixed |= (y >> np.uint64(bit) & np.uint64(1)) << np.uint64(2 * bit + 1)
    return mixed


def _span(
    rng: np.random.Generator,
    practices: pl.DataFrame,
    is_open: np.ndarray,
    of: np.ndarray,
    wanted: int,
) -> np.ndarray:
    """Lend a few practices to a network across a border (in place); gives who is to stay put."""
    codes = practices.join(places.sub_icbs(), on="sub_icb_code", maintain_order="left")
    sub_icb, icb = codes["sub_icb_code"].to_numpy(), codes["icb_code"].to_numpy()
    x, y = practices["longitude"].to_numpy() * 0.62, practices["latitude"].to_numpy()
    steady = np.flatnonzero(is_open.all(axis=1) & practices["in_qof"].to_numpy())
    asked = rng.choice(steady, min(len(steady), 60 * wanted), replace=False)
    degrees = np.hypot(x[asked, None] - x[None, steady], y[asked, None] - y[None, steady])
    degrees[sub_icb[asked, None] == sub_icb[None, steady]] = np.inf
    host = steady[degrees.argmin(axis=1)]
    abroad = icb[asked] != icb[host]
    settled = np.zeros(len(of), dtype=bool)
    for far in (True, False):
        few = 1 if far else wanted - 1
        candidates = np.flatnonzero(abroad == far)
        nearest = candidates[np.argsort(degrees.min(axis=1)[candidates], kind="stable")][:few]
        of[asked[nearest]] = of[host[nearest]]
        settled[asked[nearest]] = settled[host[nearest]] = True
    return settled


def _change(
    rng: np.random.Generator,
    of: np.ndarray,
    is_open: np.ndarray,
    *,
    year: int,
    sub_icb: np.ndarray,
    movable: np.ndarray,
    scale: float,
) -> np.ndarray:
    """One year's mergers, splits and moves, in place from `year` on; gives the sub-ICBs anew."""
    now = of[:, year].copy()
    there = is_open[:, year] & movable
    size = np.bincount(now[there], minlength=len(sub_icb))
    beside = _beside(sub_icb, size)
    for network in rng.choice(len(sub_icb), max(round(_MERGED * scale), 1), replace=False):
        now[(now == network) & movable] = beside[network]
    large = np.flatnonzero(size >= 6)
    parting = rng.choice(large, min(len(large), max(round(_SPLIT * scale), 1)), replace=False)
    for network in parting:
        members = np.flatnonzero((now == network) & there)
        now[members[::2]] = len(sub_icb)
        sub_icb = np.append(sub_icb, sub_icb[network])
    left = max(round(_MOVES[year] * scale), 1) - int((now != of[:, year])[there].sum())
    stayed = np.flatnonzero(there & (now == of[:, year]))
    movers = rng.choice(stayed, min(max(left, 0), len(stayed)), replace=False)
    now[movers] = beside[now[movers]]
    of[:, year:] = now[:, None]
    return sub_icb


def _beside(sub_icb: np.ndarray, size: np.ndarray) -> np.ndarray:
    """For each network the one next to it in the same sub-ICB; itself where there is none."""
    number = np.arange(len(sub_icb))
    after, before = np.roll(number, -1), np.roll(number, 1)
    to_after = (sub_icb[after] == sub_icb) & (size[after] > 0)
    to_before = (sub_icb[before] == sub_icb) & (size[before] > 0)
    return np.where(to_after, after, np.where(to_before, before, number))


def _table(
    rng: np.random.Generator,
    practices: pl.DataFrame,
    is_open: np.ndarray,
    of: np.ndarray,
    sub_icb: np.ndarray,
) -> pl.DataFrame:
    """The networks that ever had a member; `of` is renumbered in place to their rows."""
    present = np.where(is_open, of, UNALLOCATED)
    ever = np.setdiff1d(present, [UNALLOCATED])
    of[:] = np.where(np.isin(of, ever), np.searchsorted(ever, of), UNALLOCATED)
    members = [np.flatnonzero((present == network).any(axis=1)) for network in ever]
    alive = np.array([(present == network).any(axis=0) for network in ever])
    first, last = alive.argmax(axis=1), alive.shape[1] - 1 - alive[:, ::-1].argmax(axis=1)
    base = np.array([_in_main_town(practices["town"].to_numpy(), rows) for rows in members])
    codes = rng.choice(100_000, len(ever), replace=False)
    return pl.DataFrame(
        {
            "pcn_code": [f"U{code:05d}" for code in codes],
            "pcn_name": names.network_names(rng, practices["town"].gather(base)),
            "sub_icb_code": sub_icb[ever].tolist(),
            "base": base,
            "opened_on": [FOUNDED if year == 0 else date(2019 + int(year), 4, 1) for year in first],
            "closed_on": [
                date(2020 + int(year), 3, 31) if year < alive.shape[1] - 1 else None
                for year in last
            ],
        },
        schema_overrides={"closed_on": pl.Date},
    )


def _in_main_town(town: np.ndarray, members: np.ndarray) -> int:
    """The first of the members that stands where most of them do."""
    towns, counts = np.unique(town[members], return_counts=True)
    return int(members[town[members] == towns[counts.argmax()]][0])
