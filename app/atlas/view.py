"""Inputs -> View -> Question, and View <-> address: the whole state of the page in its link.

Pure. A name in a link that means nothing here (a retired indicator, a year that is gone) becomes
the nearest sensible choice and a sentence that says so; it is never an error page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from app.atlas.catalogue import Catalogue
from engine.atlas.area import Area
from engine.atlas.ask import Question
from engine.atlas.comparability import linked
from engine.atlas.groups import MOST, area_of, parse_codes
from engine.atlas.metrics.context_filters import KEEP, names
from engine.atlas.metrics.context_measures import CONTEXT, RATINGS
from engine.atlas.metrics.qof_measures import MEASURES, USUAL_MEASURE
from engine.atlas.rollup import LEVELS
from engine.bands import Bands
from engine.errors import UnknownName

NONE, UNREPORTED, USUAL = "none", "unreported", "usual"
SORTS = ("name", "value", "numerator", "denominator")
ALL = "all"
ROWS = ("50", "100", "500")
SHAPES = ("", "0", "1")
COMPARED_AS = {"side": "Side by side", "change": "Change"}
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
# What peers can be alike in: how many practices are rated Good says nothing of one practice.
FEATURES = {name: label for name, label in NUMBERS.items() if name != "cqc_good_or_outstanding"}
USUAL_LIKE = "list_size,aged_65_and_over,deprivation"
TARGETS = {"": "England’s value", "median": "England’s median practice", "own": "A percentage"}
LONGEST_AREA = 4_000  # a group of some five hundred practices


@dataclass(frozen=True)
class View:
    """Everything that a link to the page says; defaults are left out of the address.

    area       `level:code`, or `group:` and practices' codes with dots between
    hide       bands that are not ticked: 0, 1, ..., none, unreported
    keep       which organisations are shown, by their context: names of
               engine.atlas.metrics.context_filters
    colour     the context measure that colours the dots; empty: the achievement
    size       the context measure that sizes the dots; empty: as usual
    shapes     `1`: bands have shapes beside their colours, `0`: they have none; empty: they have
               where the browser asks for contrast
    columns    what else the table has
    against    another year to hold this one against
    compare_as side: two maps; change: one map of the change between the years
    across     the context measure that the scatter has across
    like       the features that peers are alike in; `none`: none is ticked; empty: the usual
    target     what a gap is measured to: empty: England's value; `median`; or a percentage
    snapshot   the snapshot that the link is pinned to; empty: the live one
    """

    indicator: str = ""
    year: str = ""
    level: str = "practice"
    measure: str = USUAL_MEASURE
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
    shapes: str = ""
    columns: str = ""
    against: str = ""
    compare_as: str = "side"
    across: str = "deprivation"
    tab: str = "table"
    like: str = ""
    target: str = ""
    snapshot: str = ""

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
    def alike(self) -> list[str]:
        """The features that peers are alike in.

        >>> View().alike, View(like="none").alike
        (['list_size', 'aged_65_and_over', 'deprivation'], [])
        """
        ticked = (self.like or USUAL_LIKE).split(",")
        return [name for name in FEATURES if name in ticked]

    @property
    def dots(self) -> int:
        """How many bands colour the dots: those of the achievement, or of what else colours them.

        >>> View(bands="brief").dots, View(bands="brief", colour="list_size").dots
        (4, 5)
        """
        if not self.colour:
            return Bands.parse(self.question.bands).count
        return len(RATINGS) if CONTEXT[self.colour].is_word else Bands.parse("quintiles").count

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
    crowds = measure in MEASURES and MEASURES[measure].crowds
    return "quintiles" if crowds or level != "practice" else "five"


def like_of(names: Sequence[str]) -> str:
    """The ticked features as a link has them.

    >>> like_of(["list_size"]), like_of([]), like_of(View().alike)
    ('list_size', 'none', '')
    """
    said = ",".join(name for name in FEATURES if name in names) or "none"
    return "" if said == USUAL_LIKE else said


def target_of(kind: str, percent: object) -> str:
    """A gap's target as a link has it: a percentage over 0 and up to 100, or England's value.

    >>> target_of("own", 80), target_of("own", None), target_of("median", 80)
    ('80', '', 'median')
    """
    if kind != "own":
        return kind if kind in TARGETS else ""
    try:
        number = float(str(percent))
    except ValueError:
        return ""
    return f"{number:g}" if 0 < number <= 100 else ""


def read(query: Mapping[str, str], catalogue: Catalogue) -> tuple[View, list[str]]:
    """The view that a link asks for, and what had to be changed about it, in sentences.

    Takes:  the query of an address; anything may be missing, misspelt or hostile.
    Gives:  a view that the snapshot can answer, and no sentence where nothing was changed.
    """
    names = {f.name for f in fields(View)}
    said = {name: str(value)[:LONGEST_AREA] for name, value in query.items() if name in names}
    view, notes = View(**said), []
    for settle in (_indicator, _year, _measure, _level, _bands, _keep, _against, _rest):
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
    newer = linked(view.indicator)[-1]
    if newer != view.indicator and wanted in catalogue.years_of(newer):
        note += f" {newer} follows it, with a break."
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
    note = f"There is no level “{view.level[:20]}”; practices are shown."
    return replace(view, level="practice"), note


def _bands(view: View, said: dict[str, str], _: Catalogue) -> tuple[View, str]:
    try:
        if view.bands != USUAL:
            Bands.parse(view.bands)
        return view, ""
    except UnknownName:
        return replace(view, bands=USUAL), "The link's bands mean nothing; the usual are shown."


def _keep(view: View, said: dict[str, str], _: Catalogue) -> tuple[View, str]:
    """Filters that nobody knows are dropped; those of practices only stay, and are said."""
    known = names(view.keep)
    several = view.keep.count(",") + 1 > len(known) if view.keep else False
    unknown = "The link asks for a filter that there is not; it is left out." if several else ""
    none = [KEEP[name].label for name in known if not KEEP[name].applies(view.level)]
    ignored = f"Known of practices only, so ignored here: {'; '.join(none)}." if none else ""
    return replace(view, keep=",".join(known)), " ".join(filter(None, (unknown, ignored)))


def _against(view: View, said: dict[str, str], catalogue: Catalogue) -> tuple[View, str]:
    way = view.compare_as if view.compare_as in COMPARED_AS else "side"
    view, wanted = replace(view, compare_as=way), view.against
    if not wanted or (wanted in catalogue.years_of(view.indicator) and wanted != view.year):
        return view, ""
    note = f"{view.indicator} cannot be held against {wanted[:10]}; no other year is shown."
    return replace(view, against=""), note


def _rest(view: View, said: dict[str, str], _: Catalogue) -> tuple[View, str]:
    named = Area.parse(view.area)
    area = view.area if named.level in LEVELS and named.codes else ""
    if named.is_group and (codes := parse_codes(named.code)):
        area = area_of(codes[:MOST])
    sorts = (*SORTS, *view.columns.split(","), *(["change"] if view.against else []))
    sort = view.sort if view.sort.removeprefix("-") in sorts else "value"
    rows = view.rows if view.rows in ROWS else "100"
    tab = view.tab if view.tab in TABS else "table"
    geography = view.geography if view.geography in GEOGRAPHIES else "published"
    colour = view.colour if view.colour in CONTEXT else ""
    size = view.size if view.size in NUMBERS else ""
    shapes = view.shapes if view.shapes in SHAPES else ""
    settled = replace(view, area=area, sort=sort, rows=rows, tab=tab, geography=geography)
    across = view.across if view.across in CONTEXT else _PLAIN.across
    like = like_of(view.alike) if view.like else ""
    target = target_of(view.target if view.target in TARGETS else "own", view.target)
    settled = replace(settled, across=across, like=like, target=target)
    settled = replace(settled, colour=colour, size=size, shapes=shapes)
    return replace(settled, selected=view.selected.upper()), ""


def _label(measure: str) -> str:
    return MEASURES[measure].label if measure in MEASURES else measure[:20]
