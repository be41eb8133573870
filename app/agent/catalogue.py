"""Tools that say what there is: datasets, their columns, periods, quality and where they come from.

All of it is what contracts declare and a snapshot's manifest says; rows are read for a sample only.
"""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import polars as pl
from pydantic import Field

from app.agent import known
from app.agent.tool import Answer, Dataset, Explained, Limit, Tool
from app.agent.written import definition, made_of
from engine import Lake
from engine.errors import UnknownName
from engine.metric import AnyMetric
from engine.period import late
from engine.rules import Rule

MOST_SAMPLED = 20
MOST_DEFINED = 12
"""How many metrics are defined in full beside their dataset: more would drown what is asked."""
PERIODS = ("year", "period", "month")
Keyword = Annotated[
    str,
    Field(
        description="Only datasets with each of these words in their name, meaning, columns or"
        " metrics."
    ),
]
Domain = Annotated[str, Field(description="Only datasets of this domain, such as atlas.")]
Sample = Annotated[
    int, Field(ge=0, le=MOST_SAMPLED, description="How many rows to show as they are.")
]


def list_datasets(
    lake: Lake, domain: Domain = "", keyword: Keyword = "", limit: Limit = 20
) -> Answer:
    """The datasets of the lake, those with rows first."""
    domains = known.domains()
    there = sorted({domains.get(name, known.REGISTERED) for name in lake.manifest["tables"]})
    if domain and domain.lower() not in there:
        raise UnknownName(
            f"no domain is called `{domain[:80]}`",
            found=domain[:80],
            expected=", ".join(there),
            next="list_datasets without a domain lists all of them",
        )
    words = keyword.lower().replace("_", " ").split()
    rows = [_listed(lake, name, domains) for name in lake.manifest["tables"]]
    found = [
        row
        for row in rows
        if domain.lower() in ("", row["domain"]) and all(w in _text(lake, row) for w in words)
    ]
    found.sort(key=lambda row: (row["rows"] == 0, row["domain"], row["dataset"]))
    near = known.nearest(keyword, lake.manifest["tables"]) if keyword and not found else []
    return Answer(
        values={
            "datasets": found[:limit],
            "datasets_in_all": len(found),
            "domains": there,
            **({"nearest": near} if near else {}),
        },
        tables=tuple(row["dataset"] for row in found[:limit]),
        next=(
            ("get_metadata of one of `nearest`, or list_datasets without a keyword",)
            if not found
            else ("get_metadata for definitions and quality, get_schema for columns",)
        ),
    )


def get_metadata(lake: Lake, dataset: Dataset) -> Answer:
    """What a dataset is: meaning, owner, metrics, freshness and what was found wrong with it."""
    name = known.dataset(lake, dataset)
    entry, contract = lake.manifest["tables"][name], known.contract(name)
    metrics = known.metrics_of(lake, name)
    domains = known.domains()
    files = entry["files"]
    values = {
        **_listed(lake, name, domains),
        "owner": contract.owner if contract else None,
        "key": entry["key"],
        "partitioned_by": entry["partition"],
        "columns": len(entry["columns"]),
        "described_columns_percent": _described(entry["columns"]),
        "files": len(files),
        "metrics": [definition(metric) for metric in metrics]
        if len(metrics) <= MOST_DEFINED
        else [_brief(metric) for metric in metrics],
        "dimensions": sorted({d for metric in metrics for d in known.dimensions(metric)}),
        "rules": [rule.words for rule in contract.rules] if contract else [],
        "quality": quality_of(lake, name),
        "sources": sources_of(lake, name),
    }
    return Answer(
        values=values,
        tables=(name,),
        caveats=tuple(metric.caveats for metric in metrics[:MOST_DEFINED]),
        next=(
            f"get_schema({name})",
            *((f"query_metric({metrics[0].name}) comes with its definition",) if metrics else ()),
        ),
    )


def get_schema(lake: Lake, dataset: Dataset, sample: Sample = 3) -> Answer:
    """The columns of a dataset: type, unit, meaning and rules, and a few rows as they are."""
    name = known.dataset(lake, dataset)
    entry, contract = lake.manifest["tables"][name], known.contract(name)
    rules = {c.name: c.rules for c in contract.columns} if contract else {}
    dimensions = {d for metric in known.metrics_of(lake, name) for d in known.dimensions(metric)}
    columns = [
        {
            **column,
            "in_key": column["name"] in entry["key"],
            "is_dimension": column["name"] in dimensions,
            "rules": _words(rules.get(column["name"], ())),
        }
        for column in entry["columns"]
    ]
    newest = max(lake.partitions(name), default=None)
    rows = lake.scan(name, newest).head(sample).collect() if sample else None
    return Answer(
        values={
            "dataset": name,
            "grain": entry["grain"],
            "key": entry["key"],
            "fields": columns,
            "joined_dimensions": sorted(dimensions - {c["name"] for c in columns}),
        },
        rows=rows,
        limit=MOST_SAMPLED,
        tables=(name,),
        caveats=(
            "A null is what was not published, withheld or does not apply; it is never zero.",
        ),
    )


def get_periods(lake: Lake, dataset: Dataset) -> Answer:
    """Which periods a dataset has, how many rows each, and when the next should come."""
    name = known.dataset(lake, dataset)
    entry = lake.manifest["tables"][name]
    columns = {c["name"] for c in entry["columns"]}
    column = next((name for name in PERIODS if name in columns), None)
    values: dict[str, Any] = {
        "dataset": name,
        "period_column": column,
        "sources": sources_of(lake, name),
    }
    if column is None:
        history = {"valid_from", "valid_to"} <= columns
        said = (
            "It keeps history: each row is valid from valid_from, up to and without valid_to."
            if history
            else "It has no column of a period: it is as its newest release said."
        )
        return Answer(values=values | {"periods": []}, tables=(name,), caveats=(said,))
    rows = (
        lake.scan(name).group_by(column).agg(rows=pl.len()).sort(column, nulls_last=True).collect()
    )
    periods = rows[column].drop_nulls().to_list()
    return Answer(
        values=values
        | {"oldest": periods[0] if periods else None, "newest": periods[-1] if periods else None},
        rows=rows,
        limit=1000,
        explains=(Explained("rows", "Rows of the period", "rows"),),
        tables=(name,),
    )


def get_lineage(lake: Lake, dataset: Dataset) -> Answer:
    """Where a dataset comes from: releases with their hashes, its contract, its files."""
    name = known.dataset(lake, dataset)
    entry = lake.manifest["tables"][name]
    releases = made_of(lake, [name])
    told = "made_of" in lake.manifest and name in lake.manifest["made_of"]
    rows = pl.DataFrame(
        [
            {
                "source": r["source"],
                "publisher": r["publisher"],
                "period": r["period"],
                "revision": r["revision"],
                "published_on": r["published_on"],
                "files": ", ".join(f["name"] for f in r["files"]),
                "sha256": r["sha256"],
                "demonstration": r["demonstration"],
            }
            for r in sorted(releases, key=lambda r: (r["period"], r["source"]), reverse=True)
        ]
    )
    values = {
        "dataset": name,
        "contract": entry["contract"],
        "path": "release -> staged part -> table -> metric",
        "sources": sources_of(lake, name),
        "files": [
            {"partition": f["partition"], "rows": f["rows"], "sha256": f["sha256"][:12]}
            for f in entry["files"]
        ],
        "metrics": [metric.name for metric in known.metrics_of(lake, name)],
        "snapshot_before": lake.manifest["previous"],
    }
    unsaid = "This snapshot does not say which releases made which dataset: these are all of it."
    by_rule = "No release: it is made by rule, not of anything published."
    return Answer(
        values=values,
        rows=rows,
        limit=50,
        explains=(
            Explained("sha256", "Hash of the release's bytes, which never change"),
            Explained("revision", "1 for the first issue of a period, one more for each re-issue"),
        ),
        tables=(name,),
        caveats=(by_rule,) if not releases else () if told else (unsaid,),
    )


def _listed(lake: Lake, name: str, domains: dict[str, str]) -> dict[str, Any]:
    entry, contract = lake.manifest["tables"][name], known.contract(name)
    periods = sorted(lake.partitions(name)) if entry["partition"] in PERIODS else []
    return {
        "dataset": name,
        "domain": domains.get(name, known.REGISTERED),
        "meaning": contract.meaning if contract else entry["grain"],
        "grain": entry["grain"],
        "rows": sum(file["rows"] for file in entry["files"]),
        "oldest": periods[0] if periods else None,
        "newest": periods[-1] if periods else None,
        "metrics": [metric.name for metric in known.metrics_of(lake, name)],
        "demonstration": entry["demonstration"],
    }


def _brief(metric: AnyMetric) -> dict[str, Any]:
    """Enough of a metric to choose it; its whole definition comes with its values."""
    return {
        "metric": metric.name,
        "label": metric.label,
        "formula": metric.formula,
        "unit": metric.unit,
    }


def _text(lake: Lake, row: dict[str, Any]) -> str:
    """All words by which a dataset is found."""
    columns = lake.manifest["tables"][row["dataset"]]["columns"]
    metrics = known.metrics_of(lake, row["dataset"])
    said = (
        *(row["dataset"], row["domain"], row["meaning"], row["grain"]),
        *(f"{column['name']} {column['meaning']}" for column in columns),
        *(f"{metric.name} {metric.label} {metric.why}" for metric in metrics),
    )
    return " ".join(said).lower().replace("_", " ")


def _described(columns: Sequence[Any]) -> float:
    told = sum(1 for column in columns if column["meaning"])
    return round(told * 100 / max(1, len(columns)), 1)


def quality_of(lake: Lake, name: str) -> list[dict[str, Any]]:
    """What was warned of or failed in this table when the snapshot was made."""
    found = lake.manifest.get("findings", [])
    return [
        {key: one.get(key) for key in ("status", "gate", "check", "where", "message")}
        for one in found
        if f"table {name} " in f"{one.get('where', '')} "
    ]


def sources_of(lake: Lake, name: str) -> list[dict[str, Any]]:
    """The publications that a table is made of: newest period, and whether the next is late."""
    codes = {release["source"] for release in made_of(lake, [name])}
    followed = {c: s for c, s in lake.manifest.get("sources", {}).items() if c in codes}
    overdue = set(late(followed, date.today()))
    return [
        {
            "source": code,
            "newest": source["newest"],
            "every": source["calendar"]["every"],
            "late": code in overdue,
        }
        for code, source in followed.items()
    ]


def _words(rules: Sequence[Rule]) -> list[str]:
    return [rule.words for rule in rules]


TOOLS = (
    Tool(
        "list_datasets",
        "List datasets",
        "Which datasets there are, with their meaning, rows, newest period and metrics. Start here"
        " where you do not know what can be asked.",
        list_datasets,
    ),
    Tool(
        "get_metadata",
        "About a dataset",
        "What one dataset is: meaning, owner, metrics with formula and caveats, freshness, what was"
        " found wrong with it. Read it before you quote a figure.",
        get_metadata,
    ),
    Tool(
        "get_schema",
        "Columns of a dataset",
        "The columns of a dataset with type, unit, meaning and rules, and a few rows as they are."
        " Read it before query_sql.",
        get_schema,
    ),
    Tool(
        "get_periods",
        "Periods of a dataset",
        "Which periods (years, months) a dataset has, with the rows of each, and whether the next"
        " is late.",
        get_periods,
    ),
    Tool(
        "get_lineage",
        "Where it comes from",
        "The releases a dataset is made of, with publisher, revision, file names and hashes; the"
        " files it lies in and the metrics that are asked of it.",
        get_lineage,
    ),
)
