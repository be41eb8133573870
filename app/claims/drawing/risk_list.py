"""Tiers as a histogram that filters, and the list of members with their reasons. Pure."""

from typing import Any

import polars as pl
from htmltools import Tag, TagChild, TagList, tags

from app.claims.drawing import member_search
from app.claims.drawing.member_search import MOST
from app.claims.drawing.wide import WHY, wide_grid
from app.claims.people import HIGHEST_FIRST, Risks
from app.claims.people_view import PeopleView
from app.draw.extent import most
from app.draw.grid import NUMBER, GridColumn, draw
from engine.claims.analytics.risk import TIERS
from engine.unit import Money

DOLLARS = Money("USD")
MEANS = {
    "Catastrophic": "the dearest 1 in 100",
    "High": "the next 4 in 100",
    "Rising": "the next 15 in 100",
    "Moderate": "the next 30 in 100",
    "Low": "the other half",
}
Row = dict[str, Any]


def narrowed(risks: Risks, view: PeopleView) -> pl.DataFrame:
    """The members that the filters leave."""
    rows = risks.rows
    if view.tier:
        rows = rows.filter(pl.col("tier") == view.tier)
    if view.reason:
        kinds = pl.element().str.split(": ").list.first()
        rows = rows.filter(pl.col("reasons").list.eval(kinds == view.reason).list.any())
    for name, value in (("state", view.state), ("clinical_segment", view.segment)):
        if value:
            rows = rows.filter(pl.col(name) == value)
    if view.q:
        rows = rows.filter(_number_has(view.q))
    if view.moved:
        rows = rows.filter(pl.col("step") > 0 if view.moved == "up" else pl.col("step") < 0)
    return rows


def histogram(risks: Risks, view: PeopleView) -> Tag:
    """A bar a tier; a click shows it alone, a second click all again."""
    counts = risks.counts
    largest = max(counts.values(), default=0) or 1
    return tags.ul(
        *(_tier(tier, counts[tier], largest, view) for tier in HIGHEST_FIRST if tier in counts),
        class_="claims-tiers",
        data_bands="5",
    )


def ticks(risks: Risks, view: PeopleView) -> Tag:
    """Reasons and movement, each a filter with its number of members."""
    kinds = (
        narrowed(risks, view)
        .select(pl.col("reasons").explode(empty_as_null=False, keep_nulls=False))
        .select(pl.col("reasons").str.split(": ").list.first())["reasons"]
        .value_counts(sort=True)
        .head(12)
    )
    items: list[TagChild] = [
        _tick(f"{reason} ({count:,})", view, "reason", reason)
        for reason, count in kinds.iter_rows()
    ]
    if view.reason and view.reason not in kinds["reasons"]:
        items.append(_tick(view.reason, view, "reason", view.reason))
    moves = (("went up in three months", "up"), ("went down", "down"))
    items += [_tick(words, view, "moved", value) for words, value in moves]
    return tags.ul(*items, class_="claims-ticks")


def table(rows: pl.DataFrame, view: PeopleView) -> TagList:
    """The list: one member a row, expected cost as a bar, the reasons in words."""
    known = rows["expected_cents"].drop_nulls()
    dearest = (most(known) if known.len() else 0) or 1
    columns: list[GridColumn[Row]] = [
        GridColumn("Member", _member, names_row=True),
        GridColumn("Tier", _moved),
        GridColumn(
            "Expected a month",
            lambda row: _bar(row["expected_cents"], dearest),
            cells=NUMBER,
            head=NUMBER,
        ),
        GridColumn(
            "Why",
            lambda row: "; ".join(row["reasons"]) or "nothing above the usual",
            head=WHY,
            cells=WHY,
        ),
        GridColumn(
            "Paid in 12 months",
            lambda row: DOLLARS.written(row["paid_cents"]),
            cells=NUMBER,
            head=NUMBER,
        ),
        GridColumn(
            "Months covered", lambda row: f"{row['member_months']:.1f}", cells=NUMBER, head=NUMBER
        ),
    ]
    grid = wide_grid(
        columns,
        caption="Members, the dearest first",
        is_caption_heard=True,
        nothing="Nobody is of this tier for this reason. Take a filter off.",
    )
    page = min(view.hundred, -(-rows.height // MOST) or 1)
    shown = rows.slice((page - 1) * MOST, MOST)
    return TagList(draw(grid, shown.to_dicts()), member_search.pages(rows.height, page, view))


def arrow(step: int | None, before: str | None) -> str:
    """How a tier moved since a quarter ago, in words."""
    if step is None:
        return ""
    if step == 0:
        return "as a quarter ago"
    return f"{'▲' if step > 0 else '▼'} from {before}"


def _tier(tier: str, count: int, largest: int, view: PeopleView) -> Tag:
    width = f"{max(100 * count / largest, 1 if count else 0):.1f}%"
    at = TIERS.index(tier) if tier in TIERS else None
    colour = "var(--soft)" if at is None else f"var(--band-{len(TIERS) - 1 - at})"
    return tags.li(
        tags.a(
            tags.span(tier[:1].upper() + tier[1:]),
            tags.span(
                tags.span(style=f"width:{width};background:{colour}"),
                class_="claims-bar",
                aria_hidden="true",
            ),
            tags.span(f"{count:,}", class_="n"),
            href=view.turned("tier", tier).address,
            aria_current="true" if view.tier == tier else None,
            title=MEANS.get(tier, "covered for less than three months"),
        )
    )


def _tick(words: str, view: PeopleView, name: str, value: str) -> Tag:
    is_on = getattr(view, name) == value
    return tags.li(
        tags.a(
            tags.span("☑ " if is_on else "☐ ", aria_hidden="true"),
            words,
            href=view.turned(name, value).address,
            aria_current="true" if is_on else None,
        )
    )


def _member(row: Row) -> Tag:
    return tags.a(row["member_id"], href=f"member?of={row['member_id']}")


def _number_has(part: str) -> pl.Expr:
    return pl.col("member_id").str.to_lowercase().str.contains(part.lower(), literal=True)


def _moved(row: Row) -> TagChild:
    moved = arrow(row["step"], row["tier_before"])
    return TagList(row["tier"], tags.small(f" {moved}") if moved else None)


def _bar(cents: float | None, dearest: float) -> TagChild:
    if cents is None:
        return "–"
    return TagList(
        tags.span(
            tags.span(style=f"width:{100 * cents / dearest:.1f}%"),
            class_="claims-bar",
            aria_hidden="true",
        ),
        DOLLARS.written(cents),
    )
