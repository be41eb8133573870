"""An organisation's page: what it is, all its indicators, what surrounds it, its past. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby

from htmltools import HTML, Tag, TagChild, TagList, tags

from app.atlas.drawing import words
from app.atlas.drawing.links import measure_in_link, on_the_map, organisation, receipt
from app.atlas.drawing.organisation_card import here_and_england, surrounding
from app.atlas.drawing.year_change import points_moved
from app.atlas.row import Row, Rows
from app.draw import spell
from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, Groups, draw
from engine import Question
from engine.atlas.comparability import NOTES
from engine.atlas.metrics.context_measures import ContextMeasure
from engine.atlas.metrics.qof_measures import MEASURES

ARROWS = {"rose": "▲", "fell": "▼", "lower": "◂", "higher": "▸"}  # to that side in the bar, too
FAR = 5  # percentage points: the furthest bands of a change begin there
HEAD = 2.2  # of a hundred across the bar: how long an arrow's head is
AGAINST = {"lower": "lower", "similar": "similar", "higher": "higher", None: "not compared"}
TOPS = (5, 10, 20, 50, 100)


def profile(
    rows: Rows, *, asked: dict[str, str], parent: str, root: str, before: str = ""
) -> TagList:
    """One table, by condition: each indicator's share, n of N, interval and what it is held to.

    Takes:  rows of `engine.atlas.profile.profile`, with those of `engine.atlas.compare_years`
            beside them; the year, level and code as a link to the map says them; the parent's short
            name; the way to the page of practices; the year that it is held against, if there is
            one.
    """
    others = (before, "England", parent) if before else ("England", parent)
    whose = parent if parent == "England" else f"the {parent}"
    grid = Grid(_columns(asked, others, whose, root), table={"class": "atlas-profile"})
    return TagList(
        *(tags.p(said, class_="atlas-lead") for said in _in_short(rows, before, asked["year"])),
        tags.details(tags.summary("How to read this"), tags.p(_how(before, whose))),
        conditions(rows),
        draw(grid, rows, groups=BY_CONDITION),
    )


def conditions(rows: Rows) -> Tag:
    """Links to the conditions of a table below."""
    groups = (group for group, _ in groupby(rows, key=BY_CONDITION.of))
    links = (tags.a(group, href=f"#{anchor(group)}") for group in groups)
    return tags.nav(*links, aria_label="Conditions", class_="atlas-jumps")


def _in_short(rows: Rows, before: str, year: str) -> list[str]:
    """How many stand where, in a sentence each: against England, and against the other year."""
    given = [row for row in rows if row["value"] is not None]
    said = [f"{len(given)} of {len(rows)} indicators and registers have figures."]
    # A longer register is neither better nor worse, so registers are not counted here.
    indicators = [row for row in given if MEASURES[row["measure"]].item == "indicator"]
    england = Counter(row["against_england"] for row in indicators)
    compared = england.total() - england[None]
    if compared:
        said.append(
            f"Indicators against England: {england['lower']} lower, {england['similar']} similar,"
            f" {england['higher']} higher."
        )
    # Where no other year is held beside it, no row has the column.
    past = Counter(row.get("moved") for row in indicators)
    if past.total() - past[None]:
        said.append(
            f"Against {before}: {past['fell']} fell, {past['similar']} similar,"
            f" {past['rose']} rose."
        )
    if compared:
        said.append("About one in twenty would differ by chance alone.")
    notes = [f"{when}: {NOTES[when]}" for when in (before, year) if when in NOTES]
    return [" ".join(said), *notes]


def _how(before: str, whose: str) -> str:
    since = (
        f" Rose and fell hold it against its own figure of {before}, by the interval of the change;"
        " nothing is said across a break in series."
        if before
        else ""
    )
    arrow = f"; an arrow below leads from the figure of {before} to this one" if before else ""
    return (
        f"Lower, similar and higher compare the 95 % interval with England's and {whose}'s own"
        f" figure.{since} Which way is good is the indicator's to say; a longer register is neither"
        " better nor worse. Fewer than 10 patients are not compared. In the bars, which begin at"
        f" 0 %, the tall dark line is England and the light one {whose}{arrow}. In the columns"
        " beside, ◂ is lower and ▸ higher, with how"
        " many percentage points; where only the other's figure stands, the two are similar. An"
        " indicator's code opens its"
        " card: percentiles, patients to the next band, with and without care adjustments."
    )


def context(row: Row, england: Row, *, level: str) -> Tag:
    """What surrounds it: each measure with the day it holds for, how much is known, England's."""

    def figure(at: int) -> Callable[[ContextMeasure], str]:
        return lambda measure: here_and_england(measure, row, england, level=level)[at]

    columns = [
        GridColumn(
            "Measure",
            lambda measure: measure.label,
            names_row=True,
            title=lambda measure: f"{measure.why} {measure.caveats}",
        ),
        GridColumn("Here", figure(0), cells=NUMBER),
        GridColumn("England", figure(1), cells=NUMBER),
        GridColumn("Known", lambda measure: _known(row, measure.name)),
    ]
    grid = Grid(columns, table={"class": "atlas-surrounds", **SCROLLS})
    return draw(grid, (measure for measure in surrounding(level) if measure.name in row))


def history(rows: Rows) -> Tag:
    """Its names and parents, one line for each run of years in which they stayed the same."""
    runs = []
    for (name, parent), years in groupby(
        rows, key=lambda row: (row["organisation_name"], row["parent_name"])
    ):
        of_run = [row["year"] for row in years]
        when = of_run[0] if len(of_run) == 1 else f"{of_run[0]} to {of_run[-1]}"
        said = f"{when}: {words.short(name)}" + (f", in {words.short(parent)}" if parent else "")
        runs.append(tags.li(said))
    return tags.ul(*runs)


def listed(rows: Rows, *, root: str) -> Tag:
    """Organisations as links to their own pages, with what tells them apart."""
    return tags.ul(
        *(
            tags.li(
                tags.a(
                    words.short(row["organisation_name"]) or row["organisation_code"],
                    href=organisation(row["level"], row["organisation_code"], root=root),
                ),
                f" {_note(row)}",
            )
            for row in rows
        ),
        class_="atlas-found",
    )


def indicators(rows: Rows) -> TagList:
    """Indicators as links to the map of their newest year."""
    return TagList(
        tags.h2("Indicators"),
        tags.ul(
            *(
                tags.li(
                    tags.a(
                        f"{row['group_name']}: {row['description']}",
                        href=on_the_map(indicator=row["indicator_code"], year=row["year"]),
                    ),
                    f" {row['indicator_code']}",
                )
                for row in rows
            ),
            class_="atlas-found",
        ),
    )


def anchor(group: str) -> str:
    """A condition as a place on the page.

    >>> anchor("Coronary heart disease (CHD)")
    'coronary-heart-disease-chd'
    """
    return re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")


BY_CONDITION: Groups[Row] = Groups(
    lambda row: row["group_name"] or "Other", anchor, class_="atlas-group-name"
)


def _columns(
    asked: dict[str, str], others: tuple[str, ...], whose: str, root: str
) -> list[GridColumn[Row]]:
    england, parent = others[-2:]
    # A phone has no heads of columns: each comparison says whose it is.
    since = GridColumn(f"Against {others[0]}", _since, cells=NUMBER | {"data-since": ""})
    return [
        GridColumn("Indicator", lambda row: _indicator(row, asked, root), names_row=True),
        GridColumn("Value", _value, cells=NUMBER),
        GridColumn("n of N", lambda row: _parts(row, asked, root), cells=NUMBER),
        GridColumn("95 % interval", interval_bar, cells={"class": "atlas-whisker"}),
        *([since] if len(others) > 2 else []),
        GridColumn(
            f"Against {england}",
            lambda row: held_against(row, "england", england),
            cells=NUMBER | {"data-whom": england},
        ),
        GridColumn(
            f"Against {whose}",
            lambda row: held_against(row, "parent", parent),
            cells=NUMBER | {"data-whom": parent},
        ),
    ]


def _indicator(row: Row, asked: dict[str, str], root: str) -> TagList:
    shown = {
        "indicator": row["indicator_code"],
        "year": asked["year"],
        "measure": measure_in_link(row["measure"]),
        "level": asked["level"],
        "selected": asked["organisation"],
    }
    return TagList(
        tags.a(row["indicator_code"], href=on_the_map(root, **shown, tab="one")),
        f" {row['description'] or ''} ",
        tags.a(
            "trend",
            href=on_the_map(root, **shown, tab="trend"),
            aria_label=f"Trend of {row['indicator_code']}",
        ),
    )


def _value(row: Row) -> TagList:
    few = row["denominator"] is not None and 0 < row["denominator"] < 10
    return TagList(spell.percent(row["value"]), tags.small(" few patients") if few else None)


def _parts(row: Row, asked: dict[str, str], root: str) -> TagChild:
    if row["numerator"] is None:
        return "not reported"
    question = Question(row["indicator_code"], asked["year"], measure=row["measure"])
    return tags.a(
        f"{spell.count(row['numerator'])} of {spell.count(row['denominator'])}",
        href=receipt(question, asked["level"], asked["organisation"], root=root),
        title="Where this number comes from",
    )


def _since(row: Row) -> TagChild:
    """How it moved since the other year, how far, and from where; nothing across a break.

    A large fall is to be seen among forty words alike: an arrow, its points, bold from FAR on.

    >>> row = {"moved": "rose", "value_before": 81.25, "change": 2.1, "change_low": 0.4,
    ...        "change_high": 3.9}
    >>> print(_since(row).get_html_string())
    <span aria-hidden="true">▲ </span><span class="word">rose </span><span\
 class="points">2.1</span><span class="than"> from </span>\
<small title="+2.1 points, +0.4 to +3.9">81.2 %</small>
    """
    if row.get("change") is None:
        return "–"
    said = row["moved"] or "not compared"
    link = {"similar": " to ", "not compared": "; "}.get(said, " from ")
    low, high = points_moved(row["change_low"]), points_moved(row["change_high"])
    return TagList(
        *_step(said, row["change"]),
        tags.span(link, class_="than"),
        tags.small(
            spell.percent(row["value_before"]),
            title=f"{points_moved(row['change'])} points, {low} to {high}",
        ),
    )


def held_against(row: Row, whom: str, name: str) -> TagChild:
    """How far it is from another's figure and to which side; alike, the figure alone.

    The words are there to be heard, and seen on a phone, which has no heads of columns.

    >>> row = {"value": 64.7, "against_england": "lower", "england_value": 89.8}
    >>> print(held_against(row, "england", "England").get_html_string())
    <span aria-hidden="true">◂ </span><strong><span class="word">lower </span>\
<span class="points">25.1</span></strong><span class="than"> than England’s </span>\
<small>89.8 %</small>
    """
    said = AGAINST[row[f"against_{whom}"]] if row["value"] is not None else "–"
    link = {"lower": " than", "higher": " than", "similar": " to"}.get(said, ";")
    other = row[f"{whom}_value"]
    return TagList(
        *_step(said, row["value"] - other if said in ARROWS else 0),
        tags.span(f"{link} {name}’s ", class_="than"),
        tags.small(spell.percent(other)),
    )


def _step(said: str, points: float) -> tuple[TagChild, ...]:
    """What differs by more than chance would, with its arrow and its points; else the word."""
    if said not in ARROWS:
        # Forty times "similar" hides the three that are not: it is heard, not seen.
        return (tags.span(said, class_="word") if said == "similar" else said,)
    # A phone has the words and no room for both.
    far = tags.span(f"{abs(points):.1f}", class_="points")
    figure = tags.span(f"{said} ", class_="word"), far
    arrow = tags.span(f"{ARROWS[said]} ", aria_hidden="true")
    return (arrow, tags.strong(*figure)) if abs(points) >= FAR else (arrow, *figure)


def interval_bar(row: Row) -> Tag | str:
    """The interval from 0 to a round end that holds it, a mark for England, one for the parent.

    Takes: value, value_low, value_high, england_value; parent_value, change and value_before where
           it is held against those.
    """
    before = row["value_before"] if row.get("change") is not None else None
    ends = [row["value_high"], row["england_value"], row.get("parent_value"), before]
    if row["value_low"] is None:
        return "–"
    top = next(top for top in TOPS if top >= max(end for end in ends if end is not None))

    def at(value: float) -> str:
        return f"{value / top * 100:.1f}"

    marks = [
        f'<rect class="{name}" x="{at(row[f"{name}_value"])}" y="0" width="1" height="12"/>'
        for name in ("england", "parent")
        if row.get(f"{name}_value") is not None
    ]
    if before is not None:
        marks.append(_arrow(before / top * 100, row["value"] / top * 100))
    marks.append(f'<rect class="value" x="{at(row["value"])}" y="3" width="0.8" height="6"/>')
    width = max(float(at(row["value_high"])) - float(at(row["value_low"])), 1)
    said = f"{spell.span(row['value_low'], row['value_high'])}, on a line from 0 to {top} %"
    if row.get("england_value") is not None:
        said += f"; England {spell.percent(row['england_value'])}"
    if before is not None:
        said += f"; before {spell.percent(before)}"
    return tags.svg(
        Tag("title", said),
        Tag("rect", class_="own", x=at(row["value_low"]), y="3", width=f"{width:.1f}", height="6"),
        HTML("".join(marks)),
        viewBox="0 0 101 13",
        preserveAspectRatio="none",
        role="img",
        class_="atlas-interval",
    )


def _arrow(before: float, now: float) -> str:
    """From where it was to where it is, under the interval, in hundredths of the bar's width.

    >>> _arrow(20.0, 30.0)
    '<path class="moved" d="M20.0 10V12H27.8V10ZM27.8 9L30.0 11L27.8 13Z"/>'
    """
    # A step shorter than the head is all head.
    foot = now - min(HEAD, abs(now - before)) * (1 if now > before else -1)
    shaft = f"M{before:.1f} 10V12H{foot:.1f}V10Z" if abs(now - before) > HEAD else ""
    return f'<path class="moved" d="{shaft}M{foot:.1f} 9L{now:.1f} 11L{foot:.1f} 13Z"/>'


def _known(row: Row, name: str) -> str:
    as_of, coverage = row.get(f"{name}_as_of"), row.get(f"{name}_coverage")
    if as_of is None:
        return "nothing known"
    share = "" if coverage is None or coverage > 0.995 else f", of {coverage:.0%} of patients"
    return f"{spell.day(as_of.isoformat())}{share}"


def _note(row: Row) -> str:
    said: Iterator[str | None] = iter(
        (
            words.far(row.get("kilometres"), row.get("placed_by")),
            words.LEVEL_WORDS[row["level"]][0],
            row["organisation_code"],
            words.short(row["parent_name"]) or None,
            row.get("postcode"),
            None if row.get("is_current", True) else f"until {row['year']}",
        )
    )
    return "· " + " · ".join(filter(None, said))
