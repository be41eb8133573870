"""What metrics are asked by: the keys of an answer, and the conditions on what counts.

A question that a metric cannot answer is refused here, in words, before anything is planned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from engine.derived import parts
from engine.dimension import Dimension
from engine.errors import BadQuestion
from engine.grain import GRAINS, PARTS, Grain, coarsest
from engine.metric import AnyMetric, Metric

Where = pl.Expr | Mapping[str, Any] | None


@dataclass(frozen=True)
class Key:
    """A column of an answer: a dimension, or a time dimension by a step of time.

    step  a grain, a part of time, or a column of its calendar; empty: the dimension as it is
    """

    name: str
    dimension: str
    step: str = ""


def keys(metrics: Iterable[AnyMetric], names: Iterable[str]) -> dict[str, Key]:
    """The keys that these metrics are asked by under those names.

    A time by its bare name is told by the coarsest grain that any of the metrics has by default.
    """
    # Of a metric that is made of others nobody said a grain of its own.
    sides = [
        (part, part.grain if part is metric else None)
        for metric in metrics
        for part in parts(metric)
    ]
    return {name: _key(sides, name) for name in names}


def conditions(where: Where) -> list[pl.Expr]:
    """What has to hold of a row, as expressions over keys."""
    if where is None:
        return []
    if isinstance(where, pl.Expr):
        return [where]
    return [_is(name, value) for name, value in where.items()]


def named(*wanted: pl.Expr | None) -> list[str]:
    """The keys that conditions look at, each once."""
    found = (name for one in wanted if one is not None for name in one.meta.root_names())
    return list(dict.fromkeys(found))


def check(metrics: Sequence[AnyMetric], by: Iterable[Key], where: Iterable[Key]) -> None:
    """Raises BadQuestion where a dimension is not shared by all.

    What a metric is `over` counts as one: a share can be asked by what both its sides have, and by
    what it is the same beside.
    """
    has = _dimensions([part for metric in metrics for part in parts(metric)])
    first, *others = has.values()
    shared = [name for name in first if all(name in own for own in others)]
    for wanted, said in ((by, "be asked by"), (where, "be narrowed by")):
        for key in wanted:
            for metric, own in has.items():
                if key.dimension not in own:
                    raise BadQuestion(
                        f"`{metric}` cannot {said} `{key.dimension}`",
                        found=f"{metric} has {', '.join(own) or 'no dimension'}",
                        expected=f"shared by all that are asked: {', '.join(shared) or 'none'}",
                        next="leave the dimension out, or ask for the metrics apart",
                    )
                _check_step(metric, own[key.dimension], key)


def _dimensions(sides: Iterable[Metric]) -> dict[str, dict[str, Dimension]]:
    found: dict[str, dict[str, Dimension]] = {}
    for side in sides:
        found[side.name] = side.dimension
        if side.over is not None:
            beside = {name: side.dimension[name] for name in side.beside_over}
            found.setdefault(side.over.name, side.over.dimension | beside)
    return found


def _check_step(metric: str, dimension: Dimension, key: Key) -> None:
    if not key.step:
        return
    own = dimension.calendar.grains if dimension.calendar else ()
    finer: Sequence[str] = []
    if dimension.grain:
        finer = list(GRAINS)[: list(GRAINS).index(dimension.grain)]
    if dimension.grain is None or key.step not in (*GRAINS, *PARTS, *own) or key.step in finer:
        known = [*(grain for grain in GRAINS if grain not in finer), *PARTS, *own]
        raise BadQuestion(
            f"`{metric}` cannot tell `{dimension.name}` by {key.step}",
            found=f"{dimension.name} is told by {dimension.grain or 'its own values'}",
            expected=", ".join(known) if dimension.grain else "",
            next="ask by a longer stretch of time",
        )


def _key(sides: Sequence[tuple[Metric, Grain | None]], name: str) -> Key:
    if any(name in side.dimension for side, _ in sides):
        told = [
            (grain or own, own)
            for side, grain in sides
            if name in side.when and (own := side.dimension[name].grain)
        ]
        longest = coarsest(*(grain for grain, _ in told)) if told else None
        is_own = all(own == longest for _, own in told)
        return Key(name, name, "" if longest is None or is_own else longest)
    dimension, _, step = name.rpartition("__")
    return Key(name, dimension, step) if dimension else Key(name, name)


def _is(name: str, value: Any) -> pl.Expr:
    if isinstance(value, list | tuple | set | frozenset):
        return pl.col(name).is_in(list(value), nulls_equal=True)
    return pl.col(name).is_null() if value is None else pl.col(name) == value
