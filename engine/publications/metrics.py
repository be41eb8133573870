"""Metrics of publications: what a manifest declares, sealed with the snapshot, as the core has it.

A registered publication is data, and so are its metrics: the snapshot says them, and here they
become the same declarations that a wing writes in code. Where the rows are of practices, they roll
up by the tables of places that the same snapshot holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

import polars as pl

from engine.dimension import Dimension
from engine.metric import Better, Metric, MetricWords, SemiAdditive
from engine.period import financial_year_of
from engine.unit import Format, Money

FACT = "publication_metrics"
"""The name under which a snapshot tells them."""
PLACES = "practice_geography"
LEVELS = ("pcn", "sub_icb", "icb", "region")
PERIOD, IS_TOTAL = "_period", "_is_total"
_UNALLOCATED = "U"


class MetricEntry(TypedDict):
    """A metric as a snapshot says it, in JSON.

    level, grain_column  whose rows these are, and the column of their codes
    dimensions           columns that its rows can be grouped by
    where                which rows count: columns with their values
    has_totals           whether some rows are totals of others, as `_is_total` says; they do not
    is_balance           whether it is a state of one day, which adds up over everything but time
    """

    name: str
    label: str
    table: str
    numerator: str
    denominator: str
    unit: str
    format: Literal["count", "number", "percent", "rate", "money"]
    better: Better
    level: str
    grain_column: str
    dimensions: list[str]
    where: dict[str, str]
    has_totals: bool
    is_balance: bool
    description: str
    caveats: str
    owner: str


def metrics_in(manifest: Mapping[str, Any]) -> list[Metric]:
    """The metrics that a snapshot says of its publications.

    Takes:  the snapshot's manifest.
    Gives:  nothing where it says none.
    """
    tables = manifest["tables"]
    years = sorted(f["partition"] for f in tables.get(PLACES, {}).get("files", []))
    entries: Sequence[MetricEntry] = manifest.get(FACT) or ()
    return [metric_of(entry, years) for entry in entries if entry["table"] in tables]


def metric_of(entry: MetricEntry, years: Sequence[str] = ()) -> Metric:
    """One metric as the core asks it.

    Takes:  what the snapshot says; the years of which it knows where practices belong.
    Gives:  a sum, or a sum over a sum of the rows that have both, so that no patient counts
            below the line and not above it.
    """
    upper = pl.col(entry["numerator"])
    lower = pl.col(entry["denominator"]) if entry["denominator"] else None
    rows = [pl.col(column) == value for column, value in entry["where"].items()]
    rows += [pl.col(IS_TOTAL).ne_missing(True)] if entry["has_totals"] else []
    if lower is not None:
        both = upper.is_not_null() & lower.is_not_null()
        upper, lower = pl.when(both).then(upper), pl.when(both).then(lower)
    of = f" / sum({entry['denominator']})" if entry["denominator"] else ""
    written, money = _format(entry)
    return Metric(
        name=entry["name"],
        label=entry["label"],
        table=entry["table"],
        numerator=upper,
        denominator=lower,
        only=pl.all_horizontal(rows) if rows else None,
        dimensions=(*_own(entry), *_places(entry, years)),
        when=("period",),
        balance=SemiAdditive(along="period", take="last") if entry["is_balance"] else None,
        formula=f"sum({entry['numerator']}){of}",
        unit=entry["unit"] or ("a share" if of else entry["label"].lower()),
        format=written,
        money=money,
        better=entry["better"],
        words=MetricWords(
            numerator=entry["label"].lower(),
            denominator=entry["denominator"].replace("_", " "),
            nobody="nothing to be a share of",
            no_interval="its publisher says nothing of chance",
        ),
        why=entry["description"] or f"As {entry['table']} tells it.",
        caveats=entry["caveats"] or "As published.",
        owner=entry["owner"],
    )


def _own(entry: MetricEntry) -> list[Dimension]:
    """What the rows themselves tell, their period among it."""
    told = [*entry["dimensions"], entry["grain_column"], *entry["where"]]
    told += [IS_TOTAL] if entry["has_totals"] else []
    own = dict.fromkeys(name for name in told if name and name != "period")
    return [Dimension("period", pl.col(PERIOD)), *map(Dimension, own)]


def _places(entry: MetricEntry, years: Sequence[str]) -> list[Dimension]:
    """The levels above practices, by the mapping of the newest year up to the rows' own."""
    if entry["level"] != "practice" or not years:
        return []
    told = {dimension.name for dimension in _own(entry)}
    code = Dimension("practice_code", pl.col(entry["grain_column"]))
    year = Dimension("year", _newest(financial_year_of(PERIOD), years))
    at = {"table": PLACES, "on": ("year", "practice_code"), "via": (year, code)}
    levels = [level for level in LEVELS if f"{level}_code" not in told]
    return [Dimension(f"{level}_code", _code(level), **at) for level in levels]  # type: ignore[arg-type]


def _newest(year: pl.Expr, years: Sequence[str]) -> pl.Expr:
    """Of the years that are known the newest that is not after a row's; else the oldest."""
    found = pl.lit(years[0])
    for known in years[1:]:
        found = pl.when(year >= known).then(pl.lit(known)).otherwise(found)
    return found


def _code(level: str) -> pl.Expr:
    # `U` says that there is none; taken for a code it would be one large network.
    code = pl.col(f"{level}_code")
    return pl.when(code != _UNALLOCATED).then(code) if level == "pcn" else code


def _format(entry: MetricEntry) -> tuple[Format, Money | None]:
    """How a value is scaled and written, by the manifest's word and unit."""
    match entry["format"]:
        case "money":
            # As published: in whole pounds, unless the unit says pence.
            return "money", Money("GBP", minor=100 if "pence" in entry["unit"].lower() else 1)
        case "percent" if entry["denominator"]:
            return "percent", None
        case "rate" if entry["denominator"]:
            scales: tuple[Format, ...] = ("per 10,000", "per 1,000", "per 100")
            said = entry["unit"].lower().replace("1000", "1,000").replace("10000", "10,000")
            return next((scale for scale in scales if scale in said), "number"), None
        case "count":
            return "count", None
    return "number", None
