"""What a link's words mean on this snapshot: each field of a View, settled. Pure.

A name that means nothing here (a retired indicator, a year that is gone) becomes the nearest
sensible choice and a sentence that says so; it is never an error page. Each function takes the view
as far as it is settled, the link's own words and what there is; it gives the view with its field
settled, and the sentence, empty where nothing was changed.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from app.atlas.catalogue import Catalogue
from app.atlas.view import PLAIN, SORTS, TARGET_RULE, TARGETS, USUAL, View, like_of, target_of
from engine.atlas.area import Area
from engine.atlas.comparability import linked
from engine.atlas.groups import MOST, area_of, parse_codes
from engine.atlas.metrics.context_filters import KEEP, names
from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.rollup import LEVELS
from engine.bands import RULE, Bands
from engine.errors import UnknownName

Words = Mapping[str, str]
Settle = Callable[[View, Words, Catalogue], tuple[View, str]]


def as_it_is(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """Any words will do."""
    return view, ""


def one_of(name: str, known: Collection[str]) -> Settle:
    """The field is one of these; what is none of them is the usual, without a word."""

    def settle(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
        is_known = getattr(view, name) in known
        return (view if is_known else replace(view, **{name: getattr(PLAIN, name)})), ""

    return settle


def indicator(view: View, _said: Words, there: Catalogue) -> tuple[View, str]:
    """A code that some loaded year has; where none is asked for, what the page opens with."""
    opening, year = there.opening
    if not view.indicator:
        return replace(view, indicator=opening, year=view.year or year), ""
    # Codes come from spreadsheets and mails, with blanks and in small letters.
    code = view.indicator.strip().upper()
    if code in there.by_code:
        return replace(view, indicator=code), ""
    # Cut: whoever made the link wrote this, and it is shown on our page.
    note = f"The link asks for indicator {view.indicator[:20]}, which no loaded year has."
    return replace(view, indicator=opening, year=""), note + f" {opening} is shown instead."


def year(view: View, said: Words, there: Catalogue) -> tuple[View, str]:
    """A year that the indicator has, the newest where it lacks the one that is asked for."""
    years = there.years_of(view.indicator)
    if view.year in years or not years:
        return view, ""
    wanted, nearest = view.year, years[-1]
    is_loaded = wanted in there.loaded(view.indicator)
    why = f"{view.indicator} was not published for {wanted}" if is_loaded else _unloaded(wanted)
    note = f"{why}; {nearest} is shown."
    # A retired code often has a successor that the year does have: the reader would not guess it.
    newer = linked(view.indicator)[-1]
    if newer != view.indicator and wanted in there.years_of(newer):
        note += f" {newer} follows it, with a break."
    return replace(view, year=nearest), note if wanted and "year" in said else ""


def measure(view: View, said: Words, there: Catalogue) -> tuple[View, str]:
    """A measure that the indicator has."""
    labels = there.measures_of(view.indicator)
    if view.measure in labels or not labels:
        return view, ""
    first = next(iter(labels))
    note = f"{view.indicator} has no measure “{_label(view.measure)}”; “{labels[first]}” is shown."
    return replace(view, measure=first), note if "measure" in said else ""


def level(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """A level of organisations; England is no dot."""
    if view.level in LEVELS and view.level != "england":
        return view, ""
    note = f"There is no level “{view.level[:20]}”; practices are shown."
    return replace(view, level="practice"), note


def bands(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """Bands that can be cut."""
    try:
        if view.bands != USUAL:
            Bands.parse(view.bands)
        return view, ""
    except UnknownName:
        return replace(view, bands=USUAL), f"{why_not(view.bands)} The usual bands are shown."


def why_not(bands: str) -> str:
    """What is wrong with words for bands, with the rule; empty where nothing is.

    >>> why_not("custom:90,50")
    '“90,50” are no edges of bands: those are 1 to 9 rising numbers between 0 and 100, such as\
 50,75,90.'
    >>> why_not("brief")
    ''
    """
    try:
        Bands.parse(bands)
        return ""
    except UnknownName:
        said = bands.removeprefix("custom:")[:40]
        if not bands.startswith("custom:"):
            return f"There are no bands “{said}”."
        return f"“{said}” are no edges of bands: those are {RULE}."


def keep(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """Filters that nobody knows are dropped; those of practices only stay, and are said."""
    known = names(view.keep)
    # Fewer are known than were asked for: some name means nothing.
    several = view.keep.count(",") + 1 > len(known) if view.keep else False
    unknown = "The link asks for a filter that there is not; it is left out." if several else ""
    none = [KEEP[name].label for name in known if not KEEP[name].applies(view.level)]
    ignored = f"Known of practices only, so ignored here: {'; '.join(none)}." if none else ""
    return replace(view, keep=",".join(known)), " ".join(filter(None, (unknown, ignored)))


def against(view: View, _said: Words, there: Catalogue) -> tuple[View, str]:
    """Another year that this one can be held against."""
    wanted = view.against
    if not wanted or can_be_held_against(view, wanted, there):
        return view, ""
    note = f"{view.indicator} cannot be held against {wanted[:10]}; no other year is shown."
    return replace(view, against=""), note


def can_be_held_against(view: View, year: str, there: Catalogue) -> bool:
    """Whether the indicator has a year, and it is another one."""
    return year != view.year and year in there.years_of(view.indicator)


def area(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """`level:code`, or a group of as many practices as a link holds; else all of England."""
    named = Area.parse(view.area)
    area = view.area if named.level in LEVELS and named.codes else ""
    # Parsed and said again: what a link lists need not be codes, nor few.
    if named.is_group and (codes := parse_codes(named.code)):
        area = area_of(codes[:MOST])
    return replace(view, area=area), ""


def sort(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """A column that the table has; the change is one while another year is shown."""
    # A link may sort by a column that is not shown any more.
    sorts = (*SORTS, *view.columns.split(","), *(["change"] if view.against else []))
    known = view.sort.removeprefix("-") in sorts
    return (view if known else replace(view, sort=PLAIN.sort)), ""


def like(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """The features that are known, in their own order."""
    return replace(view, like=like_of(view.alike) if view.like else ""), ""


def target(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """One of the named targets, or a percentage."""
    kind = view.target if view.target in TARGETS else "own"
    settled = target_of(kind, view.target)
    is_lost = kind == "own" and not settled
    note = f"“{view.target[:20]}” is no target: {TARGET_RULE}. England’s value is it instead."
    return replace(view, target=settled), note if is_lost else ""


def selected(view: View, _said: Words, _there: Catalogue) -> tuple[View, str]:
    """An ODS code as it is published; whether the year has it is said on the page."""
    return replace(view, selected=view.selected.upper()), ""


def _unloaded(year: str) -> str:
    return f"Nothing is loaded for {year[:10]}"


def _label(measure: str) -> str:
    return MEASURES[measure].label if measure in MEASURES else measure[:20]
