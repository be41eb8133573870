"""View -> Question, and View -> address: the whole state of the page in its link. Pure.

How each of its fields is read from a link and from the page's inputs: controls.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal
from urllib.parse import urlencode

from engine.atlas.ask import Question
from engine.atlas.metrics.context_measures import CONTEXT, RATINGS
from engine.atlas.metrics.qof_measures import MEASURES, USUAL_MEASURE
from engine.bands import Bands

NONE, UNREPORTED, USUAL = "none", "unreported", "usual"
SORTS = ("name", "value", "numerator", "denominator")
ALL = "all"
ROWS = ("50", "100", "500")
SHAPES = ("", "0", "1")
Way = Literal["side", "change"]
COMPARED_AS: dict[str, str] = {"side": "Side by side", "change": "Change"}
GEOGRAPHIES = {"published": "As published", "today": "Today's boundaries"}
Tab = Literal["table", "one", "trend", "scatter", "funnel", "gap", "peers"]
TABS: dict[str, str] = {
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
TARGET_RULE = "a target is a percentage over 0 and up to 100"
TARGETS = {"": "England’s value", "median": "England’s median practice", "own": "A percentage"}


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
    def keys(self) -> list[str]:
        """Every key of the legend: its bands, `none` and `unreported`.

        >>> View(bands="brief").keys
        ['0', '1', '2', '3', 'none', 'unreported']
        """
        return [*map(str, range(self.dots)), NONE, UNREPORTED]

    @property
    def way(self) -> Way:
        """How another year is shown."""
        return "change" if self.compare_as == "change" else "side"

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
            if value != getattr(PLAIN, name) or (name in ("indicator", "year") and value)
        }
        # Colons and commas stay as they are: a link is read by people too.
        return "?" + urlencode(given, safe=":,")


PLAIN = View()


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
