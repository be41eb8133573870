"""Facts of claims in SQL: what `facts.claims_of_year` makes, for any engine that reads Parquet.

Text only, nothing is run here. It is written for DuckDB and put into another dialect by sqlglot;
a test holds it to `claims_of_year`, on DuckDB and on Spark. So a payer whose batches outgrow one
machine makes the same facts on a cluster of its own.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlglot

from engine.claims.tables.fact_contracts import FACT_CLAIM
from engine.claims.tables.staged_contracts import CLAIMS_RAW
from engine.sql import Dialect
from refresh.claims.batches import STAGED_ONLY
from refresh.claims.facts import SAME

FACTS_ON_SPARK = {"spark.sql.constraintPropagation.enabled": "false"}
"""What a session of Spark is set to before the query: else its planner writes down what follows for
every column of each step from all columns before it, and does not come to an end."""

_AMOUNTS = ("billed_cents", "allowed_cents", "paid_cents")
_KEYS = {"member": "member_id", "provider": "provider_id", "plan": "plan_id"}
_BY_CLAIM = "over (partition by claim_id)"
_IN_ORDER = "over (partition by claim_id order by nth)"


@dataclass(frozen=True)
class Sent:
    """A batch by the name of its view, which has the columns of `claims_raw`, and its load_id."""

    view: str
    load_id: str


def facts_sql(
    batches: Sequence[Sent],
    year: str,
    kinds: Collection[str],
    *,
    places: str = "claims_place",
    moved: str = "claims_moved",
    dialect: Dialect = "duckdb",
) -> str:
    """The query of the facts of a service year, and of the claims of it that found no place.

    Takes:  batches  in the order in which they count; rows of one count in that of `file_row`
            kinds    of what anything is known: member, provider, plan, cover; against others
                     nothing is held
            places, moved  the views of the tables of those names
    Gives:  a query with the columns of `fact_claim` and `reason`, which is null for a fact. Rows
            that staging found a problem in are in neither.
    """
    rows = " union all ".join(
        f"select *, '{one.load_id}' as load_id, {at} as sent from {one.view}"
        for at, one in enumerate(batches)
    )
    query = f"""
        with given as ({rows}),
        numbered as (select *, row_number() over (order by sent, file_row) as nth from given
          where extract(year from service_date) = {int(year)}),
        staying as (select * from numbered where problem is null and claim_id not in
          (select claim_id from {moved} where service_year <> '{int(year)}')),
        {_ENTRIES},
        {_placed(year, kinds, places)}
        select {", ".join(FACT_CLAIM.schema.names())}, reason from placed
        order by claim_id, entry"""
    return sqlglot.transpile(query, read="duckdb", write=dialect, pretty=True)[0]


def _entries() -> str:
    """What holds of each claim: its newest row, and the reversals after it."""
    apart = {*STAGED_ONLY, "claim_id", "load_id"}
    said = [c.name for c in CLAIMS_RAW.columns if not c.derived and c.name not in apart]
    # As one value: a comparison of every column would be a window of its own to Spark's planner.
    row = "{" + ", ".join(f"'{name}': {name}" for name in said) + "}"
    is_other = f"{row} is distinct from lag({row}) {_IN_ORDER}"
    takes_back = " or ".join(f"coalesce({name}, 0) < 0" for name in _AMOUNTS)
    return f"""
        marked as (select *, ({takes_back}) as takes_back,
          (lag(nth) {_IN_ORDER} is null or {is_other}) as is_other from staying),
        last_said as (select *, max(case when not takes_back then nth end) {_BY_CLAIM} as stated
          from marked where is_other),
        held as (select *, max(case when nth = stated then billed_cents end) {_BY_CLAIM} as original
          from last_said where nth = stated or (takes_back and (stated is null or nth > stated))),
        once as (select *, row_number() over (partition by {", ".join(SAME)} order by nth) as again
          from held),
        entries as (select *, row_number() {_IN_ORDER} as entry,
          case when not takes_back then 1
            when coalesce(billed_cents, 0) < 0 and coalesce(billed_cents = -original, true) then -1
            else 0 end as claim_count
          from once where again = 1)"""


_ENTRIES = _entries()


def _placed(year: str, kinds: Collection[str], places: str) -> str:
    """The entries with the version of each kind on their day and, where one lacks, the reason."""
    shown, joins, reasons = [], [], []
    for kind, key in _KEYS.items():
        if kind not in kinds:
            shown.append(f"cast(null as bigint) as {kind}_sk")
            continue
        joins.append(_joined(kind, f"{kind}.key = c.{key}", places, year))
        shown.append(f"{kind}.sk as {kind}_sk")
        reasons.append(f"when {kind}.sk is null then 'no_{kind}'")
    if "cover" in kinds:
        same = "cover.key = c.member_id and cover.plan_id = c.plan_id"
        joins.append(_joined("cover", same, places, year))
        reasons.append("when cover.sk is null then 'no_enrollment_on_date'")
    reason = f"case {' '.join(reasons)} end" if reasons else "cast(null as text)"
    return f"""
        placed as (select c.*, {", ".join(shown)},
          cast(date_trunc('month', c.service_date) as date) as service_month,
          '{int(year)}' as service_year, {reason} as reason
          from entries as c {" ".join(joins)})"""


def _joined(kind: str, same: str, places: str, year: str) -> str:
    there = (
        f"select key, plan_id, sk, from_on, to_on from {places}"
        f" where kind = '{kind}' and key <> '' and service_year = '{int(year)}'"
    )
    return (
        f"left join ({there}) as {kind} on {same}"
        f" and c.service_date between {kind}.from_on and {kind}.to_on"
    )
