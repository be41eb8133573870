"""What a tool of an agent is: a name, what it does, and a function from a lake to an Answer.

The core's tools walk what is declared and sealed; a wing declares its own (app/<wing>/wing.py).
How tools are served is serve.py's. Nothing here reads or collects.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import polars as pl
from pydantic import Field

from engine import Lake
from engine.metric import AnyMetric

MOST_ROWS = 1_000
USUAL_ROWS = 100

Dataset = Annotated[str, Field(description="A dataset, by its name in list_datasets.")]
MetricName = Annotated[
    str, Field(description="A metric, by its name in get_metadata or list_datasets.")
]
Where = Annotated[
    dict[str, Any] | None,
    Field(
        description="Which rows count: a value, or a list of values, by dimension. Example:"
        ' {"year": "2021-22", "indicator_code": "COPD010"}.'
    ),
]
By = Annotated[list[str] | None, Field(description="The dimensions to group by, such as icb_code.")]
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="At most so many rows.")]
Snapshot = Annotated[
    str | None,
    Field(
        description="A snapshot's id, from `provenance` of an earlier answer: a session that names"
        " it in every call has one state of the data throughout. Without it, the live one."
    ),
]


@dataclass(frozen=True)
class Explained:
    """What a column of an answer means, where neither a table nor a metric says it."""

    name: str
    meaning: str
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a tool found, before it is written down for the agent (written.py).

    values    facts beside the rows, as JSON has them
    rows      a table, whole; `limit` cuts what is sent, and the answer says that it did
    explains  the columns of the rows that no table or metric explains
    tables    the lake's tables it was made of: their releases are named, and whether invented
    periods   the periods it is of, so that only their releases are named
    metrics   whose definitions come with it
    caveats   what to beware of
    address   the page of the app that shows the same, relative to its front; empty: none does
    next      what to ask next, where that helps
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    rows: pl.DataFrame | None = None
    limit: int = USUAL_ROWS
    explains: tuple[Explained, ...] = ()
    tables: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    metrics: tuple[AnyMetric, ...] = ()
    caveats: tuple[str, ...] = ()
    address: str = ""
    next: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """One tool.

    title  for people, in a word or two
    does   for agents: what it answers, and when to use it
    run    takes the lake, and what the agent said by the names of its other parameters, whose
           annotations are the tool's schema. It raises LakeError, in words, for what it cannot
           answer
    """

    name: str
    title: str
    does: str
    run: Callable[..., Answer]


@dataclass(frozen=True)
class MetricAsked:
    """A metric as an agent asks it.

    periods  two where it is held against itself: the earlier one first
    """

    metric: AnyMetric
    by: tuple[str, ...] = ()
    where: Mapping[str, Any] = field(default_factory=dict)
    periods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Beside:
    """What the wing of a metric knows beside its number.

    address  the page of the app that shows the same; empty: none does
    caveats  what to beware of, a sentence each
    parted   why the two periods cannot be compared; none: they can
    broken   by dimension, the values whose series is broken between the two periods, and why
    names    what the values of a dimension are called: by dimension, a frame with that column and
             one with their names
    """

    address: str = ""
    caveats: tuple[str, ...] = ()
    parted: tuple[str, ...] = ()
    broken: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    names: Mapping[str, pl.DataFrame] = field(default_factory=dict)


def nothing_beside(_lake: Lake, _asked: MetricAsked) -> Beside:
    """What a wing says that knows nothing beside its metrics' declarations."""
    return Beside()
