"""The chart of a table: its rows or one of its numbers, over time, by one of its columns.

What a publication the code has never seen is looked at by. The choices stand in the address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request

from app.publications.catalogue.chart import Charted, chart, in_time
from engine import Lake, measure
from engine.column_metric import ROWS, column_metric, groupable, measurable
from engine.errors import UnknownName

ROOT = "../"
TIMES = ("_period", "period", "year", "month", "date", "quarter", "valid_from")
NOTHING = "-"
"""What stands in the address where rows are not parted by time, or not grouped."""


@dataclass(frozen=True)
class Shown:
    """What is charted.

    column  a number of the table, or its rows; over: its time; by: its groups; empty: none
    """

    column: str
    over: str
    by: str


def section(request: Request, lake: Lake, table: str) -> TagChild:
    """The chart of a table with its controls; nothing where the table has no rows."""
    if not lake.has(table) or not (groups := groupable(lake, table)):
        return None
    shown = _shown(request.query_params, lake, table, groups)
    metric = column_metric(lake, table, shown.column)
    asked = [name for name in (shown.over, shown.by) if name]
    rows = measure(lake, [metric], asked).collect()
    of = Charted(rows, metric, shown.over or None, shown.by or None, {})
    return tags.section(
        tags.h2("Chart"),
        _form(lake, table, groups, shown),
        tags.div(chart(of), tags.p(metric.caveats, class_="pub-caveat"), id="answer", data_part=""),
        aria_label="Chart",
    )


def _shown(query: Mapping[str, str], lake: Lake, table: str, groups: Sequence[str]) -> Shown:
    column = query.get("column", "") or _usual(lake, table)
    over, by = query.get("over", ""), query.get("by", "")
    for name in (over, by):
        if name not in ("", NOTHING, *groups):
            raise UnknownName(
                f"`{table}` has no column `{name[:80]}` to group by", expected=", ".join(groups)
            )
    over = _time(lake, table, groups) if not over else "" if over == NOTHING else over
    by = "" if by in (NOTHING, over) else by
    # Without a time there is one bar, which says little: the first column that has few values.
    if not by and not over:
        by = _few(lake, table, groups)
    return Shown(column, over, by)


def _usual(lake: Lake, table: str) -> str:
    """The number that is shown first: the only one there is, else how many rows."""
    numbers = measurable(lake, table)
    return numbers[0] if len(numbers) == 1 else ROWS


def _time(lake: Lake, table: str, groups: Sequence[str]) -> str:
    """The column that is a time and has several: the release's period, a year, a month, a day."""
    schema = lake.schema(table)
    named = [name for name in TIMES if name in groups]
    alike = [
        n for n in groups if any(word in n.split("_") for word in ("month", "year", "quarter"))
    ]
    days = [name for name in groups if schema[name] == pl.Date]
    found = list(dict.fromkeys((*named, *alike, *days)))
    if not found:
        return ""
    counted = lake.scan(table).select(pl.col(name).n_unique() for name in found).collect()
    several = [name for name in found if counted[name].item() > 1]
    for name in several[:4]:
        values = lake.scan(table).select(pl.col(name).unique()).collect()[name].to_list()
        if all(in_time(value)[0] == 0 for value in values if value is not None):
            return name
    return ""


def _few(lake: Lake, table: str, groups: Sequence[str]) -> str:
    """The first column of words that has a handful of values."""
    counted = lake.scan(table).select(pl.col(name).n_unique() for name in groups).collect()
    few = [name for name in groups if 2 <= counted[name].item() <= 30]
    return next(iter(few), "")


def _form(lake: Lake, table: str, groups: Sequence[str], shown: Shown) -> Tag:
    numbers = [(ROWS, "rows"), *((n, _words(n)) for n in measurable(lake, table) if n != ROWS)]
    columns = [(NOTHING, "–"), *((name, _words(name)) for name in groups)]
    return tags.form(
        _select("column", "Number", numbers, shown.column),
        _select("over", "Over", columns, shown.over or NOTHING),
        _select("by", "By", columns, shown.by or NOTHING),
        tags.button("Show", type="submit"),
        method="get",
        action=f"{ROOT}catalogue/{table}",
        id="asked",
        class_="pub-asked",
        data_in_place="",
        data_part="",
        aria_label="What is charted",
    )


def _select(name: str, label: str, choices: Sequence[tuple[str, str]], chosen: str) -> Tag:
    return tags.div(
        tags.label(label, for_=f"f_{name}"),
        tags.select(
            *(
                tags.option(words, value=value, selected="" if value == chosen else None)
                for value, words in choices
            ),
            name=name,
            id=f"f_{name}",
        ),
        class_="pub-choice",
    )


def _words(column: str) -> str:
    return column.strip("_").replace("_", " ")


def address(table: str, **asked: Any) -> str:
    """The page of a table with a chart, below the front of the house."""
    said = {name: value for name, value in asked.items() if value}
    return f"catalogue/{table}{f'?{urlencode(said)}' if said else ''}"
