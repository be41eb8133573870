"""The atlas's recipes: which of its tables are made of what, read from top to bottom."""

from engine.atlas.tables.context_contracts import (
    CQC_RATING,
    DEPRIVATION_SCORE,
    GP_WORKFORCE,
    GP_WORKFORCE_BY_YEAR,
    LSOA_DEPRIVATION,
    NETWORK_STAFF,
    PATIENT_SURVEY,
    PRACTICE_CONTEXT,
    PRACTICE_PAYMENTS,
    REGISTERED,
    REGISTERED_BY_AGE,
    REGISTERED_BY_LSOA,
)
from engine.atlas.tables.organisation_contracts import (
    AREA_BOUNDARY,
    ICB_BOUNDARY,
    ORGANISATION,
    PCN,
    PCN_MEMBER,
    POSTCODE_DIRECTORY,
    PRACTICE,
    PRACTICE_COORDINATES,
    READY_COORDINATES,
)
from engine.atlas.tables.published_contracts import PUBLISHED_TOTAL
from engine.atlas.tables.qof_contracts import (
    ACHIEVEMENT,
    INDICATOR,
    PERCENT_ACHIEVED,
    PRACTICE_GEOGRAPHY,
    PRACTICE_MAPPING,
    PRACTICE_POINTS,
    PREVALENCE,
)
from refresh.atlas import area_scores, boundary_tables, context_makers, lake_checks, qof_tables
from refresh.atlas.indicator_table import indicator
from refresh.atlas.locate import UNASKED, places_of_practices
from refresh.atlas.sources import places, qof_totals
from refresh.recipe import THIS, Asked, Fact, Named, Recipe, each, made, recipe, staged
from refresh.store.fold import as_folded

# A year is known by any of the three parts that say who there was.
_YEARS = each(ACHIEVEMENT, PREVALENCE, PRACTICE_GEOGRAPHY)
# Who belonged where in each year, with the list that QOF counted against.
_LISTS = made(PRACTICE_GEOGRAPHY, every=True, optional=True)
_SCORES = staged(DEPRIVATION_SCORE, "upsert", optional=True)
_PATIENTS = staged(REGISTERED_BY_LSOA, "every", optional=True)
_INDICES = staged(LSOA_DEPRIVATION, "every", optional=True)
_PLACES = Asked(
    "places",
    places_of_practices,
    of={
        "years": made(PRACTICE_GEOGRAPHY, every=True),
        "practice": made(PRACTICE, optional=True),
        "directories": staged(POSTCODE_DIRECTORY, "revisions", optional=True),
        "ready": staged(READY_COORDINATES, "revisions", optional=True),
    },
    missing=UNASKED,
)

RECIPES: tuple[Recipe, ...] = (
    recipe(PRACTICE, as_folded, rows=staged(PRACTICE, "history")),
    recipe(PCN, as_folded, rows=staged(PCN, "newest")),
    recipe(PCN_MEMBER, as_folded, rows=staged(PCN_MEMBER, "newest")),
    recipe(
        PERCENT_ACHIEVED,
        qof_tables.percent_achieved,
        per=each(ACHIEVEMENT),
        achievement=staged(ACHIEVEMENT, "same"),
        year=THIS,
    ),
    recipe(
        PREVALENCE,
        qof_tables.prevalence,
        per=each(PREVALENCE),
        finds=qof_tables.out_of_line,
        registers=staged(PREVALENCE, "same"),
        year=THIS,
    ),
    recipe(
        PRACTICE_POINTS,
        qof_tables.practice_points,
        per=each(PRACTICE_POINTS),
        maxima=staged(PRACTICE_POINTS, "same"),
        year=THIS,
    ),
    recipe(
        PRACTICE_GEOGRAPHY,
        qof_tables.practice_geography,
        per=_YEARS,
        finds=qof_tables.without_boards,
        geography=staged(PRACTICE_GEOGRAPHY, "same", optional=True),
        prevalence=made(PREVALENCE, optional=True),
        percent_achieved=made(PERCENT_ACHIEVED, optional=True),
        practice=made(PRACTICE, optional=True),
        year=THIS,
    ),
    recipe(
        PRACTICE_COORDINATES,
        places.practice_coordinates,
        finds=places.withheld,
        places=_PLACES,
    ),
    recipe(
        PRACTICE_MAPPING,
        qof_tables.practice_mapping,
        per=each(PRACTICE_MAPPING),
        mapping=staged(PRACTICE_MAPPING, "same"),
        period=THIS,
    ),
    recipe(
        AREA_BOUNDARY,
        boundary_tables.area_boundary,
        per=each(AREA_BOUNDARY),
        corners=staged(AREA_BOUNDARY, "same"),
        year=THIS,
    ),
    recipe(
        ICB_BOUNDARY,
        boundary_tables.icb_boundary,
        per=each(AREA_BOUNDARY),
        finds=boundary_tables.unused,
        corners=staged(AREA_BOUNDARY, "same"),
        coordinates=made(PRACTICE_COORDINATES, optional=True),
        by_year=made(PRACTICE_GEOGRAPHY, every=True, optional=True),
        by_month=made(PRACTICE_MAPPING, every=True, optional=True),
        year=THIS,
    ),
    recipe(
        ORGANISATION,
        qof_tables.organisation,
        per=_YEARS,
        geography=made(PRACTICE_GEOGRAPHY),
        coordinates=made(PRACTICE_COORDINATES, optional=True),
        year=THIS,
    ),
    recipe(
        INDICATOR,
        indicator,
        mappings=staged(INDICATOR, "every", optional=True),
        achieved=made(PERCENT_ACHIEVED, every=True, optional=True),
        prevalence=made(PREVALENCE, every=True, optional=True),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.list_size,
        per=Named("list_size"),
        totals=staged(REGISTERED, "every", optional=True),
        by_age=staged(REGISTERED_BY_AGE, "every", optional=True),
        qof_lists=_LISTS,
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.aged_65_and_over,
        per=Named("aged_65_and_over"),
        by_age=staged(REGISTERED_BY_AGE, "every"),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.deprivation,
        per=Named("deprivation"),
        finds=area_scores.findings,
        scores=_SCORES,
        patients=_PATIENTS,
        indices=_INDICES,
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.deprivation_decile,
        per=Named("deprivation_decile"),
        scores=_SCORES,
        patients=_PATIENTS,
        indices=_INDICES,
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.cqc_rating,
        per=Named("cqc_rating"),
        ratings=staged(CQC_RATING, "every"),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.cqc_good_or_outstanding,
        per=Named("cqc_good_or_outstanding"),
        ratings=staged(CQC_RATING, "every"),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.gps_per_10_000,
        per=Named("gps_per_10_000"),
        monthly=staged(GP_WORKFORCE, "every", optional=True),
        by_year=staged(GP_WORKFORCE_BY_YEAR, "newest", optional=True),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.network_staff_per_10_000,
        per=Named("network_staff_per_10_000"),
        staff=staged(NETWORK_STAFF, "every"),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.survey_good_overall,
        per=Named("survey_good_overall"),
        surveys=staged(PATIENT_SURVEY, "every"),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.registers_per_100,
        per=Named("registers_per_100"),
        prevalence=made(PREVALENCE, every=True),
        qof_lists=made(PRACTICE_GEOGRAPHY, every=True),
    ),
    recipe(
        PRACTICE_CONTEXT,
        context_makers.payments_per_patient,
        per=Named("payments_per_patient"),
        payments=staged(PRACTICE_PAYMENTS, "every"),
    ),
    recipe(
        PUBLISHED_TOTAL,
        qof_totals.published_total,
        per=each(PUBLISHED_TOTAL),
        totals=staged(PUBLISHED_TOTAL, "same"),
        practices=made(PRACTICE_GEOGRAPHY),
        year=THIS,
    ),
)

FACTS: tuple[Fact, ...] = (
    Fact("coverage", lake_checks.coverage, {"organisations": made(ORGANISATION, every=True)}),
    Fact(
        "reconciled",
        lake_checks.reconciled,
        {
            "published": made(PUBLISHED_TOTAL, every=True),
            "geography": made(PRACTICE_GEOGRAPHY, every=True),
            "achieved": made(PERCENT_ACHIEVED, every=True),
            "prevalence": made(PREVALENCE, every=True),
        },
    ),
)
