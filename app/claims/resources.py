"""What the claims wing answers to other programs: metrics by dimension, dictionary, anomalies.

How a resource is served and described is the core's (app/api/).
"""

from typing import Any

import polars as pl

from app.api.parameters import Refused
from app.api.resource import Field, Parameter, Resource, Values, one_of, text
from app.claims import people
from app.claims.asked import METRICS, dimensions_of, offered, where
from app.claims.labels import as_meant
from app.claims.months import Stretch, month_of
from app.claims.view import MONTH, View
from app.wing import Examples
from engine import Lake, measure
from engine.claims.analytics.anomaly import ANOMALY

MISSING = "The snapshot has no claims, or is not kept"
NAME_FORM = r"^[a-z][a-z0-9_]*$"
ONLY_FORM = r"^[a-z_]+:[^,;\r\n]+(;[a-z_]+:[^,;\r\n]+)*$"
MONTH_FORM = r"^[0-9]{4}-[0-9]{2}$"

METRIC = Parameter(
    "metric", "Which metric; see claims-dictionary.", text(NAME_FORM), "pmpm_paid", required=True
)
BY = Parameter(
    "by", "By which dimension; without it, all together.", text(NAME_FORM), example="metal_tier"
)
GRAIN = Parameter("grain", "Each month apart, or the whole period.", one_of((MONTH, "all"), "all"))
FIRST = Parameter("from", "First month; the first there is.", text(MONTH_FORM), example="2025-01")
LAST = Parameter("to", "Last month; the last there is.", text(MONTH_FORM), example="2025-12")
ONLY = Parameter(
    "only",
    "Only rows of these values: dimension:value, several with semicolons; `-` is not known.",
    text(ONLY_FORM, 400),
    example="region:Midwest;is_oon:true",
)


def metrics(lake: Lake, values: Values) -> pl.DataFrame:
    """A metric by a dimension, by month or for the period as a whole."""
    there = offered(lake)
    if there is None:
        return _nothing(FIGURES)
    name, by = values["metric"], values["by"]
    if name not in there.metrics:
        known = ", ".join(there.metrics)
        raise Refused(404, f"there is no metric `{name}`", expected=known, found=name)
    pairs = [part.split(":", 1) for part in (values["only"] or "").split(";") if part]
    unknown = [
        dim for dim in (by, *(p[0] for p in pairs)) if dim and dim not in there.metrics[name]
    ]
    if unknown:
        known = ", ".join(there.metrics[name])
        raise Refused(404, f"`{name}` has no dimension `{unknown[0]}`", expected=known)
    first, last = (month_of(values[n]) if values[n] else None for n in ("from", "to"))
    period = Stretch(first or there.months.first, last or there.months.last)
    if period.length < 1:
        raise Refused(422, "the first month comes after the last")
    only: dict[str, list[str]] = {}
    for dimension, value in pairs:
        only.setdefault(dimension, []).append(value)
    view = View("cost", name, "", period, only=tuple((d, tuple(v)) for d, v in only.items()))
    keys = [*([by] if by else []), *([MONTH] if values["grain"] == MONTH else [])]
    rows = measure(lake, [METRICS[name]], keys, where(view, period)).collect()
    return rows.select(
        metric=pl.lit(name),
        dimension=pl.lit(by),
        value_of=pl.col(by).cast(pl.String) if by else pl.lit(None, pl.String),
        month=pl.col(MONTH).dt.strftime("%Y-%m") if MONTH in keys else pl.lit(None, pl.String),
        value=pl.col(name).cast(pl.Float64),
        unit=pl.lit(METRICS[name].unit),
    )


def dictionary(lake: Lake, _values: Values) -> pl.DataFrame:
    """Every metric that can be asked for, with what it means."""
    there = offered(lake)
    rows: list[dict[str, Any]] = [
        {
            "metric": name,
            "label": METRICS[name].label,
            "formula": METRICS[name].formula,
            "unit": METRICS[name].unit,
            "better": METRICS[name].better,
            "why": METRICS[name].why,
            "caveats": METRICS[name].caveats,
            "owner": METRICS[name].owner,
            "dimensions": ", ".join(dimensions_of(METRICS[name])),
        }
        for name in (there.metrics if there else ())
    ]
    return pl.DataFrame(rows, schema=_nothing(DICTIONARY).schema)


def odd(lake: Lake, values: Values) -> pl.DataFrame:
    """What is odd, what costs most first."""
    if offered(lake) is None:
        return _nothing(ODD)
    rows = people.anomalies(lake)
    for name in ("level", "rule"):
        if values[name]:
            rows = rows.filter(pl.col(name) == as_meant(name, values[name]))
    return rows.with_columns(pl.col("claim_ids").list.join(" ")).select(f.name for f in ODD)


def _nothing(fields: tuple[Field, ...]) -> pl.DataFrame:
    """The answer of a snapshot without claims: the columns, and no row."""
    kinds = {"string": pl.String, "number": pl.Float64, "integer": pl.Int64}
    return pl.DataFrame(schema={field.name: kinds[field.kind] for field in fields})


def _kind(dtype: pl.DataType) -> str:
    return "integer" if dtype.is_integer() else "number" if dtype.is_float() else "string"


FIGURES = (
    Field("metric", "string", "The metric"),
    Field("dimension", "string", "By which dimension; null: all together"),
    Field("value_of", "string", "The dimension’s value; null: not known, or all together"),
    Field("month", "string", "Month, such as 2025-03; null: the whole period"),
    Field("value", "number", "The metric, in its unit; money in cents"),
    Field("unit", "string", "Its unit"),
)
DICTIONARY = (
    Field("metric", "string", "Name to ask by"),
    Field("label", "string", "Name for people"),
    Field("formula", "string", "How it is made"),
    Field("unit", "string", "Its unit; money is in cents"),
    Field("better", "string", "Which way is good: higher, lower or neither"),
    Field("why", "string", "What it is for"),
    Field("caveats", "string", "What to mind"),
    Field("owner", "string", "Whose it is"),
    Field("dimensions", "string", "What it can be told by"),
)
_ODD_WORDS = {
    "anomaly_id": "Rule and subject; the same in every build",
    "rule": "A1 to A8",
    "level": "claim, provider or trend",
    "subject": "Claim, provider, or dimension and value",
    "period": "Months that it is about",
    "score": "How odd, in the rule’s own measure",
    "observed": "What was seen, in the unit",
    "expected": "What was expected, in the unit",
    "unit": "Of observed and expected",
    "effect_cents": "What the difference costs, in cents",
    "claim_count": "Claims that make it",
    "claim_ids": "The first of them, with blanks between",
    "explanation": "Why, in a sentence",
}
ODD = tuple(Field(name, _kind(dtype), _ODD_WORDS[name]) for name, dtype in ANOMALY.items())
RESOURCES = (
    Resource(
        "claims-metrics",
        "A metric of claims by a dimension, month by month or for a period as a whole.",
        (METRIC, BY, GRAIN, FIRST, LAST, ONLY),
        FIGURES,
        rows=metrics,
        missing=MISSING,
    ),
    Resource(
        "claims-dictionary",
        "Every metric of claims: formula, unit, owner, caveats and dimensions.",
        (),
        DICTIONARY,
        rows=dictionary,
        missing=MISSING,
    ),
    Resource(
        "claims-anomalies",
        "What is odd among claims, providers and months: expected and observed, and why.",
        (
            Parameter("level", "Only of this level.", one_of(("claim", "provider", "trend"))),
            Parameter("rule", "Only by this rule.", one_of([f"A{n}" for n in range(1, 9)])),
        ),
        ODD,
        rows=odd,
        missing=MISSING,
    ),
)


def examples(api: str, lake: Lake | None) -> Examples:
    """A metric by plan tier, as a file and with Polars."""
    if lake is None or not lake.has("fact_claim"):
        return Examples({}, {"metric": "pmpm_paid"})
    asked = f"{api}/claims-metrics?metric=pmpm_paid&by=metal_tier&grain=month"
    program = f'import polars as pl\n\nprint(pl.read_parquet("{asked}&format=parquet"))'
    shown = {"What a member costs a month, by metal tier": [f"curl '{asked}&format=csv'", program]}
    return Examples(shown, {"metric": "pmpm_paid"})
