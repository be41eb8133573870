"""The account of loading: batches, rows that found no place, and what adds up at every hop."""

import polars as pl

from engine.claims.tables.fields import OWNER, cents, day, text
from engine.rules import Between, NotNull, OneOf
from engine.table import Column, Table

ENTITIES = ("members", "plans", "providers", "enrollments", "claims")
REASONS = (
    "unreadable",
    "no_key",
    "ends_before_start",
    "no_member",
    "no_provider",
    "no_plan",
    "no_enrollment_on_date",
)
"""Why a row found no place, in the order in which they are asked: the first that holds counts."""

_ENTITY = Column("entity", pl.String, "What the rows are of", rules=(NotNull(), OneOf(ENTITIES)))
_AMOUNTS = (
    cents("billed_cents", "What was billed"),
    cents("allowed_cents", "What was allowed"),
    cents("paid_cents", "What was paid"),
)


def _count(name: str, meaning: str) -> Column:
    return Column(name, pl.Int64, meaning, "rows", rules=(NotNull(),))


def _sum(name: str, meaning: str) -> Column:
    return Column(name, pl.Int64, meaning, "cents", rules=(NotNull(),))


CLAIMS_REJECT = Table(
    name="claims_reject",
    grain="a row of a batch that found no place",
    meaning="Rows of the newest batches that no dimension or fact has, each with its reason.",
    key=("entity", "batch", "key", "file_row", "nth"),
    columns=(
        Column(
            "part", pl.String, "Who refused it: a service year, or an entity", rules=(NotNull(),)
        ),
        _ENTITY,
        Column("key", pl.String, "Its key; an empty text where it has none", rules=(NotNull(),)),
        Column("reason", pl.String, "Why", rules=(NotNull(), OneOf(REASONS))),
        text("detail", "What was looked for, or what could not be read"),
        text("member_id", "Member"),
        text("provider_id", "Provider"),
        text("plan_id", "Plan"),
        day("service_date", "Day of the service, or first day of cover"),
        *_AMOUNTS,
        Column("batch", pl.String, "Batch that it came with", rules=(NotNull(),)),
        Column("file_row", pl.Int64, "Row of the file", "row", rules=(NotNull(),)),
        Column(
            "nth",
            pl.Int64,
            "1; more where another file of the batch has such a row, too",
            "row",
            rules=(NotNull(),),
        ),
    ),
    owner=OWNER,
    sort=("entity", "reason", "key"),
    partition="part",
    may_be_empty=True,
)

CLAIMS_RECONCILIATION = Table(
    name="claims_reconciliation",
    grain="hop x entity",
    meaning="Rows and cents that go into each hop of loading and come out of it: no difference.",
    key=("hop", "entity"),
    columns=(
        Column(
            "hop",
            pl.String,
            "file to staged, staged to newest, newest to table",
            rules=(NotNull(),),
        ),
        _ENTITY,
        _count("rows_in", "Rows that went in"),
        _count("rows_out", "Rows that came out"),
        _count("rows_rejected", "Rows that found no place"),
        _count("rows_replaced", "Rows that another row says as well, or anew"),
        Column(
            "rows_difference",
            pl.Int64,
            "Rows in, less out, rejected and replaced",
            "rows",
            rules=(NotNull(), Between(0, 0)),
        ),
        *(
            column
            for amount in ("billed", "allowed", "paid")
            for column in (
                _sum(f"{amount}_in_cents", f"Cents {amount} that went in"),
                _sum(f"{amount}_out_cents", f"Cents {amount} that came out"),
                _sum(f"{amount}_rejected_cents", f"Cents {amount} of rows that found no place"),
                _sum(f"{amount}_replaced_cents", f"Cents {amount} of rows that were replaced"),
                Column(
                    f"{amount}_difference_cents",
                    pl.Int64,
                    "Cents in, less out, rejected and replaced",
                    "cents",
                    rules=(NotNull(), Between(0, 0)),
                ),
            )
        ),
    ),
    owner=OWNER,
    sort=("entity", "hop"),
)

CLAIMS_MOVED = Table(
    name="claims_moved",
    grain="claim that batches place in different years",
    meaning="Claims whose day of service was corrected into another year, and which that is.",
    key=("claim_id",),
    columns=(
        Column("claim_id", pl.String, "Claim", rules=(NotNull(),)),
        Column("service_year", pl.String, "Year of its newest row", rules=(NotNull(),)),
    ),
    owner=OWNER,
    sort=("claim_id",),
    may_be_empty=True,
)

ENROLLMENTS_MOVED = Table(
    name="enrollments_moved",
    grain="span of cover that batches let begin in different years",
    meaning="Spans whose first day was corrected into another year, and which that is.",
    key=("enrollment_id",),
    columns=(
        Column("enrollment_id", pl.String, "Span of cover", rules=(NotNull(),)),
        Column("service_year", pl.String, "Year of its newest row", rules=(NotNull(),)),
    ),
    owner=OWNER,
    sort=("enrollment_id",),
    may_be_empty=True,
)

PLACES = ("member", "provider", "plan", "cover")
CLAIMS_PLACE = Table(
    name="claims_place",
    grain="year x kind x key x days",
    meaning="Which version of a member, provider or plan, and which cover, holds on each day of a"
    " year: what a claim of that year is placed by.",
    key=("service_year", "kind", "key", "plan_id", "from_on"),
    columns=(
        Column("service_year", pl.String, "Calendar year", rules=(NotNull(),)),
        Column("kind", pl.String, "Of what", rules=(NotNull(), OneOf(PLACES))),
        Column(
            "key",
            pl.String,
            "Member, provider or plan; empty: says that the kind is known at all",
            rules=(NotNull(),),
        ),
        Column("plan_id", pl.String, "Plan of a cover; else empty", rules=(NotNull(),)),
        Column(
            "sk",
            pl.Int64,
            "Number of the version; null where there is none; of a cover 1",
            "number",
        ),
        Column("from_on", pl.Date, "First day", rules=(NotNull(),)),
        Column("to_on", pl.Date, "Last day, in it", rules=(NotNull(),)),
    ),
    owner=OWNER,
    sort=("kind", "key", "plan_id", "from_on"),
    partition="service_year",
    may_be_empty=True,
)

LOAD_BATCH = Table(
    name="load_batch",
    grain="entity x day x revision",
    meaning="The batches that were loaded, in the order in which they count.",
    key=("load_id",),
    columns=(
        Column("load_id", pl.String, "Entity, day and revision", rules=(NotNull(),)),
        _ENTITY,
        Column("batch_on", pl.Date, "Day of the batch", rules=(NotNull(),)),
        Column("revision", pl.Int64, "Which issue of that day's files, from 1", "issue"),
        Column("files", pl.String, "Names of its files", rules=(NotNull(),)),
        Column(
            "status",
            pl.String,
            "used, or replaced: the same files came once more and say something else",
            rules=(NotNull(), OneOf(("used", "replaced"))),
        ),
        _count("source_row_count", "Rows that its files have"),
        _count("row_count", "Rows that were staged of them"),
        _count("unreadable", "Rows of these that cannot be used"),
        _count("keys", "Different keys among the rest"),
        _count("repeated", "Rows whose key a later row of the same batch has, too"),
        _count("conflicting", "Rows of these that say something else than that later row"),
        _count("new", "Keys that no batch before had"),
        _count("changed", "Keys of which it says something new"),
        _count("unchanged", "Keys of which it says what was known"),
        _count("absent", "Keys known before that it lacks"),
        _count("rows_replaced", "Rows that another row says as well, or says something newer of"),
        *(
            _sum(f"{amount}_{what}cents", f"Cents {amount} {meaning}")
            for amount in ("billed", "allowed", "paid")
            for what, meaning in (
                ("", "of its rows"),
                ("unreadable_", "of rows that cannot be used"),
                ("replaced_", "of rows that were replaced"),
            )
        ),
        text("warning", "What is odd about it, such as a file that seems cut short"),
    ),
    owner=OWNER,
    sort=("batch_on", "entity", "revision"),
    partition="entity",
    may_be_empty=True,
)
