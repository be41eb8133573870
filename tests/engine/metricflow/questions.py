"""MetricFlow's questions put to `measure`, and its answers beside ours."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from engine import Lake, measure
from engine.measure import combinations
from engine.metric import AnyMetric
from tests.engine.metricflow.metrics import MODELS

PARTS = {
    "year": "year_number",
    "quarter": "quarter_of_year",
    "month": "month_of_year",
    "day": "day_of_month",
    "dow": "day_of_week",
    "doy": "day_of_year",
}
Row = tuple[Any, ...]


def questions(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as opened:
        read: list[dict[str, Any]] = json.load(opened)
    return read


def expected(question: dict[str, Any]) -> list[Row]:
    return _in_order(question["answer"])


def agrees(question: dict[str, Any], ours: list[Row]) -> bool:
    """Whether an answer is MetricFlow's; of long ones only the first 400 rows are kept."""
    if question["n_rows"] == len(question["answer"]):
        return ours == expected(question)
    return len(ours) == question["n_rows"] and not Counter(expected(question)) - Counter(ours)


def answered(lake: Lake, question: dict[str, Any]) -> list[Row]:
    """Our answer, in the question's own columns."""
    model = MODELS[question["model"]]
    by = [*question["group_bys"], *map(_grouped, question["group_by_objs"])]
    where = [_condition(text) for text in question["where"]]
    where = pl.all_horizontal(where) if len(where) > 1 else (where[0] if where else None)
    metrics = [model[name] for name in question["metrics"] or ()]
    if not metrics:
        found = combinations(lake, _has_all(model.values(), by), by, where)
    else:
        found = measure(lake, metrics, by, where, during=_days(question["time"]))
    rows = found.collect()
    return _in_order(
        rows.select(_column(name, rows.columns) for name in question["columns"]).rows()
    )


def _grouped(said: dict[str, str]) -> str:
    step = PARTS[said["date_part"]] if "date_part" in said else said.get("grain", "")
    return f"{said['name']}__{step}" if step else said["name"]


def _condition(text: str) -> pl.Expr:
    text = re.sub(r"TimeDimension\((\w+),None\)", r"\1", text)
    text = re.sub(r"TimeDimension\((\w+),(\w+)\)", r"\1__\2", text)
    text = re.sub(r"(?:Dimension|Entity)\((\w+)\)", r"\1", text)
    text = re.sub(r"Metric\((\w+),\['(?:\w+__)?listing'\]\)", r"\1_of_listing", text)
    return pl.sql_expr(text)


def _days(said: list[str] | None) -> tuple[date, date] | None:
    return (date.fromisoformat(said[0]), date.fromisoformat(said[1])) if said else None


def _has_all(metrics: Iterable[AnyMetric], by: list[str]) -> AnyMetric:
    """A metric whose table has all of these dimensions."""
    wanted = {name.removesuffix("__day").removesuffix("__alien_day") for name in by}
    return next(m for m in metrics if wanted <= set(getattr(m, "dimension", ())))


def _column(name: str, ours: list[str]) -> pl.Expr:
    """The column of ours that MetricFlow calls `name`: it says which grain a bare time has."""
    said = re.sub(r"extract_(\w+)$", lambda part: PARTS[part[1]], name)
    tried = [said, said.rpartition("__")[0], said.removeprefix("listing__")]
    return pl.col(next(column for column in tried if column in ours)).alias(name)


def _in_order(rows: Iterable[Iterable[Any]]) -> list[Row]:
    """Rows without an order of their own; a day is a day, whatever its type."""
    plain = [tuple(map(_plain, row)) for row in rows]
    return sorted(plain, key=lambda row: [(value is None, str(value)) for value in row])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")[:19]
    if isinstance(value, date):
        return f"{value.isoformat()} 00:00:00"
    # Counted and added in another order, a sum of fractions differs in its last digits.
    return (
        float(f"{value:.9g}")
        if isinstance(value, int | float) and not isinstance(value, bool)
        else value
    )
