"""Claims as a table: who was treated is a number that opens the member, never a name. Pure."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from htmltools import Tag, TagChild, tags

from app.claims import labels
from app.claims.drawing.wide import PLAIN, wide_grid
from app.draw.grid import NUMBER, GridColumn, draw
from engine import Lake
from engine.unit import Money

DOLLARS = Money("USD")
Row = dict[str, Any]


def claims_table(lake: Lake, rows: Iterable[Row], *, nothing: str = "No claims.") -> Tag:
    """The table of claims, each with its amounts.

    Takes: rows as engine.claims.claims_behind gives them; what is said where there are none.
    """

    def member(row: Row) -> TagChild:
        return tags.a(row["member_id"], href=f"member?of={row['member_id']}")

    def coded(name: str, row: Row) -> str:
        return labels.of_value(lake, name, row[name])

    def text(name: str, row: Row) -> str:
        return labels.plainly(name, row[name]) if row[name] is not None else "–"

    def amount(name: str, row: Row) -> str:
        return "–" if row[name] is None else DOLLARS.written(row[name])

    columns: list[GridColumn[Row]] = [
        GridColumn("Claim", lambda row: row["claim_id"], names_row=True),
        GridColumn("Day", lambda row: f"{row['service_date']:%-d %b %Y}", cells=PLAIN),
        GridColumn("Member", member, cells=PLAIN),
        GridColumn("Provider", partial(coded, "provider_id"), cells=PLAIN),
        GridColumn("Plan", partial(coded, "plan_id"), cells=PLAIN),
        GridColumn("Diagnosis", partial(coded, "diagnosis_code"), cells=PLAIN),
        GridColumn("Kind", partial(text, "claim_type"), cells=PLAIN),
        GridColumn("Status", partial(text, "status"), cells=PLAIN),
        GridColumn("Network", partial(text, "is_oon"), cells=PLAIN),
        *(
            GridColumn(head, partial(amount, f"{head.lower()}_cents"), cells=NUMBER, head=NUMBER)
            for head in ("Billed", "Allowed", "Paid")
        ),
    ]
    grid = wide_grid(
        columns,
        caption="Claims, what was paid most first",
        is_caption_heard=True,
        nothing=nothing,
    )
    return draw(grid, rows)
