"""What can be asked of a lake by name: its datasets and metrics, whose they are, and the nearest
name where one is wrong. Walks what wings declare and a manifest says; knows no wing.
"""

from collections.abc import Iterable
from difflib import get_close_matches

import engine.wings
from app.agent.tool import Beside, MetricAsked
from app.wings import WINGS
from engine import Lake
from engine.errors import UnknownName
from engine.metric import Metric
from engine.table import Table
from engine.wings import METRICS, TABLES

REGISTERED = "registered"
"""The domain of a table that no wing declares: a manifest brought it."""
# In the order in which they are looked for; the first that a metric has is its period.
PERIODS = ("year", "period", "month", "quarter", "date")
NEAR = 5


def domains() -> dict[str, str]:
    """The domain of each table that a wing declares: the wing's name."""
    return {table.name: wing.name for wing in engine.wings.WINGS for table in wing.tables}


def tables(metric: Metric) -> tuple[str, ...]:
    """The tables whose rows a metric counts."""
    return (metric.table,)


def dimensions(metric: Metric) -> tuple[str, ...]:
    """What a metric can be asked and narrowed by."""
    return tuple(dimension.name for dimension in metric.dimensions)


def read_by(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """Every table that these metrics read: those they count, then those of their dimensions."""
    several = list(metrics)
    counted = (table for metric in several for table in tables(metric))
    joined = (d.table for metric in several for d in metric.dimensions if d.table)
    return tuple(dict.fromkeys((*counted, *joined)))


def metrics_of(dataset: str) -> list[Metric]:
    """The metrics that are asked of a dataset."""
    return [metric for metric in METRICS.values() if dataset in tables(metric)]


def dataset(lake: Lake, name: str) -> str:
    """The name of a dataset of the lake, as it is written there.

    Raises: UnknownName with the nearest names.
    """
    return _known("dataset", name, lake.manifest["tables"], "list_datasets lists all of them")


def metric(lake: Lake, name: str) -> Metric:
    """The metric of that name.

    Raises: UnknownName with the nearest names, by their labels too.
    """
    sealed = lake.manifest["tables"].keys()
    there = {m.name: m for m in METRICS.values() if sealed >= set(tables(m))}
    by_label = {m.label.lower(): m.name for m in there.values()}
    found = by_label.get(name.strip().lower(), name)
    return there[_known("metric", found, there, "list_datasets names the metrics of each dataset")]


def contract(name: str) -> Table | None:
    """What is declared of a dataset; None where only its manifest knows it."""
    return TABLES.get(name)


def beside(lake: Lake, asked: MetricAsked) -> Beside:
    """What the wing of a metric says beside its number."""
    names = [w.name for w in engine.wings.WINGS if asked.metric.name in {m.name for m in w.metrics}]
    found = next((wing for wing in WINGS if wing.name in names), None)
    return found.beside(lake, asked) if found else Beside()


def period_of(asked: Metric) -> str | None:
    """The dimension of a metric that is its period; None where it has none."""
    return next((name for name in PERIODS if name in dimensions(asked)), None)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The names most like one, the likest first; those that have it as a part of them, too.

    >>> nearest("percent_achived", ["percent_achieved", "prevalence"])
    ['percent_achieved']
    >>> nearest("practices", ["practice", "practice_points", "pcn"])[0]
    'practice'
    """
    lowered = {one.lower(): one for one in known}
    said = name.strip().lower().replace(" ", "_")
    like = get_close_matches(said, lowered, n=NEAR, cutoff=0.6)
    within = [one for one in lowered if said and (said in one or one in said)]
    return [lowered[one] for one in dict.fromkeys((*like, *within))][:NEAR]


def _known(kind: str, name: str, known: Iterable[str], where: str) -> str:
    names = list(known)
    exact = {one.lower(): one for one in names}
    if (found := exact.get(name.strip().lower())) is not None:
        return found
    near = nearest(name, names)
    raise UnknownName(
        f"no {kind} is called `{name[:80]}`",
        found=name[:80],
        expected=", ".join(near or names[:20]),
        next=f"did you mean {near[0]}? {where}" if near else where,
    )
