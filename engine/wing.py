"""Wing: what one domain adds to the engine, as a declaration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.metric import AnyMetric, Metric
from engine.summary import Summary
from engine.table import Table
from engine.view import View


@dataclass(frozen=True, eq=False)
class Wing:
    """The tables and the metrics of one domain; `engine.wings` joins them to the others'.

    tables  what a lake holds of it
    parts   what its publications are staged as, where no table of the lake has the same contract
    views   what is worked out of its tables whenever it is asked
    summaries  which of its tables hold sums of another's rows, so that `measure` can read those
    sealed  the metrics that a snapshot says itself, from its manifest
    personal by table, the columns (text) that say who somebody is: analysts find them masked
    """

    name: str
    tables: tuple[Table, ...]
    parts: tuple[Table, ...]
    metrics: tuple[AnyMetric, ...]
    views: tuple[View, ...] = ()
    summaries: tuple[Summary, ...] = ()
    sealed: Callable[[Mapping[str, Any]], Sequence[Metric]] | None = None
    personal: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
