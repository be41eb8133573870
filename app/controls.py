"""Inputs -> View -> Question, and View <-> address: the whole state of the page in its link.

Pure. A name in a link that means nothing here (a retired indicator, a year that is gone) becomes
the nearest sensible choice and a sentence that says so; it is never an error page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from app.choices import Catalogue
from engine.ask import Question
from engine.bands import Bands
from engine.errors import UnknownName
from engine.metrics.context import CONTEXT
from engine.metrics.qof import MEASURES
from engine.rollup import LEVELS

NONE, UNREPORTED, USUAL = "none", "unreported", "usual"
SORTS = ("name", "value", "numerator", "denominator")
ALL = "all"
ROWS = ("50", "100", "500")
GEOGRAPHIES = {"published": "As published", "today": "Today's boundaries"}
TABS = {
    "table": "Table",
    "one": "Organisation",
    "trend": "Trend",
    "scatter": "Context",
    "funnel": "Funnel",
    "gap": "Gap",
    "peers": "Peers",
}
NUMBERS = {name: m.label for name, m in CONTEXT.items() if not m.is_word}
LONGEST_AREA = 4_000  # a group of some five hundred practices


@dataclass(frozen=True)
class View:
    """Everything that a link to the page says; defaults are left out of the address.

    area       `level:code`, or `group:` and practices' codes with dots between
    hide       bands that are not ticked: 0, 1, ..., none, unreported
    keep       which organisations are shown, by their context: names of KEEP (draw/context.py)
    colour     the context measure that colours the dots; empty: the achievement
    size       the context measure that sizes the dots; empty: as usual
    columns    what else the table has
    against    another year to hold this one against
    like       the features that peers are alike in
    """

    indicator: str = ""
    year: str = ""
    level: str = "practice"
    measure: str = "net"
    bands: str = USUAL
    area: str = ""
    hide: str = UNREPORTED
    selected: str = ""
    sort: str = "value"
    find: str = ""
    rows: str = "100"
    geography: str = "published"
    keep: str = ""
    colour: str = ""
    size: str = ""
    columns: str = ""
    against: str = ""
    tab: str = "table"
    like: str = ""

    @property
    def question(self) -> Question:
        bands = usual_bands(self.measure, self.level) if self.bands == USUAL else self.bands
        return Question(
            self.indicator,
            self.year,
            self.level,
            self.measure,
            bands=bands,
            area=self.area,
            geography=self.geography,
            keep=self.keep,
        )

    @property
    def hidden(self) -> frozenset[str]:
        """Bands (`0`, `1`, ...), `none` and `unreported` that are not shown."""
        return frozenset(filter(None, self.hide.split(",")))

    def address(self) -> str:
        """The query of a link that opens this view.

        >>> View("HYP", "2022-23", measure="prevalence", level="icb").address()
        '?indicator=HYP&year=2022-23&level=icb&measure=prevalence'
        """
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        given = {
            name: value
            for name, value in said.items()
            if value != getattr(_PLAIN, name) or (name in ("indicator", "year") and value)
        }
        return "?" + urlencode(given, safe=":,")


_PLAIN = View()


def usual_bands(measure: str, level: str) -> str:
    """Bands that tell organisations apart: fifths where values crowd together."""
    crowded = measure in ("prevalence", "pca_rate") or level != "practice"
    return "quintiles" if crowded else "five"


def read(query: Mapping[str, str], catalogue: Catalogue) -> tuple[View, list[str]]:
    """The view that a link asks for, and what had to be changed about it, in sentences.

    Takes:  the query of an address; anything may be missing, misspelt or hostile.
    Gives:  a view that the snapshot can answer, and no sentence where nothing was changed.
    """
    names = {f.name for f in fields(View)}
    said = {name: str(value)[:LONGEST_AREA] for name, value in query.items() if name in names}
    view, notes = View(**said), []
    for settle in (_indicator, _year, _measure, _level, _bands, _rest):
        view, note = settle(view, said, catalogue)
        notes += [note] if note else []
    return view, notes


def _indicator(view: View, said: dict[str, str], catalogue: Catalogue) -> tuple[View, str]:
    opening, year = catalogue.opening
    if not view.indicator:
        return replace(view, indicator=opening, year=view.year or year), ""
    code = view.indicator.strip().upper()
    if code in catalogue.by_code:
        return replace(view, indicator=code), ""
    note = f"The link asks for indicator {view.indicator[:20]}, which no loaded year has."
    return replace(view, indicator=opening, year=""), note + f" {opening} is shown instead."


def _year(view: View, said: dict[str, str], catalogue: Catalogue) -> tuple[View, str]:
    years = catalogue.years_of(view.indicator)
    if view.year in years or not years:
        return view, ""
    wanted, nearest = view.year, years[-1]
    note = f"{view.indicator} was not published for {wanted[:10]}; {nearest} is shown."
    return replace(view, year=nearest), note if wanted and "year" in said else ""


def _measure(view: View, said: dict[str, str], catalogue: Catalogue) -> tuple[View, str]:
    there = catalogue.measures_of(view.indicator)
    if view.measure in there or not there:
        return view, ""
    first = next(iter(there))
    note = f"{view.indicator} has no measure “{_label(view.measure)}”; “{there[first]}” is shown."
    return replace(view, measure=first), note if "measure" in said else ""


def _level(view: View, said: dict[str, str], _: Catalogue) -> tuple[View, str]:
    if view.level in LEVELS and view.level != "england":
        return view, ""
    return replace(view, level="practice"), "The link names no level; practices are shown."


def _bands(view: View, said: dict[str, str], _: Catalogue) -> tuple[View, str]:
    try:
        if view.bands != USUAL:
            Bands.parse(view.bands)
        return view, ""
    except UnknownName:
        return replace(view, bands=USUAL), "The link's bands mean nothing; the usual are shown."


def _rest(view: View, said: dict[str, str], _: Catalogue) -> tuple[View, str]:
    level, _, code = view.area.partition(":")
    area = view.area if level in (*LEVELS, "group") and code else ""
    sort = view.sort if view.sort.removeprefix("-") in SORTS else "value"
    rows = view.rows if view.rows in ROWS else "100"
    tab = view.tab if view.tab in TABS else "table"
    geography = view.geography if view.geography in GEOGRAPHIES else "published"
    colour, size = (name if name in CONTEXT else "" for name in (view.colour, view.size))
    settled = replace(view, area=area, sort=sort, rows=rows, tab=tab, geography=geography)
    return replace(settled, colour=colour, size=size, selected=view.selected.upper()), ""


def _label(measure: str) -> str:
    return MEASURES[measure].label if measure in MEASURES else measure[:20]
