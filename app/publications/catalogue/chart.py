"""The chart of a metric: lines over time by a dimension, or bars where there is no time. Pure.

Rows that the engine answered go in; a figure with its table comes out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, tags

from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, draw
from app.draw.plot import Figure, layout, plot
from engine.errors import UnknownName
from engine.metric import AnyMetric
from engine.period import Period

MOST_LINES, MOST_BARS, MOST_ROWS, MOST_TIMES = 6, 24, 200, 24
HEIGHT = 320
COLOURS = ("--accent", "--band-1", "--ink", "--band-0", "--band-3", "--bad")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
NOT_TOLD = "not told"
_DAYS = ("%d%b%Y", "%b%Y", "%B %Y", "%b %Y", "%b-%y", "%d/%m/%Y", "%Y%m", "%Y%m%d")


@dataclass(frozen=True)
class Charted:
    """A metric's values, as they are to be drawn.

    time, by  the columns of rows that are its time and its groups; None: it has none
    names     what groups are called, where that is more than their code
    leads     where a group's row leads; None: nowhere
    """

    rows: pl.DataFrame
    metric: AnyMetric
    time: str | None
    by: str | None
    names: Mapping[Any, str]
    leads: Callable[[Any], str] | None = None

    @property
    def times(self) -> list[Any]:
        """Its times in their order, what is no time last."""
        if self.time is None:
            return []
        return sorted(self.rows[self.time].unique().to_list(), key=in_time)

    @property
    def groups(self) -> list[Any]:
        """Its groups, the largest in the newest period first."""
        if self.by is None:
            return [None]
        rows = self.rows
        if self.time is not None and self.times:
            rows = rows.filter(pl.col(self.time) == self.times[-1])
        largest = rows.sort(self.metric.name, descending=True, nulls_last=True)[self.by].to_list()
        return list(dict.fromkeys((*largest, *self.rows[self.by].to_list())))

    def named(self, group: Any) -> str:
        """What a group is called."""
        if group is None:
            return self.metric.label if self.by is None else NOT_TOLD
        return self.names.get(group, str(group))


def in_time(value: Any) -> tuple[int, Any]:
    """What a time is sorted by, whichever way its publisher writes it.

    >>> sorted(["APR2021", "01FEB2021", "2021-03"], key=in_time)
    ['01FEB2021', '2021-03', 'APR2021']
    >>> sorted(["2021-22", None, "2019-20", "all"], key=in_time)
    ['2019-20', '2021-22', 'all', None]
    """
    if value is None:
        return 2, ""
    if isinstance(value, date):
        return 0, value.isoformat()
    text = str(value)
    try:
        return 0, Period.parse(text, "year").first_day.isoformat()
    except UnknownName:
        pass
    for written in _DAYS:
        try:
            return 0, datetime.strptime(text.title(), written).date().isoformat()
        except ValueError:
            continue
    return 1, text


def chart(of: Charted, name: str = "main") -> Tag:
    """The chart with its table behind it."""
    groups = of.groups
    over = f" by {_words(of.time)}" if of.time else ""
    each = f", each {_words(of.by)}" if of.by else ""
    figure, shown = (
        (_lines(of), MOST_LINES) if of.time and len(of.times) > 1 else (_bars(of), MOST_BARS)
    )
    cut = f", the {shown} largest" if len(groups) > shown else ""
    words = f"{of.metric.label}{over}{each}{cut}"
    return plot(name, figure, words=words, table=table(of), is_open=True)


def table(of: Charted) -> TagChild:
    """The same as a table: a row a group, a column a time, the newest first."""
    times = list(reversed(of.times))[:MOST_TIMES] if of.time else []
    # A single line is read downwards, a row a period.
    if of.by is None and of.time is not None:
        return _downwards(of)
    values = _by_both(of)
    head = [str(time) for time in times] or [of.metric.label]
    keys: Sequence[Any] = times or [None]
    columns: list[GridColumn[Any]] = [
        GridColumn(_words(of.by) if of.by else "", _lead(of), names_row=True)
    ]
    columns += [
        GridColumn(words, _value(of, values, key), head=NUMBER, cells=NUMBER)
        for words, key in zip(head, keys, strict=True)
    ]
    groups = of.groups
    cut = len(groups) > MOST_ROWS
    return tags.div(
        draw(Grid(columns, table=SCROLLS | {"class": "pub-rows"}), groups[:MOST_ROWS]),
        tags.p(f"The {MOST_ROWS} largest of {len(groups):,}; the file has all.") if cut else None,
    )


def _downwards(of: Charted) -> TagChild:
    values = _by_both(of)
    columns: tuple[GridColumn[Any], ...] = (
        GridColumn(_words(of.time or ""), lambda time: str(time), names_row=True),
        GridColumn(
            of.metric.label,
            lambda time: of.metric.written(values.get((None, time))),
            head=NUMBER,
            cells=NUMBER,
        ),
    )
    return draw(
        Grid(columns, table=SCROLLS | {"class": "pub-rows"}), list(reversed(of.times))[:MOST_ROWS]
    )


def _lead(of: Charted) -> Callable[[Any], TagChild]:
    def drawn(group: Any) -> TagChild:
        if of.leads is None or group is None:
            return of.named(group)
        return tags.a(of.named(group), href=of.leads(group))

    return drawn


def _value(
    of: Charted, values: Mapping[tuple[Any, Any], float | None], time: Any
) -> Callable[[Any], TagChild]:
    return lambda group: of.metric.written(values.get((group, time)))


def _by_both(of: Charted) -> dict[tuple[Any, Any], float | None]:
    groups = of.rows[of.by].to_list() if of.by else [None] * of.rows.height
    times = of.rows[of.time].to_list() if of.time else [None] * of.rows.height
    return dict(
        zip(zip(groups, times, strict=True), of.rows[of.metric.name].to_list(), strict=True)
    )


def _lines(of: Charted) -> Figure:
    times, values = of.times, _by_both(of)
    drawn = of.groups[:MOST_LINES]
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": _short(of.named(group)),
            "x": [str(time) for time in times],
            "y": [_read(of, values.get((group, time))) for time in times],
            "line": {"color": COLOURS[at], "dash": DASHES[at], "width": 2.5},
            "marker": {"size": 5},
            "text": [of.metric.written(values.get((group, time))) for time in times],
            "hovertemplate": f"{_short(of.named(group))}<br>%{{x}}: %{{text}}<extra></extra>",
        }
        for at, group in enumerate(drawn)
    ]
    return {"data": traces, "layout": _layout(of, has_legend=len(drawn) > 1)}


def _bars(of: Charted) -> Figure:
    values, time = _by_both(of), (of.times or [None])[-1]
    drawn = of.groups[:MOST_BARS]
    trace = {
        "type": "bar",
        "x": [_short(of.named(group)) for group in drawn],
        "y": [_read(of, values.get((group, time))) for group in drawn],
        "text": [of.metric.written(values.get((group, time))) for group in drawn],
        "textposition": "none",
        "hovertemplate": "%{x}: %{text}<extra></extra>",
        "marker": {"color": "--accent"},
    }
    return {"data": [trace], "layout": _layout(of, has_legend=False)}


def _layout(of: Charted, *, has_legend: bool) -> dict[str, Any]:
    return layout(
        height=HEIGHT,
        showlegend=has_legend,
        legend={"orientation": "h", "y": 1.15},
        # Its times are words: "2021-22" is no date to Plotly, and no number.
        xaxis={"type": "category"},
        yaxis={"rangemode": "tozero"},
    )


def _read(of: Charted, value: float | None) -> float | None:
    """A value in the unit that people read: pounds, not pence."""
    if value is None or of.metric.money is None:
        return value
    return value / of.metric.money.minor


def _short(text: str) -> str:
    return text if len(text) <= 28 else f"{text[:27]}…"


def _words(column: str | None) -> str:
    """A column as people say it.

    >>> _words("service_date__month"), _words("_period")
    ('service date by month', 'period')
    """
    return (column or "").strip("_").replace("__", " by ").replace("_", " ")
