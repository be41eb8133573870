"""Patients Registered at a GP Practice, as published: every level stacked in one table.

The lists are QOF's own, for both are drawn on 1 April; the ages are of the same pyramid that QOF's
age-banded lists come from.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from engine.period import Period
from refresh.atlas.synthetic import places
from refresh.atlas.synthetic.dice import dice
from refresh.atlas.synthetic.indicators import YEARS
from refresh.atlas.synthetic.networks import UNALLOCATED
from refresh.atlas.synthetic.parcel import csv_bytes, write_file, write_zip
from refresh.atlas.synthetic.people import AGE_BANDS, age_shares
from refresh.atlas.synthetic.world import England

_SEXES = ("FEMALE", "MALE")
_LEVELS = {
    "Comm Region": "region_code",
    "ICB": "icb_code",
    "SUB_ICB_LOCATION_CODE": "location_code",
    "PCN": "pcn_code",
    "GP": "practice_code",
}


@dataclass(frozen=True)
class Month:
    """A month's files: the QOF year whose list it is, how a day is written, whether it has ages."""

    year: str
    day: str
    by_age: bool

    @property
    def on(self) -> date:
        return Period.parse(self.year, "year").next.first_day


# Ages are heavy and change slowly: they are published for three of the years here.
MONTHS = {
    "2020-04": Month("2019-20", "%d%b%Y", by_age=True),
    "2021-04": Month("2020-21", "%d%b%Y", by_age=False),
    "2022-04": Month("2021-22", "%d%b%Y", by_age=False),
    "2023-04": Month("2022-23", "%d/%m/%Y", by_age=True),
    "2024-04": Month("2023-24", "%d/%m/%Y", by_age=False),
    "2025-04": Month("2024-25", "%Y-%m-%d", by_age=False),
    "2026-04": Month("2025-26", "%Y-%m-%d", by_age=True),
}


def write_registrations(mirror: Path, england: England, month: str) -> Path:
    """Write one month: five-year ages as a zip where there are ages, else totals as a CSV.

    Takes:  the mirror's folder, the world and which of MONTHS.
    Gives:  the file written, `registrations/<month>/gp-reg-pat-prac-...`.
    """
    said = MONTHS[month]
    folder, practices = mirror / "registrations" / month, open_practices(england, said.year)
    if said.by_age:
        table = csv_bytes(_stacked(england, said, practices))
        name = "gp-reg-pat-prac-quin-age"
        return write_zip(folder / f"{name}.zip", [(f"{name}.csv", table)])
    return write_file(folder / "gp-reg-pat-prac-all.csv", csv_bytes(_totals(said, practices)))


def open_practices(england: England, year: str) -> pl.DataFrame:
    """Who has patients at the end of a QOF year.

    Gives:  one row a practice: practice_code, postcode, patients, location_code, pcn_code (U: in
            none) and the names and codes above; `row` is its row in the world.
    """
    at = YEARS.index(year)
    rows = np.flatnonzero(england.is_open[:, at] & (england.list_size[:, at] > 0))
    network = england.networks.of[rows, at]
    codes = england.networks.table["pcn_code"].gather(np.maximum(network, 0))
    location = "ccg_code" if year == "2019-20" else "sub_icb_code"
    own = england.practices[rows].select("practice_code", "postcode", location_code=location)
    return own.with_columns(
        row=pl.Series(rows),
        patients=pl.Series(england.list_size[rows, at]),
        pcn_code=pl.Series(codes).set(pl.Series(network == UNALLOCATED), "U"),
    ).join(places.organisations(year), on="location_code", how="left", maintain_order="left")


def _totals(said: Month, practices: pl.DataFrame) -> pl.DataFrame:
    return practices.select(
        PUBLICATION=pl.lit("GP_PRAC_PAT_LIST"),
        EXTRACT_DATE=pl.lit(_day(said)),
        TYPE=pl.lit("GP"),
        SUB_ICB_LOCATION_CODE="location_code",
        ONS_SUB_ICB_LOCATION_CODE="location_ons",
        CODE="practice_code",
        POSTCODE="postcode",
        SEX=pl.lit("ALL"),
        AGE=pl.lit("ALL"),
        NUMBER_OF_PATIENTS="patients",
    )


def _stacked(england: England, said: Month, practices: pl.DataFrame) -> pl.DataFrame:
    """Regions, boards, locations, networks and practices, by sex and age with every total."""
    cells = practices.hstack(_ages(england, said, practices))
    levels = []
    for kind, code in _LEVELS.items():
        postcode = pl.first("postcode") if kind == "GP" else pl.lit("").alias("postcode")
        sums = cells.group_by(code, maintain_order=True).agg(postcode, pl.col(r"^.*\|.*$").sum())
        long = sums.unpivot(index=[code, "postcode"], variable_name="cell", value_name="patients")
        named = long.rename({code: "code"}).sort("code", maintain_order=True)
        levels.append(named.with_columns(kind=pl.lit(kind)))
    parted = pl.col("cell").str.split("|")
    return pl.concat(levels).select(
        PUBLICATION=pl.lit("GP_PRAC_PAT_LIST"),
        EXTRACT_DATE=pl.lit(_day(said)),
        ORG_TYPE="kind",
        ORG_CODE="code",
        ONS_CODE=pl.lit(""),
        POSTCODE="postcode",
        SEX=parted.list.get(0),
        AGE_GROUP_5=parted.list.get(1),
        NUMBER_OF_PATIENTS="patients",
    )


def _ages(england: England, said: Month, practices: pl.DataFrame) -> pl.DataFrame:
    """Patients by sex and age, columns `FEMALE|0_4` and so on; totals first, as published."""
    shares = age_shares(england, said.year)[practices["row"].to_numpy()]
    halves = np.concatenate([shares, shares], axis=1) / 2
    rng = dice(england.seed, "ages", said.year)
    drawn = rng.multinomial(practices["patients"].to_numpy(), halves)
    columns = {"ALL|ALL": drawn.sum(axis=1)}
    for half, sex in enumerate(_SEXES):
        ages = drawn[:, half * len(AGE_BANDS) : (half + 1) * len(AGE_BANDS)]
        columns[f"{sex}|ALL"] = ages.sum(axis=1)
        columns |= {f"{sex}|{band}": ages[:, i] for i, band in enumerate(AGE_BANDS)}
    return pl.DataFrame(columns)


def _day(said: Month) -> str:
    return said.on.strftime(said.day).upper()
