"""The practice atlas: the tables and metrics it adds."""

from engine.atlas.metrics.overall_points import POINTS_AVAILABLE, POINTS_OVERALL
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.tables import context_contracts as context
from engine.atlas.tables import organisation_contracts as organisations
from engine.atlas.tables import published_contracts as published
from engine.atlas.tables import qof_contracts as qof
from engine.wing import Wing

ATLAS = Wing(
    name="atlas",
    tables=(
        *(organisations.PRACTICE, organisations.ORGANISATION, qof.PRACTICE_GEOGRAPHY),
        *(qof.PRACTICE_MAPPING, organisations.PRACTICE_COORDINATES, qof.INDICATOR),
        *(qof.PERCENT_ACHIEVED, qof.PREVALENCE, qof.PRACTICE_POINTS),
        *(organisations.PCN, organisations.PCN_MEMBER),
        *(organisations.AREA_BOUNDARY, organisations.ICB_BOUNDARY),
        *(context.PRACTICE_CONTEXT, published.PUBLISHED_TOTAL),
    ),
    parts=(
        *(qof.ACHIEVEMENT, organisations.POSTCODE_DIRECTORY, organisations.READY_COORDINATES),
        *(context.REGISTERED, context.REGISTERED_BY_AGE, context.REGISTERED_BY_LSOA),
        *(context.DEPRIVATION_SCORE, context.LSOA_DEPRIVATION, context.CQC_RATING),
        *(context.GP_WORKFORCE, context.GP_WORKFORCE_BY_YEAR, context.NETWORK_STAFF),
        *(context.PATIENT_SURVEY, context.PRACTICE_PAYMENTS),
    ),
    metrics=(*MEASURES.values(), POINTS_AVAILABLE, POINTS_OVERALL),
)
