"""The invented England: its practices, how long each lasted, how large it was, whom it worked with.

Pure: from a seed to one frozen world that every publication is then written from. What a
publication says about a practice (registers, achievement, ...) is not in here but drawn from here.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from engine.errors import LakeError
from refresh.atlas.synthetic import places
from refresh.atlas.synthetic.dice import Flags, Real, Whole, dice
from refresh.atlas.synthetic.indicators import YEARS
from refresh.atlas.synthetic.networks import Networks, invent_networks
from refresh.atlas.synthetic.sites import invent_sites

# England as published: practices in QOF, patients on their lists, practices new in the year.
_PRACTICES = (6_720, 6_571, 6_470, 6_378, 6_267, 6_188, 6_145)
_PATIENTS = (60_407_685, 60_716_244, 61_604_213, 62_378_057, 63_213_403, 63_440_000, 63_674_427)
_OPENINGS = (0, 8, 6, 8, 7, 9, 7)
_LEFT_OUT = 200  # open practices that validation keeps out of QOF
_TINY = 3  # practices with a few dozen patients

_CODE_LETTERS = "ABCDEFGHJKLMNP"


@dataclass(frozen=True)
class England:
    """Everything invented, once; row i of each array is row i of `practices`.

    practices   one row a practice that was ever open, sorted by practice_code: its name, address,
                place, sub_icb_code, ccg_code (2019-20), leanings (older, poorer, quality, caution),
                opened_on, closed_on (null: still open), successor_code (who took its list; null:
                nobody alone), in_qof (false: validation leaves it out every year)
    is_open     practices x years: open on the 31 March that ends the year
    list_size   practices x years: patients, 0 where not open
    networks    the primary care networks, and each practice's by year
    """

    seed: int
    practices: pl.DataFrame
    is_open: Flags
    list_size: Whole
    networks: Networks

    def published(self, year: str) -> Whole:
        """Rows of the practices that QOF publishes for `year`, in order of their codes."""
        in_qof = self.practices["in_qof"].to_numpy()
        return np.flatnonzero(self.is_open[:, YEARS.index(year)] & in_qof)


def invent_england(seed: int, scale: float) -> England:
    """Invent the practices of England, `scale` 1.0 for all of them.

    Takes:  any whole seed; a scale above 0, up to 1. A small one keeps every region, a few sub-ICBs
            of each, and fewer practices (never under 40).
    Gives:  a world that depends on these two alone.
    Raises: LakeError for a scale outside that.
    """
    plan = _plan(scale)
    sites = invent_sites(seed, _shares_of_sub_icbs(seed, scale, plan))
    is_open, list_size, successor = _careers(seed, sites, plan)
    practices = _practices(seed, sites, plan, is_open, successor)
    order = practices["practice_code"].arg_sort().to_numpy()
    practices, is_open, list_size = practices[order], is_open[order], list_size[order]
    return England(
        seed=seed,
        practices=practices,
        is_open=is_open,
        list_size=list_size,
        networks=invent_networks(seed, practices, is_open, scale),
    )


@dataclass(frozen=True)
class _Plan:
    """How many practices there are to be; rows come in this order until they are sorted by code.

    counts     in QOF, by year; those of the first year come first
    openings   new in QOF, by year; they come next
    left_out   kept out of QOF by validation; they come last
    """

    counts: list[int]
    openings: list[int]
    left_out: int

    @property
    def later(self) -> slice:
        """Rows of the practices that open after the first year."""
        return slice(self.counts[0], self.counts[0] + sum(self.openings))


def _plan(scale: float) -> _Plan:
    if not 0 < scale <= 1:
        raise LakeError(
            "the scale of the invented England cannot be that",
            expected="above 0, and 1 at the most",
            found=str(scale),
            next="use 1 for all of England's practices, 0.02 for about 130 of them",
        )
    return _Plan(
        counts=[max(round(count * scale), 40) for count in _PRACTICES],
        openings=[max(round(count * scale), int(count > 0)) for count in _OPENINGS],
        left_out=max(round(_LEFT_OUT * scale), 3),
    )


def _shares_of_sub_icbs(seed: int, scale: float, plan: _Plan) -> list[str]:
    """A sub-ICB for every practice: by their real number at first, then drawn by it."""
    kept = (
        places.sub_icbs()
        .sort("practices", "sub_icb_code", descending=True)
        .with_columns(rank=pl.int_range(pl.len()).over("region_code"))
        .filter(pl.col("rank") < (pl.len().over("region_code") * scale**0.5).ceil())
        .sort("sub_icb_code")
    )
    codes = kept["sub_icb_code"].to_numpy()
    share = kept["practices"].to_numpy() / kept["practices"].sum()
    exact = share * plan.counts[0]
    whole = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: plan.counts[0] - whole.sum()]] += 1
    drawn = dice(seed, "later").choice(codes, sum(plan.openings) + plan.left_out, p=share)
    return [*np.repeat(codes, whole).tolist(), *drawn.tolist()]


def _careers(seed: int, sites: pl.DataFrame, plan: _Plan) -> tuple[Flags, Whole, Whole]:
    """Who is open when, with how many patients, and into whom each closed practice went."""
    rng = dice(seed, "careers")
    n, last = sites.height, plan.later.stop
    is_open, size = np.zeros((n, len(YEARS)), dtype=bool), np.zeros((n, len(YEARS)))
    successor = np.full(n, -1)
    is_open[: plan.counts[0], 0] = is_open[last:, :] = True
    relative = rng.lognormal(0, 0.6, n)
    relative[plan.later] *= 0.3
    relative[rng.choice(plan.counts[0], _TINY, replace=False)] = 0.007
    size[:, 0] = _to_total(relative * is_open[:, 0], plan, 0)
    opened = plan.counts[0]
    for year in range(1, len(YEARS)):
        new = slice(opened, opened + plan.openings[year])
        opened = new.stop
        standing = np.flatnonzero(is_open[:last, year - 1])
        closing = plan.counts[year - 1] + plan.openings[year] - plan.counts[year]
        # The smaller a practice the sooner it closes, but for the tiny ones, which are to stay.
        chance = np.maximum(size[standing, year - 1], 1_500) ** -0.6
        closed = rng.choice(standing, closing, replace=False, p=chance / chance.sum())
        is_open[:last, year] = is_open[:last, year - 1]
        is_open[closed, year], is_open[new, year] = False, True
        grown = size[:, year - 1] * rng.lognormal(0, 0.025, n)
        grown[new] = relative[new] * size[standing, year - 1].mean()
        heirs = _nearest(sites, closed, np.setdiff1d(standing, closed))
        merged = rng.random(closing) < 0.6
        np.add.at(grown, heirs[merged], grown[closed[merged]])
        successor[closed[merged]] = heirs[merged]
        size[:, year] = _to_total(grown * is_open[:, year], plan, year)
    return is_open, size.round().astype(np.int64), successor


def _to_total(size: Real, plan: _Plan, year: int) -> Real:
    """Sizes that sum, over the practices in QOF, to the patients England had for so many."""
    wanted = _PATIENTS[year] / _PRACTICES[year] * plan.counts[year]
    there: float = size[: plan.later.stop].sum()
    return size * (wanted / there)


def _nearest(sites: pl.DataFrame, of: Whole, among: Whole) -> Whole:
    """For each row in `of`, the nearest row in `among`, in the same sub-ICB if it has one."""
    longitude, latitude = sites["longitude"].to_numpy() * 0.62, sites["latitude"].to_numpy()
    sub_icb = sites["sub_icb_code"].to_numpy()
    degrees = np.hypot(
        longitude[of, None] - longitude[None, among], latitude[of, None] - latitude[None, among]
    )
    elsewhere = sub_icb[of, None] != sub_icb[None, among]
    nearest: Whole = (degrees + 100 * elsewhere).argmin(axis=1)
    return among[nearest]


def _practices(
    seed: int, sites: pl.DataFrame, plan: _Plan, is_open: Flags, successor: Whole
) -> pl.DataFrame:
    rng = dice(seed, "practices")
    row = pl.int_range(sites.height, eager=True)
    later = (row >= plan.later.start) & (row < plan.later.stop)
    first_year, last_year = is_open.argmax(axis=1), _last_true(is_open)
    codes = _codes(sites, later)
    heir = pl.Series(successor)
    return sites.with_columns(
        practice_code=codes,
        in_qof=row < plan.later.stop,
        opened_on=pl.Series(_openings(rng, later.to_numpy(), first_year), dtype=pl.Date),
        closed_on=pl.Series(_closures(rng, last_year), dtype=pl.Date),
        successor_code=pl.when(heir >= 0).then(codes.gather(heir.clip(0))),
    )


def _codes(sites: pl.DataFrame, later: pl.Series) -> pl.Series:
    """Codes of the real form in ranges that no real practice has: letter by ICB, then a number."""
    icbs = places.sub_icbs().select("sub_icb_code", "icb_code")
    letter_of = pl.col("icb_code").rank("dense").cast(pl.Int64) - 1
    coded = (
        sites.select("sub_icb_code")
        .join(icbs.with_columns(icb=letter_of), on="sub_icb_code", maintain_order="left")
        .with_columns(later=later)
        .with_columns(nth=pl.int_range(1, pl.len() + 1).over("icb"))
        .with_columns(new=pl.col("later").cum_sum())
    )
    letter = pl.lit(pl.Series(list(_CODE_LETTERS))).gather(pl.col("icb") % len(_CODE_LETTERS))
    block = 11 + 10 * (pl.col("icb") // len(_CODE_LETTERS))
    return coded.select(
        pl.when("later")
        .then(pl.format("Y9{}", pl.col("new").cast(pl.String).str.zfill(4)))
        .otherwise(pl.format("{}{}{}", letter, block, pl.col("nth").cast(pl.String).str.zfill(3)))
    ).to_series()


def _last_true(is_open: Flags) -> Whole:
    from_the_end: Whole = is_open[:, ::-1].argmax(axis=1)
    last: int = is_open.shape[1] - 1
    return last - from_the_end


def _openings(rng: np.random.Generator, later: Flags, first_year: Whole) -> list[date]:
    """Most have been there since 1974, when the codes began; new ones open within their year."""
    of_old = rng.random(later.size) < 0.75
    since, month = rng.integers(1990, 2018, later.size), rng.choice([4, 7, 10], later.size)
    return [
        date(2019 + int(year), int(m), 1)
        if new
        else date(1974 if old else int(then), 4 if old else int(m), 1)
        for new, year, old, then, m in zip(later, first_year, of_old, since, month, strict=True)
    ]


def _closures(rng: np.random.Generator, last_year: Whole) -> list[date | None]:
    """Practices close at the end of a quarter in the year after the last that counted them."""
    ends = ((6, 30), (9, 30), (12, 31))
    quarter = rng.integers(0, 3, last_year.size)
    return [
        date(2020 + int(last), *ends[q]) if last < len(YEARS) - 1 else None
        for last, q in zip(last_year, quarter, strict=True)
    ]
