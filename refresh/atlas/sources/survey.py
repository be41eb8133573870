"""The GP Patient Survey: what patients say of their practice, as weighted counts.

The file has over a thousand columns, and their names changed when the survey did, in 2024; the one
question that is kept has been asked throughout.
"""

import re

import polars as pl

from engine.atlas.tables.context_contracts import PATIENT_SURVEY
from engine.atlas.tables.qof_contracts import OWNER
from engine.period import Calendar, financial_year, year_of_century
from refresh.source import Link, Part, Source
from refresh.validate.cells import MARK

# Small practices' answers, by rule: marks as everybody has them, and codes of its own (-98).
_WITHHELD = rf"^(?:-[0-9.]+|/|{MARK})$"
_FILE = r"GPPS_(?P<year>20\d\d)_Practice_data_\(weighted\)_\(csv\)[\w-]*\.csv$"


def period(name: re.Match[str], _link: Link) -> str:
    """The financial year in whose last three months patients were asked."""
    return financial_year(year_of_century(name["year"]) - 1)


def answers(raw: pl.LazyFrame) -> pl.LazyFrame:
    """The columns of the contract; what is withheld (`-98`, `*`) is null."""
    # By every name that they ever had: the survey gave its columns others in 2024.
    wanted = {name for column in PATIENT_SURVEY.columns for name in column.published_as}
    plain = {name: name.replace(".", "_") for name in raw.collect_schema().names()}
    kept = {name: to for name, to in plain.items() if to in wanted}
    text = pl.col(list(kept.values()))
    told = raw.select(list(kept)).rename(kept)
    return told.select(pl.when(~text.str.contains(_WITHHELD)).then(text))


SOURCE = Source(
    code="gp_patient_survey",
    name="GP Patient Survey",
    publisher="NHS England and Ipsos",
    pages=("https://www.gp-patient.co.uk/surveysandreports",),
    files=(_FILE,),
    period=period,
    parts=(
        Part(
            "patient_survey",
            members=(_FILE,),
            expected=(1,),
            shape=answers,
            required=True,
        ),
    ),
    calendar=Calendar("year", after_days=105, grace_days=60),
    owner=OWNER,
    domain="Primary care",
    purpose="How good patients find each practice, all in all.",
)
