"""Who is on a practice's list: ages, the age-banded lists that QOF counts against, registers.

Pure: from the world to patients, year by year. One age pyramid stands behind every list, so lists
that overlap agree, and whatever else is published about ages can be drawn from the same one.
"""

import numpy as np

from refresh.atlas.synthetic.dice import Real, Whole, dice
from refresh.atlas.synthetic.indicators import YEARS, Group, groups
from refresh.atlas.synthetic.world import England

AGE_BANDS = (*(f"{age}_{age + 4}" for age in range(0, 95, 5)), "95+")

# England's patients by five-year band, per cent, near enough.
_ENGLAND = np.array(
    [
        *(5.2, 5.8, 5.8, 5.5, 6.2, 7.0, 7.4, 7.2, 6.6, 6.4),
        *(6.7, 6.5, 5.6, 4.8, 4.4, 3.6, 2.4, 1.4, 0.65, 0.2),
    ]
)
# How a band's share moves with a deviation of age: young adults one way, the retired the other.
_TILT = np.array(
    [
        *(-0.10, -0.06, -0.02, 0.00, -0.22, -0.30, -0.27, -0.20, -0.12, -0.04),
        *(0.05, 0.14, 0.24, 0.33, 0.40, 0.45, 0.47, 0.48, 0.48, 0.48),
    ]
)
_AGEING = 0.012  # deviations by which every list grows older in a year

# First and last year of age, and the share of them it is (half for women only).
_LISTS = {
    "TOTAL": (0, 120, 1.0),
    **{"06OV": (6, 120, 1.0), "15OV": (15, 120, 1.0), "16OV": (16, 120, 1.0)},
    **{"17OV": (17, 120, 1.0), "18OV": (18, 120, 1.0), "40OV": (40, 120, 1.0)},
    **{"45OV": (45, 120, 1.0), "50OV": (50, 120, 1.0), "80OV": (80, 120, 1.0)},
    **{"79UN": (0, 79, 1.0), "06_19": (6, 19, 1.0), "30_74": (30, 74, 1.0)},
    **{"25_64_F": (25, 64, 0.5), "25_49_F": (25, 49, 0.5), "50_64_F": (50, 64, 0.5)},
    **{"UN01": (0, 0, 1.0), "1_2": (1, 1, 1.0), "4_5": (5, 5, 1.0), "79_80": (80, 80, 1.0)},
}


def age_shares(england: England, year: str) -> Real:
    """The age pyramid of each practice in `year`.

    Gives:  rows of england.practices x AGE_BANDS, shares that sum to 1 in each row.
    """
    older = england.practices["older"].to_numpy() + _AGEING * YEARS.index(year)
    tilted: Real = _ENGLAND * np.exp(np.clip(older, -2.5, 3)[:, None] * _TILT)
    whole: Real = tilted.sum(axis=1, keepdims=True)
    return tilted / whole


def lists(england: England, year: str) -> dict[str, Whole]:
    """The patients of each practice on every kind of list that QOF knows.

    Gives:  by list type (`TOTAL`, `17OV`, ...): whole patients, one number a row of
            england.practices; 0 where it is not open.
    """
    size = england.list_size[:, YEARS.index(year)]
    shares = age_shares(england, year)
    return {
        list_type: (size * (shares @ _coverage(first, last)) * part).round().astype(np.int64)
        for list_type, (first, last, part) in _LISTS.items()
    }


def registers(
    england: England, year: str, on_lists: dict[str, Whole], rows: Whole
) -> dict[str, Whole]:
    """The patients on each condition's register.

    Takes:  the lists of that year, and the rows published, over which England's figure must hold.
    Gives:  by group code, for groups with a register that year: whole patients, one number a row of
            england.practices, never more than its list.
    """
    rng = dice(england.seed, "registers", year)
    return {
        group.code: rng.binomial(on_lists[group.list_type(year)], rate)
        for group in groups().values()
        if year in group.register_percent
        for rate in [_rate(england, group, year, on_lists[group.list_type(year)], rows)]
    }


def _rate(england: England, group: Group, year: str, on_list: Whole, rows: Whole) -> Real:
    """Each practice's chance that a patient is on the register; over `rows`, England's figure."""
    noise = dice(england.seed, "register", group.code).standard_normal(len(on_list))
    older, poorer = (england.practices[what].to_numpy() for what in ("older", "poorer"))
    relative: Real = np.exp(group.older * older + group.poorer * poorer + group.noise * noise)
    wanted = group.register_percent[year] / 100
    level: float = wanted * on_list[rows].sum() / (on_list * relative)[rows].sum()
    rate: Real = np.minimum(level * relative, 0.95)
    return rate


def _coverage(first: int, last: int) -> Real:
    """The part of each five-year band that lies between two ages, both counted."""
    starts = np.arange(len(AGE_BANDS)) * 5
    ends = np.append(starts[1:], 121)
    years: Whole = np.minimum(ends, last + 1) - np.maximum(starts, first)
    return np.clip(years, 0, None) / (ends - starts)
