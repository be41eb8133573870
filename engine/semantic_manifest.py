"""The dictionary of metrics as MetricFlow's YAML, for tools that read dbt's semantic layer.

What our declarations say is said once more in that vocabulary: tables become semantic models, what
rows add becomes measures, metrics become metrics. A value is the same: a percentage is multiplied
by 100 there, too.
"""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ruamel.yaml import YAML

from engine.derived import Conversion, Cumulative, Derived, Input
from engine.dimension import Dimension
from engine.errors import BadDeclaration
from engine.grain import GRAINS
from engine.metric import AnyMetric, Metric
from engine.table import Table
from engine.unit import SCALES

Document = dict[str, Any]
_UNITS = {"d": "day", "w": "week", "mo": "month", "q": "quarter", "y": "year"}


def semantic_manifest(
    metrics: Iterable[AnyMetric], tables: Iterable[Table], *, calendar: tuple[str, str], schema: str
) -> list[Document]:
    """The documents of a dictionary: semantic models, the time spine, metrics.

    Takes:  metrics  that are declared in SQL as well
            tables   those that metrics are of, and those that dimensions stand in
            calendar the table with a row for each day, and its column
            schema   where the tables lie, for who joins them
    Raises: BadDeclaration for a metric that this vocabulary has no word for.
    """
    known = list(metrics)
    of_tables = [metric for metric in known if isinstance(metric, Metric)]
    contracts = {table.name: table for table in tables}
    models = [
        _model(contracts[name], [m for m in of_tables if m.table == name], schema)
        for name in dict.fromkeys(metric.table for metric in of_tables)
    ]
    elsewhere = {d.table for m in of_tables for d in m.dimensions if d.table}
    others = [
        _other_model(contracts[name], of_tables, schema)
        for name in sorted(elsewhere - {metric.table for metric in of_tables})
    ]
    spine = {
        "location": f"{schema}.{calendar[0]}",
        "column_name": calendar[1],
        "grain": "day",
    }
    project = {"project_configuration": {"time_spine_table_configurations": [spine]}}
    said = [document for metric in known for document in _metric(metric)]
    return [project, *(models + others), *said]


def as_yaml(documents: Sequence[Document]) -> str:
    """The documents as one text of YAML."""
    writer, text = YAML(), io.StringIO()
    writer.default_flow_style = False
    writer.width = 100
    writer.dump_all(documents, text)
    return text.getvalue()


def _model(table: Table, metrics: Sequence[Metric], schema: str) -> Document:
    dimensions = {d.name: d for metric in metrics for d in metric.dimensions if not d.is_elsewhere}
    timed = [metric for metric in metrics if metric.when]
    model: Document = {
        "name": table.name,
        "description": table.meaning,
        "node_relation": {"schema_name": schema, "alias": table.name},
        "primary_entity": f"{table.name}_row",
        "entities": [_entity(key) for key in _keys(metrics)],
        "dimensions": [_dimension(d) for d in dimensions.values()],
        "measures": [measure for metric in metrics for measure in _measures(metric)],
    }
    if timed:
        model["defaults"] = {"agg_time_dimension": _name(timed[0].when[0])}
    elif metrics:
        # Every measure there needs a time; of a table without one, the day it is read.
        model["defaults"] = {"agg_time_dimension": "as_of_today"}
        model["dimensions"].append(_time("as_of_today", "current_date", "day"))
    return {"semantic_model": model}


def _other_model(table: Table, metrics: Sequence[Metric], schema: str) -> Document:
    """A table that only has dimensions of other tables' rows."""
    found = {d.name: d for m in metrics for d in m.dimensions if d.table == table.name}
    keys = dict.fromkeys(key for d in found.values() if not d.as_of for key in d.on)
    return {
        "semantic_model": {
            "name": table.name,
            "description": table.meaning,
            "node_relation": {"schema_name": schema, "alias": table.name},
            "entities": [_entity(key, "primary") for key in keys],
            "dimensions": [_dimension(d) for d in found.values() if not d.as_of],
        }
    }


def _keys(metrics: Sequence[Metric]) -> list[str]:
    joined = (d for metric in metrics for d in metric.dimensions if d.is_elsewhere and not d.as_of)
    return list(dict.fromkeys(key for d in joined for key in d.on))


def _entity(key: str, kind: str = "foreign") -> Document:
    return {"name": key.removesuffix("_sk") + "_version", "type": kind, "expr": key}


def _dimension(dimension: Dimension) -> Document:
    expr = dimension.sql or dimension.name
    if dimension.grain:
        return _time(_name(dimension.name), expr, dimension.grain)
    return {"name": _name(dimension.name), "type": "categorical", "expr": expr}


def _name(dimension: str) -> str:
    """A dimension's name there, where none may be called like a grain.

    >>> _name("month"), _name("state")
    ('calendar_month', 'state')
    """
    return f"calendar_{dimension}" if dimension in GRAINS else dimension


def _time(name: str, expr: str, grain: str) -> Document:
    return {
        "name": name,
        "type": "time",
        "expr": expr,
        "type_params": {"time_granularity": grain},
    }


def _measures(metric: Metric) -> list[Document]:
    above: Document = {
        "name": f"{metric.name}_above",
        "expr": metric.sql[0],
        "agg": metric.aggregation,
    }
    if metric.aggregation == "percentile":
        above["agg_params"] = {
            "percentile": metric.quantile,
            "use_discrete_percentile": metric.discrete,
        }
    if not metric.sql[0]:
        raise BadDeclaration(
            "a metric that is exported says in SQL what a row adds", where=metric.name
        )
    below = {"name": f"{metric.name}_below", "expr": metric.sql[1], "agg": "sum"}
    return [above] if metric.denominator is None else [above, below]


def _metric(metric: AnyMetric) -> list[Document]:
    """A metric in that vocabulary; with it those parts of it that have no name of their own."""
    match metric:
        case Metric():
            return _of_a_table(metric)
        case Derived():
            inputs = [_input(metric, given) for given in metric.inputs]
            return [_said(metric, "derived", {"expr": metric.sql, "metrics": inputs})]
        case Cumulative():
            window: Document = {"period_agg": metric.told}
            if metric.window:
                window["window"] = _stretch(metric.window)
            elif metric.to_date:
                window["grain_to_date"] = metric.to_date
            measure = {"name": f"{metric.of.name}_above"}
            params = {"measure": measure, "cumulative_type_params": window}
            return [_said(metric, "cumulative", params)]
        case Conversion():
            raise BadDeclaration("a conversion is not exported yet", where=metric.name)
    raise BadDeclaration("nothing says how the metric is made", where=metric.name)


def _of_a_table(metric: Metric) -> list[Document]:
    measure: Document = {"name": f"{metric.name}_above"}
    if metric.fill is not None:
        measure["fill_nulls_with"] = metric.fill
    if metric.every_day:
        measure["join_to_timespine"] = True
    if not metric.is_ratio:
        return [_said(metric, "simple", {"measure": measure}, metric)]
    above, below = f"{metric.name}_numerator", f"{metric.name}_denominator"
    parts = [_part(metric, above, measure)]
    if metric.over is None:
        parts.append(_part(metric, below, {"name": f"{metric.name}_below"}))
    else:
        below = metric.over.name
    scale = SCALES[metric.format]
    params = {
        "expr": f"{above} * {scale}.0 / nullif({below}, 0)",
        "metrics": [{"name": above}, {"name": below}],
    }
    return [*parts, _said(metric, "derived", params)]


def _part(metric: Metric, name: str, measure: Document) -> Document:
    side = "upper" if name.endswith("_numerator") else "lower"
    said: Document = {
        "name": name,
        "label": f"{metric.label}: {side} part",
        "description": f"The {side} part of {metric.name}.",
        "type": "simple",
        "type_params": {"measure": measure},
    }
    return {"metric": said | _filter(metric)}


def _said(
    metric: AnyMetric, kind: str, params: Document, filtered: Metric | None = None
) -> Document:
    meta: Document = {
        "owner": metric.owner,
        "unit": metric.unit,
        "format": metric.format,
        "better": metric.better,
        "formula": metric.formula,
        "caveats": metric.caveats,
    }
    if metric.target is not None:
        meta["target"] = metric.target
    if isinstance(metric, Metric) and metric.beside_over:
        meta["same_beside"] = list(metric.beside_over)
    said = {
        "name": metric.name,
        "label": metric.label,
        "description": metric.why,
        "type": kind,
        "type_params": params,
        "config": {"meta": meta},
    }
    return {"metric": said | (_filter(filtered) if filtered else {})}


def _filter(metric: Metric) -> Document:
    """The condition of a metric, each dimension in it as that vocabulary names one."""
    if not metric.only_sql:
        return {}
    said = metric.only_sql
    for name in sorted(metric.dimension, key=len, reverse=True):
        place = f"{{{{ Dimension('{metric.table}_row__{_name(name)}') }}}}"
        said = re.sub(rf"(?<![\w'.]){name}(?![\w'])", place, said)
    return {"filter": said}


def _input(metric: Derived, given: Input) -> Document:
    said: Document = {"name": given.metric.name}
    if given.column != given.metric.name:
        said["alias"] = given.column
    if given.only is not None:
        raise BadDeclaration("a condition of an input is not exported yet", where=metric.name)
    if given.offset and given.offset.start:
        said["offset_to_grain"] = given.offset.start
    elif given.offset:
        said["offset_window"] = _stretch(given.offset.by)
    return said


def _stretch(window: str) -> str:
    """A stretch of time as that vocabulary writes it.

    >>> _stretch("12mo"), _stretch("1y")
    ('12 months', '1 year')
    """
    number = window.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = _UNITS[window[len(number) :]]
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"
