"""A member's year as one strip: cover, claims by kind (size: what was paid), stays, what is odd."""

from datetime import timedelta
from math import sqrt
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, tags

from app.claims import labels
from app.claims.drawing.claims_table import claims_table
from app.claims.one_member import OneMember
from app.draw.extent import most, total
from app.draw.plot import Figure, layout, plot
from engine import Lake
from engine.unit import Money

DOLLARS = Money("USD")
KINDS = ("Facility", "Professional", "RX")
COLOURS = {"Facility": "--band-0", "Professional": "--accent", "RX": "--band-1"}
LARGEST = 34  # pixels across, of the dearest claim of the year
HEIGHT = 240


def strip(lake: Lake, of: OneMember) -> Tag:
    """The chart, its claims behind it."""
    year = of.claims.filter(pl.col("service_date").is_between(of.since, of.until))
    paid = DOLLARS.written(total(year["paid_cents"]))
    said = f"{year.height} claims in twelve months, {paid} paid"
    return plot(
        "strip", _figure(lake, of, year), words=said, table=claims_table(lake, year.to_dicts())
    )


def facts(of: OneMember) -> Tag:
    """What is known of the member, the tier and its reasons."""
    known: list[tuple[str, TagChild]] = [
        (labels.of_dimension(name).capitalize(), labels.plainly(name, value))
        for name, value in of.facts.items()
    ]
    if of.risk:
        tier = of.risk["tier"]
        reasons = tags.ul(*map(tags.li, of.risk["reasons"])) if of.risk["reasons"] else "none"
        known += [("Tier", tier), ("What raises it", reasons)]
        if of.risk["expected_cents"] is not None:
            known.append(("Expected a month", DOLLARS.written(of.risk["expected_cents"])))
    return tags.dl(
        *(part for word, text in known for part in (tags.dt(word), tags.dd(text))),
        class_="claims-facts",
    )


def _figure(lake: Lake, of: OneMember, year: pl.DataFrame) -> Figure:
    return {
        "data": [*_cover(lake, of), *_claims(lake, year), *_stays(year), *_odd(of, year)],
        "layout": layout(
            height=HEIGHT,
            margin={"l": 96, "r": 16, "t": 8, "b": 40},
            xaxis={
                "type": "date",
                "tickformat": "%b\n%Y",
                "range": [of.since.isoformat(), of.until.isoformat()],
            },
            yaxis={
                "categoryorder": "array",
                "categoryarray": ["stays", *reversed(KINDS), "cover"],
                "type": "category",
                "range": [-0.6, len(KINDS) + 1.6],
            },
        ),
    }


def _cover(lake: Lake, of: OneMember) -> list[dict[str, Any]]:
    return [
        _stretch(
            "cover",
            span["start_date"],
            span["end_date"],
            f"covered by {labels.of_value(lake, 'plan_id', span['plan_id'])}",
            "--soft",
        )
        for span in of.cover.to_dicts()
    ]


def _claims(lake: Lake, year: pl.DataFrame) -> list[dict[str, Any]]:
    dearest = max(most(year["paid_cents"]) if year.height else 0, 1)
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": kind,
            "x": [row["service_date"].isoformat() for row in rows],
            "y": [kind for _ in rows],
            "marker": {
                "color": COLOURS[kind],
                "opacity": 0.75,
                "size": [
                    max(6, LARGEST * sqrt(max(row["paid_cents"] or 0, 0) / dearest)) for row in rows
                ],
            },
            "text": [
                f"{labels.of_value(lake, 'diagnosis_code', row['diagnosis_code'])}:"
                f" {DOLLARS.written(row['paid_cents'] or 0)} paid, {row['status']}"
                for row in rows
            ],
            "hovertemplate": "%{x|%-d %b %Y}<br>%{text}<extra></extra>",
        }
        for kind in KINDS
        if (rows := year.filter(pl.col("claim_type") == kind).to_dicts())
    ]


def _stays(year: pl.DataFrame) -> list[dict[str, Any]]:
    is_stay = (pl.col("channel") == "IP") & (pl.col("claim_type") == "Facility")
    return [
        _stretch(
            "stays",
            row["service_date"],
            row["service_date"] + timedelta(days=1),
            "in hospital",
            "--band-0",
        )
        for row in year.filter(is_stay).to_dicts()
    ]


def _odd(of: OneMember, year: pl.DataFrame) -> list[dict[str, Any]]:
    ids = of.odd["claim_ids"].explode(empty_as_null=False, keep_nulls=False).to_list()
    rows = year.filter(pl.col("claim_id").is_in(ids)).to_dicts()
    if not rows:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "odd",
            "x": [row["service_date"].isoformat() for row in rows],
            "y": [row["claim_type"] for row in rows],
            "marker": {"symbol": "x-thin", "size": 12, "line": {"width": 2, "color": "--ink"}},
            "hovertemplate": "odd: see below<extra></extra>",
        }
    ]


def _stretch(row: str, first: Any, last: Any, words: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [first.isoformat(), last.isoformat()],
        "y": [row, row],
        "line": {"color": colour, "width": 12},
        "text": [words, words],
        "hovertemplate": "%{text}<br>%{x|%-d %b %Y}<extra></extra>",
    }
