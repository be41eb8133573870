"""View: what the address of the claims page asks for, read and written again. Pure.

Everything that is on the page stands in its address: Back undoes, and a link that is sent opens the
same. What an address asks for that is not there is left out and said, never an error.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal
from urllib.parse import urlencode

from app.claims.months import Stretch, month_of, short
from app.claims.tabs import TABS, Tab
from engine.errors import BadQuestion

Against = Literal["year", "period", "none"]
AGAINST: dict[Against, str] = {
    "year": "the year before",
    "period": "the period before",
    "none": "nothing",
}
MONTH = "month"
NOBODY = "-"
"""How an address names rows of which a dimension is not known."""
Only = tuple[tuple[str, tuple[str, ...]], ...]
MOST_CHOSEN = 50
OWN = ("tab", "metric", "by", "then", "from", "to", "against", "than", "sort", "snapshot")


@dataclass(frozen=True)
class Offered:
    """What a snapshot lets be asked: metrics by name with their dimensions, and its months.

    metrics     names, in the order of the menu, with the dimensions of each but time
    dimensions  every dimension that is offered, in the order of the menu
    months      the months that have claims
    """

    metrics: Mapping[str, tuple[str, ...]]
    dimensions: Sequence[str]
    months: Stretch


@dataclass(frozen=True)
class View:
    """One frozen question of the claims page.

    by       the dimension of a row; empty: all together
    then     a second one, or empty: by month
    than     `dimension:value`, a group that is held against the rest of the filters; empty: a time
    only     filters: dimensions and the values that count
    sort     the column by which rows stand
    notes    what the address asked for and is not there, in sentences
    """

    tab: str
    metric: str
    by: str
    period: Stretch
    then: str = ""
    against: Against = "year"
    than: str = ""
    only: Only = ()
    sort: str = ""
    snapshot: str = ""
    notes: tuple[str, ...] = field(default=(), compare=False)

    def query(self, usual: "View | None" = None) -> list[tuple[str, str]]:
        """The query of its address, without what is usual."""
        said = {
            "tab": self.tab,
            "metric": self.metric,
            "by": self.by or NOBODY,
            "then": self.then,
            "from": short(self.period.first),
            "to": short(self.period.last),
            "against": self.against,
            "than": self.than,
            "sort": self.sort,
            "snapshot": self.snapshot,
        }
        left_out = dict(usual.query()) if usual else {}
        pairs = [(name, value) for name, value in said.items() if value != left_out.get(name, "")]
        return [*pairs, *((name, value) for name, values in self.only for value in values)]

    def narrowed(self, dimension: str, value: str | None) -> "View":
        """Only those of a value as well."""
        kept = {name: values for name, values in self.only if name != dimension}
        chosen = {**kept, dimension: (NOBODY if value is None else value,)}
        return replace(self, only=tuple(sorted(chosen.items())), sort="")

    def without(self, dimension: str, value: str) -> "View":
        """Without one value of a filter."""
        left = ((n, tuple(v for v in vs if (n, v) != (dimension, value))) for n, vs in self.only)
        return replace(self, only=tuple((name, values) for name, values in left if values))

    def values_of(self, dimension: str) -> tuple[str, ...]:
        """The values of a dimension that it is narrowed to."""
        return dict(self.only).get(dimension, ())

    @property
    def before(self) -> Stretch | None:
        """The months that it is held against, where it is a time."""
        if self.than or self.against == "none":
            return None
        return self.period.earlier(12 if self.against == "year" else self.period.length)


def address(view: View, usual: View | None = None, page: str = "claims", **more: str) -> str:
    """A view as an address.

    Takes: what need not be said; the page; what else stands in the query.
    """
    pairs = [*view.query(usual), *more.items()]
    return f"{page}?{urlencode(pairs, safe=':')}" if pairs else page


def usual(offered: Offered, tab: Tab = TABS[0]) -> View:
    """The view that a tab opens with: its own metric and dimension, the last twelve months."""
    metric = next((name for name in tab.metrics if name in offered.metrics), [*offered.metrics][0])
    of = offered.metrics[metric]
    by = next((name for name in tab.by if name in of), "")
    months = offered.months
    first = max(months.first, months.earlier(0).months[-min(12, months.length)])
    return View(tab=tab.name, metric=metric, by=by, period=Stretch(first, months.last))


def read(query: Iterable[tuple[str, str]], offered: Offered) -> View:
    """The view of an address; what is not there is the usual, with a note."""
    pairs = list(query)
    said = {name: value.strip() for name, value in pairs if name in OWN}
    notes: list[str] = []
    tab = next((tab for tab in TABS if tab.name == said.get("tab", "")), TABS[0])
    view = usual(offered, tab)
    if (metric := said.get("metric", "")) and metric != view.metric:
        if metric in offered.metrics:
            view = replace(view, metric=metric, by=_kept(view.by, offered.metrics[metric]))
        else:
            notes.append(f"There is no metric “{metric[:40]}”; this shows another.")
    dimensions = offered.metrics[view.metric]
    keys = {"by": view.by, "then": ""}
    for name in keys:
        if (value := said.get(name, "")) in (*dimensions, NOBODY):
            keys[name] = "" if value == NOBODY else value
        elif value:
            notes.append(f"This metric cannot be told by “{value[:40]}”.")
    view = replace(view, by=keys["by"], then="" if keys["then"] == keys["by"] else keys["then"])
    period, said_of_it = _period(said, offered.months, view.period)
    against = said.get("against", "")
    only, left_out = _only(pairs, offered, dimensions)
    return replace(
        view,
        period=period,
        against=against if against in AGAINST else "year",
        than=_than(said.get("than", ""), dimensions),
        only=only,
        sort=said.get("sort", "")[:40],
        snapshot=said.get("snapshot", "")[:40],
        notes=(*notes, *said_of_it, *left_out),
    )


def _kept(by: str, dimensions: Sequence[str]) -> str:
    return by if by in dimensions else next(iter(dimensions), "")


def _period(
    said: Mapping[str, str], months: Stretch, otherwise: Stretch
) -> tuple[Stretch, list[str]]:
    """The months asked for, within those there are; the usual ones where none of them is."""
    try:
        first, last = (
            month_of(said[name]) if said.get(name) else there
            for name, there in (("from", otherwise.first), ("to", otherwise.last))
        )
    except BadQuestion as error:
        return otherwise, [f"“{error.found}” is no month: months are written as 2025-03."]
    first, last = min(first, last), max(first, last)
    inside = Stretch(_within(first, months), _within(last, months))
    if (inside.first, inside.last) == (first, last):
        return inside, []
    return inside, [f"There are claims from {months.words} only."]


def _within(month: date, months: Stretch) -> date:
    return min(max(month, months.first), months.last)


def _than(text: str, dimensions: Sequence[str]) -> str:
    return text if text.partition(":")[0] in dimensions else ""


def _only(
    pairs: Iterable[tuple[str, str]], offered: Offered, dimensions: Sequence[str]
) -> tuple[Only, list[str]]:
    """The filters; one that the metric does not have is left out and said."""
    chosen: dict[str, list[str]] = {}
    notes: list[str] = []
    for name, value in pairs:
        if name in OWN or not value:
            continue
        if name in dimensions:
            chosen.setdefault(name, []).append(value)
        elif name in offered.dimensions:
            notes.append(f"This metric cannot be narrowed by “{name}”: that filter is left out.")
    kept = {name: tuple(dict.fromkeys(values))[:MOST_CHOSEN] for name, values in chosen.items()}
    return tuple(sorted(kept.items())), notes
