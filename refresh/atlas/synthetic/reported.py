"""What networks report of their staff, and what patients answer when the survey asks them."""

from pathlib import Path

import numpy as np
import polars as pl

from engine.period import start_of
from refresh.atlas.synthetic.dice import dice
from refresh.atlas.synthetic.indicators import YEARS
from refresh.atlas.synthetic.parcel import csv_bytes, write_file, write_zip
from refresh.atlas.synthetic.registered import open_practices
from refresh.atlas.synthetic.world import England

_DIRECT = "Other Direct Patient Care staff"
_ROLES = {
    "Pharmacist": ("Pharmacists", _DIRECT),
    "Care Coordinator": ("Care Coordinators", _DIRECT),
    "Social Prescribing Link Worker": ("Social Prescribing Link Workers", _DIRECT),
    "Pharmacy Technician": ("Pharmacy Technicians", _DIRECT),
    "First Contact Physiotherapist": ("Physiotherapists", _DIRECT),
    "Clinical Director": ("Directors", "Directors"),
    "Senior Manager": ("Managers", "Other Admin/Non-clinical staff"),
}
_CHANCES = (0.25, 0.24, 0.13, 0.1, 0.1, 0.06, 0.12)
_RATE = (0.5, 1.2, 2.2, 3.0, 3.6, 3.9, 4.0)  # people per 10,000 patients, by year: a young scheme
_TINY = 2_000  # patients, of networks that employ nobody
_FEW = 10  # answers, under which a practice's are withheld


def write_networks_staff(mirror: Path, england: England, year: str) -> Path:
    """Write a row a person who works for a network at the end of a QOF year."""
    practices = open_practices(england, year).filter(pl.col("pcn_code") != "U")
    networks = practices.group_by("pcn_code").agg(pl.col("patients").sum()).sort("pcn_code")
    rng = dice(england.seed, "network staff", year)
    usual = np.exp(0.3 * rng.standard_normal(networks.height))
    mean = networks["patients"].to_numpy() / 1e4 * _RATE[YEARS.index(year)] * usual
    people = np.where(networks["patients"].to_numpy() < _TINY, 0, rng.poisson(mean) + 1)
    role = rng.choice(len(_ROLES), people.sum(), p=_CHANCES)
    role[np.cumsum(people) - 1] = 0  # each that has anybody has a pharmacist
    roles = pl.DataFrame(
        [(group, kind, detail) for detail, (kind, group) in _ROLES.items()],
        schema=["STAFF_GROUP", "STAFF_ROLE", "DETAILED_STAFF_ROLE"],
        orient="row",
    )[role]
    is_contracted = rng.random(len(role)) < 0.15
    end = start_of(year) + 1
    table = roles.select(
        pl.when(pl.Series(is_contracted))
        .then(pl.lit("NWRS contracted services"))
        .otherwise(pl.lit("NWRS Staff"))
        .alias("Data_source"),
        pl.lit(end).alias("CENSUS_YEAR"),
        pl.lit(3).alias("CENSUS_MONTH"),
        networks["pcn_code"]
        .gather(np.repeat(np.arange(networks.height), people))
        .alias("PCN_CODE"),
        pl.all(),
        pl.Series("FTE", rng.choice([1, 0.8, 0.6, 0.4], len(role), p=[0.5, 0.25, 0.15, 0.1])),
        pl.Series("UNIQUE_IDENTIFIER", np.arange(len(role))).set(pl.Series(is_contracted), None),
    )
    member = f"1.Primary Care Networks - March {end} Individual Level.csv"
    path = mirror / "workforce" / f"PCNWFIndividualCSV.03{end}.zip"
    return write_zip(path, [(member, csv_bytes(table, bom=True))])


def write_survey(mirror: Path, england: England, year: str) -> Path:
    """Write the weighted answers of the survey in the last months of a QOF year, by practice."""
    practices = open_practices(england, year)
    rows = practices["row"].to_numpy()
    rng = dice(england.seed, "survey", year)
    lean = {
        name: england.practices[name].to_numpy()[rows] for name in ("quality", "poorer", "older")
    }
    usual = dice(england.seed, "experience").standard_normal(england.practices.height)[rows]
    level = 1.25 + 0.45 * usual + 0.2 * lean["quality"] - 0.2 * lean["poorer"] + 0.1 * lean["older"]
    share = 1 / (1 + np.exp(-level - (0.35 if year < "2021-22" else 0)))
    reached = np.minimum(practices["patients"].to_numpy() * 0.3, 430).astype(np.int64)
    answered = rng.binomial(reached, 0.27)
    weight = rng.lognormal(0, 0.1, len(rows))
    good = rng.binomial(answered, share)
    is_new = year >= "2023-24"
    names = (
        ("ad_practicecode", "ad_practicename", "overallexp.counteval", "overallexp.baseevalw")
        if is_new
        else ("Practice_Code", "Practice_Name", "Q28_12", "Q28base")
    )
    few = pl.Series(answered < _FEW)
    withheld = [
        pl.Series(number).cast(pl.String).set(few, "-98" if is_new else "*")
        for number in (
            (good * weight).round(6),
            (answered * weight).round(6),
            (good / np.maximum(answered, 1)).round(9),
        )
    ]
    table = pl.DataFrame(
        {
            names[0]: practices["practice_code"],
            names[1]: england.practices["name"].gather(rows),
            "distributed": reached,
            "received": answered,
            names[2]: withheld[0],
            names[3]: withheld[1],
            "overallexp.pcteval" if is_new else "Q28_12pct": withheld[2],
        }
    )
    name = f"GPPS_{start_of(year) + 1}_Practice_data_(weighted)_(csv)_PUBLIC.csv"
    return write_file(mirror / "gp-patient-survey" / name, csv_bytes(table))
