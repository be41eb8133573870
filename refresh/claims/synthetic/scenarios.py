"""What claims are of: 106 kinds of care, whom each can happen to, and how they are drawn."""

from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from refresh.claims.synthetic.dice import Real, Whole
from refresh.claims.synthetic.network import ALL_SPECIALTIES
from refresh.claims.synthetic.people import SEXES
from refresh.claims.synthetic.words import CONDITIONS, SEGMENTS

SHARES = {
    "chronic": 0.40,
    "acute": 0.20,
    "preventive": 0.15,
    "injury": 0.10,
    "maternity": 0.05,
    "oncology": 0.05,
    "surgical": 0.04,
    "catastrophic": 0.005,
    "general": 0.005,
}
"""How often care is of each category, where the member's age and sex allow it."""
_OUTBREAK: dict[str, str | int] = {
    "category": "outbreak",
    "system": "Infectious and parasitic",
    "mdc": "18",
    "mdc_name": "Infectious & parasitic diseases",
    "drg": "865",
    "drg_name": "Viral illness w MCC",
    "cpt": "99291",
    "cpt_name": "Critical care",
    "level_1": "Evaluation & management",
    "level_2": "Hospital care",
    "level_3": "Initial",
    "drug": "",
    "drug_class": "",
    "drug_subclass": "",
    "service": "Inpatient",
    "channel": "IP",
    "low": 0,
    "high": 0,
    "stay_low": 0,
    "stay_high": 0,
    "age_low": 0,
    "age_high": 110,
    "sex": "",
    "condition": "",
}
_OLDEST = 100
_LIKELIER = 6.0  # times, where the member has the condition, or is in the segment


@cache
def scenarios() -> pl.DataFrame:
    """The kinds of care, one a row; costs in dollars, stays in days, ages in years."""
    return pl.read_csv(
        Path(__file__).with_name("scenarios.csv"),
        schema_overrides=dict.fromkeys(("mdc", "drg", "cpt", "diagnosis"), pl.String),
    ).with_columns(pl.selectors.string().fill_null(""))


@cache
def descriptors() -> pl.DataFrame:
    """What is said of each kind of care, and behind them of the outbreaks, told by -2 and -1."""
    ours = scenarios()
    odd = [
        {
            **_OUTBREAK,
            "name": "Radiation sickness",
            "specialty": "Oncology",
            "diagnosis": "T66.XXXA",
        }
        | {"ccsr": "INJ037 - Effect of other external causes", "detail": "Medical Stay"},
        {**_OUTBREAK, "name": "Ebola virus disease", "diagnosis": "A98.4"}
        | {"specialty": "Infectious Disease", "ccsr": "INF008 - Viral infection", "detail": "ICU"},
    ]
    return pl.concat([ours, pl.DataFrame(odd, schema=ours.schema)])


@cache
def specialties() -> Whole:
    """The place of each kind's specialty among all."""
    return np.array([ALL_SPECIALTIES.index(name) for name in scenarios()["specialty"]])


def drawn(age: Whole, sex: Whole, segment: Whole, condition: Whole, roll: Real) -> Whole:
    """A kind of care for each member, one that can happen at that age and to that sex.

    Takes:  ages in years; places in SEXES, SEGMENTS and CONDITIONS; rolls from 0 to 1.
    """
    cells = _shape()
    at = np.ravel_multi_index((np.minimum(age, _OLDEST), sex, segment, condition), cells)
    # One table of cumulated shares for all kinds of member: each cell's lie in [cell, cell + 1).
    found: Whole = np.searchsorted(_edges(), at + roll, side="right")
    kind: Whole = np.minimum(found - at * len(scenarios()), len(scenarios()) - 1)
    return kind


def _shape() -> tuple[int, int, int, int]:
    return _OLDEST + 1, len(SEXES), len(SEGMENTS), len(CONDITIONS)


@cache
def _edges() -> Real:
    """For each age, sex, segment and condition: cumulated shares of the kinds, plus its place."""
    kinds = scenarios()
    counts = kinds["category"].value_counts()
    many = dict(counts.iter_rows())
    share = np.array([SHARES[c] / many[c] for c in kinds["category"]])
    age = np.arange(_OLDEST + 1)[:, None]
    fits_age = (age >= kinds["age_low"].to_numpy()) & (age <= kinds["age_high"].to_numpy())
    wanted = kinds["sex"].to_list()
    fits_sex = np.array([[w in ("", s) or (s == "O" and w != "M") for w in wanted] for s in SEXES])
    of = kinds["condition"].to_list()
    by_condition = np.array([[_LIKELIER if c and c == w else 1.0 for w in of] for c in CONDITIONS])
    by_segment = np.array([[_LIKELIER if s == w else 1.0 for w in of] for s in SEGMENTS])
    weight = (
        share
        * fits_age[:, None, None, None, :]
        * fits_sex[None, :, None, None, :]
        * by_segment[None, None, :, None, :]
        * by_condition[None, None, None, :, :]
    )
    edges = np.cumsum(weight, axis=-1) / weight.sum(axis=-1, keepdims=True)
    flat = edges.reshape(-1, len(kinds))
    placed: Real = (flat + np.arange(len(flat))[:, None]).ravel()
    return placed
