"""An Answer as an agent reads it: plain JSON, with what every number needs beside it. Pure.

Definitions, caveats, the columns' meanings, the snapshot and the releases it was made of, and the
page that shows the same. Cut rows are said to be cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from app.agent import known
from app.agent.plain import plain
from app.agent.tool import Answer
from engine import Lake
from engine.manifest import ReleaseEntry
from engine.metric import AnyMetric

MOST_RELEASES = 6
INVENTED = "Demonstration: these figures are invented and describe no real organisation."


def written(answer: Answer, lake: Lake, front: str) -> dict[str, Any]:
    """The answer as plain values.

    Takes:  `front`, the address of the app's front page, with its last slash.
    """
    told: dict[str, Any] = dict(answer.values)
    if answer.rows is not None:
        told |= _rows(answer, lake)
    if answer.metrics:
        told["definitions"] = [definition(metric) for metric in answer.metrics]
    invented = bool(answer.tables) and lake.is_invented(*answer.tables)
    if caveats := [*answer.caveats, *([INVENTED] if invented else [])]:
        told["caveats"] = list(dict.fromkeys(caveats))
    told["provenance"] = provenance(lake, answer.tables, answer.periods)
    if answer.address:
        told["link"] = f"{front}{answer.address}"
    if answer.next:
        told["next"] = list(answer.next)
    sayable: dict[str, Any] = plain(told)
    return sayable


def definition(metric: AnyMetric) -> dict[str, Any]:
    """What a metric means, in its own words."""
    return {
        "metric": metric.name,
        "label": metric.label,
        "formula": metric.formula,
        "unit": metric.unit,
        "currency": metric.money.currency if metric.money else None,
        # Money is held in whole minor units: 12345 is 123.45 where this is 100.
        "minor_units": metric.money.minor if metric.money else None,
        "counts": metric.words.share if metric.words.denominator else metric.words.numerator,
        "which_way": metric.which_way,
        "why": metric.why,
        "caveats": metric.caveats,
        "owner": metric.owner,
        "target": metric.target,
        "datasets": list(known.tables(metric)),
        "dimensions": list(known.dimensions(metric)),
    }


def provenance(lake: Lake, tables: Sequence[str], periods: Sequence[str] = ()) -> dict[str, Any]:
    """Which snapshot, and which releases of it, an answer is made of: the newest of them.

    Takes:  the tables; the periods it is of, where it is of some: a source that has releases of
            these is told by them alone.
    """
    releases = made_of(lake, tables)
    if periods:
        dated = {r["source"] for r in releases if r["period"] in periods}
        releases = [r for r in releases if r["period"] in periods or r["source"] not in dated]
    newest = sorted(releases, key=lambda r: (r["period"], r["revision"]), reverse=True)
    return {
        "snapshot": lake.id,
        "sealed_at": lake.manifest["sealed_at"],
        "demonstration": lake.is_invented(*(tables or lake.manifest["tables"])),
        "datasets": list(tables),
        "releases": [_release(one) for one in newest[:MOST_RELEASES]],
        "releases_in_all": len(releases),
    }


def made_of(lake: Lake, tables: Sequence[str]) -> list[ReleaseEntry]:
    """The releases that tables are made of; all of the snapshot where it does not say."""
    if not tables:
        return []
    feeds = lake.manifest.get("made_of", {})
    if not all(name in feeds for name in tables):
        return lake.manifest["releases"]
    sources = {source for name in tables for source in feeds[name]}
    return [release for release in lake.manifest["releases"] if release["source"] in sources]


def _release(of: ReleaseEntry) -> dict[str, Any]:
    names = ("source", "name", "publisher", "period", "revision", "published_on", "demonstration")
    facts: Mapping[str, Any] = of
    # Not the addresses: one of a mirror's disk is not for strangers.
    files = [{"name": f["name"], "sha256": f["sha256"][:12]} for f in of["files"]]
    return {name: facts[name] for name in names} | {"files": files[:3], "files_in_all": len(files)}


def _rows(answer: Answer, lake: Lake) -> dict[str, Any]:
    rows = answer.rows
    assert rows is not None  # asked for only where there are some
    sent = rows.head(answer.limit)
    told: dict[str, Any] = {
        "columns": _columns(answer, lake, rows),
        "rows": sent.to_dicts(),
        "row_count": sent.height,
        "rows_in_all": rows.height,
    }
    if sent.height < rows.height:
        told["cut"] = f"the first {sent.height:,} of {rows.height:,} rows; narrow it, or ask more"
    return told


def _columns(answer: Answer, lake: Lake, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """What each column of the rows means: as the answer, a metric or a table says it."""
    known: dict[str, dict[str, Any]] = {}
    for name in answer.tables:
        for column in lake.manifest["tables"][name]["columns"]:
            said = {key: column[key] for key in ("name", "meaning", "unit")}
            known.setdefault(column["name"], said)
    for metric in answer.metrics:
        about = {"name": metric.name, "meaning": metric.label, "unit": metric.unit}
        known[metric.name] = about
    known |= {column.name: asdict(column) for column in answer.explains}
    return [
        {k: v for k, v in known.get(name, {"name": name}).items() if v} | {"type": str(dtype)}
        for name, dtype in rows.schema.items()
    ]
