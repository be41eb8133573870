"""What is odd, as a table: expected against observed on one axis, and why in a sentence. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl
from htmltools import HTML, Tag, TagChild, TagList, tags

from app.claims.drawing.wide import WHY, wide_grid
from app.claims.people_view import PeopleView
from app.draw.grid import NUMBER, GridColumn, draw
from engine.unit import Money

MOST = 100
DOLLARS = Money("USD")
RULES = {
    "A1": "amount",
    "A2": "duplicate",
    "A3": "no cover",
    "A4": "cannot be",
    "A5": "units or days",
    "A6": "provider’s habit",
    "A7": "pace",
    "A8": "cost of a month",
}
LEVELS = {"claim": "Claims", "provider": "Providers", "trend": "Trends"}
OPEN = "open"
Row = Mapping[str, Any]


def filters(rows: pl.DataFrame, view: PeopleView) -> Tag:
    """Levels and rules, each with how many there are."""
    items = [
        _tick(view, "level", value, f"{words} ({(rows['level'] == value).sum():,})")
        for value, words in LEVELS.items()
    ]
    there = dict(rows["rule"].value_counts().iter_rows())
    items += [
        _tick(view, "rule", rule, f"{rule} {words} ({there[rule]:,})")
        for rule, words in RULES.items()
        if rule in there
    ]
    return tags.ul(*items, class_="claims-ticks")


def table(
    rows: pl.DataFrame,
    verdicts: Mapping[str, str],
    *,
    nothing: str = "Nothing is odd by these rules.",
) -> TagList:
    """The list, what costs most first.

    Takes: what somebody said of an anomaly, by its id; what is said where there is none.
    """

    def status(row: Row) -> str:
        return verdicts.get(row["anomaly_id"], OPEN)

    columns: list[GridColumn[Row]] = [
        GridColumn("What", _what, names_row=True),
        GridColumn("Expected and observed", axis),
        GridColumn("Why it is odd", lambda row: row["explanation"], cells=WHY),
        GridColumn(
            "Costs", lambda row: DOLLARS.written(row["effect_cents"]), cells=NUMBER, head=NUMBER
        ),
        GridColumn("Claims", lambda row: f"{row['claim_count']:,}", cells=NUMBER, head=NUMBER),
        GridColumn("Status", status),
    ]
    grid = wide_grid(
        columns,
        caption="What is odd, what costs most first",
        is_caption_heard=True,
        nothing=nothing,
    )
    said = f"The first {MOST} of {rows.height:,}." if rows.height > MOST else ""
    return TagList(draw(grid, rows.head(MOST).to_dicts()), tags.p(said, class_="claims-more"))


def axis(row: Row) -> TagChild:
    """Expected as a line and observed as a dot on one axis from nothing, with both in words."""
    observed, expected = row["observed"], row["expected"]
    top = 1.05 * max(observed or 0, expected or 0) or 1
    places = [max(0.0, 100 * (value or 0) / top) for value in (expected, observed)]
    picture = (
        '<svg viewBox="0 0 104 12" class="claims-axis" aria-hidden="true">'
        '<line x1="2" x2="102" y1="6" y2="6" class="ground"/>'
        f'<line x1="{2 + places[0]:.1f}" x2="{2 + places[0]:.1f}" y1="1" y2="11" class="expected"/>'
        f'<circle cx="{2 + places[1]:.1f}" cy="6" r="4" class="observed"/></svg>'
    )
    said = f"{written(observed, row['unit'])}; expected {written(expected, row['unit'])}"
    return TagList(HTML(picture), tags.small(said))


def written(value: float | None, unit: str) -> str:
    """A value in an anomaly's unit.

    >>> written(1250, "cents"), written(0.5, "share"), written(3, "days")
    ('$12.50', '50 %', '3 days')
    """
    if value is None:
        return "–"
    if unit == "cents":
        return DOLLARS.written(value)
    if unit == "share":
        return f"{100 * value:.0f} %"
    return f"{value:,.4g} {unit}" if unit != "text" else ""


def address(row: Row) -> str:
    """An anomaly's own page."""
    return f"anomaly?{urlencode({'of': row['anomaly_id']}, safe=':')}"


def _what(row: Row) -> TagChild:
    subject = row["subject"].replace("=", " ").replace("_", " ")
    about = f" · {row['period']}" if row["period"] else ""
    return TagList(
        tags.a(subject, href=address(row)),
        tags.small(f" {row['rule']} {RULES.get(row['rule'], '')}{about}"),
    )


def _tick(view: PeopleView, name: str, value: str, words: str) -> Tag:
    is_on = getattr(view, name) == value
    return tags.li(
        tags.a(
            tags.span("☑ " if is_on else "☐ ", aria_hidden="true"),
            words,
            href=view.turned(name, value).address,
            aria_current="true" if is_on else None,
        )
    )
