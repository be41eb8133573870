"""What others publish about practices: deprivation, ratings, doctors, payments.

Each follows the practice's own leanings (poorer, quality, older) as the QOF numbers do, so that
what is known to go together goes together here.
"""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from engine.period import start_of
from refresh.atlas.synthetic.dice import dice
from refresh.atlas.synthetic.indicators import YEARS
from refresh.atlas.synthetic.opendocument import write_ods
from refresh.atlas.synthetic.parcel import csv_bytes, write_file, write_zip
from refresh.atlas.synthetic.registered import open_practices
from refresh.atlas.synthetic.world import England

VINTAGES = {"2019": "93553", "2025": "94240"}
RATINGS = {f"01_April_{year}": date(year, 4, 1) for year in (2022, 2024, 2026)}
PAID = YEARS[:-1]  # the newest year's come out a year later

_NOT_SCORED = 0.005
_NOT_RATED = 0.04
_RATED_AGAIN = 0.3
_NOT_TOLD = 0.015  # of practices, their doctors
_FINGERTIPS = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,"
    "Category Type,Category,Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,"
    "Lower CI 99.8 limit,Upper CI 99.8 limit,Count,Denominator,Value note,Recent Trend,"
    "Compared to England value or percentiles,Column not used,Time period Sortable,New data,"
    "Compared to goal,Time period range"
).split(",")
_WORDS = ("Inadequate", "Requires improvement", "Good", "Outstanding")
_QUESTIONS = ("Safe", "Effective", "Caring", "Responsive", "Well-led")


def write_deprivation(mirror: Path, england: England, vintage: str) -> Path:
    """Write Fingertips' score of one vintage, practices below England, as its API gives it."""
    year = "2019-20" if vintage == "2019" else YEARS[-1]
    practices = open_practices(england, year)
    rng = dice(england.seed, "deprivation", vintage)
    poorer = england.practices["poorer"].to_numpy()[practices["row"].to_numpy()]
    noise = 0.04 * rng.standard_normal(len(poorer))
    score = np.clip(17.5 * np.exp(0.45 * poorer + noise), 2.5, 75).round(6)
    kept = rng.random(len(poorer)) >= _NOT_SCORED
    rows = pl.DataFrame({"Area Code": practices["practice_code"], "Value": score}).filter(kept)
    england_row = pl.DataFrame({"Area Code": ["E92000001"], "Value": [21.7]})
    stacked = pl.concat(
        [
            england_row.with_columns(pl.lit("England").alias("Area Type")),
            rows.with_columns(pl.lit("GPs").alias("Area Type")),
        ]
    ).with_columns(
        pl.lit(VINTAGES[vintage]).alias("Indicator ID"),
        pl.lit(f"Deprivation score (IMD {vintage})").alias("Indicator Name"),
        pl.lit(vintage).alias("Time period"),
    )
    published = stacked.select(
        pl.col(name) if name in stacked.columns else pl.lit("").alias(name) for name in _FINGERTIPS
    )
    name = f"fingertips_{VINTAGES[vintage]}_imd.csv"
    return write_file(mirror / "deprivation" / name, csv_bytes(published))


def write_ratings(mirror: Path, england: England, issue: str) -> Path:
    """Write one month's ratings: a row a location and question, the overall one among them."""
    rated = _rated(england, RATINGS[issue])
    questions = pl.DataFrame({"domain": ["Overall", *_QUESTIONS]})
    rows = rated.join(questions, how="cross", maintain_order="left").select(
        pl.format("1-{}", pl.col("row") + 500_000_000).alias("Location ID"),
        pl.col("practice_code").alias("Location ODS Code"),
        pl.col("name").alias("Location Name"),
        pl.lit("Primary Medical Services").alias("Location Type"),
        pl.lit("GP Practices").alias("Location Primary Inspection Category"),
        pl.lit("Overall").alias("Service / Population Group"),
        pl.col("domain").alias("Domain"),
        # All questions but the overall one are Good: the wrong row is a wrong rating.
        pl.when(pl.col("domain") == "Overall")
        .then("rating")
        .otherwise(pl.lit("Good"))
        .alias("Latest Rating"),
        pl.col("rated_on").dt.strftime("%d/%m/%Y").alias("Publication Date"),
        pl.lit("N").alias("Inherited Rating (Y/N)"),
    )
    readme = pl.DataFrame({"Latest ratings": ["Ratings by location, on the next sheet."]})
    path = mirror / "cqc" / f"{issue}_Latest_ratings.ods"
    return write_ods(path, {"README": readme, "Locations": rows})


def write_workforce(mirror: Path, england: England, year: str) -> Path:
    """Write the practice level of the workforce at the end of a QOF year; unknown is NA, or ND."""
    practices = open_practices(england, year)
    rows, size = practices["row"].to_numpy(), practices["patients"].to_numpy()
    lean = {name: england.practices[name].to_numpy()[rows] for name in ("poorer", "quality")}
    usual = dice(england.seed, "doctors").standard_normal(england.practices.height)[rows]
    rng = dice(england.seed, "doctors", year)
    rate = 4.7 - 0.06 * YEARS.index(year)
    noise = 0.28 * usual + 0.05 * rng.standard_normal(len(rows))
    doctors = size / 1e4 * rate * np.exp(noise - 0.08 * lean["poorer"] + 0.06 * lean["quality"])
    unknown = rng.random(len(rows)) < _NOT_TOLD
    word = "NA" if year >= "2022-23" else "ND"

    def told(number: np.ndarray) -> pl.Series:
        text = pl.Series(number.round(2)).cast(pl.String)
        return text.set(pl.Series(unknown), word)

    table = practices.select(
        PRAC_CODE="practice_code",
        PRAC_NAME=england.practices["name"].gather(rows),
        PCN_CODE="pcn_code",
        TOTAL_PATIENTS="patients",
        TOTAL_GP_HC=told(np.ceil(doctors * 1.4)),
        TOTAL_GP_FTE=told(doctors * 1.3),
        TOTAL_GP_EXTG_FTE=told(doctors * 1.05),
        TOTAL_GP_EXTGL_FTE=told(doctors),
    )
    end = start_of(year) + 1
    member = f"1 General Practice - March {end} Practice Level - Detailed.csv"
    path = mirror / "workforce" / f"GPWPracticeCSV.03{end}.zip"
    return write_zip(path, [(member, csv_bytes(table))])


def write_payments(mirror: Path, england: England, year: str) -> Path:
    """Write what practices were paid in one financial year; a few are not given."""
    practices = open_practices(england, year)
    rows = practices["row"].to_numpy()
    older = england.practices["older"].to_numpy()[rows]
    usual = dice(england.seed, "payments").standard_normal(england.practices.height)[rows]
    rng = dice(england.seed, "payments", year)
    size = practices["patients"].to_numpy() * (1 + 0.01 * rng.standard_normal(len(rows)))
    rate = 155 * 1.025 ** YEARS.index(year) * np.exp(0.12 * usual + 0.05 * older)
    paid = (size * rate).round(2)
    words = pl.Series(paid).cast(pl.String).set(pl.Series(rng.random(len(rows)) < 0.004), "")
    table = practices.select(
        pl.col("region_code").alias("NHS England (Region) code"),
        pl.col("location_code").alias("Sub ICB Code"),
        pl.col("pcn_code").alias("PCN Code"),
        pl.col("practice_code").alias("Practice Code"),
        pl.col("postcode").alias("Practice Postcode"),
        pl.Series("Average Number of Registered Patients", size.round(2)),
        pl.Series("Global Sum", (paid * 0.6).round(2)),
        words.alias("Total NHS Payments to General Practice"),
        pl.Series("Total NHS Payments to General Practice Minus Deductions", (paid * 0.9).round(2)),
    )
    name = f"nhspaymentsgp-{year[2:4]}-{year[5:]}-prac-csv.csv"
    return write_file(mirror / "payments" / name, csv_bytes(table, bom=True))


def _rated(england: England, on: date) -> pl.DataFrame:
    """One row a rated practice that is open on a day, with its last rating by then."""
    at = min(max(on.year - 2020, 0), len(YEARS) - 1)
    n = england.practices.height
    rng = dice(england.seed, "ratings")
    first, again = (date(2015, 6, 1).toordinal(), date(2022, 5, 1).toordinal())
    day = first + rng.integers(0, 2_300, n)
    later = np.where(rng.random(n) < _RATED_AGAIN, again + rng.integers(0, 1_400, n), 10**7)
    quality = england.practices["quality"].to_numpy()
    once, twice = (0.6 * quality + 0.8 * rng.standard_normal(n) for _ in range(2))
    is_second = later < on.toordinal()
    word = np.digitize(np.where(is_second, twice, once), (-2.33, -1.55, 1.65))
    is_rated = england.is_open[:, at] & (rng.random(n) >= _NOT_RATED)
    rated_on = [date.fromordinal(int(d)) for d in np.where(is_second, later, day)]
    return england.practices.select(
        "practice_code",
        "name",
        row=pl.int_range(pl.len()),
        rating=pl.Series(np.array(_WORDS)[word]),
        rated_on=pl.Series(rated_on),
    ).filter(pl.Series(is_rated))
