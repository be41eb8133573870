"""The provider finder: what is needed, where, for which condition; a ranked list with reasons."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, TagList, tags

from app.claims.drawing.wide import WHY, wide_grid
from app.claims.people_view import PeopleView
from app.draw.grid import NUMBER, GridColumn, draw
from engine import Lake
from engine.claims.analytics.recommend import PARTS

MOST = 50
HOW = (
    "The score is from 0 to 1: "
    + ", ".join(f"{part.words} {part.weight:.0%}" for part in PARTS)
    + ". The fewer claims a provider has, the more its rates lean towards the specialty’s. Nothing"
    " of a provider’s person counts."
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Choices:
    """What can be asked for: specialties, states, conditions by code."""

    needs: tuple[str, ...]
    states: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4)
def offered(lake: Lake) -> Choices:
    """The choices of a snapshot."""
    doctors = lake.scan("dim_provider").filter("is_current")
    code, words = pl.col("diagnosis_code"), pl.col("ccsr_description")
    ills = lake.scan("fact_claim").drop_nulls("diagnosis_code").group_by(code).agg(
        words.drop_nulls().last(), claims=pl.len()
    ).sort("claims", "diagnosis_code", descending=[True, False]).head(100)  # fmt: skip
    needs, states, conditions = pl.collect_all(
        [
            doctors.select("specialty").drop_nulls().unique().sort("specialty"),
            doctors.select("state").drop_nulls().unique().sort("state"),
            ills.sort("diagnosis_code").select("diagnosis_code", "ccsr_description"),
        ]
    )
    named = ((c, f"{c} · {w}" if w else c) for c, w in conditions.iter_rows())
    return Choices(tuple(needs["specialty"]), tuple(states["state"]), tuple(named))


def form(there: Choices, view: PeopleView) -> Tag:
    """The form; it works without scripts."""
    same = [(name, name) for name in there.needs]
    return tags.form(
        tags.input(type="hidden", name="tab", value="find"),
        tags.div(
            _select("need", "Need", [("", "choose one"), *same], view.need),
            _select(
                "state",
                "The member’s state",
                [("", "anywhere"), *((s, s) for s in there.states)],
                view.state,
            ),
            _select("condition", "Condition", [("", "any"), *there.conditions], view.condition),
            class_="claims-asked",
        ),
        tags.button("Show", type="submit"),
        method="get",
        action="members",
        id="asked",
        class_="claims-form",
        data_in_place="",
        aria_label="What is needed",
    )


def table(rows: pl.DataFrame, view: PeopleView) -> TagList:
    """The ranked list; who has few claims stands last and says so."""
    columns: list[GridColumn[Row]] = [
        GridColumn("", lambda row: f"{row['place_in_list']}", cells=NUMBER, head=NUMBER),
        GridColumn("Provider", _provider, names_row=True),
        GridColumn("State", lambda row: row["state"] or "–"),
        GridColumn("Score", _score, cells=NUMBER, head=NUMBER),
        GridColumn(
            "Why",
            lambda row: "; ".join(row["reasons"]) or "nothing better than most",
            head=WHY,
            cells=WHY,
        ),
        GridColumn(
            "Claims in 12 months", lambda row: f"{row['claims']:,}", cells=NUMBER, head=NUMBER
        ),
    ]
    grid = wide_grid(
        columns,
        caption=f"Providers for {view.need}, the best first",
        is_caption_heard=True,
        nothing=(
            f"No provider of {view.need} has had claims in network in the last twelve months."
        ),
    )
    said = f"The first {MOST} of {rows.height:,}." if rows.height > MOST else ""
    how = tags.details(tags.summary("How the score is made"), tags.p(HOW), id="find_how")
    return TagList(draw(grid, rows.head(MOST).to_dicts()), tags.p(said, class_="claims-more"), how)


def _provider(row: Row) -> TagChild:
    note = f" {row['data']}" if row["data"] else ""
    href = f"claims?tab=providers&provider_id={row['provider_id']}"
    return TagList(tags.a(row["provider_id"], href=href), tags.small(note))


def _score(row: Row) -> TagChild:
    width = f"width:{100 * row['score']:.0f}%"
    bar = tags.span(tags.span(style=width), class_="claims-bar", aria_hidden="true")
    return TagList(bar, f"{row['score']:.2f}")


def _select(name: str, label: str, choices: list[tuple[str, str]], chosen: str) -> Tag:
    place = f"ask_{name}"
    options = (
        tags.option(words, value=value, selected="" if value == chosen else None)
        for value, words in choices
    )
    return tags.div(
        tags.label(label, for_=place),
        tags.select(*options, name=name, id=place),
        class_="claims-choice",
    )
