"""How the atlas's numbers are made: its caveats, measures, context, statistics and marks. Pure."""

from htmltools import TagChild, tags

from app.draw.grid import SCROLLS, Grid, draw, in_order
from engine.atlas.metrics.context_measures import CONTEXT
from engine.atlas.metrics.qof_measures import MEASURES

METHODS = {
    "Interval": "Wilson's score interval of 95 %. Lower, similar and higher compare it with the"
    " other figure; among 6,000 practices some 300 differ by chance alone.",
    "Funnel": "Control limits of 95 and 99.8 % round England's share for each size"
    " (PHEindicatormethods). Where values spread more than chance would have it, the page says how"
    " much more (Spiegelhalter's ratio), and a place outside the limits is no verdict.",
    "Percentile": "The share of organisations of the same level with a lower value, among those"
    " with ten or more eligible patients.",
    "Change": "The difference of two years in percentage points, with Newcombe's interval (method"
    " 10). None is formed across a break in series, or a year that is not loaded.",
    "Two against each other": "The first less the other, by the same interval, for two groups who"
    " share no patient. So a practice or an area inside the other is held against the rest of it,"
    " England included; where each has practices of the other and more besides, nothing is formed."
    " The interval takes patients as independent, which those of one practice are not quite: for"
    " large areas it is rather too narrow, and a small difference is best judged by its size.",
    "Break in series": "From the publisher's own change notes and from codes that came or went. No"
    " line joins across one; a linked code stands beside it.",
    "Gap": "The patients that each practice is short of a target, added up. One over the target"
    " makes up for nobody.",
    "Peers": "The twenty nearest in the features that are ticked, each measured in its own"
    " interquartile ranges.",
    "Today's boundaries": "The newest published mapping, applied to every year. A practice without"
    " a place in it counts for England only, and is counted in words.",
    "Outlines": "Hulls of the practices' locations. They are not official boundaries.",
}
CAVEATS = (
    "This is not a league table. QOF is an incentive scheme, not a measure of how well a practice"
    " is run; practices differ in their patients, their size and their staff.",
    "Every figure for a group of practices is a sum over a sum, never a mean of percentages. A"
    " practice that reported no figure adds to neither sum: absent is not zero.",
    "Areas are those published for the year that is shown. Networks and boards change; a figure"
    " for an area may differ from one published later for the same name.",
    "2020-21 and 2021-22 were disturbed by the pandemic, and points were protected; in 2024-25"
    " points of 32 indicators were paid at the level of the year before.",
    "A practice is drawn at the middle of its postcode.",
)


CREDIT = (
    "Contains information from NHS England, the Organisation Data Service and ONS, licensed under"
    " the Open Government Licence v3.0. Care Atlas is not an NHS product."
)

MEASURE_GRID = Grid(
    in_order("Measure", "Formula", "What it says", "What to keep in mind"),
    table=SCROLLS,
    scope=None,
)
CONTEXT_GRID = Grid(
    in_order("Measure", "Adds up by", "What it says", "Keep in mind"), table=SCROLLS, scope=None
)


def methods() -> list[TagChild]:
    """The atlas's part of the page About."""
    return [
        *(tags.p(text) for text in CAVEATS),
        tags.h2("Measures"),
        draw(MEASURE_GRID, ((m.label, m.formula, m.why, m.caveats) for m in MEASURES.values())),
        tags.h2("Context"),
        tags.p(
            "What surrounds a practice, each with the day it holds for. Not known is never zero:"
            " it is a dash, takes no part in a chart, and is counted beside it."
        ),
        draw(CONTEXT_GRID, ((m.label, m.rule, m.why, m.caveats) for m in CONTEXT.values())),
        tags.h2("Statistics"),
        tags.dl(*(part for name in METHODS for part in (tags.dt(name), tags.dd(METHODS[name])))),
        tags.h2("Marks on the map and in the table"),
        tags.p(
            "A hollow ring: nobody was eligible, or no points could be achieved. A small grey ring:"
            " the practice reported nothing."
            " A small, faint dot, and “few” in the table: fewer than 10 patients. A lighter middle,"
            " and ± in the table: the interval reaches into another band."
        ),
        tags.p(
            "With “Shapes beside colours” each band has a shape, too, lowest to highest: a triangle"
            " that points down, a bar, a disc, a plus, a triangle that points up; more bands take"
            " triangles to the left and right and falling, rising and upright bars between them."
            " All have the area of the disc. Areas are hatched, closer the higher the band. Rings"
            " stay rings; few patients and a lighter middle are marked on every shape."
        ),
    ]
