"""The registry of the engine: which wings there are, and all that they declare, by name.

No other file of the core knows a wing.
"""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from engine.atlas.wing import ATLAS
from engine.claims.wing import CLAIMS
from engine.errors import BadDeclaration, UnknownName
from engine.metric import AnyMetric, Metric
from engine.publications.wing import PUBLICATIONS
from engine.summary import Summary
from engine.table import Table
from engine.view import View
from engine.wing import Wing

Named = TypeVar("Named", Table, AnyMetric, View)

WINGS: tuple[Wing, ...] = (ATLAS, PUBLICATIONS, CLAIMS)


def by_name(kind: str, declared: Iterable[tuple[str, Named]]) -> dict[str, Named]:
    """What several wings declare, by name.

    Takes:  what is declared, as text; pairs of a wing's name and one of its declarations.
    Raises: BadDeclaration where two have one name.
    """
    found: dict[str, Named] = {}
    whose: dict[str, str] = {}
    for wing, one in declared:
        # The same object may be declared twice: a part that is a table of the lake as well.
        if found.setdefault(one.name, one) is not one:
            raise BadDeclaration(
                f"two {kind}s are called `{one.name}`",
                found=f"in {whose[one.name]} and in {wing}",
                next="give one of them a name of its own",
            )
        whose.setdefault(one.name, wing)
    return found


VIEWS = by_name("view", ((wing.name, view) for wing in WINGS for view in wing.views))
TABLES = by_name(
    "table",
    (
        (wing.name, table)
        for wing in WINGS
        for table in (*wing.tables, *wing.parts, *(view.table for view in wing.views))
    ),
)
SUMMARIES: dict[str, tuple[Summary, ...]] = {
    of: tuple(s for wing in WINGS for s in wing.summaries if s.of.name == of)
    for of in dict.fromkeys(s.of.name for wing in WINGS for s in wing.summaries)
}
"""The summaries of a fact, by its name."""
LAKE = tuple(table.name for wing in WINGS for table in wing.tables)
PERSONAL = {name: columns for wing in WINGS for name, columns in wing.personal.items()}
METRICS = by_name("metric", ((wing.name, metric) for wing in WINGS for metric in wing.metrics))


def table(name: str) -> Table:
    """The contract called `name`.

    Raises: UnknownName, with the names there are.

    >>> table("prevalence").key
    ('year', 'practice_code', 'group_code')
    """
    return _known("table", TABLES, name)


def metric(name: str, manifest: Mapping[str, Any] | None = None) -> AnyMetric:
    """The metric called `name`, of whatever wing, or of what a snapshot's manifest says itself.

    Raises: UnknownName, with the names there are.

    >>> metric("net").formula
    'sum(numerator) / sum(denominator)'
    """
    if name in METRICS or manifest is None:
        return _known("metric", METRICS, name)
    return _known("metric", {**METRICS, **sealed_metrics(manifest)}, name)


def sealed_metrics(manifest: Mapping[str, Any]) -> dict[str, Metric]:
    """The metrics that a snapshot says itself, by name: what was registered, not written in code.

    Takes:  its manifest. A name that a wing has declared stays the wing's.
    """
    told = (m for wing in WINGS if wing.sealed for m in wing.sealed(manifest))
    return {metric.name: metric for metric in told if metric.name not in METRICS}


def _known(kind: str, names: Mapping[str, Named], name: str) -> Named:
    if name not in names:
        raise UnknownName(f"no {kind} is called `{name}`", found=name, expected=", ".join(names))
    return names[name]
