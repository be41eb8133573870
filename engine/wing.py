"""Wing: what one domain adds to the engine, as a declaration."""

from dataclasses import dataclass

from engine.metric import Metric
from engine.table import Table


@dataclass(frozen=True, eq=False)
class Wing:
    """The tables and the metrics of one domain; `engine.wings` joins them to the others'."""

    name: str
    tables: tuple[Table, ...]
    metrics: tuple[Metric, ...]
