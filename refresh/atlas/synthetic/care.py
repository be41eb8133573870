"""What QOF would have counted: who was eligible, who was adjusted for, who was cared for, points.

Pure: from the world to one table of numbers a year, practices x (indicator, measure). Achievement
is beta-binomial around a practice's own level, which persists from year to year; England's figure
is the declared one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from refresh.atlas.synthetic import people
from refresh.atlas.synthetic.dice import Real, Whole, dice
from refresh.atlas.synthetic.indicators import YEARS, Indicator, indicators, lines
from refresh.atlas.synthetic.world import England

PUBLISHED_WORDS = {
    "R": "REGISTER",
    "W": "NEWLY_DIAGNOSED",
    "N": "NUMERATOR",
    "D": "DENOMINATOR",
    "P": "PCAS",
    "A": "ACHIEVED_POINTS",
}

# What is left, a year on and two years on, of what 2020-21 took from an indicator.
_RECOVERY = {"2020-21": 1.0, "2021-22": 0.45, "2022-23": 0.15}
# How far achievement falls, in logits, with a deviation of deprivation; vaccines and smears most.
_GRADIENT = {"VI": -0.28, "CS": -0.20}
_USUAL_GRADIENT = -0.08
_SHARED = 0.15  # of what a practice keeps, that its neighbours have as well
_CONCENTRATION = 90  # of the beta distribution: the larger, the less a year's luck

_NOT_REPORTED = 0.0006  # of practice x indicator
_NO_PCAS_GIVEN = 0.002
# Year, indicator, and how many practices then have a numerator above their denominator.
_OVER_ACHIEVED = ("2021-22", "COPD008", 2)

_UNPROTECTED_2020 = {"CHD007", "COPD007", "DM018", "STIA009", "CS005", "CS006"}


@dataclass(frozen=True)
class Care:
    """One year's numbers.

    rows        rows of england.practices, those published, in order of their codes
    cells       (indicator code, measure) of each column of `values`
    values      practices x cells, NaN where a measure does not apply or was not reported
    registers   by group code, patients of each published practice
    lists       by list type, the same
    max_points  the most each practice could have had
    """

    year: str
    rows: Whole
    cells: tuple[tuple[str, str], ...]
    values: Real
    registers: dict[str, Whole]
    lists: dict[str, Whole]
    max_points: Whole


def yearly_care(england: England, years: Sequence[str] = YEARS) -> Iterator[Care]:
    """The numbers of these years, in order: points that are protected need the year before.

    Takes:  YEARS, or the first few of them.
    Gives:  one Care a year.
    """
    earned: dict[str, Real] = {}
    for year in years:
        care, earned = _care(england, year, earned)
        yield care


def newest_care(england: England) -> Care:
    """The numbers of the newest year: its points are not protected, so it needs none before it."""
    return _care(england, YEARS[-1], {})[0]


def _care(england: England, year: str, earned: dict[str, Real]) -> tuple[Care, dict[str, Real]]:
    """One year's numbers, and the shares of points by line that the next may need."""
    rows = england.published(year)
    every_list = people.lists(england, year)
    every_register = people.registers(england, year, every_list, rows)
    lists = {list_type: patients[rows] for list_type, patients in every_list.items()}
    registers = {group: patients[rows] for group, patients in every_register.items()}
    counts = _counts(england, year, rows, {**lists, **registers})
    share = _shares_of_points(england, year, rows, counts, registers, earned)
    earned = _by_row(england, year, rows, share)
    cells, values = _table(england, year, counts, share, registers)
    max_points = _max_points(year, counts)
    return Care(year, rows, cells, values, registers, lists, max_points), earned


def _counts(
    england: England, year: str, rows: Whole, patients: dict[str, Whole]
) -> dict[str, Whole]:
    """Numerators (N), denominators (D) and PCAs (P), each practices x indicators that have them."""
    rng = dice(england.seed, "counts", year)
    asked = [i for i in indicators(year) if i.asked]
    of_whom = [i.asked for i in asked if i.asked]
    eligible = np.stack([_eligible(rng, patients[base], share) for base, share in of_whom], axis=1)
    rate = _adjusted(england, rows, asked) * np.array(["P" in i.measures for i in asked])
    pcas = rng.binomial(eligible, _beta(rng, rate, 40))
    denominator = eligible - pcas
    level = _levels(england, year, rows, asked, denominator)
    numerator = rng.binomial(denominator, _beta(rng, level, _CONCENTRATION))
    return {"N": numerator, "D": denominator, "P": pcas}


def _eligible(rng: np.random.Generator, patients: Whole, share: float) -> Whole:
    if share < 1:
        return rng.binomial(patients, share)
    return (patients * share).round().astype(np.int64)


def _adjusted(england: England, rows: Whole, asked: list[Indicator]) -> Real:
    """The share of the eligible that each practice adjusts for, by habit and by indicator."""
    caution = england.practices["caution"].to_numpy()[rows, None]
    logits = _logit(np.array([i.pca_percent for i in asked]) / 100)
    return _expit(logits + 0.4 * caution + 0.45 * _lasting(england, "pcas", asked)[rows] - 0.1)


def _levels(
    england: England, year: str, rows: Whole, asked: list[Indicator], patients: Whole
) -> Real:
    """Each practice's own level of each indicator, England's being the declared one."""
    rng = dice(england.seed, "levels", year)
    lost = np.array([i.dip * _RECOVERY.get(year, 0.0) for i in asked])
    declared = np.array([i.percent for i in asked])
    target = np.clip((declared - lost) / 100, 0.05, 0.99)
    # What a bad year takes, it takes from some practices far more than from others.
    spread = 1 + 0.3 * np.sqrt(np.maximum(lost, 0))
    quality, poorer = (england.practices[of].to_numpy()[rows, None] for of in ("quality", "poorer"))
    gradient = np.array([_GRADIENT.get(i.group.code, _USUAL_GRADIENT) for i in asked])
    lasting = _lasting(england, "levels", asked)[rows]
    yearly = rng.standard_normal(lasting.shape)
    leaning = spread * (0.25 * quality + 0.38 * lasting + 0.18 * yearly) + gradient * poorer
    return _centred(leaning, target, patients)


def _centred(leaning: Real, target: Real, patients: Whole) -> Real:
    """Levels that lean as told and whose patient-weighted mean is the target, column by column."""
    total = np.maximum(patients.sum(axis=0), 1)
    shift = _logit(target)
    for _ in range(4):
        level = _expit(shift + leaning)
        miss = target - (level * patients).sum(axis=0) / total
        shift = shift + miss / ((level * (1 - level) * patients).sum(axis=0) / total + 1e-9)
    return _expit(shift + leaning)


def _lasting(england: England, what: str, asked: list[Indicator]) -> Real:
    """What a practice keeps from year to year, rows x indicators; a new code keeps its line's.

    Part of it is the place's: practices of one sub-ICB share habits, which is what a map shows.
    """
    rng = dice(england.seed, "lasting", what)
    place = england.practices["sub_icb_code"].rank("dense").to_numpy().astype(np.int64) - 1
    own = rng.standard_normal((england.practices.height, len(lines())), dtype=np.float32)
    local = rng.standard_normal((place.max() + 1, len(lines())), dtype=np.float32)
    by_line = np.sqrt(1 - _SHARED) * own + np.sqrt(_SHARED) * local[place]
    lasting: Real = by_line[:, [lines().index(i.line) for i in asked]].astype(np.float64)
    return lasting


def _shares_of_points(
    england: England,
    year: str,
    rows: Whole,
    counts: dict[str, Whole],
    registers: dict[str, Whole],
    earned: dict[str, Real],
) -> dict[str, Real]:
    """By indicator, the share of its points that each practice was given."""
    rng = dice(england.seed, "points", year)
    ratio = counts["N"] / np.maximum(counts["D"], 1)
    took_part = 1.0 if year == "2020-21" else 0.97  # that year it was awarded in full
    share, column = {}, 0
    for i in indicators(year):
        if i.asked:
            low, high = i.thresholds
            share[i.code] = np.clip((ratio[:, column] - low) / (high - low), 0, 1)
            column += 1
        elif "R" in i.measures:
            share[i.code] = (registers[i.group.code] > 0).astype(float)
        else:
            share[i.code] = (rng.random(len(rows)) < took_part).astype(float)
        if i.line in earned:
            share[i.code] = _protected(i, year, share[i.code], earned[i.line][rows])
    return share


def _protected(i: Indicator, year: str, share: Real, before: Real) -> Real:
    """Points as the years of protection gave them; `before` is NaN for a practice that was not."""
    if year == "2020-21" and i.asked and i.code not in _UNPROTECTED_2020:
        higher: Real = np.fmax(share, before)
        return higher
    if year == "2024-25" and i.line not in {later.line for later in indicators("2025-26")}:
        return np.where(np.isnan(before), share, before)
    return share


def _by_row(england: England, year: str, rows: Whole, share: dict[str, Real]) -> dict[str, Real]:
    """Shares of points by line, over all rows of england.practices, to look up next year."""
    by_line = {}
    for i in indicators(year):
        by_line[i.line] = np.full(england.practices.height, np.nan)
        by_line[i.line][rows] = share[i.code]
    return by_line


def _table(
    england: England,
    year: str,
    counts: dict[str, Whole],
    share: dict[str, Real],
    registers: dict[str, Whole],
) -> tuple[tuple[tuple[str, str], ...], Real]:
    """The measures side by side, with what was not reported, and what cannot be, planted."""
    rng = dice(england.seed, "oddities", year)
    odd_year, odd_code, odd_count = _OVER_ACHIEVED
    cells: list[tuple[str, str]] = []
    columns: list[Real] = []
    column = 0
    for i in indicators(year):
        of: dict[str, Real | Whole] = {"A": (share[i.code] * i.points[year]).round(2)}
        if i.group.code in registers:
            of["R"] = registers[i.group.code]
        if i.asked:
            of |= {measure: counts[measure][:, column].astype(float) for measure in "NDP"}
            of["W"] = of["D"] + of["P"]
            of["P"] = np.where(rng.random(len(of["P"])) < _NO_PCAS_GIVEN, np.nan, of["P"])
            column += 1
            if (year, i.code) == (odd_year, odd_code):
                seen = rng.choice(np.flatnonzero(of["D"] > 5), odd_count, replace=False)
                of["N"][seen] = of["D"][seen] + 1
        silent = rng.random(len(share[i.code])) < _NOT_REPORTED
        for letter in i.measures:
            cells.append((i.code, PUBLISHED_WORDS[letter]))
            columns.append(np.where(silent, np.nan, of[letter]))
    return tuple(cells), np.stack(columns, axis=1)


def _max_points(year: str, counts: dict[str, Whole]) -> Whole:
    """A practice with nobody to ask about cannot have an indicator's points."""
    asked = [i for i in indicators(year) if i.asked]
    nobody = (counts["D"] + counts["P"]) == 0
    lost: Whole = nobody @ np.array([i.points[year] for i in asked])
    return sum(i.points[year] for i in indicators(year)) - lost


def _beta(rng: np.random.Generator, mean: Real, concentration: float) -> Real:
    mean = np.clip(mean, 1e-4, 1 - 1e-4)
    return rng.beta(mean * concentration, (1 - mean) * concentration)


def _logit(share: Real) -> Real:
    share = np.clip(share, 1e-4, 1 - 1e-4)
    return np.log(share / (1 - share))


def _expit(logits: Real) -> Real:
    return 1 / (1 + np.exp(-logits))
