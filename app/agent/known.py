"""What can be asked of a lake by name: its datasets and metrics, whose they are, and the nearest
name where one is wrong. Walks what wings declare and a manifest says; knows no wing.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches

import engine.wings
from app.agent.tool import Beside, MetricAsked
from engine import Lake
from engine.derived import parts
from engine.errors import UnknownName
from engine.metric import AnyMetric
from engine.table import Table
from engine.wings import METRICS, TABLES, sealed_metrics

REGISTERED = "registered"
"""The domain of a table that no wing declares: a manifest brought it."""
# In the order in which they are looked for; the first that a metric has is its period.
PERIODS = ("year", "period", "month", "quarter", "date")
NEAR = 5
MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def domains() -> dict[str, str]:
    """The domain of each table that a wing declares: the wing's name."""
    return {table.name: wing.name for wing in engine.wings.WINGS for table in wing.tables}


def tables(metric: AnyMetric) -> tuple[str, ...]:
    """The tables whose rows a metric counts."""
    return tuple(dict.fromkeys(part.table for part in parts(metric)))


def dimensions(metric: AnyMetric) -> tuple[str, ...]:
    """What a metric can be asked and narrowed by: what all that it is made of share."""
    first, *others = ([d.name for d in part.dimensions] for part in parts(metric))
    return tuple(name for name in first if all(name in own for own in others))


def times(metric: AnyMetric) -> tuple[str, ...]:
    """Those of its dimensions that are times: asked by a stretch, `service_date__month`."""
    first = parts(metric)[0]
    grained = {dimension.name for dimension in first.dimensions if dimension.grain}
    return tuple(name for name in dimensions(metric) if name in grained)


def read_by(metrics: Iterable[AnyMetric]) -> tuple[str, ...]:
    """Every table that these metrics read: those they count, then those of their dimensions."""
    several = list(metrics)
    counted = (table for metric in several for table in tables(metric))
    whole = (part for metric in several for part in parts(metric))
    joined = (d.table for part in whole for d in part.dimensions if d.table)
    return tuple(dict.fromkeys((*counted, *joined)))


def metrics(lake: Lake) -> dict[str, AnyMetric]:
    """The metrics that can be asked of a lake by name: those that wings declare, and those that
    its manifest says of what was registered."""
    told: dict[str, AnyMetric] = {**METRICS, **sealed_metrics(lake.manifest)}
    sealed = lake.manifest["tables"].keys()
    return {name: one for name, one in told.items() if sealed >= set(tables(one))}


def metrics_of(lake: Lake, dataset: str) -> list[AnyMetric]:
    """The metrics that are asked of a dataset."""
    return [metric for metric in metrics(lake).values() if dataset in tables(metric)]


def dataset(lake: Lake, name: str) -> str:
    """The name of a dataset of the lake, as it is written there.

    Raises: UnknownName with the nearest names.
    """
    return _known("dataset", name, lake.manifest["tables"], "list_datasets lists all of them")


def metric(lake: Lake, name: str) -> AnyMetric:
    """The metric of that name.

    Raises: UnknownName with the nearest names, by their labels too.
    """
    there = metrics(lake)
    by_label = {m.label.lower(): m.name for m in there.values()}
    found = by_label.get(name.strip().lower(), name)
    return there[_known("metric", found, there, "list_datasets names the metrics of each dataset")]


def contract(name: str) -> Table | None:
    """What is declared of a dataset; None where only its manifest knows it."""
    return TABLES.get(name)


def beside(lake: Lake, asked: MetricAsked) -> Beside:
    """What the wing of a metric says beside its number."""
    # When it is asked: pages of wings name what is known, too.
    from app.wings import WINGS

    names = [w.name for w in engine.wings.WINGS if asked.metric.name in {m.name for m in w.metrics}]
    found = next((wing for wing in WINGS if wing.name in names), None)
    return found.beside(lake, asked) if found else Beside()


def period_of(asked: AnyMetric, said: str = "") -> str | None:
    """The dimension of a metric that is its period; None where it has none.

    Takes:  a period of the kind that is meant, where that is known: `2024-03` is a month of whoever
            has times.
    """
    if MONTH.fullmatch(said) and times(asked):
        return f"{times(asked)[0]}__month"
    plain = next((name for name in PERIODS if name in dimensions(asked)), None)
    return plain or next((f"{time}__month" for time in times(asked)), None)


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
