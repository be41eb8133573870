"""Context measures: what each one is and by which rule it rolls up from practices to an area.

The parts are in the lake's `practice_context`; engine/atlas/context.py does the sums. No measure is
ever a mean of practices' percentages, and a word is never averaged.
"""

from dataclasses import dataclass
from typing import Literal

from engine.atlas.metrics.qof_measures import OWNER

Rule = Literal["sum", "sum over sum", "list-weighted mean", "practices only"]


@dataclass(frozen=True)
class ContextMeasure:
    """One thing to know of a practice, and how an area's figure follows from its practices'.

    rule          sum: patients are added. sum over sum: numerators over denominators of the
                  practices that gave both. list-weighted mean: of practices' scores, weighted by
                  their patients. practices only: an area has none
    of            whose figures it is made of: practices', or networks', which no practice has;
                  an area holds as much of a network as it has of its patients
    scale         what a ratio is multiplied by: 100 for percent
    is_word       its value is text
    within_days   how far from the year's list day it may lie; None: any number
    may_be_later  whether, for want of an earlier one, the first period after may stand in: true
                  where things change slowly
    """

    name: str
    label: str
    unit: str
    rule: Rule
    source: str
    why: str
    caveats: str
    owner: str = OWNER
    of: Literal["practice", "pcn"] = "practice"
    scale: float = 1
    is_word: bool = False
    within_days: int | None = None
    may_be_later: bool = False


NOT_RATED = "Not rated"
RATINGS = ("Outstanding", "Good", "Requires improvement", "Inadequate")

LIST_SIZE = ContextMeasure(
    name="list_size",
    label="Registered patients",
    unit="patients",
    rule="sum",
    source="registrations",
    why="Small lists make rates swing; large ones hide what happens within them.",
    caveats="The list of 1 April after the QOF year, as QOF has it or as registered that day."
    " Lists hold some people who moved away. From April 2024 they come from another system.",
    within_days=370,
)
AGED_65_AND_OVER = ContextMeasure(
    name="aged_65_and_over",
    label="Aged 65 and over",
    unit="percent",
    rule="sum over sum",
    source="registrations",
    why="Most long-term conditions come with age.",
    caveats="Patients aged 65 and over among all registered, both on the day the file was drawn,"
    " which is never QOF's own list.",
    scale=100,
    within_days=1100,
    may_be_later=True,
)
DEPRIVATION = ContextMeasure(
    name="deprivation",
    label="Deprivation (IMD score)",
    unit="score",
    rule="list-weighted mean",
    source="deprivation",
    why="Care that is as good reaches fewer patients where life is harder.",
    caveats="Of the places where patients live, not of the surgery; higher is more deprived."
    " Weighted by patients of each small area (LSOA) where both files are here, else as Fingertips"
    " gives it. Patients without an area in England are left out. Scores of different vintages"
    " (2010, 2015, 2019, 2025) are not comparable.",
    may_be_later=True,
)
DEPRIVATION_DECILE = ContextMeasure(
    name="deprivation_decile",
    label="Deprivation tenth",
    unit="tenth",
    rule="practices only",
    source="deprivation",
    why="Which practices work among patients about as deprived.",
    caveats="Tenths of the practices of the same vintage: 1 the most deprived, 10 the least."
    " Not the tenths of small areas that carry the same name.",
    may_be_later=True,
)
CQC_RATING = ContextMeasure(
    name="cqc_rating",
    label="CQC rating",
    unit="rating",
    rule="practices only",
    source="cqc_ratings",
    why="What the regulator found when it last looked.",
    caveats="Many ratings are years old: see the date. Not rated: no overall rating, or no"
    " location that carries the practice's code. Words are never averaged.",
    is_word=True,
    within_days=1100,
    may_be_later=True,
)
CQC_GOOD_OR_OUTSTANDING = ContextMeasure(
    name="cqc_good_or_outstanding",
    label="Practices rated Good or Outstanding",
    unit="percent of practices",
    rule="sum over sum",
    source="cqc_ratings",
    why="What can be said of an area's ratings without averaging words.",
    caveats="Of practices that are rated; the others are in neither count.",
    scale=100,
    within_days=1100,
    may_be_later=True,
)
GPS_PER_10_000 = ContextMeasure(
    name="gps_per_10_000",
    label="GPs per 10,000 patients",
    unit="full-time equivalents per 10,000 patients",
    rule="sum over sum",
    source="gp_workforce",
    why="How many doctors there are to do the work.",
    caveats="Fully qualified GPs without locums. A practice whose doctors are not known is in"
    " neither sum; staff whom a network employs are not in it.",
    scale=10_000,
    within_days=400,
)
NETWORK_STAFF_PER_10_000 = ContextMeasure(
    name="network_staff_per_10_000",
    label="PCN direct patient care staff per 10,000 patients",
    unit="full-time equivalents per 10,000 patients",
    rule="sum over sum",
    source="pcn_workforce",
    why="Pharmacists, care coordinators and others do part of the work and are on no practice's"
    " payroll.",
    caveats="Staff of primary care networks in direct patient care, most under the Additional Roles"
    " Reimbursement Scheme; GPs, nurses, directors and administration are not in it. A network's,"
    " never a practice's: not to be added to GPs. Networks that reported none are unknown.",
    of="pcn",
    scale=10_000,
    within_days=400,
)
SURVEY_GOOD_OVERALL = ContextMeasure(
    name="survey_good_overall",
    label="Overall experience good (GP Patient Survey)",
    unit="percent of answers, weighted",
    rule="sum over sum",
    source="gp_patient_survey",
    why="What patients themselves say of the practice.",
    caveats="Very or fairly good, of those who answered, weighted. Few answer at each practice, so"
    " small differences mean little; fewer than ten answers are withheld. An area's is its"
    " practices' weighted answers added up, which is near the survey's own figure, not the same."
    " Surveys from 2024 are not comparable with those before.",
    scale=100,
    within_days=400,
)
REGISTERS_PER_100 = ContextMeasure(
    name="registers_per_100",
    label="QOF registers per 100 patients",
    unit="entries on registers per 100 patients",
    rule="sum over sum",
    source="qof",
    why="How much long-term illness there is to look after, all conditions together.",
    caveats="Entries on all of the year's QOF registers over the list. Entries, not people: a"
    " patient with three conditions counts three times. Which registers there are, and whom they"
    " hold, changes between years.",
    scale=100,
    within_days=1,
)
PAYMENTS_PER_PATIENT = ContextMeasure(
    name="payments_per_patient",
    label="NHS payments per patient",
    unit="GBP per registered patient",
    rule="sum over sum",
    source="practice_payments",
    why="What there is to do the work with.",
    caveats="All NHS payments of a financial year before deductions, for dispensing too; not"
    " weighted for need, not adjusted for prices.",
    within_days=750,
)

CONTEXT: dict[str, ContextMeasure] = {
    m.name: m
    for m in (
        LIST_SIZE,
        AGED_65_AND_OVER,
        DEPRIVATION,
        DEPRIVATION_DECILE,
        CQC_RATING,
        CQC_GOOD_OR_OUTSTANDING,
        GPS_PER_10_000,
        NETWORK_STAFF_PER_10_000,
        SURVEY_GOOD_OVERALL,
        REGISTERS_PER_100,
        PAYMENTS_PER_PATIENT,
    )
}
