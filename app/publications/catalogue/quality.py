"""The quality history of a table: the verdicts of each load of its sources, by the ledger."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from htmltools import TagChild, tags

from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, draw
from app.publications.catalogue.registry import rows_of
from engine import Lake

MOST_LOADS, MOST_FINDINGS = 24, 20
COUNTED = ("pass", "warn", "fail")


def history(lake: Lake, codes: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """The newest loads of sources with the verdicts of each, and what was wrong of late.

    Gives:  one row a load: load_id, source_code, period, status, started_at, rows_loaded, pass,
            warn, fail; then the findings of these loads that are not passes, the newest first.
            None where there is no registry.
    """
    loads, told = (rows_of(lake, name, codes) for name in ("load_events", "validation_results"))
    if loads is None or told is None:
        return None
    loads = loads.sort("started_at", "load_id", descending=True).head(MOST_LOADS)
    counts = told.group_by("load_id").agg(
        (pl.col("status") == word).sum().alias(word) for word in COUNTED
    )
    wanted = ("load_id", "source_code", "period", "status", "started_at", "rows_loaded")
    wrong = told.filter(
        pl.col("status") != "pass", pl.col("load_id").is_in(loads["load_id"].to_list())
    ).sort("validation_id", descending=True)
    return (
        loads.select(wanted).join(counts, on="load_id", how="left", maintain_order="left"),
        wrong.head(MOST_FINDINGS),
    )


def drawn(
    found: tuple[pl.DataFrame, pl.DataFrame] | None, findings: list[dict[str, Any]]
) -> TagChild:
    """The history as tables; of a lake without a registry what the snapshot says of itself."""
    if found is None:
        return tags.div(
            tags.p("This lake came without its registry: only what the snapshot found is known."),
            _wrong(findings),
        )
    loads, wrong = found
    return tags.div(
        draw(
            Grid(
                (
                    GridColumn("Load", _load, names_row=True),
                    GridColumn("Source", lambda row: row["source_code"]),
                    GridColumn("Period", lambda row: row["period"]),
                    GridColumn("Began", lambda row: f"{row['started_at']:%d %b %Y %H:%M}"),
                    GridColumn("Ended", lambda row: row["status"].replace("_", " ")),
                    *(
                        GridColumn(words, _count(name), head=NUMBER, cells=NUMBER)
                        for words, name in (
                            ("Rows", "rows_loaded"),
                            ("Passed", "pass"),
                            ("Warned", "warn"),
                            ("Failed", "fail"),
                        )
                    ),
                ),
                caption="Gates by load, the newest first",
                table=SCROLLS | {"class": "pub-rows"},
                nothing="Nothing was loaded yet.",
            ),
            loads.to_dicts(),
        ),
        tags.h3("What was found of late"),
        _wrong(wrong.rename({"check_name": "check"}).to_dicts()),
    )


def _wrong(findings: Sequence[dict[str, Any]]) -> TagChild:
    if not findings:
        return tags.p("Nothing: every gate passed.")
    return tags.ul(
        *(
            tags.li(
                tags.strong(f"{one['status']} "),
                f"{one['check']}: {one['message']}",
                tags.small(f" next: {one['next_step']}") if one.get("next_step") else None,
            )
            for one in findings[:MOST_FINDINGS]
        ),
        class_="pub-findings",
    )


def _load(row: dict[str, Any]) -> TagChild:
    return tags.a(str(row["load_id"]), href=f"../operations/load?id={row['load_id']}")


def _count(name: str) -> Any:
    return lambda row: "–" if row[name] is None else f"{row[name]:,}"
