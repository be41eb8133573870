"""Small areas: which of them each practice's patients live in, and how deprived each one is.

Every practice has a few areas of its own, and shares those of the practices next to it; an area is
about as poor as the practice it lies nearest to. The codes are ones that no real area has.
"""

from pathlib import Path

import numpy as np
import polars as pl

from refresh.atlas.synthetic.dice import dice
from refresh.atlas.synthetic.indicators import YEARS
from refresh.atlas.synthetic.parcel import csv_bytes, write_file, write_zip
from refresh.atlas.synthetic.registered import open_practices
from refresh.atlas.synthetic.world import England

MONTH = "2026-04"
_OWN = 6  # areas a practice
_FIRST = 1_100_000
_NEXT_DOOR = (0, 1, -1)  # whose areas a practice's patients live in, in order of their codes
_SHARES = (0.90, 0.06, 0.04)
_ELSEWHERE = {"CLOSED": 0.002, "EMPTY": 0.001, "W01000489": 0.002}


def write_patients_by_area(mirror: Path, england: England) -> Path:
    """Write one quarter's patients by practice and LSOA, those without one in England too."""
    practices = open_practices(england, YEARS[-1])
    rows, size = practices["row"].to_numpy(), practices["patients"].to_numpy()
    rng = dice(england.seed, "areas")
    near = (rows[:, None] + np.array(_NEXT_DOOR)) % england.practices.height
    area = (near[:, :, None] * _OWN + np.arange(_OWN)).reshape(len(rows), -1)
    share = rng.dirichlet(np.ones(_OWN), (len(rows), len(_NEXT_DOOR))) * np.array(_SHARES)[:, None]
    elsewhere = list(_ELSEWHERE.values())
    lived = share.reshape(len(rows), -1) * (1 - sum(elsewhere))
    counts = rng.multinomial(size, np.hstack([lived, np.tile(elsewhere, (len(rows), 1))]))
    named = np.hstack([_codes(area), np.tile(list(_ELSEWHERE), (len(rows), 1))])
    cells = counts.shape[1]
    table = pl.DataFrame(
        {
            "PRACTICE_CODE": practices["practice_code"].gather(
                np.repeat(np.arange(len(rows)), cells)
            ),
            "PRACTICE_NAME": england.practices["name"].gather(np.repeat(rows, cells)),
            "LSOA_CODE": named.ravel(),
            "NUMBER_OF_PATIENTS": counts.ravel(),
        }
    ).filter(pl.col("NUMBER_OF_PATIENTS") > 0)
    published = table.select(
        pl.lit("GP_PRAC_PAT_LIST").alias("PUBLICATION"),
        pl.lit("01/04/2026").alias("EXTRACT_DATE"),
        *("PRACTICE_CODE", "PRACTICE_NAME", "LSOA_CODE"),
        pl.lit("ALL").alias("SEX"),
        "NUMBER_OF_PATIENTS",
    )
    path = mirror / "registrations" / MONTH / "gp-reg-pat-prac-lsoa-male-female-April-26.zip"
    return write_zip(path, [("gp-reg-pat-prac-lsoa-all.csv", csv_bytes(published))])


def write_indices(mirror: Path, england: England) -> Path:
    """Write File 7 of the Indices of Deprivation 2025: a score, rank and decile an area."""
    rng = dice(england.seed, "indices")
    poorer = np.repeat(england.practices["poorer"].to_numpy(), _OWN)
    score = np.clip(17.5 * np.exp(0.45 * poorer + 0.2 * rng.standard_normal(len(poorer))), 0.5, 92)
    area = np.arange(len(score))
    name = "Index of Multiple Deprivation (IMD)"
    rank = pl.Series(score).rank("ordinal", descending=True).cast(pl.Int64)
    table = pl.DataFrame(
        {
            "LSOA code (2021)": _codes(area),
            "LSOA name (2021)": pl.Series(area).cast(pl.String),
            f"{name} Score": score.round(3),
            f"{name} Rank (where 1 is most deprived)": rank,
            f"{name} Decile (where 1 is most deprived 10% of LSOAs)": (rank - 1) * 10 // len(area)
            + 1,
        }
    ).with_columns(pl.format("Invented {}", pl.col("LSOA name (2021)")).alias("LSOA name (2021)"))
    stem = "File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators"
    return write_file(mirror / "deprivation" / f"{stem}.csv", csv_bytes(table))


def _codes(area: np.ndarray) -> np.ndarray:
    return np.char.add("E0", (area + _FIRST).astype(np.str_))
