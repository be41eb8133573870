"""What surrounds a practice: list, age, deprivation, rating, doctors, payments, patients' views.

First the parts as published, then `practice_context`, which the lake makes of them. How each
measure rolls up to an area is in engine/atlas/metrics/context_measures.py.
"""

from dataclasses import replace

import polars as pl

from engine.atlas.tables.qof_contracts import OWNER, PRACTICE_CODE
from engine.rules import Between, Matches, NoMoreThan, NotNull
from engine.table import Column, Table

_EXTRACT_ON = Column(
    "extract_on", pl.Date, "Day the list was drawn", aka=("EXTRACT_DATE",), rules=(NotNull(),)
)
_PATIENTS = Column(
    "patients",
    pl.Int64,
    "Patients registered",
    "patients",
    aka=("NUMBER_OF_PATIENTS",),
    rules=(NotNull(), Between(low=0, high=1_000_000)),
)
_SEX = Column("sex", pl.String, "FEMALE or MALE, as published", rules=(NotNull(),))

REGISTERED = Table(
    name="registered",
    grain="practice, within one month",
    meaning="Patients registered with each practice.",
    key=("practice_code",),
    columns=(replace(PRACTICE_CODE, aka=("CODE", "ORG_CODE")), _EXTRACT_ON, _PATIENTS),
    owner=OWNER,
)
REGISTERED_BY_AGE = Table(
    name="registered_by_age",
    grain="practice x sex x age group, within one month; no totals among the rows",
    meaning="Patients registered with each practice, by sex and age.",
    key=("practice_code", "sex", "age_group"),
    columns=(
        replace(PRACTICE_CODE, aka=("ORG_CODE", "CODE")),
        _EXTRACT_ON,
        _SEX,
        Column(
            "age_group",
            pl.String,
            "Years of age: `65_69`, `95+`, or a single year",
            aka=("AGE_GROUP_5", "AGE"),
            rules=(NotNull(), Matches(pattern=r"[0-9]+(?:_[0-9]+|\+)?", example="65_69")),
        ),
        _PATIENTS,
    ),
    owner=OWNER,
)

DEPRIVATION_SCORE = Table(
    name="deprivation_score",
    grain="practice x vintage of the Index of Multiple Deprivation",
    meaning="How deprived the places are where a practice's patients live.",
    key=("practice_code", "vintage"),
    columns=(
        replace(PRACTICE_CODE, aka=("AREA_CODE", "AREACODE")),
        Column(
            "vintage",
            pl.Int32,
            "Year of the Indices of Deprivation: 2010, 2015, 2019, 2025",
            "year",
            aka=("TIME_PERIOD", "IMD_YEAR", "YEAR"),
            rules=(NotNull(), Between(low=2004, high=2100)),
        ),
        Column(
            "score",
            pl.Float64,
            "IMD score, averaged over the practice's patients",
            "score",
            aka=("VALUE", "IMD_SCORE"),
            rules=(NotNull(), Between(low=0, high=100)),
        ),
    ),
    owner=OWNER,
)

_LSOA = Column(
    "lsoa_code",
    pl.String,
    "Lower layer super output area; for patients also CLOSED, EMPTY, or one outside England",
    rules=(
        NotNull(),
        Matches(
            severity="warn",
            pattern=r"[EWSNL][0-9]{8}|95[0-9A-Z]+|CLOSED|EMPTY",
            example="E01000001",
        ),
    ),
)
_LSOA_YEAR = Column(
    "lsoa_year",
    pl.Int32,
    "Census whose areas these are, 2011 or 2021: one code can mean two areas",
    "year",
    rules=(NotNull(), Between(low=2001, high=2100)),
)
REGISTERED_BY_LSOA = Table(
    name="registered_by_lsoa",
    grain="practice x area x sex, within one month",
    meaning="Patients registered with each practice, by the small area where they live.",
    key=("practice_code", "lsoa_code", "sex"),
    columns=(PRACTICE_CODE, _LSOA, _LSOA_YEAR, _SEX, _PATIENTS),
    owner=OWNER,
)
LSOA_DEPRIVATION = Table(
    name="lsoa_deprivation",
    grain="area of England, within one edition of the Indices of Deprivation",
    meaning="How deprived each small area is.",
    key=("lsoa_code",),
    columns=(
        _LSOA,
        _LSOA_YEAR,
        Column(
            "score",
            pl.Float64,
            "Index of Multiple Deprivation, score",
            "score",
            aka=("IMD_SCORE",),
            rules=(NotNull(), Between(low=0, high=100)),
        ),
    ),
    owner=OWNER,
)

CQC_RATING = Table(
    name="cqc_rating",
    grain="location x day of its overall rating; several locations can share a practice's code",
    meaning="Overall ratings of general practices by the Care Quality Commission.",
    key=("practice_code", "location", "rated_on"),
    columns=(
        replace(PRACTICE_CODE, aka=("LOCATION_ODS_CODE", "ODS_CODE")),
        Column(
            "location",
            pl.String,
            "The location's own id, or its name where no id is given",
            aka=("LOCATION_ID", "LOCATION_NAME"),
            rules=(NotNull(),),
        ),
        Column("rating", pl.String, "Overall rating, as published", aka=("LATEST_RATING",)),
        Column(
            "rated_on",
            pl.Date,
            "Day it was published; 1 January where only the year is given",
            aka=("PUBLICATION_DATE",),
            rules=(NotNull(),),
        ),
        Column(
            "inherited",
            pl.String,
            "Y: taken over from the provider before",
            aka=("INHERITED_RATING",),
            required=False,
        ),
    ),
    owner=OWNER,
)

_GP_FTE = Column(
    "gp_fte",
    pl.Float64,
    "GPs, in training and locums left out; null: not known, never none",
    "full-time equivalents",
    aka=("TOTAL_GP_EXTGL_FTE",),
    rules=(Between(low=0, high=500),),
)
_SERVED = Column(
    "patients",
    pl.Float64,
    "Patients registered, as the same publication has them",
    "patients",
    aka=("TOTAL_PATIENTS",),
    rules=(Between(low=0, high=1_000_000),),
)
GP_WORKFORCE = Table(
    name="gp_workforce",
    grain="practice, at the end of one month",
    meaning="Full-time equivalents of fully qualified GPs at each practice, without locums.",
    key=("practice_code",),
    columns=(PRACTICE_CODE, _GP_FTE, _SERVED),
    owner=OWNER,
)
GP_WORKFORCE_BY_YEAR = Table(
    name="gp_workforce_by_year",
    grain="practice x calendar year",
    meaning="The same, averaged over each year.",
    key=("practice_code", "counted_in"),
    columns=(
        PRACTICE_CODE,
        Column(
            "counted_in",
            pl.Int32,
            "Calendar year",
            "year",
            aka=("YEAR",),
            rules=(NotNull(), Between(low=2010, high=2100)),
        ),
        _GP_FTE,
        _SERVED,
    ),
    owner=OWNER,
)

NETWORK_STAFF = Table(
    name="network_staff",
    grain="a person in a role (or a contracted service), at the end of one month",
    meaning="Staff in direct patient care whom primary care networks employ or engage.",
    key=("record",),
    columns=(
        Column("record", pl.Int64, "Which row of the file", "row number", rules=(NotNull(),)),
        Column(
            "pcn_code",
            pl.String,
            "ODS code of the network",
            rules=(NotNull(), Matches(allow=0.01, pattern=r"U[0-9]{5}", example="U89141")),
        ),
        Column("role", pl.String, "Role, as published", aka=("STAFF_ROLE",)),
        Column(
            "fte",
            pl.Float64,
            "Full-time equivalents",
            "full-time equivalents",
            rules=(Between(allow=0.001, low=0, high=100),),
        ),
    ),
    owner=OWNER,
)

PATIENT_SURVEY = Table(
    name="patient_survey",
    grain="practice, within one survey",
    meaning="What patients said of their overall experience of the practice, weighted.",
    key=("practice_code",),
    columns=(
        replace(PRACTICE_CODE, aka=("AD_PRACTICECODE",)),
        Column(
            "good",
            pl.Float64,
            "Patients who called it very or fairly good, weighted; null: withheld, too few answers",
            "weighted answers",
            aka=("OVERALLEXP_COUNTEVAL", "Q28_12"),
            required=False,
            rules=(Between(), NoMoreThan(allow=0.001, other="answered")),
        ),
        Column(
            "answered",
            pl.Float64,
            "Patients who answered that question, weighted",
            "weighted answers",
            aka=("OVERALLEXP_BASEEVALW", "Q28_12345BASE", "Q28BASE"),
            required=False,
            rules=(Between(),),
        ),
        Column(
            "good_share",
            pl.Float64,
            "The one over the other, as published",
            "share, 0 to 1",
            aka=("OVERALLEXP_PCTEVAL", "Q28_12PCT"),
            rules=(Between(low=0, high=1),),
        ),
    ),
    owner=OWNER,
)

PRACTICE_PAYMENTS = Table(
    name="practice_payments",
    grain="practice, within one financial year",
    meaning="What the NHS paid each practice, and for how many patients.",
    key=("practice_code",),
    columns=(
        PRACTICE_CODE,
        Column(
            "paid_gbp",
            pl.Float64,
            "All NHS payments to general practice, before deductions",
            "GBP",
            aka=("TOTAL_NHS_PAYMENTS_TO_GENERAL_PRACTICE",),
        ),
        Column(
            "patients",
            pl.Float64,
            "Registered patients, averaged over the quarters",
            "patients",
            aka=("NUMBER_OF_REGISTERED_PATIENTS", "AVERAGE_NUMBER_OF_REGISTERED_PATIENTS"),
            rules=(Between(),),
        ),
    ),
    owner=OWNER,
)

PRACTICE_CONTEXT = Table(
    name="practice_context",
    grain="measure x period x practice (for staff of networks: x network); what is not known has"
    " no row",
    meaning="What makes practices differ before they do anything: one row a thing that is known.",
    key=("measure", "period", "practice_code"),
    columns=(
        Column(
            "measure", pl.String, "Which measure, as in engine/atlas/metrics", rules=(NotNull(),)
        ),
        Column(
            "period",
            pl.String,
            "As its publication names it: 2026-07, 2021-22, 2019; `undated` where it says none",
            rules=(NotNull(),),
        ),
        Column("as_of", pl.Date, "The day it holds for", rules=(NotNull(),)),
        replace(
            PRACTICE_CODE,
            meaning="ODS code of the practice; for staff of networks, of the network",
        ),
        Column(
            "numerator",
            pl.Float64,
            "What areas add up; null where the measure is no sum",
            "the measure's own",
        ),
        Column(
            "denominator",
            pl.Float64,
            "What areas divide that sum by; null where they do not",
            "the measure's own",
            rules=(Between(),),
        ),
        Column(
            "value",
            pl.Float64,
            "The practice's own figure, where it is no ratio of the two",
            "the measure's own",
        ),
        Column("text", pl.String, "The practice's own word, where the measure is one"),
        Column(
            "rated_on",
            pl.Date,
            "Day on which that word was given (1 January where only the year is known)",
        ),
        Column(
            "known_share",
            pl.Float64,
            "Of the practice's patients, those on whom its value rests; null where nobody says",
            "share, 0 to 1",
            rules=(Between(low=0, high=1),),
        ),
        Column("source", pl.String, "The source that said so", rules=(NotNull(),)),
    ),
    owner=OWNER,
    sort=("measure", "period", "practice_code"),
    partition="measure",
    row_group=16_384,
)
