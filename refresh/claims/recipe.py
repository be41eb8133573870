"""What the tables of the claims warehouse are made of, as declarations.

Of the keys that a batch lacks nothing is said (`ignore`): an extract in part, or one that was cut
short, closes nobody. Where a payer's extracts are whole, the word is `close`: change it and run.
"""

from functools import partial

import polars as pl

from engine.claims.summaries import SUMMARIES
from engine.claims.tables.account_contracts import (
    CLAIMS_MOVED,
    CLAIMS_PLACE,
    CLAIMS_RECONCILIATION,
    CLAIMS_REJECT,
    ENROLLMENTS_MOVED,
    LOAD_BATCH,
)
from engine.claims.tables.dimension_contracts import (
    DIM_DATE,
    DIM_MEMBER,
    DIM_PLAN,
    DIM_PROVIDER,
    MEMBER_ENGAGEMENT,
)
from engine.claims.tables.fact_contracts import FACT_CLAIM, FACT_ENROLLMENT, MEMBER_MONTH
from engine.claims.tables.staged_contracts import (
    CLAIMS_RAW,
    ENROLLMENTS_RAW,
    MEMBERS_RAW,
    PLANS_RAW,
    PROVIDERS_RAW,
)
from engine.summary import Summary
from engine.table import Table
from refresh.claims import account, cover, dimensions, facts, places, rejects, summaries
from refresh.claims.batches import Absent
from refresh.recipe import THIS, Named, Recipe, made, recipe, staged, values_of

_YEARS = values_of(CLAIMS_RAW, pl.col("service_date").dt.year())
_COVERED_YEARS = values_of(ENROLLMENTS_RAW, cover.years())
_ENTITIES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (MEMBERS_RAW, ("member_id",)),
    (PLANS_RAW, ("plan_id", "effective_year")),
    (PROVIDERS_RAW, ("provider_id",)),
    (ENROLLMENTS_RAW, ("enrollment_id",)),
    (CLAIMS_RAW, ("claim_id",)),
)
_MEMBERS = made(DIM_MEMBER, optional=True)
_PROVIDERS = made(DIM_PROVIDER, optional=True)
_PLANS = made(DIM_PLAN, optional=True)


def _dimension(table: Table, part: Table, *key: str, absent: Absent) -> Recipe:
    by = partial(dimensions.dimension, table=table, part=part.name, key=key, absent=absent)
    return recipe(table, by, batches=staged(part, "batches"))


def _loads(part: Table, key: tuple[str, ...]) -> Recipe:
    by = partial(account.load_batches, part=part.name, key=key)
    return recipe(
        LOAD_BATCH, by, per=Named(part.name.removesuffix("_raw")), rows=staged(part, "revisions")
    )


def _keyless(part: Table, key: tuple[str, ...]) -> Recipe:
    """Rows that are of no year, or of an entity that has none."""
    entity = part.name.removesuffix("_raw")
    by = partial(rejects.unplaced, part=part.name, key=key)
    return recipe(CLAIMS_REJECT, by, per=Named(entity), rows=staged(part, "batches"))


def _sums(of: Summary) -> Recipe:
    return recipe(
        of.table,
        partial(summaries.sums, name=of.name),
        per=_YEARS if of.of is FACT_CLAIM else _COVERED_YEARS,
        keeps_last=False,
        rows=made(of.of),
        members=_MEMBERS,
        plans=_PLANS,
    )


def _moved(table: Table, part: Table, day: str) -> Recipe:
    by = partial(account.moved, part=part.name, key=table.key[0], day=day)
    return recipe(table, by, rows=staged(part, "batches"))


def recipes(*, absent: Absent) -> tuple[Recipe, ...]:
    """All recipes of the wing.

    Takes:  what becomes of a member, plan or provider that a batch lacks.
    """
    return (
        _dimension(DIM_MEMBER, MEMBERS_RAW, "member_id", absent=absent),
        _dimension(DIM_PLAN, PLANS_RAW, "plan_id", "effective_year", absent=absent),
        _dimension(DIM_PROVIDER, PROVIDERS_RAW, "provider_id", absent=absent),
        *_OTHERS,
    )


_OTHERS = (
    recipe(DIM_DATE, dimensions.days),
    recipe(
        MEMBER_ENGAGEMENT,
        partial(dimensions.engagement, part=MEMBERS_RAW.name),
        batches=staged(MEMBERS_RAW, "batches"),
    ),
    recipe(
        FACT_ENROLLMENT,
        cover.enrollments,
        per=values_of(ENROLLMENTS_RAW, cover.began()),
        rows=staged(ENROLLMENTS_RAW, "batches"),
        moved=made(ENROLLMENTS_MOVED),
        members=_MEMBERS,
        plans=_PLANS,
        year=THIS,
    ),
    recipe(
        MEMBER_MONTH,
        cover.member_months,
        per=_COVERED_YEARS,
        spans=made(FACT_ENROLLMENT, every=True),
        members=_MEMBERS,
        plans=_PLANS,
        year=THIS,
    ),
    _moved(CLAIMS_MOVED, CLAIMS_RAW, "service_date"),
    _moved(ENROLLMENTS_MOVED, ENROLLMENTS_RAW, "start_date"),
    recipe(
        CLAIMS_PLACE,
        places.places,
        per=_YEARS,
        members=_MEMBERS,
        providers=_PROVIDERS,
        plans=_PLANS,
        enrollments=made(FACT_ENROLLMENT, every=True, optional=True),
        year=THIS,
    ),
    recipe(
        (FACT_CLAIM, CLAIMS_REJECT),
        facts.claims_of_year,
        per=_YEARS,
        large=True,
        rows=staged(CLAIMS_RAW, "batches"),
        placed=made(CLAIMS_PLACE, optional=True),
        moved=made(CLAIMS_MOVED),
        year=THIS,
    ),
    *map(_sums, SUMMARIES),
    *(_keyless(part, key) for part, key in _ENTITIES if part is not ENROLLMENTS_RAW),
    recipe(
        CLAIMS_REJECT,
        cover.refused,
        per=Named("enrollments"),
        rows=staged(ENROLLMENTS_RAW, "batches"),
        members=_MEMBERS,
        plans=_PLANS,
    ),
    *(_loads(part, key) for part, key in _ENTITIES),
    recipe(
        CLAIMS_RECONCILIATION,
        account.reconciled,
        loads=made(LOAD_BATCH, every=True),
        claims=made(FACT_CLAIM, every=True, optional=True),
        enrollments=made(FACT_ENROLLMENT, every=True, optional=True),
        members=_MEMBERS,
        plans=_PLANS,
        providers=_PROVIDERS,
        rejects=made(CLAIMS_REJECT, every=True, optional=True),
    ),
)
RECIPES = recipes(absent="ignore")
