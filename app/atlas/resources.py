"""What the atlas answers to other programs: its resources, with their parameters and rows.

How a resource is served and described is the core's (app/api/); what its rows are is api_rows.py's.
"""

from app.api.resource import Parameter, Resource, fields_of, one_of, text
from app.atlas import api_rows
from app.atlas.api_fields import ANSWER, CHANGES, RECEIPT_SCHEMA, context_fields
from engine.atlas.metrics import context_filters
from engine.atlas.metrics.qof_measures import MEASURES, USUAL_MEASURE
from engine.atlas.rollup import LEVELS
from engine.atlas.tables import organisation_contracts, qof_contracts
from engine.bands import MOST_EDGES

MISSING = "The snapshot has no such indicator, year, measure, area, organisation or snapshot"
CODE_FORM = r"^[A-Za-z0-9_]{1,12}$"
YEAR_FORM = r"^[0-9]{4}-[0-9]{2}$"
AREA_FORM = (
    r"^(pcn|sub_icb|icb|region|england):[A-Za-z0-9]{1,12}$"
    r"|^group:[A-Z0-9]{1,12}(\.[A-Z0-9]{1,12})*$"
)
# An edge is a number over 0 and under 100. That edges rise is more than a pattern can say.
EDGE_FORM = r"([1-9][0-9]?(\.[0-9]{1,12})?|0\.[0-9]{0,11}[1-9])"
BANDS_FORM = rf"^(brief|five|quintiles|custom:{EDGE_FORM}(,{EDGE_FORM}){{0,{MOST_EDGES - 1}}})$"

INDICATOR = Parameter(
    "indicator",
    "Code of a QOF indicator; for measure `prevalence`, of a register, such as COPD.",
    text(CODE_FORM),
    example="COPD010",
    required=True,
)
YEAR = Parameter(
    "year", "QOF year, such as 2021-22; without it, the newest there is.", text(YEAR_FORM)
)
LEVEL = Parameter("level", "What a row is.", one_of(LEVELS, "practice"))
AREA = Parameter(
    "area",
    "Only practices of one organisation, `icb:QOP`, or listed ones, `group:A81001.A81002`; those of"
    " a list that the year does not have are left out.",
    text(AREA_FORM, 4_000),
)
BANDS = Parameter(
    "bands",
    "Where bands are cut: brief, five, quintiles, or rising edges in percent, `custom:50,75,90`.",
    text(BANDS_FORM, 150) | {"default": "five"},
)
GEOGRAPHY = Parameter(
    "geography",
    "Boundaries as published for the year, or today's, applied to every year. Practices without a"
    " place in today's count for England only.",
    one_of(("published", "today"), "published"),
)
KEPT = "|".join(context_filters.KEEP)
KEEP = Parameter(
    "keep",
    f"Only organisations in such a context, names with commas: {', '.join(context_filters.KEEP)}.",
    text(rf"^({KEPT})(,({KEPT}))*$", 200),
)
MEASURE = Parameter("measure", "Which share.", one_of(MEASURES, USUAL_MEASURE))
ORGANISATION = Parameter("organisation", "Only this one, by its ODS code.", text(CODE_FORM))


RECEIPT = Resource(
    "receipt",
    "Where one number comes from: file, address, hash, published rows and formula.",
    (
        Parameter(
            "organisation",
            "Whose number, by ODS code.",
            text(CODE_FORM),
            example="A81001",
            required=True,
        ),
        INDICATOR,
        YEAR,
        LEVEL,
        MEASURE,
        AREA,
        GEOGRAPHY,
    ),
    answer=api_rows.receipt_of,
    schema=RECEIPT_SCHEMA,
    missing=MISSING,
)
RESOURCES: tuple[Resource, ...] = (
    Resource(
        "achievement",
        "How each organisation did on one indicator in one year, with its interval and band.",
        (
            INDICATOR,
            YEAR,
            LEVEL,
            MEASURE,
            BANDS,
            AREA,
            GEOGRAPHY,
            KEEP,
            ORGANISATION,
        ),
        ANSWER,
        rows=api_rows.achievement,
        missing=MISSING,
    ),
    Resource(
        "prevalence",
        "Patients on one disease register, of those on the list of its age band.",
        (
            Parameter(
                "group",
                "Code of the register, such as HYP.",
                text(CODE_FORM),
                example="HYP",
                required=True,
            ),
            YEAR,
            LEVEL,
            BANDS,
            AREA,
            GEOGRAPHY,
            KEEP,
            ORGANISATION,
        ),
        ANSWER,
        rows=api_rows.prevalence,
        missing=MISSING,
    ),
    Resource(
        "organisations",
        "Every organisation of a level in a year: name, parent, size and middle.",
        (YEAR, LEVEL, GEOGRAPHY, ORGANISATION),
        fields_of(organisation_contracts.ORGANISATION),
        rows=api_rows.organisations,
        missing=MISSING,
    ),
    Resource(
        "indicators",
        "What could be measured in each year, in words, and where its series breaks. There are"
        " figures where `practices` is more than 0.",
        (
            Parameter("year", "Only this QOF year, such as 2021-22.", text(YEAR_FORM)),
            Parameter("indicator", "Only this one.", text(CODE_FORM), example="COPD010"),
            Parameter("kind", "Indicators, or registers.", one_of(("indicator", "register"))),
        ),
        fields_of(qof_contracts.INDICATOR),
        rows=api_rows.indicators,
        missing=MISSING,
    ),
    Resource(
        "context",
        "What surrounds each organisation: list, age, deprivation, rating, doctors, payments.",
        (YEAR, LEVEL, GEOGRAPHY, ORGANISATION),
        context_fields(),
        rows=api_rows.context,
        missing=MISSING,
    ),
    Resource(
        "changes",
        "Every snapshot that is kept, newest first, with the releases it was made of. Releases"
        " are as published: boundaries make no difference here.",
        (),
        CHANGES,
        rows=api_rows.changes,
        missing=MISSING,
    ),
    RECEIPT,
)
