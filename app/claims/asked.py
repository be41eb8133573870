"""One view's answer, collected once: headline, chart, table and downloads draw from it.

What a number means is the engine's: this asks `compared` and `measure`, and keeps what it was told.
A sealed snapshot never changes, so neither does an answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import polars as pl

from app.claims import labels
from app.claims.months import Stretch
from app.claims.tabs import TAB
from app.claims.view import MONTH, Offered, View, read
from app.monitoring.series import question_answered
from engine import Lake, measure
from engine.claims.questions.over_time import compared
from engine.claims.run_out import completion, expected, grows, last_day
from engine.claims.wing import CLAIMS
from engine.derived import Derived, parts
from engine.metric import AnyMetric, Metric

YEAR = "year"
OTHER = "_other"
CHANGE = "change"
"""How an address names the order by change."""
KEPT = 256
MOST_LINES = 6
NO_MENU = (MONTH, YEAR, "member_id", "claim_id")
METRICS: dict[str, AnyMetric] = {metric.name: metric for metric in CLAIMS.metrics}


@dataclass(frozen=True, eq=False)
class Answered:
    """What a view is told.

    whole    one row: the metric and its companions, and what they are held against, by the names
             that engine.claims.questions.over_time.compared gives
    rows     the same, one row a group; of companions without what they are held against
    series   one row a group and month: `value`, `before`, that of a year before, and `ultimate`,
             what it will come to once all payments are in
    immature the months of the view that are not all in
    """

    lake: Lake
    view: View
    metric: AnyMetric
    companions: tuple[AnyMetric, ...]
    whole: dict[str, Any]
    rows: pl.DataFrame
    series: pl.DataFrame
    immature: tuple[date, ...] = ()

    @property
    def before(self) -> float | None:
        """What the metric is held against."""
        return self._of("other")

    @property
    def change(self) -> float | None:
        """The metric less what it is held against, in its unit."""
        return self._of("difference")

    @property
    def percent(self) -> float | None:
        """The change in percent of what it is held against."""
        return self._of("percent")

    def _of(self, what: str) -> float | None:
        value: float | None = self.whole[f"{self.metric.name}_{what}"]
        return value

    @property
    def grouped_by(self) -> str:
        """The dimension of the lines; empty: one line of all together."""
        return self.view.by

    @cached_property
    def largest(self) -> list[Any]:
        """The groups that have a line: the first few rows of the table, each once."""
        if self.grouped_by not in self.rows.columns:
            return []
        return self.rows[self.grouped_by].unique(maintain_order=True).head(MOST_LINES).to_list()

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the metric is there at all."""
        return self.whole[self.metric.name] is None


def dimensions_of(metric: AnyMetric) -> tuple[str, ...]:
    """What a metric can be told by: dimensions that both its sides have, or that set no limit."""
    first, *others = map(_own_dimensions, parts(metric))
    return tuple(name for name in first if all(name in own for own in others))


def _own_dimensions(metric: Metric) -> list[str]:
    own = list(metric.dimension)
    if metric.over is None:
        return own
    # What the other side lacks may stand beside it, as a diagnosis does beside member months.
    shared = {*metric.over.dimension, *metric.beside_over}
    return [name for name in own if name in shared]


def _is_of_one_time(metric: AnyMetric) -> bool:
    """Whether it can be asked of a period as a whole: no window, nothing moved in time."""
    if isinstance(metric, Derived):
        return all(
            given.offset is None and _is_of_one_time(given.metric) for given in metric.inputs
        )
    return isinstance(metric, Metric)


@lru_cache(maxsize=8)
def offered(lake: Lake) -> Offered | None:
    """What can be asked of a snapshot; None where it has no claims."""
    if not lake.has("fact_claim"):
        return None
    month = pl.col("service_month")
    ends = lake.scan("fact_claim").select(month.min().alias("first"), month.max().alias("last"))
    first, last = ends.collect().row(0)
    metrics = {
        name: tuple(of for of in dimensions_of(metric) if of not in NO_MENU)
        for name, metric in METRICS.items()
        if _is_of_one_time(metric) and MONTH in dimensions_of(metric)
    }
    every = dict.fromkeys(of for own in metrics.values() for of in own)
    return Offered(metrics, [n for n in labels.DIMENSIONS if n in every], Stretch(first, last))


def usual_with(there: Offered, metric: str) -> View:
    """A metric as the first tab opens it: by a dimension that it has."""
    return read([("metric", metric)], there)


@lru_cache(maxsize=64)
def values(lake: Lake, dimension: str) -> tuple[Any, ...]:
    """The values of a dimension, those with the most claims first."""
    claims = next(m for m in METRICS.values() if dimension in dimensions_of(m))
    rows = measure(lake, [claims], by=[dimension]).collect()
    by_size = rows.sort(claims.name, dimension, descending=[True, False], nulls_last=True)
    return tuple(by_size[dimension].to_list())


def where(view: View, period: Stretch | None, *, than: bool = False) -> dict[str, Any]:
    """Which rows count: months and filters; `than`: of the group that it is held against."""
    wanted = {name: [labels.as_meant(name, v) for v in vs] for name, vs in view.only}
    if than:
        name, _, value = view.than.partition(":")
        wanted[name] = [labels.as_meant(name, value)]
    if period is None:
        return wanted
    # The years as well, for tables lie by year: those of other years are not opened.
    years = [str(year) for year in range(period.first.year, period.last.year + 1)]
    return {MONTH: period.months, YEAR: years} | wanted


@lru_cache(maxsize=KEPT)
def ask(lake: Lake, view: View) -> Answered:
    """Collect the answer to a view.

    Raises: UnknownName, BadQuestion; see engine.measure.
    """
    with question_answered("claims", "metric"):
        return _asked(lake, view)


def _asked(lake: Lake, view: View) -> Answered:
    metric = METRICS[view.metric]
    by = [name for name in (view.by, view.then) if name]
    companions = _companions(view, by)
    asked = tuple(one.name for one in (metric, *companions))
    together = _whole(lake, replace(view, tab="", by="", then="", sort="", snapshot=""), asked)
    late = run_out_of(lake) if grows(metric) else None
    monthly = _series(lake, view, metric)
    monthly = (
        monthly.with_columns(ultimate="value") if late is None else expected(monthly, late.lazy())
    )
    beside = [one.name for one in companions]
    apart = [compared(lake, [metric.name], by, **_sides(view), beside=beside)] if by else []
    *told_apart, series = pl.collect_all([*apart, monthly])
    rows = _in_order(view, told_apart[0]) if by else together
    told = together.row(0, named=True)
    return Answered(lake, view, metric, companions, told, rows, series, _immature(view, late))


def every_row(of: Answered) -> pl.DataFrame:
    """The rows of an answer, with what companions are held against as well: for a download."""
    by = [name for name in (of.view.by, of.view.then) if name]
    if not by:
        return of.rows
    asked = [one.name for one in (of.metric, *of.companions)]
    return _in_order(of.view, compared(of.lake, asked, by, **_sides(of.view)).collect())


@lru_cache(maxsize=KEPT)
def _whole(lake: Lake, view: View, asked: tuple[str, ...]) -> pl.DataFrame:
    """All that counts together, in one row: the same by whatever it is told apart.

    Takes: a view without its rows; the metrics.
    """
    return compared(lake, asked, (), **_sides(view)).collect()


def _sides(view: View) -> dict[str, Any]:
    """Which rows count, and which they are held against."""
    return {"one": {"where": where(view, view.period)}, "other": {"where": _against(view)}}


@lru_cache(maxsize=8)
def as_of(lake: Lake) -> date:
    """The last day that a snapshot's claims speak of."""
    day: date = last_day(lake).collect().item()
    return day


@lru_cache(maxsize=8)
def run_out_of(lake: Lake) -> pl.DataFrame:
    """How much of each month's payments is in: see engine.claims.run_out."""
    return completion(lake, as_of=as_of(lake)).collect()


def _immature(view: View, late: pl.DataFrame | None) -> tuple[date, ...]:
    if late is None:
        return ()
    settled = set(late.filter(~pl.col("is_immature"))[MONTH])
    first = max(settled, default=view.period.first)
    return tuple(month for month in view.period.months if month > first)


def _against(view: View) -> dict[str, Any]:
    if view.than:
        return where(view, view.period, than=True)
    # Held against nothing is held against itself: then nobody looks at the second half.
    return where(view, view.before or view.period)


def _companions(view: View, by: Sequence[str]) -> tuple[AnyMetric, ...]:
    """The tab's other columns, as far as they can be told by the same and narrowed by the same."""
    needed = {MONTH, *by, *(name for name, _ in view.only), view.than.partition(":")[0]} - {""}
    names = (name for name in TAB[view.tab].columns if name != view.metric and name in METRICS)
    return tuple(METRICS[n] for n in names if needed <= set(dimensions_of(METRICS[n])))


def _series(lake: Lake, view: View, metric: AnyMetric) -> pl.LazyFrame:
    """The metric by group and month, and twelve months before beside each."""
    by = [view.by] if view.by else []
    now = measure(lake, [metric], [*by, MONTH], where(view, view.period))
    if view.against != "year" or view.than:
        return now.rename({metric.name: "value"}).with_columns(before=pl.lit(None, pl.Float64))
    earlier = measure(lake, [metric], [*by, MONTH], where(view, view.period.earlier(12)))
    later = earlier.with_columns(pl.col(MONTH).dt.offset_by("1y"))
    names = {metric.name: "value", f"{metric.name}_right": "before"}
    return (
        now.join(later, on=[*by, MONTH], how="full", coalesce=True, nulls_equal=True)
        .rename(names)
        .sort(*by, MONTH)
    )


def _in_order(view: View, rows: pl.DataFrame) -> pl.DataFrame:
    column = view.sort if view.sort in rows.columns else view.metric
    if view.sort == CHANGE:
        column = f"{view.metric}_difference"
    return rows.sort(column, descending=True, nulls_last=True)


def pinned(view: View, lake: Lake) -> View:
    """The same view of this very snapshot, for a link that stays what it is."""
    return replace(view, snapshot=lake.id)
